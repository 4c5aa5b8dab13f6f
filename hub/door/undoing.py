"""Taking back what was said at the door: a child has not come, has not left, or is not away after all. Every row stays."""

from datetime import date

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.door.marks import DoorMark, Way, keep_mark, list_by_tap
from hub.door.taps import Tap, TapState, ring_touch
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, visible_children
from hub.school.absences import Reason, list_of_child, report, take_back
from hub.school.attendance import Attendance, get_marks, take_marks_back, unleave
from hub.school.day_board import Presence, get_on_board


def undo_tap(work: Work, reach: Reach, unit: Unit, tap_id: str) -> None:
    """What was said by this touch is not so, of each of its children of whom it still stands; nothing else that was said of
    them is taken back. Its rows stay, and the touch waits again. Audited.

    Raises: NotThereError, too where one of them is out of reach.
    """
    today = unit.today(work.now)
    said = list_by_tap(work, unit, today, tap_id)
    ids = {mark.child_id for mark in said}
    if not said or ids != visible_children(work, reach, ids, unit.id, today):
        raise NotThereError
    work.take_turns([tap_id, *ids])
    tap = work.session.get_one(Tap, tap_id)
    if tap.state != TapState.CONFIRMED:
        return
    for mark in said:
        _undo_mark(work, reach, unit, mark)
    tap.state, tap.settled_at, tap.settled_by = TapState.PENDING, None, None
    ring_touch(work, tap)


def _undo_mark(work: Work, reach: Reach, unit: Unit, mark: DoorMark) -> None:
    rows = _last_of(work, unit, mark.child_id, mark.day)
    if not rows or rows[0].id != mark.attendance_id:
        return
    if mark.way == Way.COMING and rows[0].left_at is None:
        take_marks_back(work, rows)
        keep_said(work, unit, mark.child_id, Way.NOT_COME, reach.staff_id, rows[0].id)
    elif mark.way == Way.LEAVING and rows[0].left_tap_id == mark.tap_id:
        unleave(work, rows)
        keep_said(work, unit, mark.child_id, Way.NOT_LEFT, reach.staff_id, rows[0].id)


def undo_way(work: Work, reach: Reach, unit: Unit, child: Child, way: Way) -> None:
    """A child is as it was before: not come, not gone, or not away. Where it is not so, nothing changes. Audited.

    Raises: NotThereError.
    """
    work.take_turns([child.id])
    today = unit.today(work.now)
    on = get_on_board(work, reach, unit, child.id)
    rows: list[Attendance] = []
    if way is Way.COMING and on.presence is Presence.HERE:
        rows, undone = _last_of(work, unit, child.id, today), Way.NOT_COME
        take_marks_back(work, rows)
    elif way is Way.LEAVING and on.presence is Presence.LEFT:
        rows, undone = _last_of(work, unit, child.id, today), Way.NOT_LEFT
        unleave(work, rows)
    elif way is Way.AWAY and on.presence is Presence.AWAY and not on.was_seen:
        take_back(work, list_of_child(work, child.id, [today]), reach.staff_id)
        undone = Way.NOT_AWAY
    else:
        return
    keep_said(work, unit, child.id, undone, reach.staff_id, rows[0].id if rows else None)


def mark_away(work: Work, reach: Reach, unit: Unit, child: Child) -> None:
    """Staff know that the child does not come today; a mark that it is here was wrong then. Audited."""
    work.take_turns([child.id])
    today = unit.today(work.now)
    take_marks_back(work, [row for row in _last_of(work, unit, child.id, today) if row.left_at is None])
    report(work, child, [today], Reason.UNTOLD, told_by=reach.staff_id, told_kind="staff", trust=work.asker.trust)
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


_LATEST = (
    sa.select(Attendance.id)
    .where(
        Attendance.unit_id == sa.bindparam("unit"),
        Attendance.child_id == sa.bindparam("child"),
        Attendance.day == sa.bindparam("day", type_=sa.Date),
        Attendance.taken_back_at.is_(None),
    )
    .order_by(Attendance.id.desc())
    .limit(1)
)


def _last_of(look: Look, unit: Unit, child_id: str, day: date) -> list[Attendance]:
    asked = {"unit": unit.id, "child": child_id, "day": day}
    return get_marks(look, look.session.scalars(_LATEST, asked).all())
