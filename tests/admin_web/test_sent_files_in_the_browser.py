"""Files in a real browser: a teacher chooses a picture and says who is on it, with script and without; the family sees it."""

import pytest
from playwright.async_api import Browser, BrowserContext, FilePayload, Page, expect

from tests.admin_web.family_pages import FamilyPages
from tests.admin_web.windows import check, open_window
from tests.sent_files import ANNE, KARI, OLA, TEACHER, agree_to_photos, as_staff_of, document, photo, send_now

pytestmark = [pytest.mark.browser, pytest.mark.one_store]

PICTURE: FilePayload = {"name": "IMG_0001.jpg", "mimeType": "image/jpeg", "buffer": photo()}
LETTER: FilePayload = {"name": "Ukeplan.pdf", "mimeType": "application/pdf", "buffer": document()}
SAID = "Se hva Kari har laget!"


async def staff_window(
    pages: FamilyPages, browser: Browser, width: int, *, script: bool = True
) -> tuple[BrowserContext, Page, list[str]]:
    signed_in = await as_staff_of(pages, TEACHER)
    context, page, complaints = await open_window(browser, signed_in.url, width, script=script)
    for cookie in signed_in.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": signed_in.url}])
    return context, page, complaints


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_picture_is_chosen_marked_and_seen(browser: Browser, pages: FamilyPages, width: int) -> None:
    await agree_to_photos(pages, KARI, ANNE, OLA)
    context, page, complaints = await staff_window(pages, browser, width)
    await page.goto(f"/children/{pages.child(KARI)}")
    await check(page, complaints, f"child_enclosing-{width}")

    await page.get_by_label("Skriv en melding").fill(SAID)
    await page.get_by_label("Legg ved filer").set_input_files([PICTURE, LETTER])
    await expect(page.get_by_role("group", name="Hvem kan kjennes igjen på bildene?")).to_be_visible()
    await expect(page.get_by_label("Skriv en melding")).to_have_value(SAID)
    await page.get_by_label(KARI).check()
    await check(page, complaints, f"child_enclosed-{width}")
    await page.get_by_role("radio").first.check()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.locator(".bubble .document")).to_have_text("Ukeplan.pdf")
    await check(page, complaints, f"child_sent-{width}")
    await context.close()

    await send_now(pages, await as_staff_of(pages, TEACHER), KARI)
    reader = next(name for name in (ANNE, OLA) if pages.living.phone(name).received)
    await pages.living.phone(reader).next_text()
    family = await pages.signed_in(reader)
    context, page, complaints = await open_window(browser, pages.url, width)
    for cookie in family.session.cookie_jar:
        await context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": pages.url}])
    await page.goto(f"/family/children/{pages.child(KARI)}")
    shown = page.locator(".bubble img")
    await expect(shown).to_be_visible()
    await expect(page.locator(".bubble .document")).to_have_text("Ukeplan.pdf")
    assert await shown.evaluate("async (image) => { await image.decode(); return image.naturalWidth }") == 480
    await check(page, complaints, f"family_files-{width}")
    await context.close()


@pytest.mark.parametrize("width", [360, 1280])
async def test_a_broadcast_says_who_has_no_consent(browser: Browser, pages: FamilyPages, width: int) -> None:
    context, page, complaints = await staff_window(pages, browser, width)
    await page.goto("/broadcasts/new")
    await page.get_by_label("7A").check()
    await expect(page.get_by_role("heading", name="Når")).to_be_visible()
    await page.locator("textarea").first.fill("Bilder fra turen")
    await page.get_by_label("Legg ved filer").set_input_files([PICTURE])
    marks = page.get_by_role("group", name="Hvem kan kjennes igjen på bildene?")
    await expect(marks).to_contain_text("ikke samtykke til bilder")
    await check(page, complaints, f"broadcast_enclosed-{width}")
    await marks.get_by_label(KARI).check()
    await page.get_by_role("button", name="Send").last.click()

    await expect(page.get_by_text("Bildet kan ikke sendes")).to_contain_text(KARI)
    await expect(page.locator("textarea").first).to_have_value("Bilder fra turen")
    await context.close()


async def test_it_works_without_script(browser: Browser, pages: FamilyPages) -> None:
    context, page, _ = await staff_window(pages, browser, 360, script=False)
    await page.goto(f"/children/{pages.child(KARI)}")

    await page.get_by_label("Skriv en melding").fill(SAID)
    await page.get_by_role("radio").first.check()
    await page.get_by_label("Legg ved filer").set_input_files([PICTURE])
    await page.get_by_role("button", name="Legg ved", exact=True).click()
    await page.get_by_label("Ingen barn kan kjennes igjen").check()
    await page.get_by_role("button", name="Send", exact=True).click()

    await expect(page.locator(".bubble", has_text=SAID).locator(".picture")).to_be_visible()
    await context.close()
