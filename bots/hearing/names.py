"""Whom the words name: children by first name, nickname, inflected or misspelled form, and names that fit none of them.

A name is never stretched to fit: only slips of a finger count as the same name, and a slip that makes another common
first name does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from rapidfuzz.distance import OSA

from bots.hearing.finnish import CLITICS, forms
from bots.hearing.tokens import Token, fold
from bots.hearing.vocabulary import (
    Tag,
    Vocabulary,
    accented_first_names,
    every_first_name,
    first_names,
    nicknames,
    source,
)
from hub.talk.heard import KnownChild

_INFLECTING = "fi"
_AFTER_SUBJECT = frozenset(
    {
        "stay",
        "come",
        "fetch",
        "go",
        "negative",
        "sick",
        "symptom",
        "home",
        "away",
        "late",
        "past",
        "went",
        "need",
        "back",
        "well",
    }
)
_ROWS = ("qwertyuiopa", "asdfghjkloa", "zxcvbnm")


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody named at tokens[start:end].

    `keys` are the children it can be: one is sure, none is open, several cannot be told apart (`sure` is False then).
    `group` tells that all the keys are meant together. `related` tells that somebody else is named by the child ("Kari's mum").
    """

    start: int
    end: int
    keys: tuple[str, ...]
    words: str
    sure: bool = True
    group: bool = False
    related: bool = False
    unknown: bool = False
    possessive: bool = False


class _Way(IntEnum):
    """How a word fits a child, the surest first."""

    WHOLE = 0
    PART = 1  # a short form that begins like the name or stands in it
    BENT = 2
    SHORT = 3


@dataclass(frozen=True, slots=True)
class _Called:
    """`given` are short forms that the unit knows the child by, `short` those that people use for such a name."""

    key: str
    parts: tuple[str, ...]
    surname: str
    given: frozenset[str]
    short: frozenset[str]


class NameFinder:
    """Finds the known children and other people in one text."""

    def __init__(self, children: Sequence[KnownChild]) -> None:
        self._children = [_called(child) for child in children]
        self._keys = tuple(child.key for child in children)
        self._inflects = False
        self._verbs: frozenset[int] = frozenset()
        self._ands: frozenset[int] = frozenset()

    def mentions(
        self, tokens: Sequence[Token], tags: Sequence[Tag], words: Vocabulary, inflects: bool = False
    ) -> list[Mention]:
        """Everybody named. `inflects` lets names bend as in Finnish, which they always do in a Finnish text."""
        self._inflects = inflects or words.code == _INFLECTING
        self._verbs = frozenset(tag.start for tag in tags if tag.name in _AFTER_SUBJECT)
        self._ands = frozenset(tag.start for tag in tags if tag.name == "join" and tag.value == "and")
        named = self._named(tokens, tags, words)
        taken = {at for mention in named for at in range(mention.start, mention.end)}
        grouped = [
            mention
            for tag in tags
            if tag.name == "sibling" and tag.start not in taken
            for mention in self._sibling(tokens, tag)
        ]
        taken |= {at for mention in grouped for at in range(mention.start, mention.end)}
        others = [mention for mention in self._others(tokens, tags, words, taken) if mention.start not in taken]
        return sorted([*named, *grouped, *others], key=lambda mention: mention.start)

    def _named(self, tokens: Sequence[Token], tags: Sequence[Tag], words: Vocabulary) -> list[Mention]:
        spans = {at: tag for tag in tags for at in range(tag.start, tag.end) if tag.end - tag.start > 1}
        shouting = _is_shouting(tokens)
        parents = {at for tag in tags if tag.name in {"parent", "role"} for at in range(tag.start, tag.end)}
        found: list[Mention] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.kind != "word" or (at in spans and (not token.is_capital or shouting)):
                at += 1
                continue
            common = words.knows(token) and (not token.is_capital or shouting)
            keys, end, possessive = self._match(tokens, at, words)
            listed = at - 1 in self._ands and bool(found) and found[-1].end == at - 1
            if not keys or (common and not listed and not self._is_exact_only(tokens, at, words)):
                at += 1
                continue
            related = end not in self._verbs and self._is_related(tokens, at, end, parents, possessive)
            text = " ".join(piece.text for piece in tokens[at:end])
            found.append(Mention(at, end, keys, text, len(keys) == 1, related=related, possessive=possessive))
            at = end
        return found

    def _is_exact_only(self, tokens: Sequence[Token], at: int, words: Vocabulary) -> bool:
        """Whether a word that is also a common word is, all the same, a child's very name: a long one, or one that opens
        the sentence right before a verb."""
        token = tokens[at]
        opens = (at == 0 or tokens[at].breaks or tokens[at - 1].kind == "mark") and at + 1 in self._verbs
        very = any(token.low in child.parts for child in self._children)
        return very and (opens or (len(token.low) > 3 and token.low not in _grammar_words(words)))

    def _match(self, tokens: Sequence[Token], at: int, words: Vocabulary) -> tuple[tuple[str, ...], int, bool]:
        """The children that the words from `at` can name, where the naming ends, and whether it owns something."""
        spans = [(child.key, *self._span(tokens, at, child, self._inflects)) for child in self._children]
        if any(end > at for _, end, _, _ in spans) and not self._is_whole(
            tokens, at, max(end for _, end, _, _ in spans)
        ):
            return (), at, False
        longest = max((end for _, end, _, _ in spans), default=at)
        if longest > at:
            hits = [(key, way, owns) for key, end, way, owns in spans if end == longest]
            nearest = min(way for _, way, _ in hits)
            hits = [hit for hit in hits if hit[1] == nearest]
            if nearest >= _Way.BENT and longest == at + 1 and self._is_another(tokens, at, nearest):
                return (), at, False
            return tuple(key for key, _, _ in hits), longest, any(owns for _, _, owns in hits)
        token = tokens[at]
        tied = not self._is_whole(tokens, at, at + 1)
        if tied or len(token.fold) < 3 or token.fold in every_first_name() or words.knows(token):
            return (), at, False
        slips = tuple(child.key for child in self._children if any(_is_slip(token.fold, part) for part in child.parts))
        if slips and _is_form_of_a_name(token.fold, self._inflects):
            return (), at, False
        clipped = tuple(child.key for child in self._children if len(token.fold) > 3 and _is_clipped(token.fold, child))
        return slips or clipped, at + 1, False

    @staticmethod
    def _is_whole(tokens: Sequence[Token], at: int, end: int) -> bool:
        """Whether no hyphen ties another name to this one: "Anna-Liisa" is not Anna."""
        tied_before = at > 1 and tokens[at].glued and tokens[at - 1].text == "-" and tokens[at - 1].glued
        after = tokens[end : end + 2]
        tied_after = len(after) == 2 and after[0].text == "-" and after[0].glued and after[1].glued
        others = ([tokens[at - 2]] if tied_before else []) + ([after[1]] if tied_after else [])
        return not any(other.kind == "word" for other in others)

    def _is_another(self, tokens: Sequence[Token], at: int, way: "_Way") -> bool:
        """Whether a bent or short form is, all the same, somebody else's whole name: in Finnish only where a subject stands,
        for "haen Leon" can be no other than Leo."""
        word = tokens[at].fold
        own = {part for child in self._children for part in child.parts}
        stripped = {word.removesuffix(clitic) for clitic in CLITICS if word.endswith(clitic)}
        if self._inflects and (stripped & every_first_name()) - own:
            return True
        if tokens[at].low != word and tokens[at].low not in accented_first_names():
            return False
        if way is _Way.SHORT:
            return _is_form_of_a_name(word, self._inflects)
        return word in every_first_name() and (not self._inflects or at + 1 in self._verbs)

    def _span(self, tokens: Sequence[Token], at: int, child: _Called, inflects: bool) -> tuple[int, "_Way", bool]:
        """Where the longest naming of the child from `at` ends (`at` if there is none), how, and whether it owns something."""
        way, possessive = _fits(tokens[at].fold, child.parts, child, inflects)
        if way is None:
            return at, _Way.WHOLE, False
        end = at + 1
        while end < len(tokens) and tokens[end].kind in {"word", "mark"}:
            step = 1
            if tokens[end].text == "-" and tokens[end].glued and end + 1 < len(tokens):
                step = 2
            elif tokens[end].kind == "mark" or tokens[end].breaks:
                break
            onward, owns = _fits(tokens[end + step - 1].fold, child.parts, None, inflects)
            last, owns_by_last = _fits(tokens[end + step - 1].fold, (child.surname,), None, inflects)
            if onward is None and (last is None or not child.surname):
                break
            possessive = possessive or owns or owns_by_last
            end += step
        return end, way, possessive

    def _sibling(self, tokens: Sequence[Token], tag: Tag) -> list[Mention]:
        text = " ".join(token.text for token in tokens[tag.start : tag.end])
        count = len(self._keys)
        if tag.value == "other":
            return [Mention(tag.start, tag.end, (), text, sure=False, unknown=True)]
        if tag.value == "both":
            keys = self._keys if count <= 2 else ()
        elif tag.value in {"all", "boys", "girls"}:
            keys = self._keys if tag.value == "all" or count == 1 else ()
        else:
            keys = self._keys if count == 1 else ()
        return [Mention(tag.start, tag.end, keys, text, sure=bool(keys), group=True)]

    def _others(
        self, tokens: Sequence[Token], tags: Sequence[Tag], words: Vocabulary, taken: set[int]
    ) -> list[Mention]:
        tagged = {at for tag in tags for at in range(tag.start, tag.end)}
        shouting = _is_shouting(tokens)
        found: list[Mention] = []
        at = 0
        while at < len(tokens):
            end = at
            while (
                end < len(tokens)
                and end not in taken
                and self._is_other(tokens, end, tagged, words, shouting)
                and not (end > at and tokens[end].breaks)
            ):
                end += 1
                if (
                    end + 1 < len(tokens)
                    and tokens[end].text == "-"
                    and tokens[end].glued
                    and tokens[end + 1].is_capital
                ):
                    end += 1
            if end > at:
                end = self._with_surname(tokens, at, end, tagged, words, shouting)
                found.append(
                    Mention(at, end, (), " ".join(token.text for token in tokens[at:end]), sure=False, unknown=True)
                )
            at = max(end, at + 1)
        return found

    @staticmethod
    def _with_surname(
        tokens: Sequence[Token], at: int, end: int, tagged: set[int], words: Vocabulary, shouting: bool
    ) -> int:
        """Where a name in small letters ends, or in a text of capitals, with a surname that is no word: "matti vahtera"."""
        if end - at != 1 or (tokens[at].is_capital and not shouting) or end >= len(tokens) or end in tagged:
            return end
        after = tokens[end]
        plain = after.kind == "word" and not after.breaks and len(after.low) > 3 and not words.is_word(after)
        return end + 1 if plain else end

    def _is_other(self, tokens: Sequence[Token], at: int, tagged: set[int], words: Vocabulary, shouting: bool) -> bool:
        token = tokens[at]
        if token.kind != "word" or len(token.low) < 2:
            return False
        known = every_first_name() if token.is_capital else first_names()
        is_common = bool({token.fold, _without_possessive(token.fold)} & known)
        if is_common and at + 1 in self._verbs and token.is_capital and not shouting and not words.has(token):
            return True
        if at in tagged:
            inside = token.is_capital and not shouting and not _starts_sentence(tokens, at)
            return is_common and inside and len(token.low) > 2
        if is_common and not words.knows(token):
            return True
        return token.is_capital and not shouting and not words.knows(token)

    @staticmethod
    def _is_related(tokens: Sequence[Token], at: int, end: int, parents: set[int], possessive: bool) -> bool:
        return (
            (possessive and end in parents)
            or (at - 1 in parents)
            or (at - 2 in parents and tokens[at - 1].kind == "word" and len(tokens[at - 1].low) <= 4)
        )


def _called(child: KnownChild) -> _Called:
    words = [fold(word) for word in child.name.replace("-", " ").split()]
    surname = words[-1] if len(words) > 1 else ""
    parts = tuple(words[:-1] if len(words) > 1 else words)
    written = child.name.split()
    if len(written) > 1 and "-" in written[-1]:
        tail = len(written[-1].split("-"))
        parts, surname = tuple(words[:-tail]), words[-1]
    given = frozenset(fold(name) for name in child.nicknames)
    short = frozenset(name for part in parts for name in nicknames().get(part, frozenset()))
    return _Called(child.key, parts, surname, given, short - given)


def _without_possessive(word: str) -> str:
    for ending in ("'s", "'"):
        if word.endswith(ending):
            return word.removesuffix(ending)
    return word


def _fits(word: str, parts: Sequence[str], child: _Called | None, inflects: bool) -> tuple[_Way | None, bool]:
    """How the folded word is one of the names, None when it is not, and whether it is so in an owning form."""
    given, short = (child.given, child.short) if child is not None else (frozenset(), frozenset())
    whole = frozenset(parts) | given
    bare = _without_possessive(word)
    if word in whole or bare in whole:
        return _Way.WHOLE, word not in whole
    if word in short or bare in short:
        alike = any(bare in part or bare[:3] == part[:3] for part in parts)
        return _Way.PART if alike else _Way.SHORT, word not in short
    for way, known in ((_Way.BENT, whole), (_Way.SHORT, short)):
        for name in known - {""}:
            if word == name + "s":
                return way, True
            if inflects and word[: max(1, len(name) - 3)] == name[: max(1, len(name) - 3)] and word in forms(name):
                return way, word.endswith("n")
    return None, False


def _is_form_of_a_name(word: str, inflects: bool) -> bool:
    """Whether the folded word is some other name in an owning or bent form: "Franks" is no slip of Frans."""
    bare = _without_possessive(word)
    if bare in every_first_name() or bare.removesuffix("s") in every_first_name():
        return True
    return inflects and any(word in forms(name) for name in _names_beginning().get(word[:2], ()))


@cache
def _names_beginning() -> dict[str, tuple[str, ...]]:
    """All first names by their first two letters."""
    by: dict[str, list[str]] = {}
    for name in sorted(every_first_name()):
        by.setdefault(name[:2], []).append(name)
    return {letters: tuple(names) for letters, names in by.items()}


def _is_slip(word: str, name: str) -> bool:
    """Whether one finger slipped: a letter doubled, dropped, swapped, or taken from the next key, not at either end."""
    if (
        len(name) < 4
        or abs(len(word) - len(name)) > 1
        or word[0] != name[0]
        or OSA.distance(word, name, score_cutoff=1) != 1
    ):
        return False
    if len(word) != len(name):
        longer, shorter = (word, name) if len(word) > len(name) else (name, word)
        return longer[:-1] != shorter or longer[-1] == longer[-2]
    differ = [at for at in range(len(name)) if word[at] != name[at]]
    if len(differ) == 2:
        return True
    at = differ[0]
    return at != len(name) - 1 and _are_neighbours(word[at], name[at])


def _is_clipped(word: str, child: _Called) -> bool:
    """Whether the word is the beginning or the end of the name, long enough to be a short form of it."""
    return any(len(part) > len(word) + 1 and (part.startswith(word) or part.endswith(word)) for part in child.parts)


def _are_neighbours(one: str, other: str) -> bool:
    return any(one + other in row or other + one in row for row in _ROWS)


def _is_shouting(tokens: Sequence[Token]) -> bool:
    letters = [sign for token in tokens if token.kind == "word" for sign in token.text]
    return len(letters) > 3 and sum(sign.isupper() for sign in letters) * 10 > len(letters) * 7


def _starts_sentence(tokens: Sequence[Token], at: int) -> bool:
    return at == 0 or tokens[at].breaks or tokens[at - 1].text in ".!?:"


def _grammar_words(words: Vocabulary) -> frozenset[str]:
    return source(words.code).words
