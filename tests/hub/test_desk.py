"""The desk: whole works or none, in the store's own thread."""

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from hub.asker import operator_asker
from hub.desk import Desk, Look, StoreAwayError, Work
from hub.people.places import Owner

TEST = operator_asker("test")


def add_owner(work: Work, source_id: str) -> str:
    owner = Owner(id=work.new_id(), source_id=source_id, name="Fjordvik", country="NO", language="nb")
    work.session.add(owner)
    return owner.id


def list_owners(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(Owner.source_id).order_by(Owner.id)))


async def test_a_work_is_kept_when_it_ends_well(desk: Desk) -> None:
    await desk.work(TEST, add_owner, "fjordvik")

    assert await desk.look(TEST, list_owners) == ["fjordvik"]


async def test_a_work_that_fails_leaves_nothing_and_takes_nobody_along(desk: Desk) -> None:
    def fail(work: Work) -> None:
        add_owner(work, "never")
        work.session.flush()
        raise ValueError("no")

    results = await asyncio.gather(
        desk.work(TEST, add_owner, "first"),
        desk.work(TEST, fail),
        desk.work(TEST, add_owner, "second"),
        desk.work(TEST, add_owner, "first"),
        return_exceptions=True,
    )

    assert isinstance(results[1], ValueError)
    assert sorted(isinstance(result, sa.exc.IntegrityError) for result in (results[0], results[3])) == [False, True]
    assert sorted(await desk.look(TEST, list_owners)) == ["first", "second"]


async def test_a_work_that_looks_for_what_is_not_there_fails_and_takes_nobody_along(desk: Desk) -> None:
    """A bare `next()` raises what no future takes."""

    def look_for_it(work: Work) -> str:
        return next(iter(()))

    found, kept = await asyncio.gather(
        desk.work(TEST, look_for_it), desk.work(TEST, add_owner, "fjordvik"), return_exceptions=True
    )

    assert isinstance(found, RuntimeError)
    assert isinstance(found.__cause__, StopIteration)
    assert isinstance(kept, str)
    assert desk.waiting == 0


async def test_a_work_that_breaks_a_rule_of_the_store_says_so_also_when_it_is_alone(desk: Desk) -> None:
    """Not that the store is away, which would have it tried again and again."""
    await desk.work(TEST, add_owner, "fjordvik")

    with pytest.raises(sa.exc.IntegrityError):
        await desk.work(TEST, add_owner, "fjordvik")

    await desk.work(TEST, add_owner, "saarela")
    assert await desk.look(TEST, list_owners) == ["fjordvik", "saarela"]


async def test_a_work_goes_on_when_its_caller_has_gone(desk: Desk) -> None:
    waiting = asyncio.create_task(desk.work(TEST, add_owner, "alone"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await desk.work(TEST, add_owner, "after")

    assert set(await desk.look(TEST, list_owners)) == {"alone", "after"}


async def test_a_look_cannot_write(desk: Desk) -> None:
    await desk.work(TEST, add_owner, "kept")

    def write(look: Look) -> None:
        look.session.execute(sa.text("DELETE FROM owners"))

    with pytest.raises((StoreAwayError, sa.exc.DBAPIError)):
        await desk.look(TEST, write)

    assert await desk.look(TEST, list_owners) == ["kept"]


async def test_ids_sort_in_the_order_they_are_made_within_one_moment(desk: Desk) -> None:
    now = datetime(2025, 3, 3, tzinfo=UTC)

    ids = [desk.ids.make(now) for _ in range(500)]

    assert ids == sorted(set(ids))
    assert all(len(made) == 26 for made in ids)


async def test_a_question_that_is_wrong_is_a_fault_and_not_a_store_that_is_away(desk: Desk) -> None:
    def ask_nonsense(look: Look) -> None:
        look.session.execute(sa.text("SELECT no_such_column FROM owners"))

    with pytest.raises(sa.exc.DBAPIError):
        await desk.look(TEST, ask_nonsense)
    with pytest.raises(sa.exc.DBAPIError):
        await desk.work(TEST, ask_nonsense)
