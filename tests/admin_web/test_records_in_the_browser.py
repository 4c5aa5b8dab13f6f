"""The archive in a real browser: a message put in a child's file without script, the administrator's page, and an export read
offline, in every light and width."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check, open_window
from tests.hub.archive.kept import (
    ADMINISTRATOR,
    KARI,
    TEACHER,
    WHY,
    WORDS,
    decide_leave,
    export,
    list_records,
    put,
    write,
)

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_where_a_message_is_put_in_the_file(
    browser: Browser, day: SchoolDay, width: int
) -> None:
    message = await write(day.village)
    book = f"/children/{day.village.child(KARI).id}"
    context, page, complaints = await day.window(browser, TEACHER, width)

    await page.goto(f"{book}/messages/{message}/file")
    await check(page, complaints, f"on-file-{width}")
    await page.get_by_label("Hvorfor hører det til der?").fill(WHY)
    await page.get_by_role("button", name="Legg i mappa til barnet").click()
    await expect(page.get_by_role("heading", level=1, name="Dette ligger i mappa til")).to_be_visible()
    await check(page, complaints, f"on-file-kept-{width}")
    await page.goto(book)
    await expect(page.get_by_text("I mappa til barnet")).to_be_visible()
    await check(page, complaints, f"book-with-file-{width}")
    await context.close()


@pytest.mark.one_store
async def test_it_is_done_without_script(browser: Browser, day: SchoolDay) -> None:
    await write(day.village)
    context, page, _ = await day.window(browser, TEACHER, 360, script=False)

    await page.goto(f"/children/{day.village.child(KARI).id}")
    await page.get_by_role("link", name="Legg i mappa til barnet").click()
    await page.get_by_label("Hvorfor hører det til der?").fill(WHY)
    await page.get_by_role("button", name="Legg i mappa til barnet").click()
    await expect(page.get_by_text(f"{TEACHER} la det der")).to_be_visible()
    await context.close()

    assert len(await list_records(day.village.desk)) == 1


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_archives_page(
    browser: Browser, day: SchoolDay, clock: StoppedClock, tmp_path: Path, width: int
) -> None:
    await decide_leave(day.village)
    await put(day.village, await write(day.village, "Hei"))
    await export(day.village, tmp_path / "exports")
    clock.move(timedelta(minutes=1))
    await put(day.village, await write(day.village))
    context, page, complaints = await day.window(browser, ADMINISTRATOR, width)

    await page.goto("/records")
    await check(page, complaints, f"records-{width}")
    await page.get_by_label("Notater ansatte skriver til hverandre").select_option("Aldri")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_label("Notater ansatte skriver til hverandre")).to_have_value("no")
    await context.close()


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_an_export_reads_offline_without_script(
    browser: Browser, day: SchoolDay, tmp_path: Path, width: int
) -> None:
    await decide_leave(day.village)
    await put(day.village, await write(day.village, files=[b"one picture"]))
    await export(day.village, tmp_path / "exports")
    index = (tmp_path / "exports" / "index.html").as_uri()
    context, page, complaints = await open_window(browser, index, width, offline=True)

    await page.goto(index)
    await check(page, complaints, f"export-{width}")
    await expect(page.get_by_role("heading", level=1, name="2 arkivsaker")).to_be_visible()
    await context.close()
    context, page, _ = await open_window(browser, index, width, script=False, offline=True)
    await page.goto(index)
    await page.get_by_role("link", name="(TXT)").first.click()
    assert await page.get_by_text("Anne Nordmann").count() + await page.get_by_text(WORDS).count() > 0
    await context.close()
