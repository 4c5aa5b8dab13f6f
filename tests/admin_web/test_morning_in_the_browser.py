"""*Morning* in a real browser: by keyboard, live, without script, readable in every light, on a phone and on a desk."""

import asyncio
from collections.abc import AsyncIterator
from datetime import time

import pytest
from playwright.async_api import Browser, Route, expect

from hub.clock import StoppedClock
from tests.admin_web.school_day import STOPPED, SchoolDay, run_school_day
from tests.admin_web.windows import check, painted

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def let_things_happen(day: SchoolDay) -> None:
    """One of each kind on the board, and something that waits."""
    await day.report("Kari Nordmann", "Anne Nordmann")
    await day.tell_late("Eirik Tveit", "Jorunn Tveit", time(10, 0))
    await day.dispute("Henrik Strøm", "Silje Strøm")
    await day.write("Anne Nordmann", "Kan Kari gå hjem med bestemor i dag?", ["Kari Nordmann"])
    await day.write_unknown("+4740000999", "contact teacher 7A", "Hei, dette er tanten til Kari. Når slutter dere?")


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_a_full_morning(browser: Browser, day: SchoolDay, width: int) -> None:
    await let_things_happen(day)
    teacher = await day.as_("Kari Lunde")
    await teacher.get("/morning")
    await teacher.post(day.row("Ingeborg Sletten") + "/here")
    await day.report("Ingeborg Sletten", "Ragnar Sletten")
    day.move_to(8, 36)
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto("/morning")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("1 familie venter på svar")

    await check(page, complaints, f"morning-{width}")
    await context.close()


async def test_a_child_is_marked_and_unmarked_by_keyboard(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde")
    await page.goto("/morning")
    await painted(page)
    await page.get_by_role("link", name="Kari Nordmann").focus()

    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    row = page.get_by_role("listitem").filter(has_text="Kari Nordmann")
    await expect(row.get_by_text("Her 07.12")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("7 barn har vi ikke hørt fra")
    await expect(page.get_by_role("region", name="7A").get_by_text("1 her · 7 ikke hørt fra")).to_be_visible()
    assert await day.here() == {"Kari Nordmann"}

    await expect(row.get_by_role("button", name="Angre Kari Nordmann")).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(row.get_by_text("Ikke hørt fra")).to_be_visible()
    assert await day.here() == set()
    assert complaints == []
    await context.close()


async def test_the_rest_of_a_group_is_marked_and_undone_without_leaving_the_page(
    browser: Browser, day: SchoolDay
) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde")
    await page.add_init_script(STOPPED)
    await page.goto("/morning")

    await page.get_by_role("button", name="Resten er her 7A").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Vi har hørt fra alle")
    toast = page.get_by_role("status").filter(has_text="8 barn er merket her")
    await expect(toast).to_be_visible()

    await toast.get_by_role("button", name="Angre").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("8 barn har vi ikke hørt fra")
    assert complaints == []
    await context.close()


async def test_what_a_guardian_tells_appears_without_reload(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", 1280)
    await page.goto("/morning")
    await page.evaluate("window.notReloaded = true")

    await day.report("Kari Nordmann", "Anne Nordmann")

    row = page.get_by_role("listitem").filter(has_text="Kari Nordmann")
    await expect(row.get_by_text("Syk · meldt 07.12 av Anne Nordmann")).to_be_visible()
    await expect(page.get_by_role("heading", level=1)).to_have_text("7 barn har vi ikke hørt fra")

    await day.write("Ola Nordmann", "Kan noen ringe meg?", ["Kari Nordmann"])

    await expect(page.get_by_role("link", name="Ola Nordmann Kari, 7A")).to_be_visible()
    assert await page.evaluate("window.notReloaded")
    assert complaints == []
    await context.close()


async def test_what_a_guardian_tells_before_the_stream_has_begun_appears_too(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", 1280)
    told = asyncio.Event()

    async def hold(route: Route) -> None:
        await told.wait()
        await route.continue_()

    await page.route("**/live?*", hold)
    await page.goto("/morning")

    await day.report("Kari Nordmann", "Anne Nordmann")
    told.set()

    await expect(page.get_by_role("heading", level=1)).to_have_text("7 barn har vi ikke hørt fra")
    assert complaints == []
    await context.close()


async def test_rows_stay_in_place_while_the_board_is_in_use(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", 1280)
    await page.goto("/morning")
    await page.get_by_role("link", name="Mia Dahlby Olsen").focus()
    names = page.locator("#board .child-row .name")
    before = await names.all_inner_texts()

    await day.report(before[0], "Anne Nordmann")

    await expect(page.get_by_role("button", name="1 ny")).to_be_visible()
    assert await names.all_inner_texts() == before
    await expect(page.get_by_role("heading", level=1)).to_have_text("7 barn har vi ikke hørt fra")

    await page.get_by_role("button", name="1 ny").click()

    await expect(names.last).to_have_text(before[0])
    assert complaints == []
    await context.close()


async def test_a_morning_without_script_reads_marks_and_undoes(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await day.window(browser, "Kari Lunde", script=False)
    await page.goto("/morning")

    await page.get_by_role("button", name="Her Kari Nordmann").click()

    row = page.get_by_role("listitem").filter(has_text="Kari Nordmann")
    await expect(row.get_by_text("Her 07.12")).to_be_visible()

    day.move_to(7, 13)
    await page.get_by_role("button", name="Resten er her 7A").click()
    await page.get_by_role("status").get_by_role("button", name="Angre").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("7 barn har vi ikke hørt fra")
    assert await day.here() == {"Kari Nordmann"}
    await context.close()
