"""*Emergency* in a real browser: raised in two steps, followed live, in every light and width."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.post.alarms import NEED_HELP, SAFE, Alarm
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_alarms import answer, find_all, wake
from tests.admin_web.windows import check

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        day.move_to(10, 0)
        yield day


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_it_is_raised_in_two_steps_and_followed(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto("/alarms")
    await page.get_by_role("link", name="Send en nødmelding").click()
    await page.locator("#text-nb").fill("Brann i gymsalen. Alle barna er ute på plassen.")
    await page.get_by_role("button", name="Se hvem den når").click()
    await expect(page.get_by_role("button", name="Send nå til")).to_be_visible()
    await check(page, complaints, f"alarms-new-{width}")
    await page.get_by_label("Jeg mener det").check()
    await page.get_by_role("button", name="Send nå til").click()
    await expect(page.get_by_role("heading", level=1, name="0 trenger hjelp")).to_be_visible()
    await wake(day)
    id_ = (await find_all(day, Alarm))[0].broadcast_id
    await answer(day, id_, "Anne Nordmann", NEED_HELP)
    await answer(day, id_, "Ola Nordmann", SAFE)

    await expect(page.get_by_role("heading", level=1, name="1 trenger hjelp, 1 av")).to_be_visible()
    await check(page, complaints, f"alarms-one-{width}")
    await page.goto(f"/morning/{day.village.unit('school').id}")
    await expect(page.get_by_text("Trenger hjelp nå")).to_be_visible()
    await check(page, complaints, f"alarms-morning-{width}")
    await page.goto("/alarms")
    await check(page, complaints, f"alarms-{width}")
    await context.close()
