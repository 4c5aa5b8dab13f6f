"""The pool of numbers: given, released, resting, given again; on both stores."""

import asyncio
from datetime import timedelta

import pytest

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.numbers import (
    QUARANTINE,
    NumberRestsError,
    NumberTakenError,
    VirtualNumber,
    allocate,
    find_allocation,
    list_free,
    list_numbers_of,
    list_resting,
    release,
)
from hub.people.staff import Role
from hub.talk.routing import find_route
from tests.hub.sign_in.school import TEST
from tests.village import Village


async def give(village: Village, number: str, role: str) -> str:
    def run(work: Work) -> str:
        kept = work.session.get_one(VirtualNumber, village.number(number).id)
        return allocate(work, kept, work.session.get_one(Role, village.role(role).id)).id

    return await village.desk.work(TEST, run)


async def take_back(village: Village, number: str) -> None:
    def run(work: Work) -> None:
        found = find_allocation(work, work.session.get_one(VirtualNumber, village.number(number).id))
        assert found is not None
        release(work, found)

    await village.desk.work(TEST, run)


async def free(village: Village) -> list[str]:
    def run(look: Look) -> list[str]:
        return [number.source_id for number in list_free(look, village.owner().id)]

    return await village.desk.look(TEST, run)


async def test_only_what_nobody_has_and_does_not_rest_is_free(village: Village, clock: StoppedClock) -> None:
    assert await free(village) == ["n-free"]

    clock.move(QUARANTINE + timedelta(minutes=1))

    assert await free(village) == ["n-resting", "n-free"]


async def test_a_number_of_another_role_and_one_that_rests_are_not_given(village: Village) -> None:
    with pytest.raises(NumberTakenError):
        await give(village, "contact teacher 7A", "assistant 1A")
    with pytest.raises(NumberRestsError):
        await give(village, "resting", "assistant 1A")

    await give(village, "free", "assistant 1A")
    assert await free(village) == []


async def test_a_role_may_take_back_what_it_gave_up_while_it_rests(village: Village, clock: StoppedClock) -> None:
    clock.move(timedelta(minutes=1))
    await give(village, "resting", "music teacher")

    def run(look: Look) -> tuple[list[str], int]:
        role_id = village.role("music teacher").id
        numbers = list_numbers_of(look, [role_id])[role_id]
        return [number.source_id for number in numbers], len(list_resting(look, role_id))

    assert await village.desk.look(TEST, run) == (["n-music", "n-resting"], 0)


async def test_a_released_number_rests_for_its_role_and_is_still_routed_there(village: Village) -> None:
    await take_back(village, "contact teacher 7A")
    await take_back(village, "contact teacher 7A")

    def run(look: Look) -> tuple[list[str], bool | None]:
        resting = [number.source_id for number, _ in list_resting(look, village.role("contact teacher 7A").id)]
        route = find_route(look, "sms", village.phone("Anne Nordmann"), village.number("contact teacher 7A").value)
        return resting, None if route is None else route.resting

    assert await village.desk.look(TEST, run) == (["n-7A"], True)


async def test_two_who_take_the_same_number_at_the_same_moment_do_not_both_get_it(village: Village) -> None:
    outcomes = await asyncio.gather(
        give(village, "free", "assistant 1A"), give(village, "free", "principal"), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NumberTakenError", "str"]
