"""Words that deny what a guardian was told of the door: a text that begins with a no, or that tells that a child is not where
it was told to be. "Nei, hun er ikke der", "hän ei ole tullut kotiin", "where is she?". In an emergency, words that tell that a
child is missing.

Read only of children of whom something was told that may be denied, or in an emergency. Word for word it tells who, is, not and
where (the file `at_door.toml`), so that plans, other days and other people's whereabouts deny nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import takewhile

from bots.hearing.answers import bare, squeezed
from bots.hearing.at_door_words import LANGUAGES, LONGEST, LOST_ALONE, Sentence, sentences, tables
from bots.hearing.reading import Reading
from hub.talk.dialogue import ANSWERS
from hub.talk.heard import About, AtDoor, Heard, KnownChild, ToldOf, is_no

_LOOKING = ("where", "where_unknown", "lost")
_ON_THE_WAY = ("without", "not_aboard")
_DENYING = {
    AtDoor.CAME: ("not_there", "not_come", "at_home"),
    AtDoor.NOT_LEFT: ("not_there", "at_home", "gone", "fetched"),
    AtDoor.LEFT: (
        *("not_home", "not_there", "there", "is_there", "not_come", "not_gone", "not_fetched"),
        *_ON_THE_WAY,
        *_LOOKING,
    ),
    AtDoor.NOT_COME: ("there", "came", "gone", "brought", "not_home", "asks_not_here", *_LOOKING),
    AtDoor.IN_EMERGENCY: ("not_home", "not_there", "not_come", "lost", "away", "where_unknown", *_ON_THE_WAY),
}
"""What denies each. Whoever finds a child nowhere denies all of them. Where a child is, all ask in an emergency: that alone
tells of none who is missing."""
_AGREEING = {
    AtDoor.CAME: ("there", "came"),
    AtDoor.NOT_LEFT: ("there", "not_gone"),
    AtDoor.LEFT: ("at_home", "gone"),
    AtDoor.NOT_COME: ("not_there", "not_come"),
    AtDoor.IN_EMERGENCY: ("at_home", "there"),
}
_IS_KNOWN_BUT = ("lost", "where_unknown")
"""What tells of a missing child wherever it is said to be beside."""


def find_denied(
    heard: Heard, reading: Reading, children: Sequence[KnownChild], asked: About | None, today: date
) -> tuple[str, ...]:
    """The keys of the children of whom the text denies what was told. A bare no that names nobody is left to its question,
    and where a child is to the question where it is."""
    told = {child.key: child.told for child in children if child.told is not None and not _asks_where(child, asked)}
    if not told:
        return ()
    ill = frozenset(key for act in heard.acts if act.ill for key in act.children)
    denying = _Denying(reading, told, today, ill, _does_something(heard))
    is_bare = is_no(heard) and not _named(reading, 0, len(reading.tokens))
    denied = denying.by_place() or (set() if is_bare else denying.by_no())
    return tuple(child.key for child in children if child.key in denied)


def _asks_where(child: KnownChild, asked: About | None) -> bool:
    """Whether it was asked since where this child is."""
    is_newer = child.told is not None and not child.told.takes_no
    return is_newer and asked is not None and asked.about == "absence_check" and asked.child in (None, child.key)


def _does_something(heard: Heard) -> bool:
    return any(act.intent not in ANSWERS for act in heard.acts)


class _Denying:
    """One text read for what it denies; in an emergency in every language at once. `ill` are those whom it tells to be, `acts`:
    it tells something that is taken care of by itself."""

    def __init__(
        self, reading: Reading, told: Mapping[str, ToldOf], today: date, ill: frozenset[str], acts: bool
    ) -> None:
        self._reading = reading
        self._told = told
        self._today = today
        self._ill = ill
        self._acts = acts
        self._newest = {key for key, of in told.items() if of.is_newest}
        hurries = any(of.what is AtDoor.IN_EMERGENCY for of in told.values())
        self._tables = tuple(tables()) if hurries else LANGUAGES.get(reading.language, tuple(tables()))
        self._sentences = [
            sentence for table in self._tables for sentence in sentences(reading, tables()[table].phrases)
        ]

    def by_place(self) -> set[str]:
        """Of whom it says that they are not where they were told to be."""
        claims = list(self._claims())
        agreed = {key for key, what, said in claims if what is not None and said in _AGREEING[what]} | self._ill
        return {
            key
            for key, what, said in claims
            if said == "not_found"
            or (
                what is not None
                and said in _DENYING[what]
                and (what is not AtDoor.IN_EMERGENCY or said in _IS_KNOWN_BUT or key not in agreed)
            )
        }

    def by_no(self) -> set[str]:
        """Of whom a no at its beginning is, or that something is wrong."""
        where = self._no() or self._wrong()
        heeded = {key for key in self._newest if self._told[key].takes_no}
        if where is None or not heeded:
            return set()
        named = _named(self._reading, *where) or _named(self._reading, 0, len(self._reading.tokens))
        meant = named & set(self._told)
        if named and not meant:
            return set() if self._acts else heeded
        if not named or self._leaves_others_out(meant):
            return heeded
        return meant

    def _leaves_others_out(self, named: set[str]) -> bool:
        """Whether the no is rather of the others: "no, only Otso", "no, Otso is there"."""
        words = {token.fold for token in self._reading.tokens}
        if any(words & tables()[table].only for table in self._tables):
            return True
        agreed = {key for key, what, said in self._claims() if what is not None and said in _AGREEING[what]}
        return bool(named & agreed) and not self._reading.clocks

    def _claims(self) -> Iterator[tuple[str, AtDoor | None, str]]:
        """Whom, what was told of them, and what the text says."""
        for sentence in self._sentences:
            if self._is_of_another_time(sentence):
                continue
            timed = any(sentence.start <= clock.start < sentence.end for clock in self._reading.clocks)
            alone = "".join(run.signs for run in sentence.runs) if len(sentence.runs) == 1 else ""
            for run in sentence.runs:
                said = {kind for kind in run.tells(sentence.asks) if not (timed and kind == "at_home")}
                if LOST_ALONE.fullmatch(alone) and sentence.end - sentence.start <= LONGEST:
                    said.add("lost")
                if LOST_ALONE.fullmatch(run.signs) and self._ends_part(sentence, run.start):
                    said.add("away")
                for key in run.keys or self._before(run.start):
                    if key in self._told:
                        yield from ((key, self._told[key].what, kind) for kind in said)

    def _ends_part(self, sentence: Sentence, start: int) -> bool:
        """Whether few words stand from there to the next mark, and no day in the sentence: "help, she is away!", and not
        "she is away from school"."""
        if any(sentence.start <= days.start < sentence.end for days in self._reading.days):
            return False
        words = takewhile(lambda token: token.kind == "word", self._reading.tokens[start : sentence.end])
        return sum(1 for _ in words) < LONGEST

    def _before(self, start: int) -> Collection[str]:
        """Whom "she" is: who was named last before, else whom the newest text told of."""
        named = [m for m in self._reading.mentions if m.end <= start and m.keys and not m.related]
        return named[-1].keys if named else self._newest

    def _is_of_another_time(self, sentence: Sentence) -> bool:
        """Whether it tells of another day, or of what would be."""
        within = range(sentence.start, sentence.end)
        days = [days for days in self._reading.days if days.start in within]
        if any(days.shape == "past" or (days.days and self._today not in days.days) for days in days):
            return True
        return any(tag.name == "maybe_if" and tag.start in within for tag in self._reading.tags)

    def _no(self) -> tuple[int, int] | None:
        """Where the sentence stands that begins with a no, greetings aside."""
        tokens = self._reading.tokens
        words = bare(tokens, self._reading.tags)
        if not words:
            return None
        at = tokens.index(words[0])
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        alone = after is None or after.kind == "mark" or after.breaks
        if not self._is_no(at, alone):
            return None
        sentence = next((each for each in self._sentences if each.start <= at < each.end), None)
        return None if sentence is None else (sentence.start, sentence.end)

    def _is_no(self, at: int, alone: bool) -> bool:
        word = squeezed(self._reading.tokens[at].fold)
        for name, table in tables().items():
            if word not in table.no:
                continue
            if name not in self._tables:
                looks_like = any(word in tables()[own].well for own in self._tables)
                return alone and (self._is_all(at) or not looks_like)
            if alone or self._is_before_child(at + 1):
                return True
            rest = " ".join(token.fold for token in self._reading.tokens[at + 1 : at + 3])
            wonders = any(f"{rest} ".startswith(f"{phrase} ") for phrase in table.exclaims)
            return not wonders and word not in table.phrases
        return False

    def _is_all(self, at: int) -> bool:
        """Whether there is no other word."""
        return all(token.kind == "mark" for place, token in enumerate(self._reading.tokens) if place != at)

    def _is_before_child(self, at: int) -> bool:
        sentence = next((each for each in self._sentences if each.start <= at < each.end), None)
        if sentence is None or self._is_of_another_time(sentence):
            return False
        return any(run.start <= at and run.signs.lstrip("N").startswith("S") for run in sentence.runs if run.opens)

    def _wrong(self) -> tuple[int, int] | None:
        """Where the sentence stands that says that something is wrong."""
        for sentence in self._sentences:
            words = [
                token.fold for token in self._reading.tokens[sentence.start : sentence.end] if token.kind == "word"
            ]
            text = f" {' '.join(words)} "
            wrong = any(f" {phrase} " in text for table in self._tables for phrase in tables()[table].wrong)
            if wrong and not self._is_of_another_time(sentence):
                return sentence.start, sentence.end
        return None


def _named(reading: Reading, start: int, end: int) -> set[str]:
    return {
        key
        for mention in reading.mentions
        if start <= mention.start < end and not mention.related
        for key in mention.keys
    }
