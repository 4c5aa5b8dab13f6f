"""*Leave* in a real browser: decided by keyboard, half a yes, live, without script, in every light and width."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.desk import Work
from hub.school.leave import LeaveReason
from hub.school.leave_voices import answer
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check, painted
from tests.hub.post.spoken import as_staff
from tests.hub.school.applying import FAR, MONDAY, apply_for, days_from, grant
from tests.hub.sign_in.school import TEST

pytestmark = pytest.mark.browser

OWN_WORDS = "Bestemor fyller 80 år, og hele slekta møtes i Lofoten. Kari er der fra torsdag."


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def let_families_apply(day: SchoolDay) -> str:
    """One to decide, one that is late and waits for the other guardian, one granted; the id of the first."""
    village = day.village

    def write(work: Work) -> str:
        granted = apply_for(work, village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 2))
        answer(work, granted, [village.guardian("Ola Nordmann").id], agrees=True)
        apply_for(work, village, "Sara Hansen", "Camilla Hansen", days_from(MONDAY, 1), LeaveReason.SPORTS)
        first = apply_for(
            work, village, "Kari Nordmann", "Anne Nordmann", days_from(FAR, 4), LeaveReason.OTHER, OWN_WORDS
        )
        answer(work, first, [village.guardian("Ola Nordmann").id], agrees=False)
        work.asker = as_staff(village.staff("Ingrid Solberg"))
        grant(work, village, granted)
        return first

    return await day.site.desk.work(TEST, write)


@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_leave_and_its_rules(browser: Browser, day: SchoolDay, width: int) -> None:
    first = await let_families_apply(day)
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)

    await page.goto("/leave")
    await check(page, complaints, f"leave-{width}")
    await page.goto(f"/leave/{first}")
    await check(page, complaints, f"leave-one-{width}")
    await page.goto("/leave?only=decided")
    await page.get_by_role("link", name="Kari Nordmann").click()
    await expect(page.get_by_role("heading", level=2, name="Innvilget")).to_be_visible()
    await check(page, complaints, f"leave-decided-{width}")
    await page.goto("/leave/rules")
    await page.get_by_label("Kontaktlærer avgjør opptil").fill("5")
    await page.get_by_role("button", name="Se hva det endrer").click()
    await check(page, complaints, f"leave-rules-{width}")
    await context.close()


async def test_half_a_yes_is_decided_by_keyboard_alone(browser: Browser, day: SchoolDay) -> None:
    first = await let_families_apply(day)
    context, page, complaints = await day.window(browser, "Ingrid Solberg")

    await page.goto("/leave")
    await painted(page)
    await page.get_by_role("link", name="Kari Nordmann").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Kari Nordmann vil ha fri")
    await painted(page)
    await page.get_by_role("radio", name="Innvilg noen av dagene").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Space")
    await page.get_by_label("Begrunnelse").focus()
    await page.keyboard.type("Prøver i uke 13.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", level=2, name="Delvis innvilget")).to_be_visible()
    assert page.url.endswith(first)
    assert complaints == []
    await context.close()


async def test_a_no_is_said_without_script(browser: Browser, day: SchoolDay) -> None:
    first = await let_families_apply(day)
    context, page, _ = await day.window(browser, "Ingrid Solberg", script=False)

    await page.goto(f"/leave/{first}")
    await page.get_by_label("Avslå").check()
    await page.get_by_label("Begrunnelse").fill("Prøver i uke 13.")
    await page.get_by_role("button", name="Avgjør og si fra").click()

    await expect(page.get_by_role("heading", level=2, name="Avslått")).to_be_visible()
    await expect(page.get_by_role("heading", name="Til Ola Nordmann")).to_be_visible()
    await context.close()


async def test_a_new_application_turns_up_on_an_open_page(browser: Browser, day: SchoolDay) -> None:
    context, page, complaints = await day.window(browser, "Kari Lunde", 1280)
    await page.goto("/leave")
    await expect(page.get_by_text("Ingenting venter")).to_be_visible()

    await let_families_apply(day)

    await expect(page.get_by_role("link", name="Kari Nordmann")).to_be_visible()
    assert complaints == []
    await context.close()
