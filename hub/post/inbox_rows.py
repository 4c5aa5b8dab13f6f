"""One thread as an inbox shows it: whose it is, what was said last, what waits, and whether it is unread."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.desk import Look
from hub.people.families import Child, Guardianship, Placement
from hub.people.naming import names_of
from hub.people.places import Group
from hub.post.book import gather_entries
from hub.post.entry import Entry
from hub.post.messages import Author, Message, ReadMark, Thread
from hub.post.posting import DEADLINES
from hub.post.reading import (
    LAST_READ,
    READS_THREAD,
    RECENT,
    Condition,
    Reader,
    covers,
    is_blocked,
    may_know_of,
    newest_read,
)
from hub.safety.access import NotThereError

NEWS = timedelta(days=7)
LONGEST_WAY = max(DEADLINES.values())


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


THREADS = sa.select(Thread, LAST_READ).where(READS_THREAD)
"""Threads with the id of their newest message that the reader may read."""
_THREAD = THREADS.where(Thread.id == sa.bindparam("thread"))


def still_waits(since: datetime | None, last_at: datetime) -> bool:
    """A thread waits for this reader when something in it that they may read is about as new as the waiting is old."""
    return since is not None and last_at >= since - LONGEST_WAY - timedelta(hours=1)


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
        waits = still_waits(thread.waits_since, entry.at)
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


_TIE, _PLACE = aliased(Guardianship), aliased(Placement)
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
