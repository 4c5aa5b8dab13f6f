"""How a written word fits a child's name: whole, in a short form, bent or owning, or with one slip of the finger."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

from rapidfuzz.distance import OSA

from bots.hearing.finnish import forms
from bots.hearing.first_names import every_first_name
from bots.hearing.sources import nicknames
from bots.hearing.tokens import Token, fold
from hub.talk.heard import KnownChild

_ALIKE = (("w", "v"), ("th", "t"), ("ph", "f"))
_ROWS = ("qwertyuiopa", "asdfghjkloa", "zxcvbnm")


class Way(IntEnum):
    """How a word fits a child, the surest first."""

    WHOLE = 0
    PART = 1  # a short form that begins like the name or stands in it
    BENT = 2
    SHORT = 3


@dataclass(frozen=True, slots=True)
class Called:
    """`given` are short forms that the unit knows the child by, `short` those that people use for such a name."""

    key: str
    parts: tuple[str, ...]
    surname: str
    given: frozenset[str]
    short: frozenset[str]


def called(child: KnownChild) -> Called:
    words = [fold(word) for word in child.name.replace("-", " ").split()]
    surname = words[-1] if len(words) > 1 else ""
    parts = tuple(words[:-1] if len(words) > 1 else words)
    written = child.name.split()
    if len(written) > 1 and "-" in written[-1]:
        tail = len(written[-1].split("-"))
        parts, surname = tuple(words[:-tail]), words[-1]
    given = frozenset(fold(name) for name in child.nicknames)
    short = frozenset(
        name for part in parts for way in _ways_to_write(part) for name in nicknames().get(way, frozenset())
    )
    return Called(child.key, parts, surname, given, short - given)


def find_own(tokens: Sequence[Token], children: Sequence[KnownChild]) -> set[int]:
    """Where a word is a child's very name, with a capital or without, whatever it means in a language."""
    own = {part for child in children for part in called(child).parts}
    return {at for at, token in enumerate(tokens) if token.kind == "word" and token.fold in own}


def _ways_to_write(name: str) -> set[str]:
    """The name as it is also written: Wilhelm and Vilhelm, Mathias and Matias."""
    ways = {name}
    for one, other in _ALIKE:
        ways |= {way.replace(one, other) for way in ways} | {way.replace(other, one) for way in ways}
    return ways


def without_possessive(word: str) -> str:
    for ending in ("'s", "'"):
        if word.endswith(ending):
            return word.removesuffix(ending)
    return word


def fits(word: str, parts: Sequence[str], child: Called | None, inflects: bool) -> tuple[Way | None, bool]:
    """How the folded word is one of the names, None when it is not, and whether it is so in an owning form."""
    given, short = (child.given, child.short) if child is not None else (frozenset(), frozenset())
    whole = frozenset(parts) | given
    bare = without_possessive(word)
    if word in whole or bare in whole:
        return Way.WHOLE, word not in whole
    if word in short or bare in short:
        alike = any(bare in part or bare[:3] == part[:3] for part in parts)
        return Way.PART if alike else Way.SHORT, word not in short
    for way, known in ((Way.BENT, whole), (Way.SHORT, short)):
        for name in known - {""}:
            if word == name + "s":
                return way, True
            if inflects and word[: max(1, len(name) - 3)] == name[: max(1, len(name) - 3)] and word in forms(name):
                return way, word.endswith("n")
    return None, False


def is_form_of_a_name(word: str, inflects: bool) -> bool:
    """Whether the folded word is some other name in an owning or bent form: "Franks" is no slip of Frans."""
    bare = without_possessive(word)
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


def is_slip(word: str, name: str) -> bool:
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


def is_clipped(word: str, child: Called) -> bool:
    """Whether the word is the beginning or the end of the name, long enough to be a short form of it."""
    return any(len(part) > len(word) + 1 and (part.startswith(word) or part.endswith(word)) for part in child.parts)


def _are_neighbours(one: str, other: str) -> bool:
    return any(one + other in row or other + one in row for row in _ROWS)
