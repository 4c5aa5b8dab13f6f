"""*Letters to give by hand*, and how far a letter has come, in a real browser: readable in every light, done without script."""

import pytest
from playwright.async_api import Browser, expect

from hub.mailroom.sendings import SendingState
from tests.admin_web.school_day import SchoolDay
from tests.admin_web.test_letters_by_hand import LEADER, PATH, application_of, day, nobody, post
from tests.admin_web.windows import check
from tests.hub.mailroom.letters_day import ANNE, OLA, LettersDay

__all__ = ["day", "post"]
pytestmark = [pytest.mark.browser, pytest.mark.one_store]


@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_list_and_beside_the_letters(
    browser: Browser, day: SchoolDay, post: LettersDay, width: int
) -> None:
    await post.send()
    await nobody(post, OLA)
    await post.know(ANNE, "55811500029")
    await post.send()
    application = await application_of(post)

    context, page, complaints = await day.window(browser, LEADER, width)
    for name, path in {"by-hand": PATH, "letters-sent": f"/leave/{application}"}.items():
        await page.goto(path)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await check(page, complaints, f"{name}-{width}")
    await context.close()


async def test_without_script_a_letter_is_given_and_the_list_says_that_none_is_left(
    browser: Browser, day: SchoolDay, post: LettersDay
) -> None:
    await post.send()
    await nobody(post, OLA)
    context, page, _ = await day.window(browser, LEADER, script=False)
    await page.goto("/leave")

    await page.get_by_role("link", name="1 brev må gis for hånd").click()
    await page.get_by_role("form", name=OLA).get_by_role("button", name="Gitt").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("Ingen brev må gis for hånd")
    await context.close()
    assert (await post.sending(OLA)).state == SendingState.GIVEN
