"""Retention: every kind has a term of its own, what is over goes wholly, and a ceiling, a hold and the journal stand."""

import logging
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import POSTGRESQL_WRITERS, Desk, Look, Work
from hub.duty import Duty
from hub.mailroom.print_batches import PrintBatch
from hub.mailroom.sendings import LetterSending, SendingState
from hub.operations.findings import Grade
from hub.operations.store_check import check_retention
from hub.post.arrivals import Arrival, ArrivalState, keep_arrivals
from hub.post.deliveries import Delivery
from hub.post.files import Attachment, AttachmentBody
from hub.post.inbox import DeskInbox
from hub.post.messages import Message, MessageChild, Thread, ThreadGuardian
from hub.post.reports import DeliveryReport
from hub.post.spool import Spool
from hub.privacy.holds import hold
from hub.privacy.over import Over, list_over
from hub.privacy.retention import AUDIT, SPOOL, Account, forget_over, list_marks, run, survey
from hub.privacy.terms import Kind
from hub.routines import Routines
from hub.safety.audit import AuditRow, anchor, anchor_cuts, check_ends, find_cuts, heads, note, verify
from hub.school.absences import Absence
from hub.school.leave_letters import LeaveLetter
from hub.school.leave_papers import LeavePaper
from hub.tables import METADATA
from hub.talk.conversations import Conversation
from tests.hub.privacy.keepsakes import (
    TERMS,
    TEST,
    WORDS,
    answer,
    arrival,
    arrive,
    count,
    leave_one_of_each,
    list_forgotten,
    list_there,
    places,
    say,
    terms,
    thread_of,
)
from tests.village import Village

ANNE = "Anne Nordmann"


@pytest.fixture
async def full(village: Village) -> Village:
    """The village, with one thing of every kind."""
    await village.desk.work(TEST, leave_one_of_each, village)
    await village.desk.work(TEST, answer, village)
    return village


def account_of(accounts: list[Account], kind: str) -> Account:
    return next(account for account in accounts if account.kind == kind)


@pytest.mark.parametrize("kind", list(Kind))
async def test_every_kind_goes_when_its_own_term_is_over_and_nothing_else_does(
    full: Village, clock: StoppedClock, tmp_path: Path, kind: Kind
) -> None:
    raw_first = {"inbox_texts_days": 60} if TERMS[kind] in ("private_threads_days", "joint_book_days") else {}
    own = terms(**{TERMS[kind]: 90}, **raw_first)
    before = await full.desk.look(TEST, list_there)
    clock.move(timedelta(days=89))
    await run(full.desk, own, places(tmp_path))
    still = await full.desk.look(TEST, list_there)

    clock.move(timedelta(days=2))
    await run(full.desk, own, places(tmp_path))

    gone = still - await full.desk.look(TEST, list_there)
    assert kind in before
    assert kind in still
    assert kind in gone
    assert {TERMS[each] for each in gone} == {TERMS[kind]} | (
        {"files_days"} if TERMS[kind] == "private_threads_days" else set()
    )


@pytest.mark.capability("N-11")
async def test_private_threads_go_before_the_joint_book(full: Village, clock: StoppedClock, tmp_path: Path) -> None:
    own = terms(private_threads_days=100, joint_book_days=200, inbox_texts_days=90)

    clock.move(timedelta(days=150))
    await run(full.desk, own, places(tmp_path))
    after_half = await full.desk.look(TEST, list_there)
    clock.move(timedelta(days=100))
    await run(full.desk, own, places(tmp_path))
    at_last = await full.desk.look(TEST, list_there)

    assert Kind.PRIVATE_THREADS not in after_half
    assert Kind.JOINT_BOOK in after_half
    assert Kind.JOINT_BOOK not in at_last


async def test_a_message_goes_with_all_that_hangs_on_it_and_the_absence_stays(
    full: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    clock.move(timedelta(days=101))

    await run(full.desk, terms(private_threads_days=100, notes_days=100, inbox_texts_days=100), places(tmp_path))

    def count_left(look: Look) -> dict[str, int]:
        tables = (Delivery, DeliveryReport, Attachment, AttachmentBody, Conversation, MessageChild)
        return {table.__tablename__: count(look, table) for table in tables}

    assert set((await full.desk.look(TEST, count_left)).values()) == {0}
    [absence] = await full.desk.look(TEST, lambda look: look.session.scalars(sa.select(Absence)).all())
    assert absence.message_id is None
    anne = full.guardian(ANNE).id
    parties = await full.desk.look(TEST, lambda look: look.session.scalars(sa.select(Thread.party)).all())
    pairs = await full.desk.look(TEST, lambda look: look.session.scalars(sa.select(ThreadGuardian.guardian_id)).all())
    assert anne not in parties
    assert anne not in pairs


async def test_what_is_forgotten_is_nowhere_in_the_files_of_the_store(
    full: Village, clock: StoppedClock, tmp_path: Path, store_kind: str
) -> None:
    if store_kind != "sqlite":
        pytest.skip("the files are the database server's, which cleans them by itself")
    file = Path(sa.make_url(full.desk.url).database or "")
    clock.move(timedelta(days=101))
    short = dict.fromkeys(set(TERMS.values()), 100)

    await run(full.desk, terms(**short), places(tmp_path))
    await full.desk.close()

    with sa.create_engine(full.desk.url).connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
    kept = file.read_bytes()
    assert not [words for words in [*WORDS.values(), "words of an answer", "a picture"] if words.encode() in kept]


async def test_a_text_told_again_after_it_was_forgotten_changes_nothing(
    full: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    clock.move(timedelta(days=101))
    await run(full.desk, terms(inbox_texts_days=100), places(tmp_path))

    told = arrival("known", WORDS[Kind.INBOX_TEXTS], full.phone(ANNE))
    fresh = await full.desk.work(TEST, keep_arrivals, [(told, clock.now())])

    assert fresh == [False]
    kept = await full.desk.look(TEST, lambda look: look.session.scalars(sa.select(Arrival)).all())
    assert {each.key: (each.state, each.text, each.sender) for each in kept}["known"] == (
        ArrivalState.FORGOTTEN,
        "",
        "",
    )


async def test_what_nobody_has_read_yet_is_never_forgotten(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    await village.desk.work(TEST, arrive, "new", "not read", village.phone(ANNE), ArrivalState.NEW)
    clock.move(timedelta(days=500))

    await run(village.desk, terms(inbox_texts_days=7, strangers_days=7), places(tmp_path))

    texts = await village.desk.look(TEST, lambda look: look.session.scalars(sa.select(Arrival.text)).all())
    assert texts == ["not read"]


async def test_each_thing_that_goes_leaves_a_row_with_ids_alone_in_the_audit(
    full: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    def list_private(look: Look) -> list[str]:
        return [over.id for over in list_over(look, Kind.PRIVATE_THREADS, clock.now(), 10)]

    clock.move(timedelta(days=101))
    ids = await full.desk.look(TEST, list_private)

    await run(full.desk, terms(private_threads_days=100, inbox_texts_days=100), places(tmp_path))

    rows = await full.desk.look(TEST, list_forgotten)
    assert {ids[0] for ids, why in rows if why == Kind.PRIVATE_THREADS} == set(ids)
    assert len(rows) == len({tuple(ids) for ids, _ in rows})
    assert not [word for row in rows for word in row[0] if " " in word or "+" in word]
    assert list(await full.desk.look(TEST, lambda look: list(verify(look, tmp_path / "none")))) == []


async def test_a_run_stops_at_its_ceiling_and_alarms_and_the_next_goes_on(
    village: Village, clock: StoppedClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await village.desk.work(TEST, say_several, village, 5)
    clock.move(timedelta(days=101))
    own = terms(most_per_run=3, private_threads_days=100, inbox_texts_days=100)

    with caplog.at_level(logging.ERROR):
        first = await run(village.desk, own, places(tmp_path))
    alarm = await village.desk.look(TEST, lambda look: list(check_retention(look)))
    kept = await village.desk.look(TEST, lambda look: look.session.scalars(sa.select(Message.text)).all())
    second = await run(village.desk, own, places(tmp_path))
    calm = await village.desk.look(TEST, lambda look: list(check_retention(look)))

    assert "retention stopped at its ceiling" in caplog.text
    assert sum(account.gone for account in first) == 3
    assert sorted(kept) == ["text 3", "text 4"]
    assert ([finding.grade for finding in alarm], [finding.grade for finding in calm]) == ([Grade.WRONG], [Grade.FINE])
    assert account_of(second, Kind.PRIVATE_THREADS).gone == 2


def say_several(work: Work, village: Village, n: int) -> None:
    thread = thread_of(work, village, ANNE)
    for number in range(n):
        say(work, thread, f"text {number}")


async def test_looking_changes_nothing_and_tells_what_would_go(
    full: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    clock.move(timedelta(days=101))
    short = terms(**dict.fromkeys(set(TERMS.values()), 100))
    there = await full.desk.look(TEST, list_there)

    told = await survey(full.desk, short, places(tmp_path))

    assert await full.desk.look(TEST, list_there) == there
    assert await full.desk.look(TEST, list_marks) == []
    done = await run(full.desk, short, places(tmp_path))
    assert {account.kind for account in done if account.gone} == {account.kind for account in told if account.over}
    assert {account.over for account in told if account.kind in TERMS} <= {1, 2, 3}


async def test_a_hold_set_while_a_run_is_under_way_still_wins(village: Village, clock: StoppedClock) -> None:
    await village.desk.work(TEST, say_several, village, 2)
    clock.move(timedelta(days=101))
    found = await village.desk.look(TEST, list_over, Kind.PRIVATE_THREADS, clock.now(), 10)
    await village.desk.work(TEST, hold, village.child("Kari Nordmann"), "a case")

    gone = await village.desk.work(TEST, forget_over, Kind.PRIVATE_THREADS, clock.now(), found)

    assert (len(found), gone) == (2, 0)


async def test_a_run_that_is_broken_off_is_gone_on_with(
    village: Village, clock: StoppedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.privacy.retention.BATCH", 2)
    await village.desk.work(TEST, say_several, village, 5)
    clock.move(timedelta(days=101))
    own = terms(private_threads_days=100, inbox_texts_days=100)
    found = await village.desk.look(TEST, list_over, Kind.PRIVATE_THREADS, clock.now(), 10)
    await village.desk.work(TEST, forget_over, Kind.PRIVATE_THREADS, clock.now(), found[:2])
    with pytest.raises(ZeroDivisionError):
        await village.desk.work(TEST, break_off, found[2:4], clock.now())

    accounts = await run(village.desk, own, places(tmp_path))

    forgotten = [ids[0] for ids, why in await village.desk.look(TEST, list_forgotten) if why == Kind.PRIVATE_THREADS]
    assert account_of(accounts, Kind.PRIVATE_THREADS).gone == 3
    assert sorted(forgotten) == sorted(over.id for over in found)


def break_off(work: Work, found: Sequence[Over], before: datetime) -> None:
    forget_over(work, Kind.PRIVATE_THREADS, before, found)
    raise ZeroDivisionError


def test_everything_that_belongs_to_a_message_or_a_thread_is_thought_of() -> None:
    """A new table that refers to them needs a line in hub/privacy/forgetting.py, or nothing can be let go any more."""
    thought_of = {
        *("deliveries", "attachments", "message_children", "conversations", "absences", "late_arrivals", "not_arrived"),
        "fetch_cases",
        *("early_pickups", "fetchings", "leave_applications", "consents", "care_bookings", "holiday_answers"),
        *("care_notes", "trusted_people", "attendance_denials"),
        *("messages", "read_marks", "thread_guardians", "legal_holds", "unreached", "work_mails"),
    }

    referring = {
        table.name
        for table in METADATA.tables.values()
        for key in table.foreign_keys
        if key.column.table.name in ("messages", "threads")
    }

    assert referring == thought_of


async def test_a_letter_goes_with_its_pdf_and_how_it_was_sent_once_it_has_come_to_its_end(
    full: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    def say_to_one(work: Work, **told: Any) -> None:
        one = sa.select(LetterSending.id).order_by(LetterSending.id).limit(1).scalar_subquery()
        work.session.execute(sa.update(LetterSending).where(LetterSending.id == one).values(**told))

    def count_kept(look: Look) -> list[int]:
        return [count(look, table) for table in (LeaveLetter, LeavePaper, LetterSending, PrintBatch)]

    before = await full.desk.look(TEST, count_kept)
    clock.move(timedelta(days=101))
    for waits in (
        {"state": SendingState.NOBODY},
        {"state": SendingState.DELIVERED, "due": clock.now()},
        {"state": SendingState.HANDED_OVER, "due": clock.now()},
        {"state": SendingState.HANDED_OVER, "due": None, "astray_at": clock.now()},
    ):
        await full.desk.work(TEST, partial(say_to_one, **waits))
        await run(full.desk, terms(leave_days=100), places(tmp_path))
        assert await full.desk.look(TEST, count_kept) == before

    await full.desk.work(TEST, partial(say_to_one, astray_noted_by="x"))
    await run(full.desk, terms(leave_days=100), places(tmp_path))

    assert min(before) > 0
    assert await full.desk.look(TEST, count_kept) == [0, 0, 0, 0]


async def test_what_the_spool_set_aside_goes_and_what_still_waits_in_it_stays(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    where = places(tmp_path)
    old, fresh, waiting = (
        where.spool / name for name in ("000000000001.aside", "000000000002.aside", "000000000003.jsonl")
    )
    for file, days in ((old, 40), (fresh, 10), (waiting, 40)):
        file.write_text("words of somebody")
        moment = (clock.now() - timedelta(days=days)).timestamp()
        os.utime(file, (moment, moment))

    accounts = await run(village.desk, terms(spool_days=30), where)

    assert (old.exists(), fresh.exists(), waiting.exists()) == (False, True, True)
    assert account_of(accounts, SPOOL).gone == 1
    assert (["000000000001.aside"], SPOOL) in await village.desk.look(TEST, list_forgotten)


class NotOnDuty(Duty):
    """Another hub of the store is."""

    async def is_ours(self) -> bool:
        return False


async def test_what_the_spool_of_a_machine_set_aside_goes_there_once_the_hub_on_duty_let_go_of_the_rest(
    village: Village, clock: StoppedClock, tmp_path: Path, store_url: str
) -> None:
    here, there = places(tmp_path / "here"), places(tmp_path / "there")
    file = here.spool / "000000000001.aside"
    file.write_text("words of somebody")
    moment = (clock.now() - timedelta(days=40)).timestamp()
    os.utime(file, (moment, moment))
    spool, duty = Spool(here.spool), NotOnDuty(store_url, clock)
    inbox = DeskInbox(village.desk, spool)
    routines = Routines(village.desk, inbox, spool, {}, here.anchors, terms(spool_days=30), duty=duty)

    await routines.let_go_of_own()
    was_there = file.exists()
    await run(village.desk, terms(spool_days=30), there)
    await routines.let_go_of_own()

    assert was_there, "whether the clock is right is seen by the hub on duty"
    assert not file.exists()
    assert (["000000000001.aside"], SPOOL) in await village.desk.look(TEST, list_forgotten)
    await duty.close()


async def test_a_file_of_the_spool_whose_row_was_written_when_the_hub_died_goes_with_the_next_run(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    where = places(tmp_path)
    file = where.spool / "000000000001.aside"
    file.write_text("words of somebody")
    moment = (clock.now() - timedelta(days=40)).timestamp()
    os.utime(file, (moment, moment))
    await village.desk.work(TEST, note, "retention.forget", [file.name], SPOOL)

    await run(village.desk, terms(spool_days=30), where)

    assert not file.exists()


async def test_an_audit_whose_cut_was_anchored_when_the_hub_died_holds_and_is_cut_by_the_next_run(
    desk: Desk, clock: StoppedClock, tmp_path: Path
) -> None:
    where = places(tmp_path)
    for _ in range(2 * POSTGRESQL_WRITERS):
        await fill_audit(desk, where.anchors, 1)
    clock.move(timedelta(days=101))
    cuts = await desk.look(TEST, find_cuts, where.anchors, clock.now() - timedelta(days=100))
    anchor_cuts(where.anchors, clock.now().isoformat(), cuts)
    held = await desk.look(TEST, lambda look: list(verify(look, where.anchors)))

    await run(desk, terms(audit_days=100), where)

    assert held == []
    begins = sa.select(AuditRow.chain, sa.func.min(AuditRow.number)).group_by(AuditRow.chain)
    first = {row[0]: row[1] for row in await desk.look(TEST, lambda look: look.session.execute(begins).all())}
    assert cuts
    assert {cut.chain: first[cut.chain] for cut in cuts} == {cut.chain: cut.number + 1 for cut in cuts}
    assert await desk.look(TEST, lambda look: list(verify(look, where.anchors))) == []


async def test_the_audit_begins_where_it_was_cut_and_still_holds(
    desk: Desk, clock: StoppedClock, tmp_path: Path
) -> None:
    where = places(tmp_path)
    first = await fill_audit(desk, where.anchors, 4)
    clock.move(timedelta(days=60))
    then = await fill_audit(desk, where.anchors, 4)
    clock.move(timedelta(days=50))

    accounts = await run(desk, terms(audit_days=100), where)

    faults = await desk.look(TEST, lambda look: [*verify(look, where.anchors), *check_ends(look, where.anchors)])
    over = [number for chain, (number, _) in first.items() if then[chain][0] > number]
    assert account_of(accounts, AUDIT).gone == sum(over)
    assert faults == []


async def test_an_audit_that_was_cut_by_nobody_known_does_not_hold(
    desk: Desk, clock: StoppedClock, tmp_path: Path
) -> None:
    where = places(tmp_path)
    await fill_audit(desk, where.anchors, 4)
    await desk.work(TEST, lambda work: work.session.execute(sa.text("DELETE FROM audit WHERE number < 3")))

    faults = await desk.look(TEST, lambda look: [*verify(look, where.anchors)])

    assert {fault.what for fault in faults} & {"lost", "cut"}


async def fill_audit(desk: Desk, anchors: Path, rows: int) -> dict[str, tuple[int, str]]:
    """The heads that were anchored; which of a server's writers took each row is up to them."""
    for number in range(rows):
        await desk.work(TEST, note, "child.read", [f"child {number}"])
    now_heads = await desk.look(TEST, heads)
    anchor(anchors, desk.clock.now().isoformat(), now_heads)
    return now_heads


async def test_the_routine_lets_go_once_a_day(full: Village, clock: StoppedClock, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    own = terms(private_threads_days=10, inbox_texts_days=10)
    routines = Routines(full.desk, DeskInbox(full.desk, spool), spool, {}, tmp_path / "anchors.jsonl", own)
    await routines.let_go()
    clock.move(timedelta(days=11))

    await routines.let_go()
    there = await full.desk.look(TEST, list_there)
    await full.desk.work(TEST, leave_one_of_each, full)
    await routines.let_go()
    marks = await full.desk.look(TEST, list_marks)

    assert Kind.PRIVATE_THREADS not in there
    assert {mark.ran_at for mark in marks} == {clock.now()}
    assert "forgotten private_threads" in (tmp_path / "never_again.jsonl").read_text()


@pytest.mark.parametrize("ran_before", [True, False])
async def test_a_clock_that_is_years_ahead_for_a_moment_erases_nothing(
    full: Village, clock: StoppedClock, tmp_path: Path, caplog: pytest.LogCaptureFixture, ran_before: bool
) -> None:
    spool = Spool(tmp_path / "spool")
    own = terms(private_threads_days=10, inbox_texts_days=10)
    routines = Routines(full.desk, DeskInbox(full.desk, spool), spool, {}, tmp_path / "anchors.jsonl", own)
    if ran_before:
        await routines.let_go()
    there = await full.desk.look(TEST, list_there)
    right = clock.now() + timedelta(hours=1)

    clock.jump(right + timedelta(days=7000))
    await full.desk.work(TEST, note, "child.read", ["read under the wrong clock"])
    await routines.let_go()
    after = await full.desk.look(TEST, list_there)
    found = await full.desk.look(TEST, lambda look: list(check_retention(look)))
    clock.jump(right + timedelta(days=11))
    await routines.let_go()

    assert after == there
    assert "is the clock right?" in caplog.text
    assert [finding.grade for finding in found] == [Grade.WRONG if ran_before else Grade.FINE]
    assert Kind.PRIVATE_THREADS not in await full.desk.look(TEST, list_there)
