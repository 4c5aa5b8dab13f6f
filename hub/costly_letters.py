"""Which letters make a text dear, what they are, and what may stand instead of them.

A letter of a language is never taken away: a name is spelled as it is spelled. Only signs that a keyboard made finer than they
were typed have a plain twin. Source: 3GPP TS 23.038 section 6.2.1; the alphabets of the Sami languages (Unicode CLDR, exemplar
characters of se, smj, smn, sms and sma) and of Icelandic (is).
"""

from collections.abc import Sequence
from enum import StrEnum

from hub.parts import count_parts

MOST_OVER = 20
"""So many letters too many are worth telling of."""


class LetterKind(StrEnum):
    """`both`: it is in a Sami alphabet and in the Icelandic one."""

    SAMI = "sami"
    ICELANDIC = "icelandic"
    BOTH = "both"
    SIGN = "sign"
    OTHER = "other"


PLAIN = {
    "–": "-", "—": "-", "‑": "-", "−": "-", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'",
    "…": "...", "•": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": "", "\u00ad": "", "\ufeff": "", "\t": " ",
}  # fmt: skip
"""A sign, and what was meant by it."""
LETTERS = {
    LetterKind.SAMI: "ČčĐđŊŋŠšŦŧŽžŃńÏïÂâÕõǤǥǦǧǨǩƷʒǮǯʹʼ",
    LetterKind.ICELANDIC: "ÍíÓóÚúÝýÞþÐð",
    LetterKind.BOTH: "Áá",
    LetterKind.SIGN: "".join(PLAIN),
}
"""All else is other: letters of further languages, and pictures."""
_KIND_OF = {letter: kind for kind, letters in LETTERS.items() for letter in letters}


def sort_letters(costly: Sequence[str]) -> dict[LetterKind, tuple[str, ...]]:
    """The costly letters by what they are. One that two languages have belongs to the one whose own letters stand beside it."""
    found: dict[LetterKind, list[str]] = {}
    for letter in costly:
        found.setdefault(_KIND_OF.get(letter, LetterKind.OTHER), []).append(letter)
    owners = [kind for kind in (LetterKind.SAMI, LetterKind.ICELANDIC) if kind in found]
    if len(owners) == 1 and LetterKind.BOTH in found:
        theirs = {*found.pop(LetterKind.BOTH), *found[owners[0]]}
        found[owners[0]] = [letter for letter in costly if letter in theirs]
    return {kind: tuple(found[kind]) for kind in LetterKind if kind in found}


def make_plain(text: str) -> str:
    """The text with plain signs, where that makes it cheap; as it is where some letter would make it dear all the same."""
    plain = "".join(PLAIN.get(letter, letter) for letter in text)
    return plain if not count_parts(plain).costly else text


def find_excess(text: str) -> int | None:
    """How many letters less would make it one part less; None where that is many, or it has but one. The dear ones stay."""
    counted = count_parts(text)
    letter = "č" if counted.costly else "a"
    for over in range(1, min(MOST_OVER, counted.units) + 1):
        if count_parts(letter * (counted.units - over)).parts < counted.parts:
            return over
    return None
