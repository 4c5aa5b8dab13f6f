"""The threads of the groups a member of staff serves: which wait for a person, which are unread, and who takes care of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.database import Utc
from hub.desk import Look, Work
from hub.people.families import Child, Guardianship, Placement
from hub.people.naming import names_of
from hub.people.places import Group
from hub.post.book import gather_entries
from hub.post.entry import Entry
from hub.post.messages import Author, Message, ReadMark, Thread, ThreadGuardian, settle_waiting
from hub.post.posting import DEADLINES
from hub.post.reading import (
    LAST_READ,
    READS_THREAD,
    RECENT,
    Condition,
    Reader,
    covers,
    get_reader,
    get_thread,
    is_blocked,
    may_know_of,
    newest_read,
    reads_child,
)
from hub.safety.access import NotThereError
from hub.safety.audit import note

INBOX_PAGE = 40
WAITING_LIMIT = 200
NEWS = timedelta(days=7)
LONGEST_WAY = max(DEADLINES.values())


class Only(StrEnum):
    """What an inbox is narrowed to."""

    ALL = "all"
    WAITING = "waiting"
    MINE = "mine"


@dataclass(frozen=True, slots=True)
class About:
    """A child of the families in a thread, whom the reader may read about."""

    child_id: str
    called: str
    group_id: str
    group: str


@dataclass(frozen=True, slots=True)
class Row:
    """One thread as an inbox shows it. `last` is what a person said last that the reader may read, or the robot's
    words where nobody said anything; `waits_with` what the family said when it began to wait for a person, where that is
    so; `waits_why` is a short code."""

    thread: Thread
    families: tuple[str, ...]
    about: tuple[About, ...]
    last: Entry
    waits_with: Entry | None
    unread: bool
    waits_since: datetime | None
    waits_why: str | None
    assigned_to: str | None


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
_THREADS = sa.select(Thread, LAST_READ).where(READS_THREAD)
"""Threads with the id of their newest message that the reader may read."""
_THREAD = _THREADS.where(Thread.id == sa.bindparam("thread"))
_WAITING = _THREADS.where(Thread.waits_since.is_not(None)).order_by(Thread.waits_since).limit(WAITING_LIMIT)
_WAITING_AT = (
    _THREADS.where(Thread.unit_id == sa.bindparam("unit"), Thread.waits_since.is_not(None))
    .order_by(Thread.waits_since)
    .limit(WAITING_LIMIT)
)
_LAST = aliased(Message)
_WAITING_MOMENTS = (
    sa.select(Thread.waits_since, _LAST.at)
    .join(_LAST, _LAST.id == LAST_READ)
    .where(Thread.unit_id == sa.bindparam("unit"), Thread.waits_since.is_not(None), READS_THREAD)
    .limit(WAITING_LIMIT)
)
_MINE_COUNT = sa.select(sa.func.count()).select_from(Thread).where(_IS_MINE, READS_THREAD)


@cache
def _rest(only_mine: bool, of_group: bool, is_later: bool) -> "sa.Select[Thread, str]":
    """A page of threads beside those that are shown above it, the newest first."""
    question = _THREADS.where(Thread.id.not_in(sa.bindparam("shown", expanding=True)))
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
    found = look.session.execute(_WAITING_MOMENTS, reader.bound(unit=unit_id))
    return sum(_waits(since, last_at) for since, last_at in found)


def _waits(since: datetime | None, last_at: datetime) -> bool:
    """A thread waits for this reader when something in it that they may read is about as new as the waiting is old."""
    return since is not None and last_at >= since - LONGEST_WAY - timedelta(hours=1)


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


_MARKS = sa.select(ReadMark.thread_id, ReadMark.message_id).where(
    ReadMark.staff_id == sa.bindparam("staff"), ReadMark.thread_id.in_(sa.bindparam("threads", expanding=True))
)


def gather_rows(look: Look, reader: Reader, found: Sequence[tuple[Thread, str]]) -> list[Row]:
    """Rows in the order given, by a constant number of questions."""
    if not found:
        return []
    threads = [thread for thread, _ in found]
    said = _find_said(look, reader, [thread.id for thread in threads])
    shown = {thread.id: said[thread.id].last or id_ for thread, id_ in found}
    wanted = {*shown.values(), *(one.waits_with for one in said.values() if one.waits_with is not None)}
    entries = {entry.id: entry for entry in gather_entries(look, reader, sorted(wanted))}
    asked = {"staff": reader.reach.staff_id, "threads": [thread.id for thread in threads]}
    marks = dict(look.session.execute(_MARKS, asked).all())
    names = names_of(
        look,
        guardians={id_ for thread in threads for id_ in thread.guardian_ids},
        staff={thread.assigned_to for thread in threads if thread.assigned_to},
    )
    about = _list_about(look, reader, threads)
    rows = []
    for thread in threads:
        entry = entries[shown[thread.id]]
        waits = _waits(thread.waits_since, entry.at)
        rows.append(
            Row(
                thread=thread,
                families=tuple(names[id_] for id_ in thread.guardian_ids),
                about=tuple(about[thread.id]),
                last=entry,
                waits_with=entries.get(said[thread.id].waits_with or "") if waits else None,
                unread=_is_unread(look, reader, entry, marks.get(thread.id)),
                waits_since=thread.waits_since if waits else None,
                waits_why=thread.waits_why if waits else None,
                assigned_to=names.get(thread.assigned_to or ""),
            )
        )
    return rows


WAITS_WITH: tuple[Condition, ...] = (Message.author == Author.GUARDIAN, Message.at <= Thread.waits_since, RECENT)
"""What the family said before a thread began to wait; the newest of it is what waits. On a question that joins the two."""
_SAID = sa.select(
    Thread.id, newest_read(Message.author.in_([Author.GUARDIAN, Author.STAFF]), RECENT), newest_read(*WAITS_WITH)
).where(Thread.id.in_(sa.bindparam("threads", expanding=True)))


@dataclass(frozen=True, slots=True)
class _Said:
    """The ids of what a person said last, and of what waits: the robot's own words tell staff little."""

    last: str | None
    waits_with: str | None


def _find_said(look: Look, reader: Reader, thread_ids: Sequence[str]) -> dict[str, _Said]:
    rows = look.session.execute(_SAID, reader.bound(threads=list(thread_ids)))
    return {thread_id: _Said(last, waits_with) for thread_id, last, waits_with in rows}


def _is_unread(look: Look, reader: Reader, last: Entry, mark: str | None) -> bool:
    if last.author not in (Author.GUARDIAN, Author.STAFF):
        return False
    if last.author_id == reader.reach.staff_id:
        return False
    return last.id > mark if mark is not None else last.at > look.now - NEWS


_ABOUT = (
    sa.select(_TIE.guardian_id, _PLACE.unit_id, Child.id, Child.nickname, Child.first_name, Group.id, Group.name)
    .join(_PLACE, _PLACE.child_id == _TIE.child_id)
    .join(Child, Child.id == _TIE.child_id)
    .join(Group, Group.id == _PLACE.group_id)
    .where(
        _TIE.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
        covers(_PLACE),
        ~is_blocked(_TIE),
        may_know_of(Child),
    )
    .order_by(Child.first_name, Child.id)
)


def _list_about(look: Look, reader: Reader, threads: Sequence[Thread]) -> dict[str, list[About]]:
    """By thread, the children of its guardians at its unit whom the reader may read about, with their groups."""
    guardians = {id_ for thread in threads for id_ in thread.guardian_ids}
    by_guardian: dict[tuple[str, str], list[About]] = defaultdict(list)
    for guardian_id, unit_id, child_id, nickname, first_name, group_id, group in look.session.execute(
        _ABOUT, reader.bound(guardians=list(guardians))
    ):
        by_guardian[guardian_id, unit_id].append(About(child_id, nickname or first_name, group_id, group))
    return {
        thread.id: list(
            dict.fromkeys(about for id_ in thread.guardian_ids for about in by_guardian[id_, thread.unit_id])
        )
        for thread in threads
    }


def get_row(look: Look, reader: Reader, thread_id: str) -> Row:
    """One thread as the inbox shows it. Raises: NotThereError."""
    found = look.session.execute(_THREAD, reader.bound(thread=thread_id)).first()
    if found is None:
        raise NotThereError
    return gather_rows(look, reader, [(found[0], found[1])])[0]


def settle(work: Work, thread_id: str) -> None:
    """A person has taken care of it without an answer. Raises: NotThereError."""
    thread = get_thread(work, get_reader(work), thread_id)
    settle_waiting(work, thread)
    note(work, "thread.settle", [thread.id])
