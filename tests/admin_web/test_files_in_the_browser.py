"""A picture in a thread, in a real browser: it is drawn from its own origin, and leaves as a download."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from admin_web.page import HOUSE
from hub.clock import StoppedClock
from hub.post.pictures import SMALL_SIDE
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_files import TEACHER_7A, bring
from tests.admin_web.windows import check


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


async def test_a_picture_is_drawn_in_the_thread_and_leaves_whole(day: SchoolDay, browser: Browser) -> None:
    file, thread = await bring(day, "Anne Nordmann", ["Kari Nordmann"])
    context, page, complaints = await day.window(browser, TEACHER_7A)

    async with page.expect_response(day.site.app[HOUSE].parts.settings.staff.files + "/**") as drawn:
        await page.goto(f"/threads/{thread}")
        picture = page.get_by_role("img", name="Bilde fra Anne Nordmann.")
        await picture.scroll_into_view_if_needed()
    await (await drawn.value).finished()
    await expect(picture).to_have_js_property("naturalWidth", SMALL_SIDE)
    await check(page, complaints, "thread_picture")
    async with page.expect_download() as leaving:
        await picture.click()

    assert (await leaving.value).suggested_filename == f"budbok-{file}.jpg"
    assert complaints == []
    await context.close()
