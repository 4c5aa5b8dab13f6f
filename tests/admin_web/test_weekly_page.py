"""*Weekly text*: it holds for all units, so an administrator sets it, who sees what it changes before it holds."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.school.weekly import get_rule
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST

LEADER, ADMINISTRATOR, TEACHER = "Ingrid Solberg", "Tora Myklebust", "Kari Lunde"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def is_on(day: SchoolDay) -> bool | None:
    rule = await day.site.desk.look(TEST, get_rule, day.village.owner().id)
    return None if rule is None else rule.is_on


async def test_what_it_changes_is_shown_before_it_holds(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    first = shown(await administrator.get("/weekly"))

    seen = shown(await administrator.post("/weekly", is_on="yes", weekday="3", at="17:00"))
    before = await is_on(day)
    saved = shown(await administrator.post("/weekly", is_on="yes", weekday="3", at="17:00", sure="yes"))

    assert "Familiene får hvert spørsmål for seg" in first
    assert "Den første går tor. 6. mars kl. 17.00" in seen
    assert before is None
    assert "Familiene får én samlemelding i uka" in saved
    assert await is_on(day) is True


async def test_who_leads_one_unit_sees_it_and_sets_it_for_none(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)

    seen = await leader.get("/weekly")
    refused = await leader.post("/weekly", is_on="yes", weekday="3", at="17:00", sure="yes")

    assert seen.status == 200
    assert "settes av en administrator" in shown(seen)
    assert '<form class="form card section"' not in seen.text
    assert refused.status == 404
    assert await is_on(day) is None


async def test_a_time_at_night_is_refused_and_a_teacher_finds_no_such_page(day: SchoolDay) -> None:
    administrator, teacher = await day.as_(ADMINISTRATOR), await day.as_(TEACHER)
    await administrator.get("/weekly")

    refused = await administrator.post("/weekly", is_on="yes", weekday="3", at="22:00")

    assert refused.status == 422
    assert "mellom kl. 8 og 20" in shown(refused)
    assert (await teacher.get("/weekly")).status == 404
    assert await is_on(day) is None


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_the_wish(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, ADMINISTRATOR, width)

    await page.goto("/weekly")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Familiene får hvert spørsmål for seg")
    await check(page, complaints, f"weekly-{width}")
    await context.close()
