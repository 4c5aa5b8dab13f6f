"""*Pupils*: from which age a matter is the pupil's own holds for all units, so an administrator sets it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from hub.clock import StoppedClock
from hub.safety.pupils import Matter, list_ages
from tests.admin_web.school_day import SchoolDay, run_school_day
from tests.admin_web.test_threads import shown
from tests.hub.sign_in.school import TEST
from tests.village import SAARELA

LEADER, ADMINISTRATOR, TEACHER = "Ingrid Solberg", "Tora Myklebust", "Kari Lunde"
WISHED: dict[str, Any] = {"own": "10", "private": "13", "absence": "15", "leave": "18", "consent": "18"}


@pytest.fixture
async def day(village_store_url: str, clock: StoppedClock) -> AsyncIterator[SchoolDay]:
    async with run_school_day(village_store_url, clock) as day:
        yield day


async def ages(day: SchoolDay, owner: str = "fjordvik") -> dict[Matter, int]:
    return await day.site.desk.look(TEST, list_ages, day.village.owner(owner).id)


async def test_what_it_changes_is_shown_before_it_holds_for_this_owner_alone(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    first = shown(await administrator.get("/pupils"))

    seen = shown(await administrator.post("/pupils", **WISHED))
    before = await ages(day)
    await administrator.post("/pupils", **WISHED, sure="yes")

    assert "Ingen elever har egen telefon eller e-post her ennå" in first
    assert "Melder eget fravær: fra 15 år i stedet for 18." in seen
    assert before[Matter.ABSENCE] == 18
    assert (await ages(day))[Matter.ABSENCE] == 15
    assert (await ages(day))[Matter.PRIVATE] == 13
    assert (await ages(day, SAARELA))[Matter.ABSENCE] == 18
    assert len(await day.audited("pupil_ages.set", ADMINISTRATOR)) == 1


async def test_who_leads_one_unit_sees_it_and_sets_it_for_none(day: SchoolDay) -> None:
    leader, teacher = await day.as_(LEADER), await day.as_(TEACHER)

    seen, hidden = await leader.get("/pupils"), await teacher.get("/pupils")
    refused = await leader.post("/pupils", **WISHED, sure="yes")

    assert seen.status == 200
    assert hidden.status == refused.status == 404
    assert (await ages(day))[Matter.ABSENCE] == 18


async def test_nobody_is_older_than_of_age_or_younger_than_school_before_something_is_theirs(day: SchoolDay) -> None:
    administrator = await day.as_(ADMINISTRATOR)
    await administrator.get("/pupils")

    wrong = [await administrator.post("/pupils", **{**WISHED, "absence": age}, sure="yes") for age in ("5", "19", "x")]

    assert all(page.status >= 400 for page in wrong)
    assert (await ages(day))[Matter.ABSENCE] == 18
