"""New addresses on a child's page in a real browser: written down, and confirmed with a second click."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_number_is_written_down_and_confirmed(day: SchoolDay, browser: Browser, width: int) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", width)
    await page.goto(f"/children/{day.village.child('Kari Nordmann').id}")

    await page.get_by_text("Ny telefon eller e-post").click()
    await page.get_by_label("Foresatt").select_option(label="Anne Nordmann")
    await page.get_by_label("Nummer eller adresse").fill("400 00 978")
    await page.get_by_role("button", name="Skriv opp").click()

    await expect(page.get_by_text("+47 40 00 09 78").first).to_be_visible()
    await check(page, complaints, f"child-address-{width}")
    await page.get_by_role("button", name="Bekreft").click()
    await expect(page.get_by_text("De ansatte har bekreftet.")).to_be_visible()
    await expect(page.get_by_role("button", name="Bekreft")).to_have_count(0)
    assert complaints == []
    await context.close()
