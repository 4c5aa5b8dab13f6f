"""A child is not fetched in time: staff see it first, then its family is asked by text, an answer holds it, silence brings it
to the call list, and a leaving ends it. Everything here leaves and comes through the provider."""

from collections.abc import AsyncIterator
from datetime import time
from pathlib import Path

import pytest

from bots.not_fetched import NotFetchedBot
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.school.attendance import Departure, mark_here, mark_left
from hub.school.day_board import list_board, list_whole_board
from hub.school.fetch_ladders import FetchTimes, set_fetch_times
from hub.school.still_here import StillHere, list_still_here
from tests.living_hub import OPERATOR, LivingHub, living_hub

NOAH, TEACHER = "Noah Bakken", "Mette Strand"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


def preschool_of(work: Work, living: LivingHub) -> Unit:
    return work.session.get_one(Unit, living.village.unit("preschool").id)


def at(living: LivingHub, clock: StoppedClock, hour: int, minute: int) -> None:
    unit = living.village.unit("preschool")
    clock.jump(unit.moment(unit.today(clock.now()), time(hour, minute)))


async def begin(living: LivingHub, clock: StoppedClock) -> None:
    """Everybody comes at eight, and all but Noah have gone home by the time at which the preschool closes."""

    def come(work: Work) -> None:
        unit = preschool_of(work, living)
        set_fetch_times(work, unit, FetchTimes(is_on=True), "test")
        mark_here(work, unit, [on.child for on in list_whole_board(work, unit, unit.today(work.now))], "test")

    def leave(work: Work) -> None:
        unit = preschool_of(work, living)
        board = list_whole_board(work, unit, unit.today(work.now))
        mark_left(work, unit, [on.child.id for on in board if on.child.name != NOAH], Departure(work.now, "test"))

    at(living, clock, 8, 0)
    await living.hub.desk.work(OPERATOR, come)
    at(living, clock, 15, 0)
    await living.hub.desk.work(OPERATOR, leave)
    at(living, clock, 16, 45)
    await living.hub.routines.prompt(NotFetchedBot())


async def shown(living: LivingHub) -> list[StillHere]:
    """Whom the teacher is shown first on Diary."""
    asker = Asker("staff", living.village.staff(TEACHER).id, Trust.STRONG, "page diary")
    unit = living.village.unit("preschool")

    def look_at_diary(look: Look) -> list[StillHere]:
        reach, today = get_reach(look), unit.today(look.now)
        return list_still_here(look, reach, unit, today, list_board(look, reach, unit, today))

    return await living.hub.desk.look(asker, look_at_diary)


async def test_staff_see_it_first_and_a_time_holds_it_until_the_child_leaves(
    living: LivingHub, clock: StoppedClock
) -> None:
    mother, father = living.phone("Marte Bakken"), living.phone("Lars Bakken")
    await begin(living, clock)
    (calm,) = await shown(living)
    at(living, clock, 17, 0)
    asked = await mother.next_text()
    await father.next_text()

    await mother.text(asked.sender, "kommer 17.20, sitter i kø")
    noted, told = await mother.next_text(), await father.next_text()
    (held,) = await shown(living)
    at(living, clock, 17, 22)
    await living.hub.desk.work(OPERATOR, noah_leaves, living)
    await living.hub.routines.prompt(NotFetchedBot())

    assert (calm.asked_at, calm.guardians) == (None, ())
    assert asked.body.startswith("Hei! Noah er fortsatt her hos oss (Lerkeveien barnehage). Når kommer dere?")
    assert noted.body.startswith("Takk! Da venter Noah og vi på dere til 17.20.")
    assert "Vi har fått vite at noen henter 17.20" in told.body
    assert (held.is_held, held.case.comes_at) == (True, time(17, 20))
    assert await shown(living) == []


def noah_leaves(work: Work, living: LivingHub) -> None:
    unit = preschool_of(work, living)
    mark_left(work, unit, [living.village.child(NOAH).id], Departure(work.now, "test"))


async def test_silence_brings_it_to_the_call_list_and_then_to_the_leader(
    living: LivingHub, clock: StoppedClock
) -> None:
    mother = living.phone("Marte Bakken")
    await begin(living, clock)
    at(living, clock, 17, 0)
    first = await mother.next_text()
    at(living, clock, 17, 15)
    second = await mother.next_text()
    at(living, clock, 17, 45)
    await living.hub.routines.prompt(NotFetchedBot())
    (listed,) = await shown(living)

    assert (first.body[:4], "venter fortsatt" in second.body) == ("Hei!", True)
    assert (listed.is_listed, listed.with_leader) == (True, True)
    assert {known.phone for known in listed.guardians} == {
        living.village.phone("Marte Bakken"),
        living.village.phone("Lars Bakken"),
    }
