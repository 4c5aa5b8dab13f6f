"""Texts as every store can hold them: what it cannot stands there as a mark."""

import re

NUL, NUL_SHOWN = "\x00", "␀"
HALF_SHOWN = "\ufffd"
_HALVES = re.compile(r"[\ud800-\udfff]")
"""Half a letter is none: no store keeps it."""


def show_nul(text: str) -> str:
    """PostgreSQL cannot hold a NUL in a text, so it is shown as its symbol."""
    return text.replace(NUL, NUL_SHOWN) if NUL in text else text


def show_unkeepable(text: str) -> str:
    """The same for a text that JSON or a charset of the sender's choice may have left halves of letters in."""
    return show_nul(_HALVES.sub(HALF_SHOWN, text))
