"""*Letters to print* and a postal address, in a real browser: readable in every light, done without script."""

import pytest
from playwright.async_api import Browser, expect

from hub.mailroom.sendings import SendingState
from tests.admin_web.school_day import SchoolDay
from tests.admin_web.test_prints import OFFICE, PATH, day, fetch, gathered, post
from tests.admin_web.windows import check
from tests.hub.mailroom.letters_day import ANNE, KARI, OLA, LettersDay, count_states
from tests.hub.sign_in.school import TEST

__all__ = ["day", "post"]
pytestmark = [pytest.mark.browser, pytest.mark.one_store]


@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_list_a_batch_and_an_address(
    browser: Browser, day: SchoolDay, post: LettersDay, width: int
) -> None:
    office = await day.as_(OFFICE)
    batch = await gathered(day, office)
    await fetch(office, batch)
    await office.post(f"{batch}/letters/{(await post.sending(OLA)).id}/back")
    address = f"/children/{day.village.child(KARI).id}/post/{day.village.guardian(ANNE).id}"

    context, page, complaints = await day.window(browser, OFFICE, width)
    for name, path in {"prints": PATH, "prints-one": batch, "post": address}.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await check(page, complaints, f"{name}-{width}")
    await context.close()


async def test_without_script_letters_are_gathered_fetched_and_posted(
    browser: Browser, day: SchoolDay, post: LettersDay
) -> None:
    context, page, _ = await day.window(browser, OFFICE, script=False)
    await page.goto("/leave")

    await page.get_by_role("link", name="2 brev til utskrift").click()
    await page.get_by_role("button", name="Samle dem nå").click()
    await page.get_by_role("link", name="Bunke 1").click()
    async with page.expect_download() as fetched:
        await page.get_by_role("link", name="Hent til utskrift").click()
    saved = await fetched.value
    await saved.path()
    await page.get_by_role("button", name="De er sendt i posten").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Bunke 1: sendt i posten")
    assert saved.suggested_filename.endswith(".pdf")
    await context.close()
    assert await post.desk.look(TEST, count_states) == {SendingState.POSTED: 2}
