"""*Family day care* in a real browser: three touches of a thumb, readable in every light, on a phone and on a desk."""

from collections.abc import AsyncIterator
from datetime import date, time

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.people.staff import RoleKind
from hub.school.care_notes import NoteKind
from hub.school.meals import MealKind
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check
from tests.hub.school.home_days import ADMINISTRATOR, ASK, CARER, DEARER, LIVE, MONDAY, SIGNE, HomeDays

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


@pytest.fixture
async def home(day: SchoolDay) -> HomeDays:
    """Ask and Signe are booked; Live must not eat gluten; last Friday Ask had breakfast and lunch."""
    home = HomeDays(day.village, day.clock)
    home.at(MONDAY, 8, 30)
    friday = date(2025, 2, 28)
    await home.set_rates(date(2025, 1, 1))
    await home.set_rates(date(2025, 3, 5), DEARER)
    await home.books(ASK, MONDAY, "8-15")
    await home.books(SIGNE, MONDAY, "8.15-14")
    await home.has_note(LIVE, NoteKind.FOOD, "Uten gluten: bruk det glutenfrie brødet i skuffen")
    for name in (ASK, LIVE):
        await home.was_here(name, friday, time(8), time(12 if name == LIVE else 15))
    await home.ate(friday, MealKind.LUNCH, ASK, LIVE)
    await home.ate(friday, MealKind.BREAKFAST, ASK)
    return home


@pytest.mark.capability("L-11", "N-34")
async def test_three_touches_tell_the_day_and_another_screen_follows(
    browser: Browser, day: SchoolDay, home: HomeDays
) -> None:
    context, page, complaints = await day.window(browser, CARER)
    other_context, other, other_complaints = await day.window(browser, CARER, 1280)
    await page.goto(f"/home/{home.unit.id}")
    await other.goto(f"/home/{home.unit.id}")

    await page.get_by_role("button", name="Alle er her som avtalt").click()
    await expect(page.get_by_text("3 barn er ført som her")).to_be_visible()
    await page.get_by_role("button", name="Måltider som sist").click()
    await expect(page.get_by_text("3 måltider er ført")).to_be_visible()
    await page.get_by_role("button", name="Alle har gått til avtalt tid").click()

    await expect(page.get_by_text("3 barn er ført som gått")).to_be_visible()
    await expect(other.get_by_role("heading", level=1)).to_have_text("0 av 3 barn er her")
    await expect(other.get_by_role("button", name="Lunsj Ask Kvam")).to_have_attribute("aria-pressed", "true")
    assert (complaints, other_complaints) == ([], [])
    await context.close()
    await other_context.close()


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_pages_of_a_home(
    browser: Browser, day: SchoolDay, home: HomeDays, width: int
) -> None:
    await home.give_role("Astrid Vik", RoleKind.LEADER)
    await home.give_role("Astrid Vik", RoleKind.LEADER, unit_id=await home.add_home("Hos Berit"))
    context, page, complaints = await day.window(browser, CARER, width)
    await page.goto(f"/home/{home.unit.id}")
    await check(page, complaints, f"home-morning-{width}")
    await page.get_by_role("button", name="Alle er her som avtalt").click()
    await page.get_by_role("button", name="Alle har spist lunsj").click()
    await expect(page.get_by_text("3 måltider er ført")).to_be_visible()
    await page.get_by_text("Spesialkost Live Haugland", exact=True).click()
    await page.get_by_text("Hva som er ført om måltidene").click()
    await check(page, complaints, f"home-{width}")
    await page.goto(f"/home/{home.unit.id}?day=2025-02-28")
    await check(page, complaints, f"home-then-{width}")
    await context.close()

    context, page, complaints = await day.window(browser, "Astrid Vik", width)
    await page.goto(f"/home/{home.unit.id}/month?day=2025-02-01")
    await check(page, complaints, f"home-month-{width}")
    await page.goto(f"/home/{home.unit.id}/month")
    await check(page, complaints, f"home-month-open-{width}")
    await context.close()
    context, page, complaints = await day.window(browser, ADMINISTRATOR, width)
    await page.goto("/home-rates")
    await check(page, complaints, f"home-rates-{width}")
    await context.close()
