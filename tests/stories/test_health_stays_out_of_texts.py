"""Somebody texts more about health than a text should hold: it is taken care of as ever, and the answer says how little is
enough. Once in a while, kindly, and not where nobody else reads."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from hub.clock import StoppedClock
from tests.admin_web.family_pages import FamilyPages, bubbles_of, family_pages
from tests.sent_files import TEACHER, as_staff_of

ANNE, KARI, SEAT = "Anne Nordmann", "Kari Nordmann", "contact teacher 7A"
ENOUGH = 'Neste gang er "Kari er syk i dag" nok.'
ELSEWHERE = "Det som er privat, kan du heller skrive på familiesidene eller ringe oss om."


@pytest.fixture
async def pages(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[FamilyPages]:
    clock.move(timedelta(hours=3))
    async with family_pages(tmp_path, village_store_url, clock) as pages:
        yield pages


@pytest.mark.one_store
@pytest.mark.capability("H-48")
async def test_who_texts_about_health_hears_kindly_how_little_is_enough(
    pages: FamilyPages, clock: StoppedClock
) -> None:
    living = pages.living

    told = await living.text(ANNE, SEAT, "Kari har feber og kaster opp, hun blir hjemme i dag")
    inbox = await (await as_staff_of(pages, TEACHER)).get("/threads")
    clock.move(timedelta(days=1))
    again = await living.text(ANNE, SEAT, "Kari har fortsatt feber i dag")
    clock.move(timedelta(days=91))
    asked = await living.text(ANNE, SEAT, "Kari har fått ny medisin mot epilepsi. Kan dere passe på?")
    browser = await pages.signed_in("Wenche Sand")
    in_the_app = bubbles_of(await pages.write(browser, "Fredrik Sand", "Fredrik har feber i dag"))

    assert told.startswith("Notert: Kari er syk i dag")
    assert ENOUGH in told
    assert told.index("Notert") < told.index(ENOUGH)
    assert "feber" not in inbox.text
    assert "Kari" in again
    assert "Neste gang" not in again
    assert asked.startswith("Takk.")
    assert asked.endswith(ELSEWHERE)
    assert not any("Neste gang" in text or "privat" in text for _, text in in_the_app)
