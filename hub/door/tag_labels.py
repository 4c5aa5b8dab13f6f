"""The short code printed on a tag: what staff type at the door when the chip does not answer.

Six letters and figures of which no two look alike, the last one a check: one that is typed wrong, and two that changed places,
never give another tag's code.
"""

import secrets
from collections.abc import Callable

ALPHABET = "2346789CDFGHJKMPQRTVWXY"
"""23 of them, a prime, so that the check sees every single fault and every two that changed places."""
DRAWN = 5
LENGTH = DRAWN + 1

Draw = Callable[[], str]


def draw_label() -> str:
    """A code that nobody can guess from another; whether it is taken already the caller asks."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(DRAWN))
    return drawn + check_of(drawn)


def check_of(drawn: str) -> str:
    """The last letter of a code that begins so."""
    weighted = sum(weight * ALPHABET.index(letter) for weight, letter in enumerate(drawn, 2))
    return ALPHABET[-weighted % len(ALPHABET)]


def read_label(text: str) -> str | None:
    """A code as somebody typed it, with spaces or dashes or in small letters; None where it cannot be one."""
    code = "".join(letter for letter in text.upper() if letter not in " -–·")
    if len(code) != LENGTH or any(letter not in ALPHABET for letter in code):
        return None
    return code if check_of(code[:DRAWN]) == code[DRAWN] else None


def shown_label(label: str) -> str:
    """As it is printed: in two halves."""
    return f"{label[:3]}-{label[3:]}" if len(label) == LENGTH else label
