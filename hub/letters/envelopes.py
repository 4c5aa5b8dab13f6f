"""What is printed beside letters that go on paper: a list for whoever posts them, and for each a page with its receiver in the
window of the country's envelope. No matter stands on any of them. PDF/A-2a and PDF/UA-1, as letters are.

It takes a millisecond of a processor for each page: always called in a thread of its own. The words go in as data and never
as markup; fonts are our own, and nothing is fetched.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.letters.letter import find_window
from hub.letters.rendering import typeset
from hub.letters.showing import as_shown

TEMPLATE = Path(__file__).parent.parent.parent / "templates" / "letters" / "envelopes.typ"


@dataclass(frozen=True, slots=True)
class AddressPage:
    """To whom, from whom, each as lines with the name first, and by which number the letter is found on the list."""

    receiver: Sequence[str] = field(repr=False)
    sender: Sequence[str]
    number: str


@dataclass(frozen=True, slots=True)
class ListPage:
    """A heading, a few sentences, and a table of two columns: the number of each letter, and its sheets."""

    title: str
    lead: Sequence[str]
    columns: tuple[str, str]
    rows: Sequence[tuple[str, int]]


def render_envelopes(
    listed: ListPage, addresses: Sequence[AddressPage], language: str, country: str, made_at: datetime
) -> bytes:
    """A PDF with the list, of as many pages as it needs, and then one page for each address. Raises: NotMadeError."""
    data = {
        "list": _lay_out_list(listed),
        "addresses": [_lay_out(page) for page in addresses],
        "language": language,
        "country": country,
        "window": asdict(find_window(country)),
    }
    return typeset(TEMPLATE.read_bytes(), data, made_at)


def _lay_out(page: AddressPage) -> dict[str, Any]:
    return {
        "receiver": [as_shown(line) for line in page.receiver],
        "sender": [as_shown(line) for line in page.sender if line.strip()],
        "number": as_shown(page.number),
    }


def _lay_out_list(listed: ListPage) -> dict[str, Any]:
    return {
        "title": as_shown(listed.title),
        "lead": [as_shown(line) for line in listed.lead],
        "columns": [as_shown(word) for word in listed.columns],
        "rows": [(as_shown(number), sheets) for number, sheets in listed.rows],
    }
