"""*Said twice*: it holds for all units, so an administrator sets it, who sees what it changes before it holds."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from hub.clock import StoppedClock
from hub.safety.demands import list_demands
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

LEADER, ADMINISTRATOR, TEACHER = "Ingrid Solberg", "Tora Myklebust", "Kari Lunde"


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def demanded(day: SchoolDay, owner: str = "fjordvik") -> set[str]:
    return set(await day.site.desk.look(TEST, list_demands, day.village.owner(owner).id))


async def test_what_it_changes_is_shown_before_it_holds_for_this_owner_alone(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    first = shown(await administrator.get("/said-twice"))

    seen = shown(await administrator.post("/said-twice", absence="yes", late="yes"))
    before = await demanded(day)
    saved = shown(await administrator.post("/said-twice", absence="yes", late="yes", sure="yes"))

    assert "SMS om barnets dag gjelder med en gang" in first
    assert "Familiene må svare JA før dette gjelder: fravær og sen ankomst." in seen
    assert "ville 0 meldinger blitt spurt tilbake" in seen
    assert before == set()
    assert "Familiene må svare JA før dette gjelder: fravær og sen ankomst" in saved
    assert await demanded(day) == {"absence", "late"}
    assert await demanded(day, SAARELA) == set()
    assert len(await day.audited("trust_demands.set", ADMINISTRATOR)) == 1


async def test_what_is_no_longer_ticked_counts_at_once_again(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/said-twice")
    await administrator.post("/said-twice", absence="yes", late="yes", sure="yes")

    await administrator.post("/said-twice", late="yes", sure="yes")

    assert await demanded(day) == {"late"}


async def test_who_leads_one_unit_sees_it_and_sets_it_for_none(day: SchoolDay) -> None:
    leader = await day.as_(LEADER)

    seen = await leader.get("/said-twice")
    refused = await leader.post("/said-twice", absence="yes", sure="yes")

    assert seen.status == 200
    assert "settes av en administrator" in shown(seen)
    assert refused.status == 404
    assert await demanded(day) == set()


async def test_a_teacher_finds_no_such_page(day: SchoolDay) -> None:
    teacher = await day.as_(TEACHER)

    assert (await teacher.get("/said-twice")).status == 404


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_on_what_is_said_twice(browser: Browser, day: SchoolDay, width: int) -> None:
    context, page, complaints = await day.window(browser, ADMINISTRATOR, width)

    await page.goto("/said-twice")
    await expect(page.get_by_role("heading", level=1)).to_have_text("SMS om barnets dag gjelder med en gang")
    await check(page, complaints, f"said-twice-{width}")
    await context.close()
