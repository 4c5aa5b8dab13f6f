"""A letter on paper: from whom, to whom, of which day and in which words; and where its envelope has a window."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Window:
    """Where the receiver stands, to be seen in the window of an envelope: millimetres from the left and upper edge of the page,
    and how wide and high that is."""

    left: float
    top: float
    width: float
    height: float


_LEFT = Window(20, 45, 85, 25)
_RIGHT = Window(112, 45, 78, 25)
WINDOWS = {"NO": _LEFT, "FI": _LEFT, "DK": _LEFT, "SE": _RIGHT}
"""By country, ISO 3166 alpha-2. Source: what the windows of E65, C65 and C5 envelopes have in common, 15 mm from the left and
44 to 70 mm from above; in Sweden the window to the right (H2) is the usual one."""


def find_window(country: str) -> Window:
    """Any other country has it on the left."""
    return WINDOWS.get(country, _LEFT)


@dataclass(frozen=True, slots=True)
class Letter:
    """What stands on a letter. Every text is data, and shown as it is.

    `sender` and `receiver` are lines, the name first. `dated` is the day as the reader's language says it, of `day`.
    `page_words` says a page's number with {page} and {pages} in it. `logo` is a JPEG; whoever has the letter read to them
    hears the sender's name there.
    """

    title: str
    paragraphs: tuple[str, ...]
    language: str
    country: str
    day: date
    dated: str
    sender: tuple[str, ...]
    receiver: tuple[str, ...]
    page_words: str
    logo: bytes | None = None
