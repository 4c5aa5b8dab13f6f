"""Answers to several choices at once that set some apart: "all but 2", "1 and 3 but not the car", "yes, but no swimming".

Each word must be known to be of it; where one is not, nothing is picked, and whoever asked asks once more.
"""

from collections.abc import Sequence

from bots.hearing.answers import squeezed
from bots.hearing.reading import Reading
from bots.hearing.sources import whole_messages
from bots.hearing.stretches import covered
from hub.talk.heard import REST, About, Act, ConsentWord, Intent

_SMALL = ("numbering", "polite", "stressing")
_APART = "apart"
"""Small words of what is set apart alone: "the", and the "muut" of "kaikki muut paitsi"."""
_AGREES = ("everything", "yes", "ack")
_BREAKS = frozenset(",.;")
_BEHIND = frozenset(".):")
_DASHES = frozenset("-–—")
_WIDER = frozenset({"photo_internal"})
"""Topics with others below them: who refuses photos says nothing by it of the internet."""


class SettingApart:
    """Reads one answer to choices that are numbered from 1 to `most`."""

    def __init__(self, reading: Reading, most: int) -> None:
        kinds = {*_SMALL, *_AGREES, _APART, "no", "refusing"}
        self._reading = reading
        self._tokens = reading.tokens
        self._most = most
        self._words = {kind: whole_messages("answers", kind).get(reading.language, frozenset()) for kind in kinds}
        joins = [tag for tag in reading.tags if tag.name == "join"]
        self._ands = covered([tag for tag in joins if tag.value == "and"])
        self._buts = {tag.start for tag in joins if tag.value == "but"}
        self._excepts = {tag.start: tag.end for tag in joins if tag.value == "except"}
        self._topics = [tag for tag in reading.tags if tag.name == "topic"]
        self._denials = {tag.start for tag in reading.tags if tag.name in {"deny", "negative"}}
        self._asks = any(token.text == "?" for token in reading.tokens)

    def all_but(self) -> tuple[int, ...]:
        """The choices that are left when those told are taken away; () where the words tell no such thing."""
        start = self.find_start()
        if start is None or self._asks:
            return ()
        left_out: set[int] = set()
        for at in range(start, len(self._tokens)):
            number = self._number(at)
            if number is not None:
                left_out.add(number)
            elif not self.is_beside(at):
                return ()
        return tuple(number for number in range(1, self._most + 1) if left_out and number not in left_out)

    def rest_but(self, children: tuple[str, ...]) -> Act | None:
        """A yes to all that was asked but the topics told; None where the words tell no such thing."""
        start = self.find_start()
        if start is None or self._asks or any(topic.start < start for topic in self._topics):
            return None
        told = covered(self._topics)
        refused = tuple(dict.fromkeys(topic.value for topic in self._topics))
        if not refused or set(refused) & _WIDER:
            return None
        if not all(at in told or self.is_beside(at) for at in range(start, len(self._tokens))):
            return None
        words = (ConsentWord(REST, granted=True), *(ConsentWord(topic, granted=False) for topic in refused))
        return Act(Intent.CONSENT, children, consents=words)

    def numbers_beside(self) -> tuple[int, ...] | None:
        """The numbers agreed to before topics are told: "1 and 3 but not the car". () where there are none but those that
        a topic stands behind ("1 car yes"), None where it is not clear what is said of them."""
        labels = {topic.start for topic in self._topics}
        numbers = {at: number for at in range(len(self._tokens)) if (number := self._number(at)) is not None}
        free = [at for at in numbers if self._onward(at + 1) not in labels]
        if not free:
            return ()
        end = next(
            at for at in (*range(len(self._tokens)), len(self._tokens)) if at in self._buts or not self._agrees(at)
        )
        if free[-1] >= end or not self._is_closed(end):
            return None
        return tuple(sorted({numbers[at] for at in free}))

    def find_start(self) -> int | None:
        """Where that begins which is set apart from a yes or an "all"; None where nothing is."""
        agreed = False
        for at in range(len(self._tokens)):
            if self._tokens[at - 1].fold == "but" and self._is_word(at - 2, "everything"):
                return at  # "everything but swimming"
            agreed = agreed or any(self._is_word(at, kind) for kind in _AGREES)
            if agreed and at in self._excepts:
                return self._excepts[at]
            if agreed and self._is_word(at, "refusing") and self._turns(at):
                return at + 1
            known = at in self._buts or self._agrees(at) or (agreed and self._is_word(at, _APART))
            if self._number(at) is not None or not known:
                return None
        return None

    def may_stand(self, at: int) -> bool:
        """Whether the token may stand beside what is picked: a small word, or a yes."""
        return self._is_small(at) or self._is_word(at, "yes")

    def is_beside(self, at: int) -> bool:
        """Whether the token may stand among what is set apart."""
        return self._is_small(at) or any(self._is_word(at, kind) for kind in ("refusing", _APART))

    def _turns(self, at: int) -> bool:
        """Whether a "not" takes away from what stands before it: behind a "but", or a mark where it is no "no" as well."""
        return at - 1 in self._buts or (self._tokens[at - 1].text in _BREAKS and not self._is_word(at, "no"))

    def _is_closed(self, at: int) -> bool:
        """Whether what begins at the token is said of other things than the numbers before it."""
        opened = at in self._buts or self._tokens[at - 1].text in _BREAKS or at in self._denials
        first = self._onward(at + (at in self._buts))
        while first in self._denials or self._is_word(first, "refusing"):
            first = self._onward(first + 1)
        return opened and first in {topic.start for topic in self._topics}

    def _onward(self, at: int) -> int:
        """The next token that is more than a small word or the mark behind a number in a list."""
        while at < len(self._tokens) and (
            self._tokens[at].text in _BEHIND or self._is_word(at, "numbering") or self._is_word(at, _APART)
        ):
            at += 1
        return at

    def _agrees(self, at: int) -> bool:
        """Whether the token may stand among numbers that are agreed to."""
        if at >= len(self._tokens) or at in self._excepts or self._is_word(at, "no"):
            return False
        told = self._number(at) is not None or any(self._is_word(at, kind) for kind in _AGREES)
        return told or self._is_small(at)

    def _is_small(self, at: int) -> bool:
        is_mark = self._tokens[at].kind == "mark" and self._tokens[at].text not in _DASHES
        return is_mark or at in self._ands or any(self._is_word(at, kind) for kind in _SMALL)

    def _is_word(self, at: int, kind: str) -> bool:
        return 0 <= at < len(self._tokens) and squeezed(self._tokens[at].fold) in self._words[kind]

    def _number(self, at: int) -> int | None:
        if not 0 <= at < len(self._tokens):
            return None
        number = self._tokens[at].number
        return number if number is not None and 1 <= number <= self._most else None


def numbers_beside(reading: Reading, asked: About | None) -> tuple[int, ...] | None:
    """As SettingApart.numbers_beside, of an answer to several consents; () where no such thing was asked."""
    if asked is None or asked.about != "consent" or not asked.options:
        return ()
    return SettingApart(reading, len(asked.options)).numbers_beside()


def children_of(reading: Reading, asked_child: str | None) -> tuple[str, ...]:
    """Whom an answer is about: the children it names, or the one asked about."""
    named: Sequence[str] = [key for mention in reading.mentions if not mention.group for key in mention.keys]
    return tuple(dict.fromkeys(named)) or ((asked_child,) if asked_child else ())
