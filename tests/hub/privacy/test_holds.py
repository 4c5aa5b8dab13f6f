"""Legal holds: what is about a held child, or in a held thread, is kept however old it is, until the hold is lifted."""

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.messages import Message, Thread, ThreadKind
from hub.privacy.holds import LegalHold, NotHeldError, hold, lift, list_holds
from hub.privacy.retention import AUDIT, Account, run, survey
from hub.safety.audit import AuditRow, anchor, heads, note
from tests.hub.privacy.keepsakes import (
    TERMS,
    TEST,
    answer,
    leave_one_of_each,
    list_there,
    places,
    say,
    terms,
    thread_of,
)
from tests.village import Village

SHORT = terms(**dict.fromkeys(set(TERMS.values()), 100))
STRANGERS = {"strangers", "strangers_answers"}
OF_NO_CHILD = {"exports"}
"""What tells how many, and of no child."""


def get_child(village: Village, name: str) -> Child:
    return village.child(name)


async def hold_child(village: Village, name: str) -> None:
    await village.desk.work(TEST, hold, get_child(village, name), "a complaint is being looked into")


@pytest.fixture
async def full(village: Village, clock: StoppedClock) -> Village:
    """The village, with one thing of every kind that is over."""
    await village.desk.work(TEST, leave_one_of_each, village)
    await village.desk.work(TEST, answer, village)
    clock.move(timedelta(days=101))
    return village


def held_of(accounts: list[Account]) -> dict[str, int]:
    return {account.kind: account.held for account in accounts if account.held}


async def test_a_hold_on_a_child_keeps_every_kind_of_thing_about_it(full: Village, tmp_path: Path) -> None:
    there = await full.desk.look(TEST, list_there)
    await hold_child(full, "Kari Nordmann")

    accounts = await run(full.desk, SHORT, places(tmp_path))

    gone = there - await full.desk.look(TEST, list_there)
    assert gone == STRANGERS | OF_NO_CHILD | {"joint_book"}
    assert set(held_of(accounts)) == set(TERMS) - STRANGERS - OF_NO_CHILD - {"joint_book"}


async def test_without_the_hold_the_same_things_go(full: Village, tmp_path: Path) -> None:
    await run(full.desk, SHORT, places(tmp_path))

    assert await full.desk.look(TEST, list_there) == set()


async def test_what_was_held_goes_once_the_hold_is_lifted(full: Village, tmp_path: Path) -> None:
    await hold_child(full, "Kari Nordmann")
    await run(full.desk, SHORT, places(tmp_path))

    await full.desk.work(TEST, lift, get_child(full, "Kari Nordmann"))
    await run(full.desk, SHORT, places(tmp_path))

    assert await full.desk.look(TEST, list_there) == set()


async def test_a_hold_keeps_a_guardians_thread_whole_also_what_names_no_child(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    await village.desk.work(TEST, say_to_two, village)
    clock.move(timedelta(days=101))
    await hold_child(village, "Kari Nordmann")

    await run(village.desk, SHORT, places(tmp_path))

    assert await village.desk.look(TEST, list_texts) == ["Anne says"]


@pytest.mark.parametrize("is_held", [True, False])
async def test_while_anything_is_held_nothing_of_the_audit_goes(
    village: Village, clock: StoppedClock, tmp_path: Path, is_held: bool
) -> None:
    where = places(tmp_path)
    kari = get_child(village, "Kari Nordmann")
    for _ in range(2):
        for _ in range(8):
            await village.desk.work(TEST, note, "child.read", [kari.id])
        anchor(where.anchors, clock.now().isoformat(), await village.desk.look(TEST, heads))
    clock.move(timedelta(days=101))
    if is_held:
        await hold_child(village, "Kari Nordmann")
    rows = await village.desk.look(TEST, count_readings)

    surveyed = await survey(village.desk, terms(audit_days=100), where)
    accounts = await run(village.desk, terms(audit_days=100), where)

    gone = rows - await village.desk.look(TEST, count_readings)
    assert (gone == 0) is is_held
    assert (AUDIT in held_of(accounts)) is is_held
    assert held_of(surveyed) == held_of(accounts)


def count_readings(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).where(AuditRow.what == "child.read")) or 0


def say_to_two(work: Work, village: Village) -> None:
    say(work, thread_of(work, village, "Anne Nordmann"), "Anne says")
    say(work, thread_of(work, village, "Lene Berg"), "Lene says")


def list_texts(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(Message.text).order_by(Message.text)))


async def test_a_hold_on_a_thread_keeps_that_thread_alone(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    await village.desk.work(TEST, say_to_two, village)
    clock.move(timedelta(days=101))
    await village.desk.work(TEST, hold_thread_of, village, "Lene Berg")

    await run(village.desk, SHORT, places(tmp_path))

    assert await village.desk.look(TEST, list_texts) == ["Lene says"]


def hold_thread_of(work: Work, village: Village, guardian: str) -> None:
    party = village.guardian(guardian).id
    thread = work.session.scalars(
        sa.select(Thread).where(Thread.party == party, Thread.kind == ThreadKind.PRIVATE)
    ).one()
    hold(work, thread, "a complaint")


async def test_a_child_is_held_once_and_only_what_is_held_is_lifted(village: Village) -> None:
    kari = get_child(village, "Kari Nordmann")
    first = await village.desk.work(TEST, hold, kari, "one")

    second = await village.desk.work(TEST, hold, kari, "two")
    await village.desk.work(TEST, lift, kari)

    assert (second.id, second.reason) == (first.id, "one")
    assert await village.desk.look(TEST, list_holds) == []
    with pytest.raises(NotHeldError):
        await village.desk.work(TEST, lift, kari)


async def test_setting_and_lifting_a_hold_are_in_the_audit_without_the_reason(village: Village) -> None:
    kari = get_child(village, "Kari Nordmann")
    await village.desk.work(TEST, hold, kari, "words about a family")
    await village.desk.work(TEST, lift, kari)

    def list_rows(look: Look) -> list[tuple[str, list[str], str]]:
        rows = look.session.scalars(
            sa.select(AuditRow).where(AuditRow.what.startswith("hold.")).order_by(AuditRow.number)
        )
        return sorted((row.what, row.ids, row.why) for row in rows)

    rows = await village.desk.look(TEST, list_rows)
    [held] = await village.desk.look(TEST, lambda look: look.session.scalars(sa.select(LegalHold)).all())
    assert rows == [("hold.lifted", [held.id, kari.id], "test"), ("hold.set", [held.id, kari.id], "test")]
