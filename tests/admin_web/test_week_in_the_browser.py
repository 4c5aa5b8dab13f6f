"""*Week* in a real browser: live, by keyboard, readable in every light, on a phone and on a desk."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from tests.admin_web.booked_week import BOOKED, book_a_week, book_for
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_a_booked_week(browser: Browser, day: SchoolDay, width: int) -> None:
    await book_a_week(day)
    context, page, complaints = await day.window(browser, "Astrid Vik", width)
    unit, child = day.village.unit("preschool").id, day.village.child("Noah Bakken").id

    await page.goto(f"/week/{unit}?day={BOOKED}")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Uke 12")
    await check(page, complaints, f"week-{width}")
    await page.goto(f"/week/{unit}/children/{child}?day={BOOKED}")
    await check(page, complaints, f"week-child-{width}")
    await page.goto(f"/week/{unit}/rules")
    await check(page, complaints, f"week-rules-{width}")
    await page.get_by_role("button", name="Se hva som endres").click()
    await expect(page.get_by_text("Dette blir annerledes")).to_be_visible()
    await check(page, complaints, f"week-preview-{width}")
    await page.goto(f"/week/{unit}/holidays")
    await check(page, complaints, f"week-holidays-{width}")
    await context.close()


@pytest.mark.capability("L-05")
async def test_a_booking_stands_in_the_open_diary_within_seconds_with_who_made_it_and_when(
    browser: Browser, day: SchoolDay
) -> None:
    context, page, complaints = await day.window(browser, "Mette Strand", 1280)
    await page.goto(f"/week/{day.village.unit('preschool').id}?day={BOOKED}")
    row = page.get_by_role("row").filter(has_text="Mathias Berg")
    await expect(row).to_contain_text("ikke meldt")

    await book_for(day, "Mathias Berg", "Lene Berg", "8-16")

    await expect(row).to_contain_text("8-16")
    await expect(row).to_contain_text("Lene Berg, 07.12")
    assert complaints == []
    await context.close()
