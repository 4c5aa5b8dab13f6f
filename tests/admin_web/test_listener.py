"""*Try the listener*: staff see what a text is taken to mean and why, and nothing of it is kept."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Look
from hub.tables import METADATA
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST

OWN_TABLES = {"audit", "staff_sessions", "staff_devices", "sign_in_paces"}


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


def counts(look: Look) -> dict[str, int]:
    return {
        name: look.session.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        for name, table in METADATA.tables.items()
        if name not in OWN_TABLES
    }


async def test_a_text_is_told_back_with_its_acts_and_the_words_that_led_to_them(day: SchoolDay) -> None:
    browser = await day.as_("Kari Lunde")
    await browser.get("/listener")
    before = await day.site.desk.look(TEST, counts)

    page = await browser.post("/listener", text="Kari er syk, Ola kommer kl 10", children="Kari Nordmann, Ola Nordmann")

    assert "Forstått som fravær: Kari Nordmann, i dag, mandag 3. mars." in page.text
    assert "Forstått som at barnet kommer senere: Ola Nordmann" in page.text
    assert "fra kl. 10.00" in page.text
    assert "«syk» (fravær)" in page.text
    assert "«Kari» (Kari Nordmann)" in page.text
    assert await day.site.desk.look(TEST, counts) == before


async def test_a_language_nobody_understands_is_named(day: SchoolDay) -> None:
    browser = await day.as_("Kari Lunde")
    await browser.get("/listener")

    page = await browser.post("/listener", text="Zosia jest dzisiaj chora i nie przyjdzie do szkoły", children="")

    assert "Skrevet på polsk." in page.text


async def test_what_was_typed_is_shown_as_text_and_stays_in_the_form(day: SchoolDay) -> None:
    browser = await day.as_("Kari Lunde")
    await browser.get("/listener")

    page = await browser.post("/listener", text="<b>Kari</b> er syk", children="Kari Nordmann")

    assert "<b>Kari" not in page.text
    assert "&lt;b&gt;Kari" in page.text


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_a_text_is_tried_in_a_browser(day: SchoolDay, browser: Browser, width: int, script: bool) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", width, script=script)
    await page.goto("/listener")

    await page.get_by_label("Tekstmeldingen").fill("Brage har feber og blir hjemme til og med onsdag")
    await page.get_by_role("button", name="Hør på den").click()

    await expect(page.get_by_role("heading", name="Slik blir den forstått")).to_be_visible()
    await expect(page.get_by_text("Noe i meldingen er følsomt")).to_be_visible()
    if script:
        await check(page, complaints, f"listener-{width}")
    await context.close()
