"""A person signs in, in a real browser: by the names of what they see, on a phone and on a desk, with and without script."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pyotp
import pytest
from playwright.async_api import Browser, Page, expect

from hub.clock import StoppedClock
from tests.admin_web.staff_site import Site, run_site
from tests.admin_web.windows import check, open_window
from tests.hub.sign_in.school import PASSWORD

pytestmark = pytest.mark.browser

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def site(store_url: str, clock: StoppedClock) -> AsyncIterator[Site]:
    async with run_site(store_url, clock) as site:
        yield site


async def accept(site: Site, page: Page, login: str) -> pyotp.TOTP:
    """Follow an invitation as its guest would; returns the phone."""
    await page.goto(await site.link(login))
    await page.get_by_label("Nytt passord").fill(PASSWORD)
    await page.get_by_role("button", name="Fortsett").click()
    await expect(page.get_by_role("heading", name="Koble til telefonen")).to_be_visible()
    await expect(page.get_by_role("img", name="Ruten som skal skannes")).to_be_visible()
    phone = pyotp.TOTP((await page.locator(".secret").inner_text()).replace(" ", ""))
    await page.get_by_label("De seks sifrene appen viser").fill(phone.at(site.clock.now()))
    await page.get_by_role("button", name="Fortsett").click()
    return phone


async def type_password(page: Page, login: str = "per.moen") -> None:
    await page.get_by_label("Brukernavn").fill(login)
    await page.get_by_label("Passord").fill(PASSWORD)
    await page.get_by_role("button", name="Logg inn").click()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
async def test_from_invitation_to_signed_out(browser: Browser, site: Site, clock: StoppedClock, script: bool) -> None:
    context, page, complaints = await open_window(browser, site.url, script=script)
    phone = await accept(site, page, "solveig.bakken")

    await page.goto("/staff")
    await expect(page.get_by_role("heading", level=1)).to_have_text("1 ansatt kan logge inn")
    await page.locator("details.menu summary").click()
    await page.get_by_role("button", name="Logg ut", exact=True).click()
    await expect(page.get_by_role("heading", name="Logg inn")).to_be_visible()
    await page.goto("/staff")
    await expect(page.get_by_role("heading", name="Logg inn")).to_be_visible()
    await context.clear_cookies()
    clock.move(MINUTE)

    await page.goto("/staff")
    await type_password(page, "solveig.bakken")
    await page.get_by_label("Seks sifre").fill(phone.at(clock.now()))
    await page.get_by_role("button", name="Fortsett").click()

    await expect(page).to_have_url(f"{site.url}/staff")
    assert complaints == []
    await context.close()


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_each_page_can_be_read_by_everybody(
    browser: Browser, site: Site, clock: StoppedClock, width: int
) -> None:
    context, page, complaints = await open_window(browser, site.url, width)

    await page.goto("/sign-in")
    await check(page, complaints, f"sign_in-{width}")
    link = await site.link("solveig.bakken")
    await page.goto(link)
    await check(page, complaints, f"invitation-{width}")
    await page.get_by_label("Nytt passord").fill(PASSWORD)
    await page.get_by_role("button", name="Fortsett").click()
    await check(page, complaints, f"invitation_phone-{width}")
    phone = pyotp.TOTP((await page.locator(".secret").inner_text()).replace(" ", ""))
    await page.get_by_label("De seks sifrene appen viser").fill(phone.at(clock.now()))
    await page.get_by_role("button", name="Fortsett").click()
    await page.goto("/staff")
    await check(page, complaints, f"staff-{width}")
    await page.get_by_role("link", name=re.compile("Endre.*Per Moen")).click()
    await check(page, complaints, f"staff_member-{width}")
    await page.get_by_role("button", name="Ny lenke: passord og telefon").click()
    await check(page, complaints, f"staff_link-{width}")
    clock.move(10 * MINUTE)
    await page.goto("/sign-in/fresh?back=/staff")
    await check(page, complaints, f"sign_in_fresh-{width}")
    clock.move(15 * MINUTE)
    await page.goto("/staff")
    await check(page, complaints, f"sign_in_again-{width}")
    await context.close()


async def test_a_faded_page_opens_in_place_and_keeps_what_was_typed(
    browser: Browser, site: Site, clock: StoppedClock
) -> None:
    context, page, complaints = await open_window(browser, site.url, 1280)
    await accept(site, page, "solveig.bakken")
    await page.goto("/staff")
    await page.get_by_label("Fornavn").fill("Ane")
    clock.move(15 * MINUTE)

    await page.evaluate("document.dispatchEvent(new Event('faded'))")
    await expect(page.get_by_role("heading", name="1 ansatt kan logge inn")).to_be_hidden()
    await page.get_by_label("Passord").fill("et annet passord enn det")
    await page.get_by_role("button", name="Vis siden igjen").click()
    await expect(page.locator("#faded-answer")).not_to_be_empty()
    await page.get_by_label("Passord").fill(PASSWORD)
    await page.get_by_role("button", name="Vis siden igjen").click()

    await expect(page.get_by_role("heading", name="1 ansatt kan logge inn")).to_be_visible()
    await expect(page.get_by_label("Fornavn")).to_have_value("Ane")
    assert [complaint for complaint in complaints if "422" not in complaint] == []
    await context.close()


@pytest.mark.parametrize(
    ("language", "heading"), [("Svenska", "Logga in"), ("Suomi", "Kirjaudu sisään"), ("English", "Sign in")]
)
async def test_the_language_is_one_touch_away(browser: Browser, site: Site, language: str, heading: str) -> None:
    context, page, complaints = await open_window(browser, site.url)
    await page.goto("/sign-in")

    await page.get_by_role("button", name=language).click()

    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    await check(page, complaints)
    await context.close()
