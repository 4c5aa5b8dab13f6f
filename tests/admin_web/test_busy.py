"""When all seats are taken, a page that is open stays as it is: nothing that was typed is lost."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from admin_web.live import VIEWERS_PER_SESSION
from hub.clock import StoppedClock
from tests.admin_web.school_day import HTMX, SchoolDay, run_school_day


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def test_a_page_that_finds_no_seat_is_not_live_but_stays(day: SchoolDay) -> None:
    browser = await day.as_("Kari Lunde")

    async with AsyncExitStack() as seats:
        for _ in range(VIEWERS_PER_SESSION):
            taken = await seats.enter_async_context(browser.session.get("/threads/live"))
            assert taken.status == 200
        refused = await browser.get("/threads/live", headers={**HTMX, "Accept": "text/event-stream"})

    assert refused.status == 503
    assert refused.headers["HX-Reswap"] == "none"
    assert "HX-Retarget" not in refused.headers
    assert refused.headers["Retry-After"]
