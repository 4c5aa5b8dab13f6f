"""The usual day in a family day carer's home, three taps long: all as booked came, all have eaten, all left at their times.

Each tap is about the children whom the page named and no others, leaves out whoever it may not speak for and says so, and is
undone as one.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach
from hub.safety.guests import visible_at_unit
from hub.school.attendance import Attendance, Departure, mark_here, mark_left
from hub.school.attendance_undoing import take_marks_back, unleave
from hub.school.care_plans import Plan, Standing, list_plans
from hub.school.day_board import OnBoard, Presence, list_board
from hub.school.going_home import list_going_home
from hub.school.marking import list_rest
from hub.school.meals import Meal, MealKind, MealTold, get_meals, list_meals, take_meals_back, tell_meals
from hub.school.reimbursement_rates import read_schedule

LOOKED_BACK = timedelta(days=31)
"""So far back is looked for what a child usually eats."""


class Done(StrEnum):
    """What one tap for all of a home did."""

    CAME = "came"
    ATE = "ate"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Moved:
    """A child whom one tap takes along, and when it came, or left; `at` is None where that is the moment of the tap."""

    child: Child
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Usual:
    """A child, and the meals that it had the last time and has not had today."""

    child: Child
    kinds: tuple[MealKind, ...]


@dataclass(frozen=True, slots=True)
class Tapped:
    """What one tap for all did: one of the marks or meals, None where there is none, and whom the page named and the tap left
    out, since something of them had changed; not those of whom it stood already."""

    mark: str | None
    left_out: tuple[str, ...] = ()


def list_coming(look: Look, unit: Unit, board: Sequence[OnBoard]) -> list[Moved]:
    """Whom "all as booked are here" marks: who is booked to be here by now, from that time on, and of whom nothing was booked,
    from now on. Never who is looked for, or of whom something else was told."""
    today = unit.today(look.now)
    groups = dict.fromkeys(on.group_id for on in board)
    rest = {on.child.id: on for id_ in groups for on in list_rest(look, unit, today, board, id_)}
    plans = list_plans(look, unit, list(rest), [today])
    found = []
    for plan in plans:
        starts = [unit.moment(plan.day, period.start) for period in plan.hours] if plan.comes else []
        came_at = max((at for at in starts if at <= look.now), default=None)
        if came_at is not None or plan.standing is Standing.UNTOLD:
            found.append(Moved(rest[plan.child_id].child, came_at))
    return found


def list_leaving(look: Look, unit: Unit, board: Sequence[OnBoard]) -> list[Moved]:
    """Whom "all left at their times" marks as gone: when its care was told to end, where that is past, or else now. Never whose
    way home somebody must look at."""
    today = unit.today(look.now)
    here = {on.child.id: on for on in board if on.presence is Presence.HERE}
    plans = {plan.child_id: plan for plan in list_plans(look, unit, list(here), [today])}
    homes = list_going_home(look, here, today)
    found = []
    for id_, on in here.items():
        home = homes.get(id_)
        if home is None or not home.rings:
            early = None if home is None or home.leaves_at is None else unit.moment(today, home.leaves_at)
            found.append(Moved(on.child, _left_at(look, unit, plans[id_], on, early)))
    return found


def _left_at(look: Look, unit: Unit, plan: Plan, on: OnBoard, early: datetime | None) -> datetime | None:
    ends = [unit.moment(plan.day, period.end) for period in plan.hours if not period.is_overnight]
    told = [early] if early is not None else ends
    return max((at for at in told if on.came_at is not None and on.came_at < at <= look.now), default=None)


def list_at_table(board: Sequence[OnBoard]) -> list[OnBoard]:
    """Who "all" are when they have eaten: who is here, and where nobody is any more, who was."""
    here = [on for on in board if on.presence is Presence.HERE]
    return here or [on for on in board if on.was_seen]


def list_hungry(board: Sequence[OnBoard], meals: Sequence[Meal], kind: MealKind) -> list[Child]:
    """Those at the table of whom this meal was not told yet."""
    had = {row.child_id for row in meals if row.kind == kind}
    return [on.child for on in list_at_table(board) if on.child.id not in had]


def list_usual(look: Look, unit: Unit, board: Sequence[OnBoard], meals: Sequence[Meal]) -> list[Usual]:
    """What those at the table ate when they last ate here, as far as it is paid for and not told today."""
    today = unit.today(look.now)
    paid = read_schedule(look, unit.owner_id).meals_of(today)
    before = _eaten_last(list_meals(look, unit, today - LOOKED_BACK, today - timedelta(days=1)))
    had = {(row.child_id, row.kind) for row in meals}
    found = [
        Usual(
            on.child,
            tuple(kind for kind in paid if kind in before.get(on.child.id, ()) and (on.child.id, kind) not in had),
        )
        for on in list_at_table(board)
    ]
    return [usual for usual in found if usual.kinds]


def _eaten_last(meals: Sequence[Meal]) -> Mapping[str, set[str]]:
    last: dict[str, date] = {}
    for row in meals:
        last[row.child_id] = max(row.day, last.get(row.child_id, row.day))
    eaten: dict[str, set[str]] = {}
    for row in meals:
        if row.day == last[row.child_id]:
            eaten.setdefault(row.child_id, set()).add(row.kind)
    return eaten


def all_come(work: Work, reach: Reach, unit: Unit, shown: Collection[str]) -> Tapped:
    """Those of the children shown who may be marked so are here, as booked."""
    board = _read_board(work, reach, unit, shown)
    coming = [one for one in list_coming(work, unit, board) if one.child.id in shown]
    rows = [row for one in coming for row in mark_here(work, unit, [one.child], reach.staff_id, came_at=one.at)]
    done = {one.child.id for one in coming} | {on.child.id for on in board if on.presence is Presence.HERE}
    return Tapped(rows[0].id if rows else None, _left_out(shown, done))


def all_leave(work: Work, reach: Reach, unit: Unit, shown: Mapping[str, time | None]) -> Tapped:
    """Those of the children shown whose way home is in no doubt left at the times shown, by the unit's clock, None being now.
    Where another time has come to hold since, the child is left out."""
    board = _read_board(work, reach, unit, shown)
    leaving = [
        one
        for one in list_leaving(work, unit, board)
        if one.child.id in shown and shown[one.child.id] == clock_of(unit, one)
    ]
    rows = [
        row
        for one in leaving
        for row in mark_left(work, unit, [one.child.id], Departure(one.at or work.now, reach.staff_id))
    ]
    done = {one.child.id for one in leaving} | {on.child.id for on in board if on.presence is Presence.LEFT}
    return Tapped(rows[0].id if rows else None, _left_out(shown, done))


def clock_of(unit: Unit, moved: Moved) -> time | None:
    """As the page shows it: hours and minutes by the unit's clock, None where it is now."""
    return None if moved.at is None else unit.local(moved.at).time().replace(second=0, microsecond=0)


def all_eat(work: Work, reach: Reach, unit: Unit, shown: Collection[str], kind: MealKind | None) -> Tapped:
    """Those of the children shown who are at the table had this meal; what each had the last time, where none is named.

    Raises: AteElsewhereError.
    """
    today = unit.today(work.now)
    board, meals = _read_board(work, reach, unit, shown), list_meals(work, unit, today, today)
    if kind is not None:
        eaters = {kind: list_hungry(board, meals, kind)}
    else:
        usual = list_usual(work, unit, board, meals)
        eaters = {one: [each.child for each in usual if one in each.kinds] for one in MealKind}
    fresh = [
        row
        for one, children in eaters.items()
        for row in tell_meals(
            work, unit, [child.id for child in children if child.id in shown], MealTold(today, one, reach.staff_id)
        ).fresh
    ]
    told = {row.child_id for row in [*meals, *fresh] if kind in (None, row.kind)}
    return Tapped(fresh[0].id if fresh else None, _left_out(shown, told))


def _read_board(work: Work, reach: Reach, unit: Unit, shown: Collection[str]) -> list[OnBoard]:
    """As it stands once no other work is about these children."""
    work.take_turns(shown)
    return list_board(work, reach, unit, unit.today(work.now))


def _left_out(shown: Collection[str], done: Collection[str]) -> tuple[str, ...]:
    return tuple(id_ for id_ in shown if id_ not in done)


def undo_done(work: Work, reach: Reach, unit: Unit, done: Done, mark_id: str) -> None:
    """All that one tap of the asker's did and that stands still is as it was before. Raises: NotThereError."""
    if done is Done.ATE:
        work.take_turns([row.child_id for row in _list_told_with(work, reach, unit, mark_id)])
        take_meals_back(work, _list_told_with(work, reach, unit, mark_id), reach.staff_id)
        return
    work.take_turns([row.child_id for row in _list_marked_with(work, reach, unit, done, mark_id)])
    rows = _list_marked_with(work, reach, unit, done, mark_id)
    if done is Done.CAME:
        take_marks_back(work, rows)
    else:
        unleave(work, rows)


def count_done(look: Look, reach: Reach, unit: Unit, done: Done, mark_id: str) -> int:
    """How much of what one tap did stands still; 0 where it was nobody's, or another's."""
    try:
        if done is Done.ATE:
            return len(_list_told_with(look, reach, unit, mark_id))
        return len(_list_marked_with(look, reach, unit, done, mark_id))
    except NotThereError:
        return 0


def _list_marked_with(look: Look, reach: Reach, unit: Unit, done: Done, mark_id: str) -> list[Attendance]:
    """Of today, by the asker, in the same moment as this one, and standing still, as the store has them now."""
    mark = look.session.get(Attendance, mark_id)
    came = done is Done.CAME
    if mark is None or mark.unit_id != unit.id or mark.day != unit.today(look.now):
        raise NotThereError
    if not came and mark.left_marked_by is None:
        return []
    if (mark.marked_by if came else mark.left_marked_by) != reach.staff_id:
        raise NotThereError
    at, by = (
        (Attendance.marked_at, Attendance.marked_by) if came else (Attendance.left_marked_at, Attendance.left_marked_by)
    )
    rows = look.session.scalars(
        sa.select(Attendance).where(
            Attendance.unit_id == unit.id,
            Attendance.day == mark.day,
            at == (mark.marked_at if came else mark.left_marked_at),
            by == reach.staff_id,
            Attendance.taken_back_at.is_(None),
            Attendance.left_at.is_(None) if came else Attendance.left_at.is_not(None),
        ),
        execution_options={"populate_existing": True},
    ).all()
    return [row for row in rows if row.child_id in _visible(look, reach, unit, [row.child_id for row in rows])]


def _list_told_with(look: Look, reach: Reach, unit: Unit, meal_id: str) -> list[Meal]:
    told = next(iter(get_meals(look, [meal_id])), None)
    if told is None or told.unit_id != unit.id or told.said_by != reach.staff_id or told.day != unit.today(look.now):
        raise NotThereError
    rows = [row for row in list_meals(look, unit, told.day, told.day) if row.said_at == told.said_at]
    seen = _visible(look, reach, unit, [row.child_id for row in rows])
    return [row for row in rows if row.said_by == reach.staff_id and row.child_id in seen]


def _visible(look: Look, reach: Reach, unit: Unit, ids: Sequence[str]) -> set[str]:
    return visible_at_unit(look, reach, ids, unit.id, unit.today(look.now))
