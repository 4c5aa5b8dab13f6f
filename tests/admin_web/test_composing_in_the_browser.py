"""Writing to many in a real browser: the count is live and whole, letters are explained, plain signs are one tap away."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from hub.clock import StoppedClock
from hub.parts import count_parts
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check

pytestmark = [pytest.mark.browser, pytest.mark.one_store]

TEACHER = "Kari Lunde"
FINE = "Čáppa og Máret hjelper – husk drikke!!"
FITS_PLAIN = "“Turdag” på fredag – vi går ut klokken ti. Ta med ski, varme klær og matpakke."


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        day.move_to(10, 0)
        yield day


async def open_composer(day: SchoolDay, browser: Browser, width: int, *, script: bool = True) -> tuple[Page, list[str]]:
    _, page, complaints = await day.window(browser, TEACHER, width, script=script)
    await page.goto(f"/broadcasts/new?groups={day.village.group('7A').id}&unit={day.village.unit('school').id}")
    return page, complaints


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_audience_is_counted_live_while_it_is_narrowed_down(
    day: SchoolDay, browser: Browser, width: int
) -> None:
    await day.report("Henrik Strøm", "Silje Strøm")
    page, complaints = await open_composer(day, browser, width)
    await expect(page.get_by_role("heading", name="Når 12 foresatte")).to_be_visible()

    await page.get_by_text("Snevre inn", exact=True).click()
    await page.get_by_label("er borte").check()

    await expect(page.get_by_role("heading", name="Når 1 foresatt", exact=True)).to_be_visible()
    await expect(page.get_by_text("Snevret inn: 1 av 13")).to_be_visible()
    await expect(page.get_by_label("er borte")).to_be_checked()
    await check(page, complaints, f"narrowing-{width}")
    await page.get_by_label("er borte").uncheck()
    await expect(page.get_by_role("heading", name="Når 12 foresatte")).to_be_visible()
    await page.context.close()


@pytest.mark.parametrize("width", [360, 1280])
async def test_the_count_is_of_what_will_stand_on_the_phone(day: SchoolDay, browser: Browser, width: int) -> None:
    page, complaints = await open_composer(day, browser, width)
    whole = f"Kari Lunde, Kontaktlærer 7A: {FINE} Du trenger ikke svare."

    await page.locator("#text-nb").fill(FINE)

    counted = page.locator("output[for=text-nb]")
    await expect(counted).to_contain_text(f"{count_parts(whole).parts} SMS")
    await expect(counted).to_contain_text("Č á er samiske bokstaver")
    await expect(counted).to_contain_text("– kan skrives med enkle tegn")
    await page.locator("#text-nb").blur()
    await expect(page.locator("aside q").first).to_have_text(whole)
    await expect(page.locator("aside")).to_contain_text("Dette kan virke strengt: !!")
    await check(page, complaints, f"composing-{width}")
    await page.context.close()


@pytest.mark.parametrize("script", [True, False])
async def test_plain_signs_are_one_tap_away_with_and_without_script(
    day: SchoolDay, browser: Browser, *, script: bool
) -> None:
    page, _ = await open_composer(day, browser, 360, script=script)
    await page.locator("#text-nb").fill(FITS_PLAIN)
    if script:
        await page.locator("#text-nb").blur()
    else:
        await page.get_by_role("button", name="Se hvem som får den").click()

    await page.get_by_role("button", name="Bruk enkle tegn").click()

    await expect(page.locator("#text-nb")).to_have_value(
        '"Turdag" på fredag - vi går ut klokken ti. Ta med ski, varme klær og matpakke.'
    )
    await expect(page.get_by_role("button", name="Bruk enkle tegn")).to_have_count(0)
    await page.context.close()


@pytest.mark.parametrize("script", [True, False])
async def test_enter_in_a_field_shows_who_gets_it_and_puts_in_no_phrase(
    day: SchoolDay, browser: Browser, *, script: bool
) -> None:
    page, _ = await open_composer(day, browser, 1280, script=script)
    await page.locator("#text-nb").fill(FITS_PLAIN)
    await page.locator("details", has_text="Ferdige setninger").locator("summary").first.click()
    await page.get_by_label("Setning", exact=True).select_option("outing")
    if not script:
        await page.get_by_role("button", name="Se hvem som får den").click()
    await page.get_by_label("Sted").fill("Hytta")

    await page.get_by_label("Sted").press("Enter")

    await expect(page.locator("aside q").first).to_contain_text(FITS_PLAIN[:20])
    await expect(page.locator("#text-nb")).to_have_value(FITS_PLAIN)
    await page.context.close()


async def test_what_was_opened_stays_open_when_the_page_says_who_gets_it(day: SchoolDay, browser: Browser) -> None:
    page, _ = await open_composer(day, browser, 1280)
    await page.locator("#text-nb").fill(FITS_PLAIN)
    await page.locator("details", has_text="Ferdige setninger").locator("summary").first.click()

    await expect(page.locator("aside q").first).to_contain_text(FITS_PLAIN[:20])

    await expect(page.get_by_label("Setning", exact=True)).to_be_visible()
    await page.context.close()


async def test_the_first_act_of_the_composer_is_seen_by_who_tabs_to_it(day: SchoolDay, browser: Browser) -> None:
    page, complaints = await open_composer(day, browser, 360)

    first = page.locator("#compose button").first
    await first.focus()

    await expect(first).to_be_in_viewport()
    await expect(first).to_have_text("Vis hvem det går til")
    await check(page, complaints, "composing_first_act-360")
    await page.context.close()
