"""What a work changes is written as the library would write it, with one call of the driver for what belongs together."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from hub.asker import operator_asker
from hub.desk import Desk, Look, Work
from hub.people.places import Owner
from hub.safety.audit import AuditRow, note

TEST = operator_asker("test")
WORKS = pytest.mark.parametrize("way", ["work", "work_in_round"])


def add_owners(work: Work, *names: str) -> None:
    work.session.add_all(
        Owner(id=work.new_id(), source_id=name, name=name, country="NO", language="nb") for name in names
    )


def list_owners(look: Look) -> list[Owner]:
    return list(look.session.scalars(sa.select(Owner).order_by(Owner.source_id)))


def tell(look: Look) -> list[tuple[str, str, str]]:
    return [(owner.source_id, owner.name, owner.language) for owner in list_owners(look)]


@contextmanager
def updates_of(work: Work) -> Iterator[list[int]]:
    """How many rows each UPDATE changes that leaves meanwhile."""
    rows: list[int] = []

    def count(_c: object, _cursor: object, statement: str, parameters: object, _x: object, many: bool) -> None:
        if statement.startswith("UPDATE"):
            rows.append(len(parameters) if many and isinstance(parameters, list) else 1)

    sa.event.listen(work.connection, "before_cursor_execute", count)
    try:
        yield rows
    finally:
        sa.event.remove(work.connection, "before_cursor_execute", count)


@WORKS
async def test_each_row_gets_its_own_change_and_keeps_the_rest(desk: Desk, way: str) -> None:
    def change(work: Work) -> None:
        a, b, c, _ = list_owners(work)
        a.name, b.name = "Fjordvik", "Havnes"
        c.name, c.language = "Skogen", "nn"

    await desk.work(TEST, add_owners, "a", "b", "c", "d")

    await getattr(desk, way)(TEST, change)

    assert await desk.look(TEST, tell) == [
        ("a", "Fjordvik", "nb"),
        ("b", "Havnes", "nb"),
        ("c", "Skogen", "nn"),
        ("d", "d", "nb"),
    ]


async def test_what_changes_alike_is_written_together_and_what_is_as_it_was_is_not_written(desk: Desk) -> None:
    def change(work: Work) -> list[int]:
        for owner in list_owners(work):
            owner.name = f"{owner.source_id} municipality"
            owner.language = "nb"
        with updates_of(work) as rows:
            work.session.flush()
        return rows

    await desk.work(TEST, add_owners, "a", "b", "c")

    assert await desk.work(TEST, change) == [3]


async def test_rows_are_locked_in_one_order_whatever_changes_in_each(desk: Desk) -> None:
    """Two who change the same rows would else wait for each other in a ring."""

    def change(work: Work) -> tuple[list[str], list[str]]:
        owners = sorted(list_owners(work), key=lambda owner: owner.id)
        for number, owner in enumerate(reversed(owners)):
            if number % 2:
                owner.name = "Havnes"
            else:
                owner.language = "nn"
        order: list[str] = []

        def keep(_c: object, _cursor: object, statement: str, parameters: object, _x: object, many: bool) -> None:
            if statement.startswith("UPDATE"):
                order.extend(row[-1] for row in ([*parameters] if many else [parameters]))  # type: ignore[index,misc]

        sa.event.listen(work.connection, "before_cursor_execute", keep)
        work.session.flush()
        sa.event.remove(work.connection, "before_cursor_execute", keep)
        return order, [owner.id for owner in owners]

    await desk.work(TEST, add_owners, "a", "b", "c", "d")

    order, ids = await desk.work(TEST, change)

    assert order == ids


async def test_a_change_that_is_taken_back_is_none(desk: Desk) -> None:
    def change_and_back(work: Work) -> list[int]:
        (owner,) = list_owners(work)
        owner.name = "Havnes"
        owner.name = "a"
        with updates_of(work) as rows:
            work.session.flush()
        return rows

    await desk.work(TEST, add_owners, "a")

    assert await desk.work(TEST, change_and_back) == []


@WORKS
async def test_what_was_added_may_be_changed_before_and_after_it_is_written(desk: Desk, way: str) -> None:
    def add_and_change(work: Work) -> None:
        owner = Owner(id=work.new_id(), source_id="a", name="a", country="NO", language="nb")
        work.session.add(owner)
        owner.name = "Fjordvik"
        work.session.flush()
        owner.language = "se"

    await getattr(desk, way)(TEST, add_and_change)

    assert await desk.look(TEST, tell) == [("a", "Fjordvik", "se")]


async def test_moments_and_lists_are_changed_as_they_are_kept(desk: Desk) -> None:
    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    def change(work: Work) -> None:
        row = work.session.scalars(sa.select(AuditRow)).one()
        row.at, row.ids = moment, ["three"]

    await desk.work(TEST, note, "tested", ["one", "two"])

    await desk.work(TEST, change)

    row = await desk.look(TEST, lambda look: look.session.scalars(sa.select(AuditRow)).one())
    assert (row.at, row.ids) == (moment, ["three"])


@WORKS
async def test_a_row_that_is_gone_is_an_error_and_nothing_of_the_work_is_kept(desk: Desk, way: str) -> None:
    def change_what_is_gone(work: Work) -> None:
        a, b = list_owners(work)
        work.connection.execute(sa.delete(Owner).where(Owner.id == b.id))
        a.name = b.name = "Havnes"

    await desk.work(TEST, add_owners, "a", "b")

    with pytest.raises(StaleDataError):
        await getattr(desk, way)(TEST, change_what_is_gone)

    assert await desk.look(TEST, tell) == [("a", "a", "nb"), ("b", "b", "nb")]


async def test_a_row_that_goes_and_one_that_comes_and_one_that_changes_go_together(desk: Desk) -> None:
    def turn_over(work: Work) -> None:
        a, b = list_owners(work)
        work.session.delete(a)
        b.name = "Havnes"
        add_owners(work, "c")

    await desk.work(TEST, add_owners, "a", "b")

    await desk.work(TEST, turn_over)

    assert await desk.look(TEST, tell) == [("b", "Havnes", "nb"), ("c", "c", "nb")]
