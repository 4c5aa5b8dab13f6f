"""A decision is for three homes: each gets it its own way, staff see how, and no letter tells one home where another is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from hub.clock import StoppedClock
from hub.mailroom.sendings import SendingState
from tests.hub.letters.pdf_pictures import picture_of
from tests.hub.letters.pdf_read import Pdf
from tests.hub.letters.pdf_rules import faults_of
from tests.hub.letters.test_rendering import squeezed
from tests.rehearsal.third_guardian import BY_HAND, BY_MAILBOX, RESERVED
from tests.sent_files import as_staff_of
from tests.three_homes import HOMES, LEADER, NUMBERS, REASON, SECRETS, ThreeHomes, three_homes

DARK = 200
"""Of 255; paper is brighter."""
pytestmark = pytest.mark.one_store("sqlite")


@pytest.fixture
async def homes(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[ThreeHomes]:
    async with three_homes(tmp_path, village_store_url, clock) as homes:
        await homes.decide()
        yield homes


def holds(pdf: bytes, said: str) -> bool:
    """Anywhere in it, read or unread."""
    return squeezed(said).casefold() in Pdf(pdf).everything


async def test_no_letter_batch_or_list_tells_anything_of_the_home_whose_address_is_secret(homes: ThreeHomes) -> None:
    letters, batch = await homes.letters(), await homes.fetch(await homes.gather())

    for pdf in (letters[BY_MAILBOX], letters[RESERVED], batch):
        assert [secret for secret in SECRETS if holds(pdf, secret)] == []
    for name, pdf in letters.items():
        assert [home.street[0] for home in HOMES.values() if holds(pdf, home.street[0])] == []
        assert [other for other in letters if other != name and holds(pdf, other)] == []
    assert [name for name, home in HOMES.items() if holds(batch, home.street[0])] == [RESERVED]
    assert holds(letters[BY_HAND], BY_HAND)
    assert not holds(letters[BY_HAND], "Skjulestien")


def has_ink(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether anything is printed there: millimetres from the left and upper edges of the page."""
    scale = picture.width / 210
    part = picture.convert("L").crop(
        (round(left * scale), round(top * scale), round(right * scale), round(bottom * scale))
    )
    return any(part.histogram()[:DARK])


@pytest.mark.capability("H-63", "N-20")
async def test_one_decision_goes_to_three_homes_by_three_ways_and_each_is_seen(
    homes: ThreeHomes,
) -> None:
    leader = await as_staff_of(homes.pages, LEADER)
    letters, path = await homes.letters(), f"/leave/{await homes.application()}"

    before = await leader.get(path)
    by_hand = await leader.get("/letters/by-hand")
    (mailed,) = homes.post.mailbox(NUMBERS[BY_MAILBOX])
    homes.post.open_letter(mailed.message_id)
    await homes.living.hub.routines.trace_letters()
    await homes.reach(BY_MAILBOX, SendingState.OPENED)
    batch = await homes.fetch(await homes.gather())
    after = await leader.get(path)

    told = {name: before.text.partition(f"Til {name}")[2].partition("Til ")[0] for name in letters}
    assert "Sendt til digital postkasse" in told[BY_MAILBOX]
    assert "Går på papir: reservert mot digital post" in told[RESERVED]
    assert "ingen postadresse som kan brukes" in told[BY_HAND]
    assert [name for name in letters if name in by_hand.text] == [BY_HAND]
    assert mailed.files[0].content == letters[BY_MAILBOX]
    assert "Åpnet der" in after.text.partition(f"Til {BY_MAILBOX}")[2].partition("Til ")[0]
    for name, pdf in letters.items():
        assert holds(pdf, f"{name}Avgjørelse om fri for Mia Dahlby Olsen")
        assert holds(pdf, REASON)
        assert faults_of(pdf) == []
    assert faults_of(batch) == []
    assert holds(batch, f"{RESERVED} Strandgata 18 Oppgang B 0002 Fjordvik")

    shown = [picture_of(pdf) for pdf in letters.values()] + [picture_of(batch, page) for page in (3, 4)]

    for picture in shown:
        assert has_ink(picture, 20, 47, 105, 67)
        assert not has_ink(picture, 10, 39, 19.5, 82)
        assert not has_ink(picture, 15, 39, 124, 46.5)
        assert not has_ink(picture, 105.5, 39, 124, 82)
        assert not has_ink(picture, 15, 67.5, 124, 87)
    assert has_ink(picture_of(batch), 20, 20, 190, 60)
    assert not has_ink(picture_of(batch, 2), 0, 0, 210, 297)
