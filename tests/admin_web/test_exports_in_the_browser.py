"""*Files and lists* in a real browser: what paper shows of a long list, and both pages at both widths and in both lights."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_exports import LEADER, OFFICE, TEACHER, ask, fill_school, quarters
from tests.admin_web.windows import check

pytestmark = [pytest.mark.browser, pytest.mark.one_store]


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def test_paper_shows_a_sentence_in_place_of_a_long_list(day: SchoolDay, browser: Browser) -> None:
    await fill_school(day)
    context, page, complaints = await day.window(browser, OFFICE, 1280)

    await page.goto(f"/codes/{day.village.unit('school').id}")
    await expect(page.get_by_text("Barn01 Elv").first).to_be_visible()
    await expect(page.locator(".print-held")).to_be_hidden()
    await page.emulate_media(media="print")

    await expect(page.locator(".print-held")).to_be_visible()
    await expect(page.get_by_text("Barn01 Elv").first).to_be_hidden()
    assert await page.locator("main").inner_text() == await page.locator(".print-held").inner_text()
    assert complaints == []
    await context.close()


@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_it_is_asked_and_answered(day: SchoolDay, browser: Browser, width: int) -> None:
    teacher = await day.as_(TEACHER)
    await ask(teacher, quarters(day))

    context, page, complaints = await day.window(browser, LEADER, width)
    await page.goto("/exports")
    await expect(page.get_by_role("button", name="Ja, den kan gå ut")).to_be_visible()
    await check(page, complaints, f"exports-{width}")
    await page.goto(f"/morning/{day.village.unit('preschool').id}")
    await expect(page.get_by_role("link", name="Filer og lister")).to_be_visible()
    await check(page, complaints, f"exports-morning-{width}")
    await page.goto(quarters(day))
    await expect(page.get_by_role("button", name="Be om et ja")).to_be_visible()
    await check(page, [one for one in complaints if "409" not in one], f"exports-ask-{width}")
    await context.close()


async def test_a_list_is_asked_for_answered_and_fetched_by_hand_without_script(
    day: SchoolDay, browser: Browser
) -> None:
    asking, page, _ = await day.window(browser, TEACHER, script=False)
    answering, second, _ = await day.window(browser, LEADER, script=False)

    await page.goto(f"/week/{day.village.unit('preschool').id}")
    await page.locator('a[href*="quarters.csv"]').click()
    await page.get_by_role("button", name="Be om et ja").click()
    await expect(page.get_by_text("Ingen har svart ennå")).to_be_visible()
    await second.goto("/exports")
    await second.get_by_role("button", name="Ja, den kan gå ut").click()
    await page.reload()
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Lagre fila").click()

    assert (await download.value).suggested_filename.startswith("quarters-2025-W")
    await asking.close()
    await answering.close()
