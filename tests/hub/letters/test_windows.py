"""The receiver stands whole in the window of the country's envelope: on the letter, and on the page printed beside it."""

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pypdf
import pytest
from PIL import ImageFont

from hub.letters.envelopes import AddressPage, ListPage, render_envelopes
from hub.letters.rendering import render
from hub.letters.showing import FONTS
from tests.hub.letters.test_rendering import LETTER, squeezed

MADE_AT = datetime(2025, 3, 4, tzinfo=UTC)
TOP, BOTTOM = 45, 70
"""Of every window, in millimetres from the upper edge of the page."""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters that stand on one line, and where: millimetres from the left and upper edges of the page."""

    text: str
    left: float
    right: float
    line: float


def runs_of(page: pypdf.PageObject) -> list[Run]:
    """All that are set in the common font."""
    found: list[Run] = []
    font = ImageFont.truetype(FONTS / "NotoSans-Regular.ttf", 1000)

    def keep(text: str, matrix: list[float], text_matrix: list[float], _: object, size: float) -> None:
        if words := text.strip():
            left, up = text_matrix[4] * matrix[0] + matrix[4], text_matrix[5] * matrix[3] + matrix[5]
            right = left + font.getlength(words) / 1000 * size * abs(text_matrix[0] * matrix[0])
            found.append(Run(words, left * 25.4 / 72, right * 25.4 / 72, 297 - up * 25.4 / 72))

    page.extract_text(visitor_text=keep)
    return found


@pytest.mark.parametrize("name", ["W" * 80, "Å" * 80, "Anne Nordmann"], ids=["wide", "long", "plain"])
@pytest.mark.parametrize(
    ("country", "left", "right"), [("NO", 20, 105), ("FI", 20, 105), ("DK", 20, 105), ("SE", 112, 190)]
)
def test_a_receiver_stands_whole_in_the_window(country: str, left: float, right: float, name: str) -> None:
    receiver = (name, "Fjellveien 3", "0002 Byen")
    address = AddressPage(receiver, ("Avsender",), "1-1")
    beside = render_envelopes(ListPage("Liste", (), ("Nr", "Ark"), [("1-1", 1)]), [address], "nb", country, MADE_AT)
    letter = render(replace(LETTER, country=country, receiver=receiver))

    for pdf, at in ((letter, 0), (beside, 1)):
        seen = [run for run in runs_of(pypdf.PdfReader(io.BytesIO(pdf)).pages[at]) if TOP <= run.line <= BOTTOM]
        seen = [run for run in seen if left - 5 < run.left < right]
        assert squeezed("".join(run.text for run in seen)) == squeezed("".join(receiver))
        assert min(run.left for run in seen) == pytest.approx(left, abs=0.1)
        assert max(run.right for run in seen) <= right
