"""Two who set the same at the same moment take turns, and one of them holds."""

import asyncio
from collections.abc import Callable
from datetime import date
from threading import Barrier, BrokenBarrierError

import pytest
import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.places import Unit
from hub.safety.demands import TrustDemand, set_demands
from hub.safety.starts import Function, FunctionStart, set_start
from tests.hub.post.outboxes import TEST
from tests.village import Village

OCTOBER = date(2025, 10, 6)
MEET_SECONDS = 0.5


def start(work: Work, unit_id: str) -> None:
    set_start(work, work.session.get_one(Unit, unit_id), Function.LEAVE, OCTOBER, "test")


def start_everywhere(work: Work, unit_id: str) -> None:
    set_start(work, work.session.get_one(Unit, unit_id), Function.LEAVE, OCTOBER, "test", for_all=True)


def demand(work: Work, unit_id: str) -> None:
    set_demands(work, work.session.get_one(Unit, unit_id).owner_id, ["absence"], "test")


@pytest.mark.parametrize(
    ("verb", "table"), [(start, FunctionStart), (start_everywhere, FunctionStart), (demand, TrustDemand)]
)
async def test_of_two_who_set_it_at_once_one_holds(
    village: Village, verb: Callable[[Work, str], None], table: type[FunctionStart | TrustDemand]
) -> None:
    """Each has begun before either goes on, where the store has more writers than one."""
    both = Barrier(2)
    unit_id = village.unit("school").id

    def set_together(work: Work) -> None:
        work.session.scalar(sa.select(sa.func.count()).select_from(table))
        try:
            both.wait(MEET_SECONDS)
        except BrokenBarrierError:
            pass  # one writer takes turns by itself
        verb(work, unit_id)

    await asyncio.gather(*(village.desk.work(TEST, set_together) for _ in range(2)))

    def count(look: Look) -> int:
        return look.session.scalar(sa.select(sa.func.count()).select_from(table).where(table.ceased_at.is_(None))) or 0

    assert await village.desk.look(TEST, count) == 1
