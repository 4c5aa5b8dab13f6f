"""The threads of the groups a member of staff serves: which wait for a person, which are unread, and who takes care of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.database import Utc
from hub.desk import Look, Work
from hub.people.families import Guardianship, Placement
from hub.post.inbox_rows import THREADS, Row, gather_rows, still_waits
from hub.post.messages import Message, Thread, ThreadGuardian, settle_waiting
from hub.post.reading import LAST_READ, READS_THREAD, Reader, covers, get_reader, get_thread, is_blocked, reads_child
from hub.quick_select import QuickSelect
from hub.safety.audit import note

INBOX_PAGE = 40
WAITING_LIMIT = 200


class Only(StrEnum):
    """What an inbox is narrowed to."""

    ALL = "all"
    WAITING = "waiting"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class Inbox:
    """`rows` that wait stand first, the oldest of them at the top; then the newest. `before` begins the next page."""

    rows: list[Row]
    waiting: int
    mine: int
    oldest_wait: datetime | None
    before: datetime | None


_TIE, _PLACE, _MEMBER = aliased(Guardianship), aliased(Placement), aliased(ThreadGuardian)
_IS_MINE = Thread.assigned_to == sa.bindparam("staff")
_IS_OF_GROUP = sa.exists(
    sa.select(sa.literal(1))
    .select_from(_MEMBER)
    .join(_TIE, _TIE.guardian_id == _MEMBER.guardian_id)
    .join(_PLACE, _PLACE.child_id == _TIE.child_id)
    .where(
        _MEMBER.thread_id == Thread.id,
        _PLACE.group_id == sa.bindparam("group"),
        reads_child(_PLACE.child_id, Thread.unit_id),
        covers(_PLACE),
        ~is_blocked(_TIE),
    )
)
"""Somebody in the thread has a child in the group whom the reader may read about, blocks aside."""
_WAITING = THREADS.where(Thread.waits_since.is_not(None)).order_by(Thread.waits_since).limit(WAITING_LIMIT)
_WAITING_AT = (
    THREADS.where(Thread.unit_id == sa.bindparam("unit"), Thread.waits_since.is_not(None))
    .order_by(Thread.waits_since)
    .limit(WAITING_LIMIT)
)
_LAST = aliased(Message)
_WAITING_MOMENTS = QuickSelect(
    sa.select(Thread.waits_since, _LAST.at)
    .join(_LAST, _LAST.id == LAST_READ)
    .where(Thread.unit_id == sa.bindparam("unit"), Thread.waits_since.is_not(None), READS_THREAD)
    .limit(WAITING_LIMIT)
)
_MINE_COUNT = sa.select(sa.func.count()).select_from(Thread).where(_IS_MINE, READS_THREAD)


@cache
def _rest(only_mine: bool, of_group: bool, is_later: bool) -> "sa.Select[Thread, str]":
    """A page of threads beside those that are shown above it, the newest first."""
    question = THREADS.where(Thread.id.not_in(sa.bindparam("shown", expanding=True)))
    if only_mine:
        question = question.where(_IS_MINE)
    if of_group:
        question = question.where(_IS_OF_GROUP)
    if is_later:
        question = question.where(Thread.last_at < sa.bindparam("before", type_=Utc))
    return question.order_by(Thread.last_at.desc(), Thread.id.desc()).limit(INBOX_PAGE + 1)


def list_inbox(
    look: Look, reader: Reader, only: Only = Only.ALL, before: datetime | None = None, group_id: str | None = None
) -> Inbox:
    """The threads that the reader may read something of, those of one group's families where it is named; how many wait
    and are theirs is always told of all. `before` is a thread's last moment, for the pages after the first.
    """
    waiting = _wait(look, reader, _WAITING, reader.bound())
    mine = look.session.scalar(_MINE_COUNT, reader.bound(staff=reader.reach.staff_id))
    rows = [] if before is not None else [row for row in waiting if only is not Only.MINE or _is_row_mine(row, reader)]
    rows = [row for row in rows if group_id is None or any(about.group_id == group_id for about in row.about)]
    more: datetime | None = None
    if only is not Only.WAITING:
        rest, more = _list_rest(look, reader, only, before, group_id, [row.thread.id for row in waiting])
        rows = rows + rest
    return Inbox(
        rows=rows,
        waiting=len(waiting),
        mine=mine or 0,
        oldest_wait=waiting[0].waits_since if waiting else None,
        before=more,
    )


def _is_row_mine(row: Row, reader: Reader) -> bool:
    return row.thread.assigned_to == reader.reach.staff_id


def list_waiting_at(look: Look, reader: Reader, unit_id: str) -> list[Row]:
    """The threads of one unit that wait for this reader, the one that has waited longest first."""
    return _wait(look, reader, _WAITING_AT, reader.bound(unit=unit_id))


def count_waiting_at(look: Look, reader: Reader, unit_id: str) -> int:
    """How many they are."""
    found = _WAITING_MOMENTS.rows(look, **reader.bound(unit=unit_id))
    return sum(still_waits(since, last_at) for since, last_at in found)


def _wait(look: Look, reader: Reader, question: "sa.Select[Thread, str]", asked: dict[str, Any]) -> list[Row]:
    found = look.session.execute(question, asked)
    rows = gather_rows(look, reader, [(thread, last) for thread, last in found if last is not None])
    return [row for row in rows if row.waits_since is not None]


def _list_rest(
    look: Look, reader: Reader, only: Only, before: datetime | None, group_id: str | None, shown: Sequence[str]
) -> tuple[list[Row], datetime | None]:
    question = _rest(only is Only.MINE, group_id is not None, before is not None)
    asked = reader.bound(shown=shown, staff=reader.reach.staff_id, group=group_id, before=before)
    found = look.session.execute(question, asked).all()
    page = found[:INBOX_PAGE]
    more = page[-1][0].last_at if len(found) > INBOX_PAGE else None
    return gather_rows(look, reader, [(thread, last) for thread, last in page]), more


def settle(work: Work, thread_id: str) -> None:
    """A person has taken care of it without an answer. Raises: NotThereError."""
    thread = get_thread(work, get_reader(work), thread_id)
    settle_waiting(work, thread)
    note(work, "thread.settle", [thread.id])
