"""*Costs* in a real browser: readable in every light and width, by keyboard and without script."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.saved_time import set_hand_times
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_broadcasts import LEADER
from tests.admin_web.test_costs import ADMINISTRATOR, MARCH, bill, line, send_to_7a
from tests.admin_web.windows import check
from tests.hub.post.spoken import as_staff

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        administrator = as_staff(day.village.staff(ADMINISTRATOR))
        await day.site.desk.work(administrator, set_hand_times, {"broadcast": 4}, MARCH)
        await send_to_7a(day)
        await bill(day, line(day, "SM" + "5e" * 16, "1.0251"))
        yield day


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_any_of_the_pages(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, LEADER, width)
    unit = f"/costs/{day.village.unit('school').id}"

    for name, path in {
        "costs": "/costs",
        "costs-unit": unit,
        "costs-family": f"{unit}/families/{day.village.guardian('Anne Nordmann').id}",
        "cost-differences": "/cost-differences",
        "cost-minutes-seen": "/cost-minutes",
    }.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()

        await check(page, complaints, f"{name}-{width}")
    await context.close()
    context, page, complaints = await day.window(browser, ADMINISTRATOR, width)
    await page.goto("/cost-minutes")
    await expect(page.get_by_role("button", name="Lagre")).to_be_visible()
    await check(page, complaints, f"cost-minutes-{width}")
    await context.close()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_an_administrator_says_how_long_an_act_takes_by_hand(
    browser: Browser, day: SchoolDay, script: bool
) -> None:
    context, page, _ = await day.window(browser, ADMINISTRATOR, script=script)
    await page.goto("/costs")

    await page.get_by_role("link", name="Minutter for hånd").click()
    await page.get_by_label("Fellesmeldinger").fill("6")
    await page.get_by_label("Gjelder fra").fill("2025-03-01")
    await page.get_by_role("button", name="Lagre").click()

    await expect(page.get_by_label("Fellesmeldinger")).to_have_value("6")
    await page.goto("/costs")
    await expect(page.get_by_text("Anslag: omtrent")).to_be_visible()
    await context.close()
