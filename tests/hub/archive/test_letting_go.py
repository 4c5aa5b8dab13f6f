"""What must be archived goes from here only after it has left, and never while it is held."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from hub.archive.gathering import gather_records
from hub.archive.records import ArchiveFile, ArchiveRecord
from hub.archive.rules import Keep, Matter, set_rules
from hub.clock import StoppedClock
from hub.database import Base
from hub.privacy.holds import hold
from hub.privacy.retention import run
from hub.school.leave import LeaveApplication
from hub.school.leave_letters import LeaveLetter
from tests.hub.archive.kept import ADMINISTRATOR, KARI, WORDS, decide_leave, export, list_records, put, write
from tests.hub.post.spoken import as_staff
from tests.hub.privacy.keepsakes import count, places, terms
from tests.hub.sign_in.school import TEST
from tests.village import Village


async def count_in(village: Village, table: type[Base]) -> int:
    return await village.desk.look(TEST, count, table)


async def test_what_has_not_left_stays_however_old_it_is(village: Village, clock: StoppedClock, tmp_path: Path) -> None:
    await put(village, await write(village, files=[b"one picture"]))
    clock.move(timedelta(days=5000))

    await run(village.desk, terms(archived_days=10, private_threads_days=10, inbox_texts_days=7), places(tmp_path))
    (record,) = await list_records(village.desk)

    assert WORDS in record.content
    assert await count_in(village, ArchiveFile) == 1


async def test_what_has_left_goes_after_its_term_and_does_not_come_back(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    message = await write(village, files=[b"one picture"])
    record_id = await put(village, message)
    await export(village, tmp_path / "exports")
    clock.move(timedelta(days=9))
    await run(village.desk, terms(archived_days=10), places(tmp_path))
    (before,) = await list_records(village.desk)
    clock.move(timedelta(days=2))

    await run(village.desk, terms(archived_days=10), places(tmp_path))
    (after,) = await list_records(village.desk)
    again = await put(village, message)

    assert WORDS in before.content
    assert (after.content, await count_in(village, ArchiveFile)) == ("", 0)
    assert after.let_go_at is not None
    assert again == record_id
    assert await export(village, tmp_path / "more") is None


async def test_a_hold_on_the_child_keeps_what_has_left_too(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    await put(village, await write(village))
    await export(village, tmp_path / "exports")
    await village.desk.work(TEST, hold, village.child(KARI), "a complaint")
    clock.move(timedelta(days=11))

    await run(village.desk, terms(archived_days=10), places(tmp_path))
    (record,) = await list_records(village.desk)

    assert WORDS in record.content


async def end_letters(village: Village) -> None:
    """As when each was sent and has come to its end."""
    ended = sa.update(LeaveLetter).values(paper_due=None, sending_due=None)
    await village.desk.work(TEST, lambda work: work.session.execute(ended))


async def test_leave_that_is_not_kept_for_the_archive_yet_stays_and_goes_once_it_is(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    await decide_leave(village, kept=False)
    await end_letters(village)
    clock.move(timedelta(days=400))
    short = terms(leave_days=90)

    await run(village.desk, short, places(tmp_path))
    before = await count_in(village, LeaveApplication)
    await gather_records(village.desk)
    await run(village.desk, short, places(tmp_path))

    assert (before, await count_in(village, LeaveApplication)) == (1, 0)
    asked = sa.select(sa.func.count()).select_from(ArchiveRecord).where(ArchiveRecord.content != "")
    assert await village.desk.look(TEST, lambda look: look.session.scalar(asked)) == 2


async def test_leave_that_is_not_for_the_archive_goes_at_its_term(
    village: Village, clock: StoppedClock, tmp_path: Path
) -> None:
    await village.desk.work(as_staff(village.staff(ADMINISTRATOR)), set_rules, {Matter.LEAVE: Keep.NO})
    await decide_leave(village)
    await end_letters(village)
    clock.move(timedelta(days=400))

    await run(village.desk, terms(leave_days=90), places(tmp_path))

    assert await count_in(village, LeaveApplication) == 0
