"""A text cut into runs of words that tell who, is, not and where, so that it can be read what each says of a child's place.

The words of each language stand in `at_door.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from bots.hearing.answers import squeezed
from bots.hearing.reading import Reading
from bots.hearing.tokens import Token, fold

LANGUAGES = {"nb": ("no",), "nn": ("no",), "da": ("no",), "sv": ("sv",), "fi": ("fi",), "en": ("en",)}
"""Which of the tables each language is read by; any other by all of them."""
_SIGNS = {
    "self": "I",
    "child": "S",
    "is": "C",
    "not": "N",
    "home": "H",
    "homeward": "M",
    "there": "T",
    "came": "P",
    "gone": "G",
    "fetched": "F",
    "brought": "L",
    "will": "W",
    "where": "Q",
    "where_is": "QC",
    "unknown": "U",
    "without": "u",
    "aboard": "b",
    "find": "f",
    "missing": "X",
    "away": "B",
    "none": "NS",
    "is_not": "CN",
    "child_is": "SC",
    "can_not": "N",
    "small": "",
    "joins": ",",
}
"""What each word is, in the runs that the patterns read. Of no kind is "x"; "," begins a part, and "|" ends a sentence."""
_NEGATED = {
    "not_home": re.compile(r"N[SCP]*[HM]|PS?N[HM]|HCS?N"),
    "not_there": re.compile(r"N[SCP]*T|TCS?N"),
    "not_come": re.compile(r"N[SC]*P(?![HM])|PS?N(?![HM])"),
    "not_gone": re.compile(r"N[SC]*G|GS?N"),
    "not_fetched": re.compile(r"N[SC]*F"),
    "not_aboard": re.compile(r"N[SC]*b"),
}
_STATED = {
    "at_home": re.compile(r"SC+H"),
    "came": re.compile(r"SC*P|CSP"),
    "gone": re.compile(r"SC*G|CSG"),
    "there": re.compile(r"SC+T|CST"),
}
_BY_ANYBODY = {"fetched": re.compile(r"[IS]C*F|FS"), "brought": re.compile(r"[IS]C*L|LS")}
_ASKED_WHERE = re.compile(r"Q(?:CS|SC)")
_NOT_FOUND = re.compile(r"(?=.*S)(?:.*N.*f|.*f.*N)")
_WITHOUT = re.compile(r"^[^I]*P[HMT]*uS")
"""Whoever or whatever was to bring the child came, and the child did not."""
_LOST = re.compile(r"SC*X")
LOST_ALONE = re.compile(r"SCB")
_ASKS_NOT_HERE = {"not_there", "not_come"}
LONGEST = 4
"""Words in a phrase."""
_BREAK, _PART, _OTHER = "|", ",", "x"


@dataclass(frozen=True, slots=True)
class Run:
    """Words of known kinds that stand together from tokens[start] on, as `signs`. `opens`: no word of its part is before it."""

    signs: str
    start: int
    opens: bool
    keys: frozenset[str]

    def tells(self, asks: bool) -> Iterator[str]:
        """What it says of a child. Whose it is stands in `keys`, or before."""
        where = _ASKED_WHERE.search(self.signs)
        is_unknown = where is not None and not {"N", "U"}.isdisjoint(self.signs[: where.start()])
        if where and (asks or is_unknown or (self.opens and where.start() == 0)):
            yield "where_unknown" if is_unknown else "where"
        if _NOT_FOUND.match(self.signs):
            yield "not_found"
        if _LOST.search(self.signs):
            yield "lost"
        if _WITHOUT.search(self.signs):
            yield "without"
        if "W" in self.signs:
            return
        if not asks and "N" not in self.signs:
            yield from (kind for kind, pattern in _BY_ANYBODY.items() if pattern.search(self.signs))
        if "I" in self.signs or not ("S" in self.signs or self.opens):
            return
        if "N" in self.signs:
            said = {kind for kind, pattern in _NEGATED.items() if pattern.search(self.signs)}
            yield from said
            if asks and said & _ASKS_NOT_HERE:
                yield "asks_not_here"
        else:
            said = {kind for kind, pattern in _STATED.items() if pattern.search(self.signs)}
            yield from (said if not asks else {"is_there"} if "there" in said else ())


@dataclass(frozen=True, slots=True)
class Sentence:
    """tokens[start:end], and the runs in it."""

    start: int
    end: int
    asks: bool
    runs: tuple[Run, ...]


def sentences(reading: Reading, phrases: Mapping[str, frozenset[str]]) -> Iterator[Sentence]:
    """Cut at full stops and the like, and each into runs of words that mean something here."""
    start, opens, open_run = 0, True, False
    runs: list[Run] = []
    for at, sign, keys in [*_signs(reading, phrases), (len(reading.tokens), _BREAK, frozenset[str]())]:
        if sign == _BREAK:
            asks = at < len(reading.tokens) and reading.tokens[at].text == "?"
            yield Sentence(start, at, asks, tuple(runs))
            runs, start = [], at + 1
        if sign in (_BREAK, _PART, _OTHER):
            opens, open_run = sign != _OTHER, False
        elif sign and open_run:
            last = runs.pop()
            runs.append(Run(last.signs + sign, last.start, last.opens, last.keys | keys))
        elif sign:
            runs.append(Run(sign, at, opens, keys))
            open_run = True


def _signs(reading: Reading, phrases: Mapping[str, frozenset[str]]) -> Iterator[tuple[int, str, frozenset[str]]]:
    """What stands at each place. A word that is of two kinds asks where at the beginning, and is none of that behind."""
    tokens, at, fresh = reading.tokens, 0, True
    named = {mention.start: mention for mention in reading.mentions}
    while at < len(tokens):
        token, mention = tokens[at], named.get(at)
        if token.breaks and at:
            yield at - 1, _PART, frozenset()
        if mention is not None and mention.keys and not mention.related:
            is_too = tokens[mention.end - 1].low.endswith("'s")
            is_none = "none" in _longest(tokens, at, phrases)[1]
            yield at, "NS" if is_none else "SC" if is_too else "S", frozenset(mention.keys)
            at, fresh = mention.end, False
            continue
        if token.kind != "word":
            behind = tokens[at + 1] if at + 1 < len(tokens) else None
            stops = token.text in "!?;" or (token.text == "." and (behind is None or behind.kind != "number"))
            yield at, _BREAK if stops else _OTHER if token.kind == "number" else _PART, frozenset()
            at, fresh = at + 1, token.kind == "mark"
            continue
        end, kinds = _longest(tokens, at, phrases)
        kind = "where" if "where" in kinds and (fresh or len(kinds) == 1) else min(kinds - {"where"}, default="")
        yield at, _SIGNS[kind] if kind else _OTHER, frozenset()
        fresh = kind in ("joins", "unknown") or (fresh and kind == "small")
        at = end


def _longest(tokens: Sequence[Token], at: int, phrases: Mapping[str, frozenset[str]]) -> tuple[int, frozenset[str]]:
    """The end of the longest phrase that begins here, and what kinds of words it is."""
    for length in range(LONGEST, 0, -1):
        words = tokens[at : at + length]
        if len(words) == length and all(word.kind == "word" for word in words):
            kinds = phrases.get(" ".join(squeezed(word.fold) for word in words))
            if kinds is not None:
                return at + length, kinds
    return at + 1, frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """The words of one language, or of several whose words do not quarrel; all folded."""

    phrases: Mapping[str, frozenset[str]]
    no: frozenset[str]
    well: frozenset[str]
    exclaims: frozenset[str]
    only: frozenset[str]
    wrong: frozenset[str]


@cache
def tables() -> dict[str, Table]:
    text = (resources.files("bots.hearing") / "at_door.toml").read_text(encoding="utf-8")
    return {name: _table(words) for name, words in tomllib.loads(text).items()}


def _table(words: Mapping[str, str]) -> Table:
    lists = {kind: frozenset(fold(phrase.strip()) for phrase in phrases.split(",")) for kind, phrases in words.items()}
    kinds: dict[str, set[str]] = {}
    for kind in _SIGNS.keys() & lists.keys():
        for phrase in lists[kind]:
            kinds.setdefault(phrase, set()).add(kind)
    return Table(
        {phrase: frozenset(of) for phrase, of in kinds.items()},
        lists["no"],
        lists["well"],
        lists["exclaims"],
        lists["only"],
        lists["wrong"],
    )
