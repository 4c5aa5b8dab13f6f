"""The command bar in a real browser: "/" opens it, typing fills it, Enter opens what stands first."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from hub.clock import StoppedClock
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check, painted

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


def answers_to(page: Page, typed: str) -> Locator:
    """What the command bar found for all of it: the answer to its first letters may come before, and goes when this comes."""
    return page.locator(f'#found:has(li[data-for="{typed}"])')


async def test_a_child_is_opened_by_a_slash_some_letters_and_enter(day: SchoolDay, browser: Browser) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", 1280)
    await page.goto("/numbers")
    await painted(page)

    await page.keyboard.press("/")
    await page.keyboard.type("strom")
    await expect(answers_to(page, "strom").get_by_role("link", name="Henrik Strøm 7A")).to_be_visible()
    await check(page, complaints, "find-bar-1280")
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile(rf"/children/{day.village.child('Henrik Strøm').id}$"))
    assert complaints == []
    await context.close()


async def test_arrows_move_from_what_is_typed_to_what_is_found(day: SchoolDay, browser: Browser) -> None:
    context, page, _ = await day.window(browser, "Kari Lunde")
    await page.goto("/numbers")
    await painted(page)

    await page.keyboard.press("Control+k")
    await page.keyboard.type("7a")
    await expect(answers_to(page, "7a").get_by_role("link")).to_have_count(2)
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile(rf"/threads\?group={day.village.group('7A').id}$"))
    await context.close()


async def test_enter_before_the_answer_leads_to_the_page_that_finds(day: SchoolDay, browser: Browser) -> None:
    context, page, _ = await day.window(browser, "Kari Lunde")
    await page.goto("/numbers")
    await painted(page)

    await page.keyboard.press("/")
    await page.get_by_role("searchbox").evaluate("(box) => { box.value = 'nordmann' }")
    await page.keyboard.press("Enter")

    await expect(page).to_have_url(re.compile(r"/find\?q=nordmann$"))
    await expect(page.get_by_role("main").get_by_role("link", name="Kari Nordmann").first).to_be_visible()
    await context.close()


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_page_that_finds_reads_without_script(day: SchoolDay, browser: Browser, width: int) -> None:
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width, script=False)

    await page.goto("/find")
    await painted(page)
    await page.get_by_role("main").get_by_role("searchbox").fill("nordmann")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=1)).to_contain_text("nordmann")
    await expect(page.get_by_role("main").get_by_role("link", name="Anne Nordmann")).to_be_visible()
    assert complaints == []
    await context.close()


@pytest.mark.one_store
async def test_the_page_that_finds_has_nothing_for_axe_to_find(day: SchoolDay, browser: Browser) -> None:
    context, page, complaints = await day.window(browser, "Ingrid Solberg")

    await page.goto("/find?q=nordmann")

    await check(page, complaints, "find-360")
    await context.close()
