"""A broadcast to single children of a unit, some of whom leave it before it is sent."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Placement
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import (
    BroadcastState,
    Scope,
    keep_broadcast,
)
from tests.bots.broadcast_school import LEADER, SKI, TEN, School
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

A, B = "Kari Nordmann", "Jakob Berg"


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(TEN)


@pytest.fixture
def school(village: Village, clock: StoppedClock) -> School:
    return School(village, clock)


async def send_to(school: School, names: Sequence[str]) -> str:
    def keep(work: Work) -> str:
        ids = [school.village.child(name).id for name in names]
        place = get_place(work, Scope.CHILDREN, school.village.unit("school").id, (), ids)
        return keep_broadcast(work, place, SKI, work.now).id

    return await school.village.desk.work(as_staff(school.village.staff(LEADER)), keep)


def move_out(work: Work, village: Village, name: str) -> None:
    """Yesterday was the child's last day there."""
    unit = village.unit("school")
    yesterday = unit.today(work.now) - timedelta(days=1)
    ended = sa.update(Placement).where(Placement.child_id == village.child(name).id, Placement.unit_id == unit.id)
    work.session.execute(ended.values(to_day=yesterday))


async def test_a_child_who_has_left_is_written_to_no_more_and_keeps_nothing_from_the_others(school: School) -> None:
    id_ = await send_to(school, [A, B])

    await school.village.desk.work(TEST, move_out, school.village, A)
    await school.wake()

    phones = [phone for phone, _ in await school.texts()]
    assert phones
    assert school.village.phone("Anne Nordmann") not in phones
    assert await school.state(id_) != BroadcastState.STOPPED


async def test_where_all_of_them_have_left_nothing_leaves(school: School) -> None:
    id_ = await send_to(school, [A])

    await school.village.desk.work(TEST, move_out, school.village, A)
    await school.wake()

    assert await school.texts() == []
    assert await school.state(id_) == BroadcastState.STOPPED
