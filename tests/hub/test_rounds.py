"""Rounds: works of one verb that wait together are done in one session, and none of them can tell."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from hub.asker import operator_asker
from hub.desk import POSTGRESQL_WRITERS, Desk, Look, Work
from hub.people.places import Owner
from tests.patience import PATIENCE

TEST = operator_asker("test")


class WrongNameError(Exception):
    """The owner may not be called that."""


def add_owner(work: Work, source_id: str) -> Session:
    work.session.add(Owner(id=work.new_id(), source_id=source_id, name="Fjordvik", country="NO", language="nb"))
    if source_id == "wrong":
        raise WrongNameError
    return work.session


def add_unless_there(work: Work, source_id: str) -> bool:
    """Whether it was new."""
    work.touch([source_id])
    if work.session.scalar(sa.select(Owner.id).where(Owner.source_id == source_id)) is not None:
        return False
    add_owner(work, source_id)
    return True


def list_owners(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(Owner.source_id).order_by(Owner.source_id)))


@asynccontextmanager
async def busy(desk: Desk) -> AsyncIterator[None]:
    """Every writer is at work until the end of the block, so that what is asked for meanwhile waits together."""
    over, begun = threading.Event(), asyncio.Event()
    loop, left = asyncio.get_running_loop(), POSTGRESQL_WRITERS if "postgresql" in desk.url else 1

    def hold(_: Work) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            loop.call_soon_threadsafe(begun.set)
        over.wait(PATIENCE)

    held = [asyncio.create_task(desk.work(TEST, hold)) for _ in range(left)]
    async with asyncio.timeout(PATIENCE):
        await begun.wait()
    try:
        yield
    finally:
        over.set()
        await asyncio.gather(*held)


def ask(desk: Desk, *names: str) -> list["asyncio.Task[Session]"]:
    return [asyncio.create_task(desk.work_in_round(TEST, add_owner, name)) for name in names]


async def test_works_that_wait_together_share_a_session_and_each_is_kept(desk: Desk) -> None:
    async with busy(desk):
        waiting = ask(desk, "a", "b", "c")
        await asyncio.sleep(0)

    sessions = await asyncio.gather(*waiting)

    assert len({id(session) for session in sessions}) == 1
    assert await desk.look(TEST, list_owners) == ["a", "b", "c"]


async def test_one_of_a_round_that_fails_takes_nobody_along(desk: Desk) -> None:
    async with busy(desk):
        waiting = ask(desk, "a", "wrong", "c", "a")
        await asyncio.sleep(0)

    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(results[1], WrongNameError)
    assert [isinstance(result, Session) for result in (results[0], results[2])].count(True) >= 1
    assert sum(isinstance(result, sa.exc.IntegrityError) for result in results) == 1
    assert await desk.look(TEST, list_owners) == ["a", "c"]


async def test_what_an_earlier_work_of_the_round_changed_is_seen_by_one_that_touches_the_same(desk: Desk) -> None:
    async with busy(desk):
        waiting = [
            asyncio.create_task(desk.work_in_round(TEST, add_unless_there, name)) for name in ("a", "b", "a", "b")
        ]
        await asyncio.sleep(0)

    assert await asyncio.gather(*waiting) == [True, True, False, False]
    assert await desk.look(TEST, list_owners) == ["a", "b"]


@pytest.mark.parametrize("how_many", [1, 40])
async def test_however_many_wait_each_is_done_once(desk: Desk, how_many: int) -> None:
    names = [f"owner-{number:02}" for number in range(how_many)]
    async with busy(desk):
        waiting = ask(desk, *names)
        await asyncio.sleep(0)

    await asyncio.gather(*waiting)

    assert await desk.look(TEST, list_owners) == names
