"""A month that was handed over, and what has changed of it since, in a real browser: on a phone and on a tablet at the wall."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from tests.admin_web.booked_week import book_a_week
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_handed_hours import MARCH, put_noah_right
from tests.admin_web.test_hours import LEADER, NOAH, attend, hours
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        await book_a_week(day)
        clock.jump(datetime(2025, 3, 21, 17, 0, tzinfo=UTC))
        await day.site.desk.work(TEST, attend, day)
        clock.jump(datetime(2025, 4, 2, 8, 0, tzinfo=UTC))
        yield day


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1024])
async def test_axe_finds_nothing_on_a_month_that_was_handed_over(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, LEADER, width)
    await page.goto(f"{hours(day)}?day={MARCH}")
    await page.get_by_role("button", name="Overlever til betaling").click()
    await expect(page.get_by_text("Overlevert til betaling: Astrid Vik, i dag 10.00.")).to_be_visible()
    await put_noah_right(await day.as_(LEADER), day)

    await page.reload()
    await expect(page.get_by_text("40 t 30 min → 41 t 30 min")).to_be_visible()
    await check(page, complaints, f"hours-handed-{width}")
    await page.goto(f"{hours(day)}/children/{day.village.child(NOAH).id}?day={MARCH}")
    await check(page, complaints, f"hours-handed-child-{width}")
    await context.close()
