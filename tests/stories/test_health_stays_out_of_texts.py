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
ENOUGH = 'På SMS holder det med "Kari er syk".'


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

    browser = await pages.signed_in("Wenche Sand")
    in_the_app = bubbles_of(await pages.write(browser, "Fredrik Sand", "Fredrik har feber i dag"))
    told = await living.text(ANNE, SEAT, "Kari har feber og kaster opp, hun blir hjemme i dag")
    inbox = await (await as_staff_of(pages, TEACHER)).get("/threads")
    clock.move(timedelta(days=1))
    await living.text(ANNE, SEAT, "Kari har fortsatt feber i dag")
    clock.move(timedelta(days=181))
    await living.text(ANNE, SEAT, "Kari har fått ny medisin mot epilepsi. Kan dere passe på?")
    await living.text(ANNE, SEAT, "Kari har feber og er hjemme 2., 4., 9., 11., 16. og 18. september")
    await living.text(ANNE, SEAT, "Kari har feber i dag")
    phone = living.phone(ANNE)
    while ENOUGH not in phone.received[-1].body:
        await phone.next_text()

    assert told.startswith("Notert: Kari er syk i dag")
    assert told.endswith(ENOUGH)
    assert "feber" not in inbox.text
    reminded = [each.body for each in phone.received if ENOUGH in each.body]
    assert reminded == [
        told,
        "Notert: Kari er syk i dag, mandag 1. september. God bedring! Feil? Svar ANGRE. " + ENOUGH,
    ]
    assert not any("holder det" in text for _, text in in_the_app)
