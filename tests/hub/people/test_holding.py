"""Who holds a role from day to day, on both stores."""

import asyncio
from datetime import date, timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Look, Refusal, Work
from hub.people.holding import (
    HasLeftError,
    HoldsAlreadyError,
    SomebodyStandsInError,
    SpanOverError,
    SpanTurnedError,
    end_stand_in,
    hand_over,
    list_holders,
    stand_in,
)
from hub.people.places import Unit
from hub.people.staff import Role, RoleHolding, Staff
from hub.talk.routing import find_holders
from tests.hub.sign_in.school import TEST
from tests.village import Village

MONDAY = date(2025, 3, 3)
FRIDAY = date(2025, 3, 7)


def seat(work: Look, village: Village, title: str = "contact teacher 7A") -> tuple[Role, Unit]:
    return (
        work.session.get_one(Role, village.role(title).id),
        work.session.get_one(Unit, village.unit("school").id),
    )


def someone(work: Look, village: Village, name: str) -> Staff:
    return work.session.get_one(Staff, village.staff(name).id)


async def put_in(village: Village, name: str, first: date, last: date) -> RoleHolding:
    def put(work: Work) -> RoleHolding:
        role, unit = seat(work, village)
        return stand_in(work, role, unit, someone(work, village, name), first, last)

    return await village.desk.work(TEST, put)


async def reader(village: Village) -> str:
    """The name of whoever is asked first about what reaches 7A's number now."""

    def find(look: Look) -> str:
        role, unit = seat(look, village)
        found = find_holders(look, role.id, unit).reader
        return "" if found is None else found.name

    return await village.desk.look(TEST, find)


@pytest.mark.capability("N-26")
async def test_texts_reach_the_stand_in_from_the_first_day_to_the_last(village: Village, clock: StoppedClock) -> None:
    await put_in(village, "Liv Berge", MONDAY + timedelta(days=1), FRIDAY)

    assert await reader(village) == "Kari Lunde"
    clock.move(timedelta(days=1))
    assert await reader(village) == "Liv Berge"
    clock.move(timedelta(days=3))
    assert await reader(village) == "Liv Berge"
    clock.move(timedelta(days=1))
    assert await reader(village) == "Kari Lunde"


async def test_a_stand_in_ends_at_once_when_that_is_said(village: Village) -> None:
    holding = await put_in(village, "Liv Berge", MONDAY, FRIDAY)
    assert await reader(village) == "Liv Berge"

    await village.desk.work(TEST, lambda work: end_stand_in(work, work.session.get_one(RoleHolding, holding.id)))

    assert await reader(village) == "Kari Lunde"


async def test_a_stand_in_for_one_day_is_a_span_of_that_day(village: Village) -> None:
    await put_in(village, "Liv Berge", MONDAY, MONDAY)

    assert await reader(village) == "Liv Berge"


@pytest.mark.parametrize(
    ("name", "first", "last", "refusal"),
    [
        ("Liv Berge", FRIDAY, MONDAY, SpanTurnedError),
        ("Liv Berge", MONDAY - timedelta(days=1), FRIDAY, SpanOverError),
        ("Rolf Engen", MONDAY, FRIDAY, HasLeftError),
        ("Kari Lunde", MONDAY, FRIDAY, HoldsAlreadyError),
        ("Tuva Brekke", FRIDAY, FRIDAY + timedelta(days=3), SomebodyStandsInError),
    ],
)
async def test_some_stand_ins_are_refused(
    village: Village, name: str, first: date, last: date, refusal: type[Refusal]
) -> None:
    await put_in(village, "Liv Berge", MONDAY, FRIDAY)

    with pytest.raises(refusal):
        await put_in(village, name, first, last)


async def test_a_role_handed_over_is_held_to_the_day_before_and_from_the_day_on(
    village: Village, clock: StoppedClock
) -> None:
    def hand(work: Work) -> None:
        role, unit = seat(work, village)
        before = list_holders(work, role, unit)[0].holding
        hand_over(work, role, unit, before, someone(work, village, "Tuva Brekke"), FRIDAY)

    await village.desk.work(TEST, hand)

    clock.move(timedelta(days=3))
    assert await reader(village) == "Kari Lunde"
    clock.move(timedelta(days=1))
    assert await reader(village) == "Tuva Brekke"


async def test_a_role_can_be_held_by_two(village: Village) -> None:
    def add(work: Work) -> list[str]:
        role, unit = seat(work, village, "office")
        hand_over(work, role, unit, None, someone(work, village, "Liv Berge"), MONDAY)
        return [holder.staff.name for holder in list_holders(work, role, unit)]

    assert await village.desk.work(TEST, add) == ["Per Haugen", "Liv Berge"]


async def test_two_who_are_put_in_at_the_same_moment_do_not_both_stand_in(village: Village) -> None:

    outcomes = await asyncio.gather(
        put_in(village, "Liv Berge", MONDAY, FRIDAY),
        put_in(village, "Tuva Brekke", MONDAY, FRIDAY),
        return_exceptions=True,
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["RoleHolding", "SomebodyStandsInError"]
