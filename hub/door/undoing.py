"""Taking back what was said at the door: a child has not come, has not left, or is not away after all. Every row stays."""

from hub.desk import Work
from hub.door.marks import DoorMark, Way, keep_mark, list_by_tap
from hub.door.taps import Tap, TapState, ring_touch
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach
from hub.safety.guests import visible_at_unit
from hub.school.attendance import Attendance, find_standing
from hub.school.attendance_undoing import stay_away, undo_last
from hub.school.day_board import Presence

_STOOD = {Way.COMING: Presence.HERE, Way.LEAVING: Presence.LEFT, Way.AWAY: Presence.AWAY}
_IS_NOT = {Presence.HERE: Way.NOT_COME, Presence.LEFT: Way.NOT_LEFT, Presence.AWAY: Way.NOT_AWAY}


def undo_tap(work: Work, reach: Reach, unit: Unit, tap_id: str) -> None:
    """What was said by this touch is not so, of each of its children of whom it still stands; nothing else that was said of
    them is taken back. Its rows stay, and the touch waits again. Audited.

    Raises: NotThereError, too where one of them is out of reach.
    """
    today = unit.today(work.now)
    said = list_by_tap(work, unit, today, tap_id)
    ids = {mark.child_id for mark in said}
    if not said or ids != visible_at_unit(work, reach, ids, unit.id, today):
        raise NotThereError
    work.take_turns([tap_id, *ids])
    tap = work.session.get_one(Tap, tap_id)
    if tap.state != TapState.CONFIRMED:
        return
    for mark in said:
        child = work.session.get_one(Child, mark.child_id)
        if _stands_by(find_standing(work, child, unit, today), mark):
            undo_way(work, reach, unit, child, Way(mark.way))
    tap.state, tap.settled_at, tap.settled_by = TapState.PENDING, None, None
    ring_touch(work, tap)


def _stands_by(row: Attendance | None, mark: DoorMark) -> bool:
    """Whether a child stands today as the touch said."""
    if row is None or row.id != mark.attendance_id:
        return False
    return row.left_at is None if mark.way == Way.COMING else row.left_tap_id == mark.tap_id


def undo_way(work: Work, reach: Reach, unit: Unit, child: Child, way: Way) -> None:
    """A child is as it was before: not come, not gone, or not away. Where it does not stand so by a word of staff, nothing
    changes. Audited."""
    if way not in _STOOD:
        return
    work.take_turns([child.id])
    undone = undo_last(work, unit, child, reach.staff_id, _STOOD[way])
    if undone is not None:
        mark_id = None if undone.mark is None else undone.mark.id
        keep_said(work, unit, child.id, _IS_NOT[undone.presence], reach.staff_id, mark_id)


def mark_away(work: Work, reach: Reach, unit: Unit, child: Child) -> None:
    """Staff know that the child does not come today. Of one who was seen today nothing changes. Audited."""
    work.take_turns([child.id])
    if stay_away(work, unit, child, reach.staff_id):
        keep_said(work, unit, child.id, Way.AWAY, reach.staff_id)


def keep_said(work: Work, unit: Unit, child_id: str, way: Way, by: str, attendance_id: str | None = None) -> DoorMark:
    """Something said of a child just now, for the log."""
    return keep_mark(
        work,
        DoorMark(
            id=work.new_id(),
            owner_id=unit.owner_id,
            unit_id=unit.id,
            child_id=child_id,
            day=unit.today(work.now),
            way=way,
            at=work.now,
            said_at=work.now,
            said_by=by,
            attendance_id=attendance_id,
        ),
    )
