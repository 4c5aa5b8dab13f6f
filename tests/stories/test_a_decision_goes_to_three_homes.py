"""A decision is for three homes: each gets it its own way, staff see how, and no letter tells one home where another is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from tests.hub.letters.pdf_read import Pdf
from tests.hub.letters.test_rendering import squeezed
from tests.rehearsal.third_guardian import BY_HAND, BY_MAILBOX, RESERVED
from tests.three_homes import HOMES, SECRETS, ThreeHomes, three_homes

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
    letters, batch = await homes.letters(), await homes.batch()

    for pdf in (letters[BY_MAILBOX], letters[RESERVED], batch):
        assert [secret for secret in SECRETS if holds(pdf, secret)] == []
    for name, pdf in letters.items():
        assert [home.street[0] for home in HOMES.values() if holds(pdf, home.street[0])] == []
        assert [other for other in letters if other != name and holds(pdf, other)] == []
    assert [name for name, home in HOMES.items() if holds(batch, home.street[0])] == [RESERVED]
    assert holds(letters[BY_HAND], BY_HAND)
    assert not holds(letters[BY_HAND], "Skjulestien")
