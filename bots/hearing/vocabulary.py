"""The words of each language (`bots/hearing/sources.py`), and where they stand in a text.

Section and key become a tag's `name` and `value`; see `_NAMES`. Code holds no word of any language.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product

from rapidfuzz.distance import OSA

from bots.hearing.first_names import first_names
from bots.hearing.sources import Source, source
from bots.hearing.tokens import Token, fold

_SHORTEST_SPOKEN = 4
_LONG_ENOUGH = 6
"""Letters; a shorter word with a diacritic of its own is hardly another one mistyped."""
_MENDED = frozenset(
    {"sick", "symptom", "home", "away", "late", "early", "fetch", "fetched", "come", "apply", "leave"}
    | {"weekday", "weekday_until", "month", "day"}
)
_QUIET = frozenset(
    {"may", "grant", "deny", "refuse", "consent_word", "want_language", "fares", "same_again", "copy", "as_week"}
    | {"place_apply", "place_change", "place_end", "apply_leave", "stay", "revoke", "take_back", "leave_paper"}
    | {"pulls", "back_again"}
)
_APART = frozenset(
    {"introduces", "mine", "that_day", "forgot", "give", "up", "works", "meets"}
    | {"medicine", "wonders", "eats", "it", "with_kin", "likewise", "noting", "telling"}
    | {"already", "against", "usual_time", "owns_behind", "called", "come_after", "enrols", "strikes"}
    | {"reckons", "alone"}
)
"""What hides no shorter phrase: "this is" opens, and its "is" still is a verb."""
_NAMES = {
    "says": None,
    "asks": None,
    "joins": "join",
    "days": "day",
    "clock": "clock",
    "siblings": "sibling",
    "people": None,
    "weekdays": "weekday",
    "weekdays_short": "weekday_short",
    "weekdays_from": "weekday_from",
    "weekdays_until": "weekday_until",
    "weekdays_every": "weekday_every",
    "months": "month",
    "numbers": "number",
    "hours": "hour",
    "hours_from": "hour_from",
    "hours_until": "hour_until",
    "consents": "topic",
    "languages": "tongue",
}


@dataclass(frozen=True, slots=True)
class Tag:
    """What a run of tokens means: tokens[start:end] is `name`, and `value` where the name has several."""

    name: str
    value: str
    start: int
    end: int


@dataclass(slots=True)
class _Node:
    exact: dict[str, "_Node"] = field(default_factory=dict)
    folded: dict[str, "_Node"] = field(default_factory=dict)
    stems: dict[str, "_Node"] = field(default_factory=dict)
    folded_stems: dict[str, "_Node"] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    labels: list[tuple[str, str]] = field(default_factory=list)

    def grow(self, part: str) -> "_Node":
        if part.endswith("*") and len(part) > 1:
            stem = part[:-1]
            node = self.stems.setdefault(stem, _Node())
            self.folded_stems.setdefault(fold(stem), node)
            self.lengths = tuple(sorted({*self.lengths, len(stem), len(fold(stem))}))
            return node
        node = self.exact.setdefault(part, _Node())
        self.folded.setdefault(fold(part), node)
        return node

    def follow(self, token: Token, known: bool, plain: bool) -> Iterator["_Node"]:
        """Where a token leads. Without diacritics it counts only if it is no word of its own, or in a text that has none."""
        node = self.exact.get(token.low)
        meant = (plain and len(token.low) > 2) or (node is None and not known)
        meant = meant and (token.low.isascii() or len(token.low) >= _LONG_ENOUGH)
        bare = self.folded.get(token.fold) if meant else None
        if node is not None:
            yield node
        if bare is not None and bare is not node:
            yield bare
        for length in self.lengths:
            if length > len(token.low):
                break
            node = self.stems.get(token.low[:length])
            if node is None and not known and token.low.isascii():
                node = self.folded_stems.get(token.fold[:length])
            if node is not None:
                yield node


class Vocabulary:
    """All phrases that count in one language: its own and those of the languages whose words it shares."""

    def __init__(self, code: str, sources: Sequence[Source]) -> None:
        self.code = code
        self.inverts = sources[0].inverts
        self._root = _Node()
        self._known: set[str] = set()
        self._parts: set[str] = set()
        self._accented: set[str] = set()
        self._long: dict[str, set[str]] = {}
        for file in sources:
            self._known |= file.words
            for word in file.words:
                if len(word) > 5 and word.isalpha():
                    self._long.setdefault(fold(word)[0], set()).add(fold(word))
            for section, name in _NAMES.items():
                for key, phrases in file.sections.get(section, {}).items():
                    for phrase in phrases:
                        self._add(phrase, (name or key, key if name else ""))
            self._add_spoken(file)
            for kind in ("yes", "no", "ack"):
                self._known.update(word for phrase in file.phrases("answers", kind) for word in phrase.split())

    def _add(self, phrase: str, label: tuple[str, str]) -> None:
        node = self._root
        parts = phrase.split()
        for part in parts:
            node = node.grow(part)
        if label not in node.labels:
            node.labels.append(label)
        if len(parts) == 1 and not parts[0].endswith("*"):
            self._known.add(parts[0])
        self._parts.update(parts)
        for part in parts:
            if not part.isascii():
                self._accented.add(fold(part))
            least = 8 if label[0] == "symptom" else 6
            if len(part) >= least and part.isalpha() and label[0] in _MENDED:
                self._long.setdefault(fold(part)[0], set()).add(fold(part))

    def _add_spoken(self, source: Source) -> None:
        """The forms that people say and write for those of the file, where they are no words of their own."""
        if not source.spoken:
            return
        own = source.vocabulary
        for section, name in _NAMES.items():
            for key, phrases in source.sections.get(section, {}).items():
                for phrase in phrases:
                    said = [_spoken(word, source.spoken) for word in phrase.split()]
                    for choice in product(*said):
                        text = " ".join(choice)
                        if text != phrase and not (len(choice) == 1 and text in own):
                            self._add(text, (name or key, key if name else ""))

    def knows(self, token: Token) -> bool:
        """Whether the token is a word of this language, so far as the vocabulary goes."""
        return token.low in self._known or any(
            node.labels for node in self._root.follow(token, known=False, plain=False)
        )

    def has(self, token: Token) -> bool:
        """Whether the token, letter for letter, is a word of this language."""
        return token.low in self._known

    def is_word(self, token: Token) -> bool:
        """Whether the token is a word of this language, a slip of the finger allowed for."""
        return self.knows(token) or self._meant(token) is not token

    def tags(self, tokens: Sequence[Token]) -> list[Tag]:
        """Every phrase in the text, in order. A phrase within a longer one does not count by itself."""
        found: list[Tag] = []
        tokens = self._mended(tokens)
        plain = self.is_plain(tokens)
        for start in range(len(tokens)):
            self._walk(tokens, start, start, self._root, found, plain)
        found = list(dict.fromkeys(found))
        apart = [tag for tag in found if tag.name in _APART]
        loud = [tag for tag in found if tag.name not in _QUIET | _APART]
        quiet = [tag for tag in found if tag.name in _QUIET]
        kept = [*_without_nested(loud, len(tokens)), *_without_nested(quiet, len(tokens)), *apart]
        return sorted(kept, key=lambda tag: tag.start)

    def _mended(self, tokens: Sequence[Token]) -> list[Token]:
        """The tokens with slips of the finger mended where exactly one word of the language can be meant."""
        return [
            self._meant(token) if token.kind == "word" and len(token.low) > 3 and not _is_surname(tokens, at) else token
            for at, token in enumerate(tokens)
        ]

    def _meant(self, token: Token) -> Token:
        if token.fold in first_names() or token.low in self._parts or self.knows(token):
            return token
        if len(token.low) < _LONG_ENOUGH:
            return self._undoubled(token)
        near = [word for word in self._long.get(token.fold[0], ()) if abs(len(word) - len(token.fold)) < 2]
        close = {
            word for word in near if OSA.distance(token.fold, word, score_cutoff=1) == 1 and word[-1] == token.fold[-1]
        }
        meanings = {frozenset(self._labels(word)) for word in close}
        if len(close) != 1 and (len(meanings) != 1 or meanings == {frozenset()}):
            return self._undoubled(token)
        word = min(close)
        return replace(token, low=word, fold=word)

    def _labels(self, word: str) -> list[tuple[str, str]]:
        node = self._root.folded.get(word)
        return node.labels if node is not None else []

    def _undoubled(self, token: Token) -> Token:
        """The token with the letter struck once that was struck twice, where only this makes a word of an act: "sygg"."""
        low = token.low
        shorter = {low[:at] + low[at + 1 :] for at in range(1, len(low)) if low[at] == low[at - 1]}
        words = [word for word in shorter if any(name in _MENDED for name, _ in self._labels(fold(word)))]
        return replace(token, low=words[0], fold=fold(words[0])) if len(words) == 1 else token

    def is_plain(self, tokens: Sequence[Token]) -> bool:
        """Whether the text was typed without å, ä, ö and their kin: none stands in it, and a word misses one."""
        if not all(token.text.isascii() for token in tokens if token.kind == "word"):
            return False
        return any(token.low in self._accented and token.low not in self._known for token in tokens)

    def _walk(self, tokens: Sequence[Token], start: int, at: int, node: _Node, found: list[Tag], plain: bool) -> None:
        if at > start:
            found.extend(Tag(name, value, start, at) for name, value in node.labels)
        if at >= len(tokens) or (at > start and tokens[at].breaks):
            return
        token = tokens[at]
        for onward in node.follow(token, token.low in self._known, plain):
            self._walk(tokens, start, at + 1, onward, found, plain)
        hyphen = token.text in "-." and token.glued and start < at < len(tokens) - 1
        if hyphen and not node.exact.get(token.text):
            for onward in node.follow(tokens[at + 1], tokens[at + 1].low in self._known, plain):
                self._walk(tokens, start, at + 2, onward, found, plain)


def _is_surname(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word with a capital stands right behind a first name with one: "Anne Stølen"."""
    before = tokens[at - 1] if at else None
    named = before is not None and before.is_capital and before.fold in first_names()
    return named and tokens[at].is_capital and not tokens[at].breaks


def _without_nested(tags: list[Tag], length: int) -> list[Tag]:
    """Drops tags that lie within a longer tag. `tags` come by start; longest reach so far tells what is covered."""
    longest: dict[int, int] = {}
    for tag in tags:
        longest[tag.start] = max(longest.get(tag.start, 0), tag.end)
    reach = 0
    cover = [0] * (length + 1)
    for at in range(length):
        cover[at] = reach
        reach = max(reach, longest.get(at, 0))
    return [tag for tag in tags if tag.end == longest[tag.start] and tag.end > cover[tag.start]]


def _spoken(word: str, endings: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The word and its spoken forms: each written ending that fits, replaced."""
    if len(word) < _SHORTEST_SPOKEN or word.endswith("*"):
        return (word,)
    said = [word]
    for written, spoken in endings:
        said.extend(form.removesuffix(written) + spoken for form in tuple(said) if form.endswith(written))
    return tuple(dict.fromkeys(said))


@cache
def vocabulary(code: str) -> Vocabulary:
    own = source(code)
    return Vocabulary(code, [own, *(source(other) for other in own.shares)])
