"""*Ring these* with a letter to print, and *Which way first?*, in a real browser: readable in every light, and on paper."""

import pytest
from playwright.async_api import Browser, expect

from hub.address import APP, LETTER, MAIL, SMS
from hub.post.reach_plans import Plan, Rung, Sign, set_plan
from hub.post.topics import Topic
from tests.admin_web.school_day import SchoolDay
from tests.admin_web.test_reach import ADMINISTRATOR, TEACHER, day, fail, listed
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST

__all__ = ["day"]
pytestmark = [pytest.mark.browser, pytest.mark.one_store]
BY_LETTER = Plan(
    Topic.LETTER, (Rung(APP, 1440), Rung(SMS, 1440), Rung(MAIL, 2880), Rung(LETTER, 60)), Sign.READ, calls=False
)


@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_list_the_letter_and_the_plan(
    browser: Browser, day: SchoolDay, width: int
) -> None:
    await day.site.desk.work(TEST, set_plan, day.village.owner().id, BY_LETTER, "test")
    await day.site.desk.work(TEST, fail, day, "30005")
    row = (await listed(day))[0]

    context, page, complaints = await day.window(browser, TEACHER, width)
    for name, path in {"unreached": "/unreached", "letter": f"/unreached/{row.id}/letter"}.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await check(page, complaints, f"{name}-{width}")
    await context.close()
    context, page, complaints = await day.window(browser, ADMINISTRATOR, width)
    await page.goto("/ways?topic=letter")
    await expect(page.get_by_text("får brev fra kontoret")).to_be_visible()
    await check(page, complaints, f"ways-{width}")
    await context.close()


async def test_on_paper_the_letter_stands_alone(browser: Browser, day: SchoolDay) -> None:
    await day.site.desk.work(TEST, set_plan, day.village.owner().id, BY_LETTER, "test")
    await day.site.desk.work(TEST, fail, day, "30005")
    row = (await listed(day))[0]
    context, page, _ = await day.window(browser, TEACHER, 1280)
    await page.goto(f"/unreached/{row.id}/letter")

    await page.emulate_media(media="print")

    await expect(page.get_by_text("Det er kommet et brev.")).to_be_visible()
    await expect(page.get_by_role("button", name="Skriv ut")).to_be_hidden()
    await context.close()
