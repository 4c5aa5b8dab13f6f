"""What *Diary* does: each act asks for the right to it, does it, and is kept in the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from admin_web.staff.morning_marks import get_child_of_group, reach_unit
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_group, visible_children
from hub.school.absences import Reason, list_of_child, report, take_back
from hub.school.adult_plans import plan_adults, read_adults
from hub.school.attendance import Attendance, Departure, mark_here, mark_left, undo_leaving, unmark
from hub.school.attendance_corrections import AttendanceCorrection, Times, correct, list_corrections, list_of_day
from hub.school.attendance_days import list_unseen, settle_as_booked
from hub.school.day_board import OnBoard, Presence, list_board


@dataclass(frozen=True, slots=True)
class ChildDay:
    """One child's day at a unit. `names` are those of whoever marked or corrected something, by id; `on` is None on other
    days than today."""

    unit: Unit
    child: Child
    day: date
    today: date
    marks: tuple[Attendance, ...]
    corrections: tuple[AttendanceCorrection, ...]
    names: dict[str, str]
    on: OnBoard | None

    @property
    def may_come(self) -> bool:
        return self.on is not None and self.on.presence is not Presence.HERE


def gather_child_day(look: Look, unit_id: str, child_id: str, day: date | None) -> ChildDay:
    """Raises: NotThereError, where the reach did not cover the child at the unit that day."""
    reach, unit = reach_unit(look, unit_id)
    today = unit.today(look.now)
    child = _get_child_on(look, reach, unit, child_id, day or today)
    marks = list_of_day(look, unit, child.id, day or today)
    changes = list_corrections(look, [row.id for row in marks])
    who = {row.marked_by for row in marks} | {row.left_marked_by or "" for row in marks} | {row.by for row in changes}
    board = list_board(look, reach, unit, today) if (day or today) == today else []
    on = next((one for one in board if one.child.id == child.id), None)
    return ChildDay(unit, child, day or today, today, tuple(marks), tuple(changes), names_of(look, staff=who), on)


def _get_child_on(look: Look, reach: Reach, unit: Unit, child_id: str, day: date) -> Child:
    if child_id not in visible_children(look, reach, [child_id], unit.id, day):
        raise NotThereError
    return look.session.get_one(Child, child_id)


def leave_one(work: Work, unit_id: str, group_id: str, child_id: str) -> None:
    """The child leaves now. Raises: NotThereError, LeftBeforeItCameError."""
    reach, unit = reach_unit(work, unit_id)
    child = get_child_of_group(work, reach, unit, group_id, child_id)
    mark_left(work, unit, [child.id], Departure(work.now, reach.staff_id))


def undo_one(work: Work, unit_id: str, group_id: str, child_id: str) -> None:
    """What staff marked last of the child today is taken back: that it left, that it is here, or that it is away.

    Raises: NotThereError.
    """
    reach, unit = reach_unit(work, unit_id)
    child = get_child_of_group(work, reach, unit, group_id, child_id)
    if undo_leaving(work, unit, child.id) or unmark(work, unit, [child.id]):
        return
    told = list_of_child(work, child.id, [unit.today(work.now)])
    take_back(work, [row for row in told if row.told_kind == "staff"], reach.staff_id)


def come_at(work: Work, unit_id: str, child_id: str, at: time) -> None:
    """The child came, or will within half an hour. Raises: NotThereError, TooFarAheadError, BeforeItLeftError."""
    reach, unit = reach_unit(work, unit_id)
    today = unit.today(work.now)
    child = _get_child_on(work, reach, unit, child_id, today)
    mark_here(work, unit, [child], reach.staff_id, came_at=unit.moment(today, at))


def stay_away(work: Work, unit_id: str, child_id: str) -> None:
    """Staff know that the child does not come today. Raises: NotThereError."""
    reach, unit = reach_unit(work, unit_id)
    today = unit.today(work.now)
    child = _get_child_on(work, reach, unit, child_id, today)
    report(work, child, [today], Reason.UNTOLD, told_by=reach.staff_id, told_kind="staff", trust=Trust.STRONG)


def put_right(
    work: Work, unit_id: str, child_id: str, mark_id: str, came: time, left: time | None, reason: str
) -> date:
    """The times of a mark are these, by the unit's clock; a leaving that is not after the coming was on the next day.

    Answers the day of the mark. Raises: NotThereError, and what correct() does.
    """
    reach, unit = reach_unit(work, unit_id)
    row = work.session.get(Attendance, mark_id)
    if row is None or row.unit_id != unit.id or row.child_id != child_id or row.taken_back_at is not None:
        raise NotThereError
    _get_child_on(work, reach, unit, child_id, row.day)
    correct(work, unit, row, _times(unit, row, came, left), reason, reach.staff_id)
    return row.day


def _times(unit: Unit, row: Attendance, came: time, left: time | None) -> Times:
    """What is shown without seconds and was not changed stays as it was."""
    came_at = _same(unit, row.came_at, came) or unit.moment(row.day, came)
    if left is None:
        return Times(came_at, None)
    kept = None if row.left_at is None or row.left_unseen else _same(unit, row.left_at, left)
    stayed = row.left_at is not None and unit.local(row.left_at).date() > row.day
    day = row.day + timedelta(days=1) if stayed and left < came else row.day
    return Times(came_at, kept or unit.moment(day, left))


def _same(unit: Unit, moment: datetime, shown: time) -> datetime | None:
    local = unit.local(moment).time()
    return moment if (local.hour, local.minute) == (shown.hour, shown.minute) else None


def gather_unseen(look: Look, unit_id: str) -> tuple[Unit, date, Sequence[tuple[Attendance, Child]]]:
    """A unit, its today, and whom nobody saw leave. Raises: NotThereError."""
    reach, unit = reach_unit(look, unit_id)
    return unit, unit.today(look.now), list_unseen(look, reach, unit)


def settle_unseen(work: Work, unit_id: str, reason: str) -> None:
    """All whom nobody saw leave, as far as the asker serves them, left as booked. Raises: NotThereError."""
    reach, unit = reach_unit(work, unit_id)
    settle_as_booked(work, unit, [row for row, _ in list_unseen(work, reach, unit)], reason, reach.staff_id)


def write_adults(work: Work, unit_id: str, group_id: str, typed: str, *, is_weekly: bool) -> None:
    """Raises: NotThereError, also for whoever does not lead the unit; AdultsUnreadableError."""
    reach, unit = reach_unit(work, unit_id)
    group = get_group(work, reach, group_id)
    if unit.id not in reach.leads or group.unit_id != unit.id:
        raise NotThereError
    plan_adults(work, unit, group, unit.today(work.now), read_adults(typed), reach.staff_id, is_weekly=is_weekly)
