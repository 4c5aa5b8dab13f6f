"""A touch that needs no staff: of a tag that proves itself, at a gate that may let a child come by itself."""

from datetime import date

from hub.desk import Look, Work
from hub.door.confirming import SaidOf, children_of, keep_row, settle_tap
from hub.door.marks import Way
from hub.door.readers import ReaderKind, TagReader
from hub.door.taps import Proof, Tap, TapState
from hub.people.places import Unit
from hub.safety.audit import note
from hub.school.attendance import mark_here
from hub.school.day_board import OnBoard, Presence, list_whole_board
from hub.school.marking import list_looked_for, list_unread_of


def confirm_by_itself(work: Work, reader: TagReader, tap: Tap) -> bool:
    """Whether the touch marked its child here without staff: for what receives a gate's taps, right after they were kept.

    Only where the owner lets this gate do so and the tag proved itself, and only a coming: whom a child leaves with is seen by
    a person and by nothing else. Never where the tag stands for several, the device's clock is doubted, the child is here or
    has left already, something was told or written of it today that a person must weigh, or somebody looks for it. All others
    wait. Audited.
    """
    if reader.kind != ReaderKind.GATE or not reader.confirms_itself or tap.state != TapState.PENDING:
        return False
    if tap.proof != Proof.PROVEN or tap.is_clock_doubted:
        return False
    unit = work.session.get_one(Unit, tap.unit_id)
    today = unit.today(work.now)
    ids = children_of(work, tap)
    found = [on for on in list_whole_board(work, unit, today) if ids == [on.child.id]]
    if len(found) != 1 or unit.today(tap.at) != today or not _is_plain(work, unit, today, found[0]):
        return False
    said = SaidOf(Way.COMING, ids, reader_id=reader.id)
    rows = mark_here(work, unit, [found[0].child], reader.id, came_at=tap.at, tap_id=tap.id)
    for row in rows:
        keep_row(work, unit, row, said, tap.at, reader.id, tap)
    settle_tap(work, tap, TapState.CONFIRMED, reader.id)
    note(work, "door.confirm", [tap.id, *ids])
    return True


def _is_plain(look: Look, unit: Unit, day: date, on: OnBoard) -> bool:
    """Nothing about this child today needs a person."""
    if on.presence not in (Presence.NOT_HEARD, Presence.LATE) or on.is_disputed or on.absence is not None:
        return False
    sought = list_looked_for(look, unit, day) | list_unread_of(look, unit, day, [on.child.id])
    return on.child.id not in sought
