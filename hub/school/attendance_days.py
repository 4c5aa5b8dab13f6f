"""How a day ends: whoever nobody saw leave is not here the next morning, and staff are asked when it left.

A child in shift care stays on over midnight. Schools mark who is here and never who left, so there nobody is asked.
"""

from collections.abc import Sequence
from datetime import date, time, timedelta

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.access import Reach
from hub.safety.audit import note
from hub.safety.guests import visible_at_unit
from hub.school.attendance import CLOCK, IN_SHIFT_CARE, LONGEST_NIGHTS, Attendance, read_anew
from hub.school.attendance_corrections import Times, correct, find_back_at
from hub.school.care_plans import list_plans_of
from hub.school.care_rules import takes_bookings

LAST_MINUTE = time(23, 59)
ASKED_DAYS = timedelta(days=7)
"""So long staff are asked when a child left."""
_OPEN = sa.and_(Attendance.left_at.is_(None), Attendance.taken_back_at.is_(None))
_OPEN_DAYS = sa.select(Attendance.unit_id, Attendance.day).where(_OPEN).distinct()


def close_days(work: Work) -> int:
    """Whoever is still marked here as its day ends left unseen; how many those were. Audited.

    Whoever is in shift care stays, three nights at most. A routine wakes it; days that it missed end the same.
    """
    closed = 0
    for unit_id, day in work.session.execute(_OPEN_DAYS).all():
        unit = work.session.get_one(Unit, unit_id)
        if unit.moment(day, LAST_MINUTE) <= work.now:
            closed += _close_day(work, unit, day)
    return closed


def _close_day(work: Work, unit: Unit, day: date) -> int:
    ends, longest = (unit.moment(on, LAST_MINUTE) for on in (day, day + timedelta(days=LONGEST_NIGHTS)))
    rows = work.session.execute(
        sa.select(Attendance, IN_SHIFT_CARE)
        .where(Attendance.unit_id == unit.id, Attendance.day == day, _OPEN)
        .order_by(Attendance.id)
    ).all()
    over = [(row, longest if stays else ends) for row, stays in rows if not stays or longest <= work.now]
    for row, at in over:
        row.left_at, row.left_marked_at, row.left_marked_by = max(row.came_at, at), work.now, CLOCK
        work.ring(LIVE, row.child_id)
    if over:
        note(work, "attendance.close", [row.id for row, _ in over])
    return len(over)


_UNSEEN = QuickSelect(
    sa.select(Attendance, Child)
    .join(Child, Child.id == Attendance.child_id)
    .where(
        Attendance.unit_id == sa.bindparam("unit"),
        Attendance.day >= sa.bindparam("first", type_=sa.Date),
        Attendance.day <= sa.bindparam("last", type_=sa.Date),
        Attendance.left_marked_by == CLOCK,
        Attendance.taken_back_at.is_(None),
    )
    .order_by(Attendance.day, Child.first_name, Child.last_name, Attendance.id)
)


def list_unseen(look: Look, reach: Reach, unit: Unit) -> list[tuple[Attendance, Child]]:
    """Of the last days, whom nobody saw leave and nobody has found out about since, by day and name, as the reach covers."""
    if not takes_bookings(unit):
        return []
    today = unit.today(look.now)
    found = _UNSEEN.rows(look, unit=unit.id, first=today - ASKED_DAYS, last=today)
    seen: dict[date, set[str]] = {}
    for row, child in found:
        seen.setdefault(row.day, set()).add(child.id)
    visible = {day: visible_at_unit(look, reach, ids, unit.id, day) for day, ids in seen.items()}
    return [(row, child) for row, child in found if child.id in visible[row.day]]


def settle_as_booked(work: Work, unit: Unit, rows: Sequence[Attendance], reason: str, by: str) -> None:
    """They left when their care was booked to end, or when the unit closed, and before they came again; but for those of whom
    somebody has found out meanwhile. Audited for each.

    Raises: what correct() does.
    """
    read_anew(work, rows)
    for row in rows:
        if not row.left_unseen or row.taken_back_at is not None:
            continue
        (plan,) = list_plans_of(work, unit, row.child_id, [row.day])
        ends = unit.moment(row.day, plan.hours[-1].end if plan.hours else unit.closes)
        if plan.hours and plan.hours[-1].is_overnight:
            ends = unit.moment(row.day + timedelta(days=1), plan.hours[-1].end)
        back_at = find_back_at(work, unit, row) or work.now
        correct(work, unit, row, Times(row.came_at, max(row.came_at, min(ends, back_at, work.now))), reason, by)
