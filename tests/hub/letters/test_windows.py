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
from tests.hub.letters.test_rendering import LETTER, picture, squeezed

MADE_AT = datetime(2025, 3, 4, tzinfo=UTC)
SENDER = ("Avsender med langt navn i Fjordvik kommune", "Strandgata 1", "0001 Fjordvik")
CLEAR, CLEAR_ABOVE = 5, 3
"""Millimetres between the receiver and the window's edges, at the sides and above and below."""


@dataclass(frozen=True, slots=True)
class Opening:
    """An envelope's window: millimetres from the left and upper edges of the envelope."""

    left: float
    top: float
    width: float
    height: float


E65, C65, C5, EC4 = (
    Opening(15, 40, 95, 30),
    Opening(15, 39, 100, 35),
    Opening(15, 44, 105, 35),
    Opening(15, 42, 100, 40),
)
H2 = Opening(107, 44, 88, 26)
OPENINGS = {"NO": (E65, C65, C5, EC4), "FI": (E65, C65, C5), "DK": (E65, C65, C5), "SE": (H2,)}
"""Those of Norway are as sold there; of the others see hub.letters.letter."""


@dataclass(frozen=True, slots=True)
class Run:
    """Letters on one line, and where they stand: millimetres from the left and upper edges of the page, and from the font."""

    text: str
    left: float
    right: float
    line: float
    size: float

    @property
    def top(self) -> float:
        """Of a capital letter."""
        return self.line - 0.714 * self.size

    @property
    def bottom(self) -> float:
        """Of a letter that hangs below the line."""
        return self.line + 0.24 * self.size


def runs_of(page: pypdf.PageObject) -> list[Run]:
    """All that are set in the common font."""
    found: list[Run] = []
    font = ImageFont.truetype(FONTS / "NotoSans-Regular.ttf", 1000)

    def keep(text: str, matrix: list[float], text_matrix: list[float], _: object, size: float) -> None:
        if words := text.strip():
            left, up = text_matrix[4] * matrix[0] + matrix[4], text_matrix[5] * matrix[3] + matrix[5]
            right = left + font.getlength(words) / 1000 * size * abs(text_matrix[0] * matrix[0])
            tall = size * abs(text_matrix[3] * matrix[3])
            found.append(
                Run(words, *(each * 25.4 / 72 for each in (left, right, float(page.mediabox.height) - up, tall)))
            )

    page.extract_text(visitor_text=keep)
    return found


@pytest.mark.parametrize("name", ["W" * 80, "Å" * 80, "Anne Nordmann"], ids=["wide", "long", "plain"])
@pytest.mark.parametrize("country", sorted(OPENINGS))
def test_a_receiver_stands_whole_and_alone_in_every_window_of_the_country_with_room_around(
    country: str, name: str
) -> None:
    receiver = (name, "Fjellveien 3", "0002 Byen")
    address = AddressPage(receiver, SENDER, "1-1")
    beside = render_envelopes(ListPage("Liste", (), ("Nr", "Ark"), [("1-1", 1)]), [address], "nb", country, MADE_AT)
    letter = render(replace(LETTER, country=country, receiver=receiver, sender=SENDER, logo=picture()))

    for pdf, at in ((letter, 0), (beside, 1)):
        runs = runs_of(pypdf.PdfReader(io.BytesIO(pdf)).pages[at])
        for window in OPENINGS[country]:
            right, below = window.left + window.width, window.top + window.height
            seen = [run for run in runs if run.right > window.left - CLEAR and run.left < right + CLEAR]
            seen = [run for run in seen if run.bottom > window.top - CLEAR and run.top < below + CLEAR]
            assert squeezed("".join(run.text for run in seen)) == squeezed("".join(receiver))
            assert min(run.left for run in seen) >= window.left + CLEAR - 0.1
            assert max(run.right for run in seen) <= right - CLEAR + 0.1
            assert min(run.top for run in seen) >= window.top + CLEAR_ABOVE - 0.1
            assert max(run.bottom for run in seen) <= below - CLEAR_ABOVE + 1


def test_an_address_of_six_lines_is_as_large_as_a_machine_reads_and_has_room_around() -> None:
    lines = ("Anne Nordmann", "c/o Berg", "Oppgang B", "Fjellveien 3", "0002 Byen", "Sverige")
    address = AddressPage(lines, SENDER, "1-1")
    pdf = render_envelopes(ListPage("Liste", (), ("Nr", "Ark"), []), [address], "nb", "NO", MADE_AT)

    runs = [run for run in runs_of(pypdf.PdfReader(io.BytesIO(pdf)).pages[1]) if run.text in lines]

    assert [run.text for run in runs] == list(lines)
    assert min(run.size for run in runs) >= 8 * 25.4 / 72
    assert min(run.top for run in runs) >= C5.top + CLEAR_ABOVE - 0.1
    assert max(run.bottom for run in runs) <= E65.top + E65.height - 2
