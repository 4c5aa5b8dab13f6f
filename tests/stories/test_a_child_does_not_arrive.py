"""A child does not arrive: the families are asked by text at the school's own time, an answer explains it or alarms the staff,
and silence brings it to them. Everything here leaves and comes through the provider."""

from collections.abc import AsyncIterator
from datetime import time
from pathlib import Path

import pytest

from bots.whereabouts import WhereaboutsBot
from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.school.attendance import mark_here
from hub.school.call_list import Missing, list_missing
from hub.school.day_board import list_board, list_whole_board
from hub.school.ladders import LadderTimes, set_times
from tests.living_hub import OPERATOR, LivingHub, living_hub

KARI, DAG = "Kari Nordmann", "Dag Ruud"


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


def school_of(work: Work, living: LivingHub) -> Unit:
    return work.session.get_one(Unit, living.village.unit("school").id)


async def begin(living: LivingHub, clock: StoppedClock, *missing: str) -> None:
    """The school asks at nine, and everybody but these has come by then."""

    def morning(work: Work) -> None:
        school = school_of(work, living)
        set_times(work, school, LadderTimes(is_on=True, asks_at=time(9, 0)), "test")
        board = {on.child.id: on.child for on in list_whole_board(work, school, school.today(work.now))}
        mark_here(work, school, [child for child in board.values() if child.name not in missing], "test")

    await living.hub.desk.work(OPERATOR, morning)
    at(living, clock, 9, 0)


def at(living: LivingHub, clock: StoppedClock, hour: int, minute: int) -> None:
    school = living.village.unit("school")
    clock.jump(school.moment(school.today(clock.now()), time(hour, minute)))


async def looked_for(living: LivingHub, staff: str) -> list[Missing]:
    """Whom a member of staff is shown first on Morning."""
    asker = Asker("staff", living.village.staff(staff).id, Trust.STRONG, "page morning")
    school = living.village.unit("school")

    def look_at_morning(look: Look) -> list[Missing]:
        reach, today = get_reach(look), school.today(look.now)
        return list_missing(look, reach, school, today, list_board(look, reach, school, today))

    return await living.hub.desk.look(asker, look_at_morning)


@pytest.mark.capability("H-56", "N-06")
async def test_the_school_asks_and_one_word_explains_it(living: LivingHub, clock: StoppedClock) -> None:
    mother, father = living.phone("Anne Nordmann"), living.phone("Ola Nordmann")
    await begin(living, clock, KARI)
    asked = await mother.next_text()
    await father.next_text()

    await mother.text(asked.sender, "Å nei, glemte å si fra! Hun er syk")
    noted, told = await mother.next_text(), await father.next_text()

    assert asked.body.startswith("Hei! Kari er ikke kommet til Fjordvik skole i dag")
    assert noted.body.startswith("Notert: Kari er syk i dag")
    assert told.body.startswith("Kari er meldt borte i dag")
    assert await looked_for(living, "Kari Lunde") == []


@pytest.mark.capability("H-56", "N-06")
async def test_a_child_that_left_home_is_an_alarm_until_it_is_found(living: LivingHub, clock: StoppedClock) -> None:
    father = living.phone("Gunnar Ruud")
    await begin(living, clock, DAG)
    asked = await father.next_text()

    await father.text(asked.sender, "Han gikk hjemmefra kl 8!")
    answered = await father.next_text()
    (alarm,) = await looked_for(living, "Jonas Dahl")

    assert "Vi ser etter Dag med en gang og ringer deg" in answered.body
    assert (alarm.is_alarm, alarm.on.child.name) == (True, DAG)
    assert [known.phone for known in alarm.guardians] == [living.village.phone("Gunnar Ruud")]

    def find(work: Work) -> None:
        school = school_of(work, living)
        mark_here(work, school, [alarm.on.child], living.village.staff("Jonas Dahl").id)

    at(living, clock, 9, 5)
    await living.hub.desk.work(OPERATOR, find)
    at(living, clock, 9, 12)
    found = await father.next_text()

    assert found.body.startswith("Godt nytt: Dag er her")
    assert await looked_for(living, "Jonas Dahl") == []


@pytest.mark.capability("N-06")
async def test_silence_brings_it_to_the_teacher_and_then_to_the_leader(living: LivingHub, clock: StoppedClock) -> None:
    father = living.phone("Gunnar Ruud")
    await begin(living, clock, DAG)
    first = await father.next_text()
    at(living, clock, 9, 15)
    second = await father.next_text()
    (asked,) = await looked_for(living, "Jonas Dahl")
    at(living, clock, 9, 45)
    await living.hub.routines.prompt(WhereaboutsBot())
    (listed,) = await looked_for(living, "Ingrid Solberg")

    assert (first.body[:4], second.body[:9]) == ("Hei!", "Vi venter")
    assert (asked.is_listed, asked.guardians) == (False, ())
    assert (listed.is_listed, listed.with_leader) == (True, True)
