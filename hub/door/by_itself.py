"""A touch that needs no staff: of a tag that proves itself, at a gate that may let a child come by itself."""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.door.confirming import SaidOf, keep_row, settle_tap
from hub.door.marks import Way, list_open, list_said
from hub.door.readers import ReaderKind, TagReader
from hub.door.tags import TagChild
from hub.door.taps import Proof, Tap, TapState, find_tap
from hub.door.touched_tags import read_touched
from hub.people.families import Right
from hub.people.places import Unit
from hub.post.audience import list_entitled
from hub.safety.audit import note
from hub.school.attendance import mark_here
from hub.school.attendance_denials import is_denied
from hub.school.day_board import OnBoard, Presence, find_on_whole_board
from hub.school.marking import list_looked_for, list_unread_of

_ABOUT = (
    sa.select(Tap.id, TagChild.child_id)
    .outerjoin(TagChild, TagChild.tag_id == Tap.tag_id)
    .where(Tap.reader_id == sa.bindparam("reader"), Tap.number.in_(sa.bindparam("numbers", expanding=True)))
)
AT_ONCE = timedelta(minutes=1)
"""So long after it was kept a touch may still be confirmed by itself."""


def confirm_by_themselves(work: Work, reader: TagReader, numbers: Collection[int]) -> None:
    """Those of a gate's touches, by its own count, that need no staff: for what receives them, right after they were kept."""
    about = work.session.execute(_ABOUT, {"reader": reader.id, "numbers": list(numbers)}).all()
    work.take_turns({id_ for row in about for id_ in row if id_ is not None})
    for number in numbers:
        tap = find_tap(work, reader.id, number)
        if tap is not None:
            confirm_by_itself(work, reader, tap)


def confirm_by_itself(work: Work, reader: TagReader, tap: Tap) -> bool:
    """Whether the touch marked its child here without staff.

    Only where the owner lets this gate do so and the tag proved itself, and only a coming: whom a child leaves with is seen by
    a person and by nothing else. Never where the chip draws its serial anew, since phones do, and one may play what a tag once
    said to it. Never where the tag stands for several, may have a double, or was given to a guardian who may not know of the
    child any more; where the device's clock is doubted, or the child is here or has left already; where something was told or
    written of it today that a person must weigh, or somebody looks for it or waits to hear how it was; and where the touch was
    kept a while ago or said something already: what is sent again does not undo what staff found out. All others wait. Audited.
    """
    if reader.kind != ReaderKind.GATE or not reader.confirms_itself or tap.state != TapState.PENDING:
        return False
    tag = read_touched(work, [tap])[tap.id]
    if tag.proof != Proof.PROVEN or tag.is_suspected or tap.was_drawn_anew:
        return False
    if tap.is_clock_doubted or work.now - tap.kept_at > AT_ONCE:
        return False
    unit = work.session.get_one(Unit, tap.unit_id)
    today = unit.today(work.now)
    ids = list(tag.child_ids)
    if any(mark.tap_id == tap.id for mark in list_said(work, unit, today, ids)):
        return False
    if tag.guardian_id is not None and not _may_know(work, tag.guardian_id, ids, today):
        return False
    on = find_on_whole_board(work, unit, ids[0], today) if len(ids) == 1 else None
    if on is None or unit.today(tap.at) != today or not _is_plain(work, unit, today, on):
        return False
    said = SaidOf(Way.COMING, ids, reader_id=reader.id)
    rows = mark_here(work, unit, [on.child], reader.id, came_at=tap.at, tap_id=tap.id)
    for row in rows:
        keep_row(work, unit, row, said, tap.at, reader.id, tap)
    settle_tap(work, tap, TapState.CONFIRMED, reader.id)
    note(work, "door.confirm", [tap.id, *ids])
    return True


def _may_know(look: Look, guardian_id: str, child_ids: Sequence[str], day: date) -> bool:
    return set(child_ids) <= list_entitled(look, [guardian_id], Right.INFORM, day).get(guardian_id, set())


def _is_plain(look: Look, unit: Unit, day: date, on: OnBoard) -> bool:
    """Nothing about this child today needs a person."""
    if on.presence not in (Presence.NOT_HEARD, Presence.LATE) or on.is_disputed or on.absence is not None:
        return False
    ids = [on.child.id]
    if list_open(look, unit, day, ids) or is_denied(look, unit, on.child.id):
        return False
    return on.child.id not in list_looked_for(look, unit, day) | list_unread_of(look, unit, day, ids)
