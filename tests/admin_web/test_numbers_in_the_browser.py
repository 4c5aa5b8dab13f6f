"""*Numbers* in a real browser: a stand-in put in by keyboard, a sheet on paper, readable in every light and without script."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check

pytestmark = pytest.mark.browser


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_any_of_the_pages(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)
    role = f"/numbers/roles/{day.village.role('contact teacher 4B').id}"

    for name, path in {
        "numbers": "/numbers",
        "role": role,
        "sheet": f"{role}/sheet",
        "sheets": f"/numbers/{day.village.unit('school').id}/sheets",
        "check": "/numbers/check",
    }.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()

        await check(page, complaints, f"{name}-{width}")
    await page.get_by_label("Telefonnummer").fill(day.village.phone("Anne Nordmann"))
    await page.get_by_role("button", name="Sjekk").click()
    await expect(page.get_by_role("heading", name="Anne Nordmann")).to_be_visible()
    await check(page, complaints, f"checked-{width}")
    await context.close()


@pytest.mark.capability("N-26")
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_a_stand_in_is_put_in_from_the_list_of_numbers(browser: Browser, day: SchoolDay, script: bool) -> None:
    context, page, _ = await day.window(browser, "Ingrid Solberg", script=script)
    await page.goto("/numbers")

    await page.get_by_role("link", name="Endre Kontaktlærer 7A").click()
    await page.get_by_role("region", name="Sett inn vikar").get_by_label("Hvem").select_option("Liv Berge")
    await page.get_by_label("Siste dag").fill("2025-03-07")
    await page.get_by_role("button", name="Sett inn").click()

    await expect(page.get_by_text("vikar, i dag til fre. 7. mars")).to_be_visible()
    await page.get_by_role("button", name="Avslutt nå Liv Berge").click()
    await expect(page.get_by_text("vikar, i dag til fre. 7. mars")).to_have_count(0)
    await context.close()


@pytest.mark.capability("H-47")
async def test_on_paper_the_sheet_stands_alone(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await day.window(browser, "Kari Lunde", 1280)
    await page.goto(f"/numbers/roles/{day.village.role('contact teacher 7A').id}/sheet")

    await page.emulate_media(media="print")

    await expect(page.get_by_text("+47 59 00 00 17")).to_be_visible()
    await expect(page.get_by_role("img", name="Rute som lagrer nummeret")).to_be_visible()
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await expect(page.get_by_role("button", name="Skriv ut")).to_be_hidden()
    await context.close()


@pytest.mark.capability("H-47")
async def test_on_paper_each_sheet_of_a_unit_has_a_page_of_its_own(browser: Browser, day: SchoolDay) -> None:
    context, page, _ = await day.window(browser, "Ingrid Solberg", 1280)
    await page.goto("/numbers")
    await page.get_by_role("link", name="Alle ark").click()
    await expect(page.locator(".sheet-paper").first).to_be_visible()
    await page.wait_for_load_state()
    sheets = await page.locator(".sheet-paper").count()

    printed = await page.pdf(format="A4")

    assert sheets > 2
    assert printed.count(b"/Type /Page\n") == sheets
    await context.close()
