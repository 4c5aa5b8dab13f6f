"""The page of phones, used as people use it: in a browser, and without its script."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest
from playwright.async_api import Browser, Page, async_playwright, expect
from twilio.rest import Client

from tests.admin_web.axe import list_findings
from tests.admin_web.gallery import find_chromium, launch

from .demo_phones import ContactRow, Link
from .phones_page import PhonesPage
from .pretend_hub import GUARDIAN, SCHOOL, PretendHub, the_sdk
from .twilio_provider import RehearsalProvider

OTHER_SCHOOL = "+4759000001"


@pytest.fixture
async def provider() -> AsyncIterator[RehearsalProvider]:
    contacts: list[ContactRow] = [
        {"name": "Kontaktlærer 7A", "number": SCHOOL},
        {"name": "Lerka SFO", "number": OTHER_SCHOOL},
    ]
    page = PhonesPage(
        [
            {"name": "Marit", "number": GUARDIAN, "language": "nb", "note": "<b>Karis mor</b>", "contacts": contacts},
            {"name": "Åsa", "number": "+46701740605", "language": "sv", "contacts": contacts},
        ],
        links=[Link("Morning", "http://127.0.0.1:1/morning")],
        sign_ins=[Link("Berit, teacher", "http://127.0.0.1:1/invited")],
    )
    async with RehearsalProvider(page=page) as provider:
        yield provider


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.skip("needs a Chromium: apt-get install chromium")
    async with async_playwright() as playwright:
        chromium = await launch(playwright, executable)
        yield chromium
        await chromium.close()


@pytest.fixture
async def screen(browser: Browser, provider: RehearsalProvider, hub: PretendHub) -> AsyncIterator[Page]:
    """The page, open at a phone's width, with its line to the provider."""
    provider.add_number(OTHER_SCHOOL, sms_url=f"{hub.url}/sms")
    context = await browser.new_context(viewport={"width": 360, "height": 800})
    page = await context.new_page()
    await page.goto(provider.url)
    await expect(page.locator("html")).to_have_class("live")
    yield page
    await context.close()


async def send(sdk: Client, body: str, from_: str = SCHOOL, to: str = GUARDIAN) -> None:
    await sdk.messages.create_async(to=to, from_=from_, body=body)


@pytest.mark.browser
async def test_a_guardian_types_and_is_answered_without_reload(
    screen: Page, hub: PretendHub, provider: RehearsalProvider
) -> None:
    hub.twiml = "<Response><Message>Notert &lt;i&gt;takk&lt;/i&gt;</Message></Response>"
    phone = screen.get_by_role("article", name="Marit")

    await phone.get_by_role("textbox", name="Text from Marit").fill("Kari er syk i dag")
    await phone.get_by_role("textbox", name="Text from Marit").press("Enter")

    await expect(phone.get_by_text("Kept by the hub")).to_be_visible()
    await expect(phone.get_by_text("Notert <i>takk</i>")).to_be_visible()
    assert [text["Body"] for text in hub.texts] == ["Kari er syk i dag"]


@pytest.mark.browser
async def test_a_refusal_of_the_hub_shows_on_the_bubble(screen: Page, hub: PretendHub) -> None:
    hub.status = 403
    phone = screen.get_by_role("article", name="Marit")

    await phone.get_by_role("textbox", name="Text from Marit").fill("Hei")
    await phone.get_by_role("button", name="Send").click()

    await expect(phone.get_by_text("The hub said no (403)")).to_be_visible()


@pytest.mark.browser
async def test_a_text_from_another_contact_waits_while_one_writes(screen: Page, provider: RehearsalProvider) -> None:
    phone = screen.get_by_role("article", name="Marit")
    await phone.get_by_role("textbox", name="Text from Marit").fill("Hei, jeg sk")

    async with the_sdk(provider) as sdk:
        await send(sdk, "Nils har glemt støvlene", from_=OTHER_SCHOOL)
    await phone.get_by_role("button", name="New from Lerka SFO: read").click()

    await expect(phone.get_by_text("Nils har glemt støvlene")).to_be_visible()
    await expect(phone.get_by_role("textbox", name="Text from Marit")).to_have_value("Hei, jeg sk")


@pytest.mark.browser
async def test_a_phone_switched_off_gets_its_text_when_it_is_on(screen: Page, provider: RehearsalProvider) -> None:
    phone = screen.get_by_role("article", name="Marit")

    await phone.get_by_role("button", name="Switch off").click()
    await expect(phone.get_by_text("Switched off.")).to_be_visible()
    async with the_sdk(provider) as sdk:
        await send(sdk, "Er du der?")
    await provider.at_rest()
    waiting = provider.phone(GUARDIAN).received
    await phone.get_by_role("button", name="Switch on").click()

    await expect(phone.get_by_text("Er du der?")).to_be_visible()
    assert waiting == []


@pytest.mark.browser
async def test_the_network_fails_and_nothing_typed_is_lost(screen: Page, provider: RehearsalProvider) -> None:
    await screen.get_by_text("Make trouble").click()
    await screen.get_by_label("Mobile network").select_option("is out")
    await expect(screen.get_by_text("✕ Mobile network is out")).to_be_visible()
    phone = screen.get_by_role("article", name="Marit")

    await phone.get_by_role("textbox", name="Text from Marit").fill("Hei")
    await phone.get_by_role("button", name="Send").click()

    await expect(phone.get_by_role("alert")).to_have_text("Not sent: the phone is off or has no network.")
    await expect(phone.get_by_role("textbox", name="Text from Marit")).to_have_value("Hei")
    assert provider.faults.network_down


@pytest.mark.browser
async def test_a_phone_nobody_knows_can_text_a_school(screen: Page, hub: PretendHub) -> None:
    await screen.get_by_role("button", name="Add a phone nobody knows").click()
    stranger = screen.get_by_role("article", name="Nobody knows 1")

    await stranger.get_by_role("textbox", name="Text from Nobody knows 1").fill("Hvem er dette?")
    await stranger.get_by_role("button", name="Send").click()

    await expect(stranger.get_by_text("Kept by the hub")).to_be_visible()
    assert hub.texts[0]["From"] == "+4740000901"


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
async def test_the_page_fits_and_axe_finds_nothing(
    browser: Browser, provider: RehearsalProvider, hub: PretendHub, width: int
) -> None:
    await provider.phone(GUARDIAN).text(SCHOOL, "Hei " + "a" * 200)
    provider.phone("+46701740605").switch_off()
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",
    )
    page = await context.new_page()
    await page.goto(provider.url)
    await expect(page.locator("html")).to_have_class("live")

    findings = await list_findings(page)
    across = await page.evaluate("document.documentElement.scrollWidth")
    await context.close()

    assert findings == []
    assert across == width


async def test_without_its_script_the_page_shows_sends_and_escapes(
    provider: RehearsalProvider, hub: PretendHub
) -> None:
    async with aiohttp.ClientSession() as session:
        form = {"phone": GUARDIAN, "to": SCHOOL, "body": "<script>"}
        async with session.post(f"{provider.url}/texts", data=form) as response:
            page = await response.text()

    assert hub.texts[0]["Body"] == "<script>"
    assert "&lt;script&gt;" in page
    assert "&lt;b&gt;Karis mor" in page
    assert "Kept by the hub" in page
    assert 'href="http://127.0.0.1:1/invited"' in page


async def test_another_sites_page_can_do_nothing_here(provider: RehearsalProvider, hub: PretendHub) -> None:
    form = {"phone": GUARDIAN, "to": SCHOOL, "body": "Hei"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{provider.url}/texts", data=form, headers={"Origin": "https://elsewhere.example"}) as response,
    ):
        status = response.status

    assert status == 403
    assert hub.texts == []
