"""A letter on paper: from whom, to whom, of which day and in which words; and where its envelope has a window."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Window:
    """Where the receiver stands, to be seen in the window of an envelope: millimetres from the left and upper edge of the page,
    and how wide and high that is. The window itself is wider by 5 mm on each side, and higher by 3 above and below, so that the
    receiver is still read when the sheet has slid."""

    left: float
    top: float
    width: float
    height: float


_LEFT = Window(20, 47, 85, 20)
_RIGHT = Window(112, 47, 78, 20)
WINDOWS = {"NO": _LEFT, "FI": _LEFT, "DK": _LEFT, "SE": _RIGHT}
"""By country, ISO 3166 alpha-2. Source: what the windows of Norwegian E65, C65, C5 and EC4 envelopes have in common: from 15 to
110 mm from the left and from 44 to 70 mm from above. In Sweden the window to the right (H2) is the usual one, and is taken to
reach from 107 to 195 mm; no standard of Finland, Sweden or Denmark was at hand."""


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
