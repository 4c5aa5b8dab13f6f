"""Whether a mark ends a sentence, or only trails off, or is part of a face."""

import unicodedata
from collections.abc import Sequence

from bots.hearing.tokens import Token

_MOST_DOTS = 5


def trails_off(tokens: Sequence[Token], at: int, corrections: set[int]) -> bool:
    """Whether the dot is one of a row behind which the text corrects itself: "Wedn... no, Thursday"."""
    start = at
    while start and tokens[start - 1].text == "." and at - start < _MOST_DOTS:
        start -= 1
    end = at
    while end < len(tokens) and tokens[end].text == "." and end - at < _MOST_DOTS:
        end += 1
    return end - start > 1 and end in corrections


def ends_sentence(tokens: Sequence[Token], at: int) -> bool:
    text = tokens[at].text
    if text in "!?;" or unicodedata.category(text[0]) == "So" or _is_smiley(tokens, at):
        return True
    if text != ".":
        return False
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    if after is not None and after.kind == "number" and at and tokens[at].glued and len(tokens[at - 1].low) == 1:
        return False  # "d. 13."
    return after is None or not after.glued


def _is_smiley(tokens: Sequence[Token], at: int) -> bool:
    """Whether the bracket is the mouth of a face: ":)", ";-)", ":("."""
    if tokens[at].text not in {")", "("} or not tokens[at].glued or at < 1:
        return False
    nose = tokens[at - 1].text == "-" and tokens[at - 1].glued
    eyes = tokens[at - 2 if nose and at > 1 else at - 1]
    return eyes.text in {":", ";", "="}
