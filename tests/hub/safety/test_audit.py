"""The audit: any change, any loss and any rewriting shows."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import POSTGRESQL_WRITERS, Desk, Look, Work
from hub.safety.audit import AuditRow, Fault, anchor, anchor_cuts, cut_chain, find_cuts, heads, note, verify

STAFF = Asker("staff", "01staff", Trust.STRONG, "page child", None)


def note_three(work: Work) -> None:
    for number in range(3):
        note(work, "child.read", [f"child {number}"])


def find_faults(look: Look, *anchors: Path) -> list[Fault]:
    return list(verify(look, *anchors))


def list_rows(look: Look) -> list[AuditRow]:
    return list(look.session.scalars(sa.select(AuditRow).order_by(AuditRow.chain, AuditRow.number)))


@pytest.fixture
async def anchors(desk: Desk, tmp_path: Path) -> Path:
    """Where the heads of a chain of six rows and more were anchored."""
    file = tmp_path / "anchors.jsonl"
    for _ in range(4):
        await desk.work(STAFF, note_three)
    anchor(file, desk.clock.now().isoformat(), await desk.look(STAFF, heads))
    return file


async def faults(desk: Desk, anchors: Path) -> list[str]:
    return [fault.what for fault in await desk.look(STAFF, find_faults, anchors)]


async def test_an_untouched_chain_holds_and_grows_on(desk: Desk, anchors: Path) -> None:
    await desk.work(STAFF, note_three)

    rows = await desk.look(STAFF, list_rows)

    assert await faults(desk, anchors) == []
    assert len(rows) == 15
    assert {(row.who_kind, row.who_id, row.trust, row.why) for row in rows} == {("staff", "01staff", 3, "page child")}


async def test_readings_of_many_at_once_are_each_kept_with_who_read(desk: Desk, anchors: Path) -> None:
    readers = [Asker("staff", f"01reader{n}", Trust.STRONG, "page diary", None) for n in range(40)]

    await asyncio.gather(*(desk.work_in_round(reader, note, "read", [f"child {reader.id}"]) for reader in readers))

    read = {row.who_id: row.ids for row in await desk.look(STAFF, list_rows) if row.what == "read"}
    assert read == {reader.id: [f"child {reader.id}"] for reader in readers}
    assert await faults(desk, anchors) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("who_id", "01other"),
        ("why", "another reason"),
        ("what", "child.never"),
        ("trust", 0),
        ("owner_id", "01owner"),
        ("who_kind", "guardian"),
    ],
)
async def test_a_changed_row_shows(desk: Desk, anchors: Path, column: str, value: object) -> None:
    (row, *_) = await desk.look(STAFF, list_rows)

    def change(work: Work) -> None:
        setattr(work.session.get_one(AuditRow, (row.chain, row.number)), column, value)

    await desk.work(STAFF, change)

    assert "changed" in await faults(desk, anchors)


async def test_changed_ids_and_a_changed_moment_show(desk: Desk, anchors: Path) -> None:
    (row, other, *_) = await desk.look(STAFF, list_rows)

    def change(work: Work) -> None:
        work.session.get_one(AuditRow, (row.chain, row.number)).ids = ["child 9"]
        work.session.get_one(AuditRow, (other.chain, other.number)).at = work.now.replace(year=2020)

    await desk.work(STAFF, change)

    assert (await faults(desk, anchors)).count("changed") >= 2


async def test_a_removed_row_shows(desk: Desk, anchors: Path) -> None:
    rows = await desk.look(STAFF, list_rows)
    middle = next(row for row in rows if row.number == 2)

    await desk.work(
        STAFF,
        lambda work: work.session.execute(
            sa.delete(AuditRow).where(AuditRow.chain == middle.chain, AuditRow.number == 2)
        ),
    )

    assert "lost" in await faults(desk, anchors)


async def test_a_tail_that_was_cut_shows_against_the_anchors(desk: Desk, anchors: Path) -> None:
    rows = await desk.look(STAFF, list_rows)
    chain = rows[-1].chain

    await desk.work(
        STAFF,
        lambda work: work.session.execute(sa.delete(AuditRow).where(AuditRow.chain == chain, AuditRow.number > 1)),
    )

    assert await faults(desk, anchors) == ["cut"]
    assert await faults(desk, anchors.with_name("none.jsonl")) == []


async def test_a_chain_that_vanished_shows(desk: Desk, anchors: Path) -> None:
    await desk.work(STAFF, lambda work: work.session.execute(sa.delete(AuditRow)))

    assert set(await faults(desk, anchors)) == {"cut"}


async def test_a_chain_rewritten_with_right_hashes_shows_against_the_anchors(desk: Desk, anchors: Path) -> None:
    def rewrite(work: Work) -> None:
        before: dict[str, str] = {}
        for row in work.session.scalars(sa.select(AuditRow).order_by(AuditRow.chain, AuditRow.number)):
            row.why = "a better reason"
            row.hash = before[row.chain] = row.digest(before.get(row.chain, "0" * 64))

    await desk.work(STAFF, rewrite)

    assert set(await faults(desk, anchors)) == {"changed"}


async def test_a_work_that_fails_leaves_no_row_and_breaks_no_chain(desk: Desk, anchors: Path) -> None:
    def fail(work: Work) -> None:
        note_three(work)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await desk.work(STAFF, fail)
    await desk.work(STAFF, note_three)

    assert await faults(desk, anchors) == []
    assert len(await desk.look(STAFF, list_rows)) == 15


async def test_a_torn_line_of_anchors_hides_no_other(desk: Desk, anchors: Path) -> None:
    with anchors.open("a") as file:
        file.write('{"at": "2025-03-03", "heads": {"hub')
    await desk.work(STAFF, lambda work: work.session.execute(sa.delete(AuditRow)))

    assert set(await faults(desk, anchors)) == {"cut"}


async def test_a_chain_that_one_machine_cut_holds_by_the_anchors_of_both(
    desk: Desk, anchors: Path, clock: StoppedClock, tmp_path: Path
) -> None:
    """Each machine anchors by itself, and one alone was on duty when what is over went."""
    of_the_other = tmp_path / "of-the-other.jsonl"
    for _ in range(2 * POSTGRESQL_WRITERS):
        await desk.work(STAFF, note_three)
    clock.move(timedelta(days=101))
    before = clock.now() - timedelta(days=100)
    cuts = await desk.look(STAFF, find_cuts, anchors, before)
    anchor_cuts(anchors, clock.now().isoformat(), cuts)
    for cut in cuts:
        await desk.work(STAFF, cut_chain, cut)
    anchor(of_the_other, clock.now().isoformat(), await desk.look(STAFF, heads))

    assert cuts
    assert [fault.what for fault in await desk.look(STAFF, find_faults, of_the_other)]
    assert [fault.what for fault in await desk.look(STAFF, find_faults, of_the_other, anchors)] == []
