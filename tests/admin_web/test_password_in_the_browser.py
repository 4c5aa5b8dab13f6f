"""Changing the password in a real browser: readable in every light, and reached from the menu."""

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


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_the_menu_leads_to_it_and_axe_finds_nothing(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", width)
    await page.goto("/threads")

    await page.locator("details.menu summary").click()
    await page.get_by_role("link", name="Bytt passord").click()

    await expect(page.get_by_label("Passordet du har nå")).to_be_visible()
    await check(page, complaints, f"password-{width}")
    await context.close()
