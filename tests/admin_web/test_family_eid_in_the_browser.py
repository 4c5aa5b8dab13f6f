"""A guardian in a real browser goes to the provider and back, and out again; or is told that nobody knows them here."""

import pytest
from playwright.async_api import Browser, expect

from tests.admin_web.eid_pages import Scene
from tests.admin_web.windows import check, open_window

pytestmark = [pytest.mark.browser, pytest.mark.one_store]


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_guardian_goes_to_the_provider_and_back_and_out_again(
    browser: Browser, scene: Scene, width: int
) -> None:
    context, page, complaints = await open_window(browser, scene.pages.url, width)
    await page.goto("/family")
    await check(page, complaints, f"family_eid-{width}")
    await page.get_by_role("link", name="Logg inn med ID-porten").click()
    await page.get_by_label("I am").select_option("Person 0")
    await page.get_by_role("button", name="BankID", exact=True).click()

    await expect(page.get_by_role("link", name="Kari")).to_be_visible()
    await page.locator("details.menu summary").click()
    await page.get_by_role("button", name="Logg ut", exact=True).click()
    await expect(page.get_by_role("link", name="Logg ut av ID-porten")).to_be_visible()
    await check(page, complaints, f"family_eid_out-{width}")
    await page.get_by_role("link", name="Logg ut av ID-porten").click()
    await expect(page.get_by_text("Signed out.")).to_be_visible()
    await context.close()


async def test_whoever_is_not_known_here_reads_why_and_whom_to_ask(browser: Browser, scene: Scene) -> None:
    context, page, complaints = await open_window(browser, scene.pages.url)
    await page.goto("/sign-in/id-porten")
    await page.get_by_label("I am").select_option("Person 2")
    await page.get_by_role("button", name="BankID", exact=True).click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Vi fant deg ikke blant de foresatte")
    assert [told for told in complaints if "403" not in told] == []
    await check(page, [], "family_eid_nobody-360")
    await context.close()
