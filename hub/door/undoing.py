"""Taking back what was said at the door: a child has not come, has not left, or is not away after all. Every row stays."""

from hub.desk import Work
from hub.door.confirming import get_reached
from hub.door.marks import DoorMark, Way, keep_mark
from hub.door.taps import Tap, TapState, ring_touch
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach
from hub.school.attendance_undoing import stay_away, undo_last
from hub.school.day_board import Presence

_STOOD = {Way.COMING: Presence.HERE, Way.LEAVING: Presence.LEFT, Way.AWAY: Presence.AWAY}
_IS_NOT = {Presence.HERE: Way.NOT_COME, Presence.LEFT: Way.NOT_LEFT, Presence.AWAY: Way.NOT_AWAY}


def undo_mark(work: Work, reach: Reach, unit: Unit, mark_id: str) -> None:
    """What was said by it is not so; its rows stay, and a touch that it came of waits again. Audited. Raises: NotThereError."""
    mark = work.session.get(DoorMark, mark_id)
    if mark is None or mark.unit_id != unit.id or mark.day != unit.today(work.now):
        raise NotThereError
    (child,) = get_reached(work, reach, unit, [mark.child_id])
    undo_way(work, reach, unit, child, Way(mark.way))
    tap = None if mark.tap_id is None else work.session.get(Tap, mark.tap_id)
    if tap is not None and tap.state == TapState.CONFIRMED:
        tap.state, tap.settled_at, tap.settled_by = TapState.PENDING, None, None
        ring_touch(work, tap)


def undo_way(work: Work, reach: Reach, unit: Unit, child: Child, way: Way) -> None:
    """A child is as it was before: not come, not gone, or not away. Where it does not stand so by a word of staff, nothing
    changes. Audited."""
    if way not in _STOOD:
        return
    undone = undo_last(work, unit, child, reach.staff_id, _STOOD[way])
    if undone is not None:
        mark_id = None if undone.mark is None else undone.mark.id
        keep_said(work, unit, child.id, _IS_NOT[undone.presence], reach.staff_id, mark_id)


def mark_away(work: Work, reach: Reach, unit: Unit, child: Child) -> None:
    """Staff know that the child does not come today. Of one who was seen today nothing changes. Audited."""
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
