"""Finds names by what somebody types: the beginning of a name, a form of it, or nearly it.

Letters are compared without case and diacritics. Source: Iso suomen kielioppi, section 81 (case endings).
"""

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

MOST_WORDS = 6
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ð": "d", "đ": "d", "þ": "th", "ł": "l", "ŋ": "n", "ŧ": "t", "ı": "i", "ß": "ss"}
)
_ENDING = re.compile("s|n|t|a|[aeiouy]n|h[aeiouy]n|ta|tta|na|ksi|ssa|sta|lla|lle|lta|seen|kin|ko")
"""The genitive -s of the Germanic languages; Finnish cases and clitics, folded."""
_WORD = re.compile(r"[^\W_]+")

EQUAL, BEGINNING, FORM = 100.0, 95.0, 92.0
NEAR_ENOUGH = 80.0
SHORTEST_NEAR = 4


def fold(text: str) -> str:
    """Without case and diacritics, so that "soren" meets "Søren" and "vaino" meets "Väinö"."""
    low = text.casefold()
    if low.isascii():
        return low
    spread = unicodedata.normalize("NFKD", low.translate(_LETTERS))
    return "".join(letter for letter in spread if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The words of a text, folded; those after the sixth are left out."""
    return _WORD.findall(fold(text))[:MOST_WORDS]


def nearness(typed: Sequence[str], name: Sequence[str]) -> float:
    """How near the folded words typed come to those of a name, 0 to 100; 0 when one of them fits none.

    Each word of the name answers for one word typed.
    """
    free, total = list(name), 0.0
    for word in typed:
        best, near = max(((_word_nearness(word, part), part) for part in free), default=(0.0, ""))
        if not best:
            return 0.0
        free.remove(near)
        total += best
    return total / len(typed) if typed else 0.0


def _word_nearness(word: str, part: str) -> float:
    if word == part:
        return EQUAL
    if part.startswith(word):
        return BEGINNING
    if len(part) > 2 and word.startswith(part) and _ENDING.fullmatch(word, len(part)):
        return FORM
    if len(word) < SHORTEST_NEAR:
        return 0.0
    whole = fuzz.ratio(word, part, score_cutoff=NEAR_ENOUGH)
    begun = fuzz.ratio(word, part[: len(word)], score_cutoff=NEAR_ENOUGH)
    return min(FORM - 1, max(whole, begun))
