"""Which letters of the world our fonts can show. A PDF/A holds no letter that its fonts lack, so that no name is left blank."""

import unicodedata
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
NOT_SHOWN = "\N{REPLACEMENT CHARACTER}"
LONGEST_WORD = 30
"""Letters in a word that has no place to break; a longer one may break after so many."""
BREAK = "\N{ZERO WIDTH SPACE}"


@cache
def showable() -> frozenset[int]:
    """The code points for which there is a glyph, as fonts/coverage.txt lists them."""
    lines = (FONTS / "coverage.txt").read_text("ascii").splitlines()
    spans = [span.split("-") for line in lines if not line.startswith("#") for span in line.split()]
    return frozenset(point for first, last in spans for point in range(int(first, 16), int(last, 16) + 1))


def as_shown(text: str) -> str:
    """The text as a letter can hold it: the same, but that a sign says where there was a letter that no font here has.

    What is no letter at all, but steers a machine, is left out; lines stay lines.
    """
    if not showable().issuperset(map(ord, text)):
        text = "".join(_shown(letter) for letter in text.replace("\r\n", "\n").replace("\r", "\n"))
    return _may_break(text)


def _shown(letter: str) -> str:
    if letter == "\n" or ord(letter) in showable():
        return letter
    if letter == "\t":
        return " "
    return "" if unicodedata.category(letter) in ("Cc", "Cf") else NOT_SHOWN


def _may_break(text: str) -> str:
    return " ".join(word if len(word) <= LONGEST_WORD else BREAK.join(_pieces(word)) for word in text.split(" "))


def _pieces(word: str) -> list[str]:
    """Never between a letter and what is put on or joined to it."""
    pieces, piece = [], ""
    for letter in word:
        is_joined = bool(unicodedata.combining(letter)) or letter in "\u200d\ufe0f" or piece.endswith("\u200d")
        if len(piece) >= LONGEST_WORD and not is_joined:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]
