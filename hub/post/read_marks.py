"""How far staff have read a thread, and what of it the family sees: what somebody reads outside the hours looks read only when
they begin, so that a look in the evening promises no answer at night."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.places import Unit
from hub.post.messages import ReadMark, Thread
from hub.post.reading import Reader
from hub.post.reading_hours import next_reading


def mark_read(work: Work, reader: Reader, thread_id: str, message_id: str) -> None:
    """The reader has read a thread up to a message; a mark never goes back."""
    mark = work.session.get(ReadMark, (reader.reach.staff_id, thread_id))
    if mark is None:
        mark = ReadMark(
            staff_id=reader.reach.staff_id,
            thread_id=thread_id,
            message_id=message_id,
            owner_id=reader.reach.owner_id,
            at=work.now,
        )
        work.session.add(mark)
    elif mark.message_id < message_id:
        unit = reader.units[work.session.get_one(Thread, thread_id).unit_id]
        if _is_shown(work, unit, mark.at):
            mark.earlier_id = mark.message_id
        mark.message_id, mark.at = message_id, work.now


def list_shown_as_read(look: Look, threads: Iterable[Thread]) -> dict[str, str]:
    """By thread, the id of the message up to which its family sees that somebody of the staff has read. It asks no rights."""
    units = {thread.id: thread.unit_id for thread in threads}
    marks = look.session.scalars(sa.select(ReadMark).where(ReadMark.thread_id.in_(list(units))))
    shown: dict[str, str] = {}
    for mark in marks:
        unit = look.session.get_one(Unit, units[mark.thread_id])
        read = mark.message_id if _is_shown(look, unit, mark.at) else mark.earlier_id
        if read is not None:
            shown[mark.thread_id] = max(read, shown.get(mark.thread_id, ""))
    return shown


def _is_shown(look: Look, unit: Unit, at: datetime) -> bool:
    since = next_reading(look, unit, at)
    return since is not None and since <= look.now
