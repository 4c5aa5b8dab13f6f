"""A guardian in a real browser: signs in on a phone, answers with a touch, and reads without a network."""

import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.admin_web.axe import keep_pictures
from tests.admin_web.family_pages import FamilyPages
from tests.admin_web.windows import check, open_window, until

pytestmark = [pytest.mark.browser, pytest.mark.one_store]


async def sign_in(pages: FamilyPages, page: Page, guardian: str) -> None:
    await page.goto("/family")
    await page.get_by_label("Mobilnummer").fill(pages.living.village.phone(guardian))
    await page.get_by_role("button", name="Send kode").click()
    await page.get_by_label("Seks sifre").fill(await pages.read_code(guardian))
    await page.get_by_role("button", name="Fortsett").click()


@pytest.mark.parametrize("width", [360, 1280])
async def test_each_page_can_be_read_by_everybody(browser: Browser, pages: FamilyPages, width: int) -> None:
    context, page, complaints = await open_window(browser, pages.url, width)
    await page.goto("/family")
    await check(page, complaints, f"family_sign_in-{width}")
    await page.get_by_label("Mobilnummer").fill(pages.living.village.phone("Arne Moe"))
    await page.get_by_role("button", name="Send kode").click()
    await check(page, complaints, f"family_code-{width}")
    await page.get_by_label("Seks sifre").fill(await pages.read_code("Arne Moe"))
    await page.get_by_role("button", name="Fortsett").click()
    await check(page, complaints, f"family_who-{width}")
    await page.get_by_role("button", name="Gerd Moe").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ett spørsmål først")
    await check(page, complaints, f"family_general_first-{width}")
    await page.get_by_role("button", name="Senere").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ingenting venter på deg")
    await check(page, complaints, f"family_home-{width}")
    for word, name in (("Brev", "letters"), ("Deg", "sessions")):
        await page.get_by_role("navigation", name="Sider").get_by_role("link", name=word).click()
        await check(page, complaints, f"family_{name}-{width}")
    await page.goto("/family/board")
    await check(page, complaints, f"family_board-{width}")
    await page.goto("/family/children/" + pages.child("Iselin Moe"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("Boken til Iselin")
    await check(page, complaints, f"family_book-{width}")
    await context.close()


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_guardians_own_pages_can_be_read_by_everybody(browser: Browser, pages: FamilyPages, width: int) -> None:
    context, page, complaints = await open_window(browser, pages.url, width)
    await sign_in(pages, page, "Wenche Sand")
    await page.get_by_role("button", name="Ja").click()
    await page.goto("/family/reach")
    await check(page, complaints, f"family_reach-{width}")
    await page.get_by_label("SMS", exact=True).select_option("sms:all")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_role("button", name="Lagre likevel")).to_be_visible()
    await check(page, complaints, f"family_reach_stops-{width}")
    await page.goto("/family/you/contact")
    await page.get_by_label("Nummer eller e-postadresse").fill("wenche@example.org")
    await page.get_by_role("button", name="Si fra").click()
    await expect(page.get_by_text("Venter på de ansatte")).to_be_visible()
    await check(page, complaints, f"family_contact-{width}")
    child = f"/family/children/{pages.child('Tiril Sand')}"
    await page.goto(child)
    await page.get_by_role("link", name="Samtykker").click()
    await check(page, complaints, f"family_consents-{width}")
    await page.goto(child)
    await page.get_by_role("link", name="Dager").click()
    await check(page, complaints, f"family_days-{width}")
    await context.close()


async def test_a_touch_answers_and_the_answer_comes_by_itself(browser: Browser, pages: FamilyPages) -> None:
    context, page, complaints = await open_window(browser, pages.url)
    await sign_in(pages, page, "Lene Berg")
    await page.get_by_role("link", name=re.compile("^Jakob")).click()

    await page.get_by_label("Skriv en melding").fill("syk i dag")
    await page.get_by_role("button", name="Send").click()
    choices = page.get_by_role("group", name="Svar med")
    await expect(choices.get_by_role("button")).to_have_text(["Jakob", "Johanne", "begge"])
    await check(page, complaints, "family_question-360")
    await choices.get_by_role("button", name="Jakob").click()

    await expect(page.locator("#talk")).to_contain_text("Notert: Jakob er syk i dag")
    await expect(choices).to_have_count(0)
    await check(page, complaints, "family_answered-360")
    await context.close()


async def test_it_works_without_script(browser: Browser, pages: FamilyPages) -> None:
    context, page, _ = await open_window(browser, pages.url, script=False)
    await sign_in(pages, page, "Anne Nordmann")
    await page.get_by_role("link", name=re.compile("^Kari")).click()

    await page.get_by_label("Skriv en melding").fill("Kari er syk i dag")
    await page.get_by_role("button", name="Send").click()
    await pages.living.settled()
    await page.reload()

    await expect(page.locator("#talk")).to_contain_text("Notert: Kari er syk i dag")
    await page.locator("details.menu summary").click()
    await page.get_by_role("button", name="Logg ut", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Logg inn for familien")
    await context.close()


async def test_what_was_read_last_can_be_read_without_a_network_until_one_signs_out(
    browser: Browser, pages: FamilyPages
) -> None:
    await pages.living.text("Anne Nordmann", "contact teacher 7A", "Kan vi snakke om Kari?")
    context, page, _ = await open_window(browser, pages.url)
    await sign_in(pages, page, "Anne Nordmann")
    await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.get_by_role("link", name=re.compile("^Kari")).click()
    await expect(page.locator("#talk")).to_contain_text("Kan vi snakke om Kari?")
    await page.reload()
    kept = page.get_by_text("Du er uten nett. Slik var siden")
    await expect(kept).to_be_hidden()

    await context.set_offline(True)
    await page.reload()
    await expect(kept).to_be_visible()
    await expect(page.locator("#talk")).to_contain_text("Kan vi snakke om Kari?")
    await expect(page.get_by_role("button", name="Send")).to_be_hidden()
    await keep_pictures(page, "family_offline-360")
    token = await page.locator("input[name=token]").first.get_attribute("value")

    await context.set_offline(False)
    await expect(kept).to_be_hidden()
    await page.goto("/family")
    await page.locator("details.menu summary").click()
    await page.get_by_role("button", name="Logg ut", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Logg inn for familien")

    assert token == ""
    await until(page, "caches.has('budbok-family-pages').then((is) => !is)")
    await context.close()


async def test_it_can_be_installed(browser: Browser, pages: FamilyPages) -> None:
    context, page, complaints = await open_window(browser, pages.url)
    await page.goto("/family")

    manifest = await page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then((m) => m.json())")
    icons = await page.evaluate(
        "(all) => Promise.all(all.map((i) => fetch(i.src).then((f) => f.status)))", manifest["icons"]
    )

    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/family", "/family", "standalone")
    assert manifest["name"] == "Budbok for familien"
    assert icons == [200, 200]
    assert complaints == []
    await context.close()
