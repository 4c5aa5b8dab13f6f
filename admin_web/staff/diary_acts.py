"""What *Diary* does: each act asks for the right to it, does it, and is kept in the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from admin_web.staff.morning_marks import get_child_of_group, reach_unit
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_group
from hub.safety.guests import get_looked_after, visible_at_unit
from hub.school.adult_plans import plan_adults, read_adults
from hub.school.attendance import Attendance, Departure, list_of_day, mark_here, mark_left
from hub.school.attendance_corrections import (
    AttendanceCorrection,
    Times,
    correct,
    list_corrections,
    list_days_to_leave,
)
from hub.school.attendance_days import list_unseen, settle_as_booked
from hub.school.attendance_undoing import stay_away, undo_last
from hub.school.day_board import OnBoard, Presence, read_board_of


@dataclass(frozen=True, slots=True)
class ChildDay:
    """One child's day at a unit, with the marks of the nights before that reach into it. `names` are those of whoever marked or
    corrected something, by id; `nights` the days on which the child of a mark may have left, by its id, where there is more
    than one; `on` is None on other days than today."""

    unit: Unit
    child: Child
    day: date
    today: date
    marks: tuple[Attendance, ...]
    corrections: tuple[AttendanceCorrection, ...]
    names: dict[str, str]
    nights: dict[str, list[date]]
    on: OnBoard | None

    @property
    def may_come(self) -> bool:
        return self.on is not None and self.on.presence is not Presence.HERE

    @property
    def may_undo(self) -> bool:
        """Staff said something of today, and no guardian since in place of it. A night's mark is of a day before."""
        if self.on is None:
            return False
        if self.on.presence is Presence.HERE:
            return self.on.came_on == self.today
        is_away = self.on.absence is not None and self.on.absence.is_of_staff
        return self.on.presence is Presence.LEFT or is_away


def gather_child_day(look: Look, unit_id: str, child_id: str, day: date | None) -> ChildDay:
    """Raises: NotThereError, where the reach did not cover the child at the unit that day."""
    reach, unit = reach_unit(look, unit_id)
    today = unit.today(look.now)
    child = _get_child_on(look, reach, unit, child_id, day or today)
    marks = list_of_day(look, unit, child.id, day or today)
    changes = list_corrections(look, [row.id for row in marks])
    who = {row.marked_by for row in marks} | {row.left_marked_by or "" for row in marks} | {row.by for row in changes}
    nights = {row.id: days for row in marks if len(days := list_days_to_leave(look, unit, row)) > 1}
    on = _read_today(look, reach, unit, child) if day in (None, today) else None
    return ChildDay(
        unit, child, day or today, today, tuple(marks), tuple(changes), names_of(look, staff=who), nights, on
    )


def _read_today(look: Look, reach: Reach, unit: Unit, child: Child) -> OnBoard:
    _, places = get_looked_after(look, reach, child.id)
    group = next(group for place, group in places if place.id == unit.id)
    return read_board_of(look, child, unit, group.id, unit.today(look.now))


def _get_child_on(look: Look, reach: Reach, unit: Unit, child_id: str, day: date) -> Child:
    if child_id not in visible_at_unit(look, reach, [child_id], unit.id, day):
        raise NotThereError
    return look.session.get_one(Child, child_id)


def leave_one(work: Work, unit_id: str, group_id: str, child_id: str) -> None:
    """The child leaves now. Raises: NotThereError, LeftBeforeItCameError."""
    reach, unit = reach_unit(work, unit_id)
    child = get_child_of_group(work, reach, unit, group_id, child_id)
    mark_left(work, unit, [child.id], Departure(work.now, reach.staff_id))


def undo_one(work: Work, unit_id: str, group_id: str, child_id: str, shown: Presence) -> None:
    """What staff said last of the child today is taken back, where it stands as the page showed: that it left, that it is here,
    or that it is away.

    Raises: NotThereError.
    """
    reach, unit = reach_unit(work, unit_id)
    child = get_child_of_group(work, reach, unit, group_id, child_id)
    undo_last(work, unit, child, reach.staff_id, shown)


def come_at(work: Work, unit_id: str, child_id: str, at: time) -> None:
    """The child came, or will within half an hour. Raises: NotThereError, TooFarAheadError, BeforeItLeftError."""
    reach, unit = reach_unit(work, unit_id)
    today = unit.today(work.now)
    child = _get_child_on(work, reach, unit, child_id, today)
    mark_here(work, unit, [child], reach.staff_id, came_at=unit.moment(today, at))


def keep_away(work: Work, unit_id: str, child_id: str) -> None:
    """Staff know that the child does not come today. Raises: NotThereError."""
    reach, unit = reach_unit(work, unit_id)
    child = _get_child_on(work, reach, unit, child_id, unit.today(work.now))
    stay_away(work, unit, child, reach.staff_id)


@dataclass(frozen=True, slots=True)
class Shown:
    """When a child came and left, as a clock on the wall shows it. `left_on` is the day it left, None where that is the one it
    came on; `left` None while it is here."""

    came: time
    left: time | None
    left_on: date | None = None


def put_right(work: Work, unit_id: str, child_id: str, mark_id: str, before: Times, shown: Shown, reason: str) -> None:
    """The times of a mark are these, by the unit's clock; `before` are those that the page had. Raises: NotThereError, and what
    correct() does."""
    reach, unit = reach_unit(work, unit_id)
    work.take_turns([child_id])
    row = work.session.get(Attendance, mark_id)
    if row is None or row.unit_id != unit.id or row.child_id != child_id or row.taken_back_at is not None:
        raise NotThereError
    _get_child_on(work, reach, unit, child_id, row.day)
    correct(work, unit, row, _times(unit, row, shown), reason, reach.staff_id, before=before)


def _times(unit: Unit, row: Attendance, shown: Shown) -> Times:
    came_at = _moment(unit, row.day, shown.came, row.came_at)
    if shown.left is None:
        return Times(came_at, None)
    seen_at = None if row.left_unseen else row.left_at
    return Times(came_at, _moment(unit, shown.left_on or row.day, shown.left, seen_at))


def _moment(unit: Unit, day: date, shown: time, stood: datetime | None) -> datetime:
    """What is shown without seconds and was not changed is `stood` still."""
    moment = unit.moment(day, shown)
    return stood if stood is not None and stood.replace(second=0, microsecond=0) == moment else moment


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
