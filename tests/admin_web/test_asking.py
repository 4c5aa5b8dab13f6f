"""The page where a leader sets when families are asked, with what it would do today, and the unit's closed days."""

from collections.abc import AsyncIterator
from datetime import date, time
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from hub.calendars import is_open, list_own_days
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.attendance import mark_here
from hub.school.ladders import LadderTimes, get_times
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.windows import check
from tests.hub.sign_in.school import TEST

TIMES: dict[str, Any] = {"asks_at": "09:10", "second_after": "10", "list_after": "20", "leader_after": "40"}


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as running:
        yield running


def page_of(day: SchoolDay) -> str:
    return f"{day.board()}/asking"


async def times_of(day: SchoolDay) -> LadderTimes:
    return await day.site.desk.look(TEST, get_times, day.village.unit("school"))


@pytest.mark.capability("N-06")
async def test_a_leader_switches_it_on_and_it_is_in_the_audit(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")
    before = await leader.get(page_of(day))

    after = await leader.post(page_of(day), is_on="true", **TIMES)

    assert "Vi spør ikke etter barn" in before.text
    assert "Kl. 09.10 spør vi etter barn som ikke er kommet" in after.text
    assert "andre melding 09.20, de ansatte ringer 09.30, leder 09.50" in after.text
    assert await times_of(day) == LadderTimes(True, time(9, 10), 10, 20, 40)
    assert len(await day.audited("ladder.set", "Ingrid Solberg")) == 1


@pytest.mark.parametrize("who", ["Kari Lunde", "Astrid Vik"])
async def test_nobody_but_the_units_leader_sees_or_sets_it(day: SchoolDay, who: str) -> None:
    other = await day.as_(who)
    await other.get("/numbers")

    seen, set_ = await other.get(page_of(day)), await other.post(page_of(day), is_on="true", **TIMES)

    assert (seen.status, set_.status) == (404, 404)
    assert (await times_of(day)).is_on is False


async def test_it_takes_fresh_proof(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg", fresh=False)
    page = await leader.get(page_of(day))

    await leader.post(page_of(day), is_on="true", **TIMES)

    assert "Vis en gang til at det er deg" in page.text
    assert (await times_of(day)).is_on is False


async def test_the_preview_names_the_children_a_text_would_leave_about(day: SchoolDay) -> None:
    await day.report("Kari Nordmann", "Anne Nordmann")

    def come(work: Work) -> None:
        unit = work.session.get_one(Unit, day.village.unit("school").id)
        mark_here(work, unit, [work.session.get_one(Child, day.village.child("Jonas Aune").id)], "x")

    await day.site.desk.work(TEST, come)
    page = await (await day.as_("Ingrid Solberg")).get(page_of(day))

    assert "Hvis det var slått på, ville det gått melding kl. 09.00" in page.text
    assert "Dag Ruud" in page.text
    assert "Kari Nordmann" not in page.text
    assert "Jonas Aune" not in page.text


async def test_times_that_do_not_follow_each_other_are_explained_and_stay_typed(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")
    await leader.get(page_of(day))

    page = await leader.post(page_of(day), is_on="true", **(TIMES | {"list_after": "9"}))

    assert page.status == 422
    assert "Tidene må følge etter hverandre" in page.text
    assert 'value="09:10"' in page.text
    assert (await times_of(day)).is_on is False


async def test_closed_days_are_added_and_taken_away(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")
    await leader.get(page_of(day))
    unit = day.village.unit("school")

    page = await leader.post(f"{page_of(day)}/days", name="Planleggingsdag", first_day="2025-03-10")
    closed = await day.site.desk.look(TEST, is_open, unit, date(2025, 3, 10))
    (row,) = await day.site.desk.look(TEST, list_days, unit)
    await leader.post(f"{page_of(day)}/days/{row}/open")
    reopened = await day.site.desk.look(TEST, is_open, unit, date(2025, 3, 10))

    assert "Planleggingsdag" in page.text
    assert (closed, reopened) == (False, True)


def list_days(look: Look, unit: Unit) -> list[str]:
    return [row.id for row in list_own_days(look, unit, unit.today(look.now))]


async def test_days_backward_are_refused_in_words(day: SchoolDay) -> None:
    leader = await day.as_("Ingrid Solberg")
    await leader.get(page_of(day))

    days: dict[str, Any] = {"name": "Ferie", "first_day": "2025-03-10", "last_day": "2025-03-09"}
    page = await leader.post(f"{page_of(day)}/days", **days)

    assert page.status == 422
    assert "Den siste dagen kan ikke være før den første." in page.text


@pytest.mark.browser
@pytest.mark.one_store
@pytest.mark.parametrize("width", [360, 1280])
async def test_axe_finds_nothing_and_the_switch_is_reached_from_morning(
    browser: Browser, day: SchoolDay, width: int
) -> None:
    context, page, complaints = await day.window(browser, "Ingrid Solberg", width)
    await page.goto("/morning")
    await page.get_by_role("link", name="Når vi spør familiene").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Vi spør ikke")

    await check(page, complaints, f"asking-{width}")
    await page.get_by_label("Spør familiene på SMS").check()
    await page.get_by_role("button", name="Lagre").click()

    await expect(page.get_by_role("heading", level=1)).to_contain_text("Kl. 09.00 spør vi")
    await context.close()
