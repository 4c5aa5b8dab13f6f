"""When each child who is here is to go home: by its booked care, an agreed night, what a family told of the day, or, where
nothing is known, by when the unit closes. Nothing else is kept of it."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa

from hub.desk import Look
from hub.people.places import Unit
from hub.safety.guests import list_guest_homes
from hub.school.care_decisions import AgreedHours, Shift
from hub.school.care_plans import Plan, list_plans, list_relied_on
from hub.school.day_board import OnBoard
from hub.school.going_home import list_going_home
from hub.school.not_fetched import LONGEST_TOLD

A_DAY = timedelta(days=1)


def list_home_times(look: Look, unit: Unit, day: date, here: Sequence[OnBoard]) -> dict[str, datetime]:
    """Of those who are here, by child. Whoever is in shift care with nothing booked may be here at any hour, and has none."""
    ids = [on.child.id for on in here]
    plans = list_relied_on(look, unit, list_plans(look, unit, ids, [day - A_DAY, day]))
    booked = {(plan.child_id, plan.day): _ends(unit, plan) for plan in plans if plan.hours}
    in_shifts = _list_in_shift_care(look, unit, ids, day)
    homes = list_going_home(look, ids, day)
    found = {}
    for on in here:
        nights = booked.get((on.child.id, day - A_DAY)) if on.came_on is not None and on.came_on < day else None
        ends = (booked.get((on.child.id, day)), nights)
        at = max((end for end in ends if end is not None and end >= unit.moment(day, time())), default=None)
        if at is None and (on.child.id in in_shifts or on.came_on != day):
            continue
        closes = unit.moment(day, unit.closes)
        if at is None or (on.came_at is not None and at <= on.came_at):  # it came after the time that was booked
            at = closes
        home = homes.get(on.child.id)
        if home is not None and home.leaves_at is not None and not (home.is_untold or home.is_disputed):
            told = unit.moment(day, home.leaves_at)
            at = told if at < told <= at + LONGEST_TOLD else at
        found[on.child.id] = at
    return found


def _ends(unit: Unit, plan: Plan) -> datetime:
    last = plan.hours[-1]
    return unit.moment(plan.day + A_DAY if last.is_overnight else plan.day, last.end)


def _list_in_shift_care(look: Look, unit: Unit, child_ids: Sequence[str], day: date) -> set[str]:
    """Those who may be here outside the unit's hours on a day, or stayed from one of the days before; guests as at home."""
    rows = look.session.scalars(
        sa.select(AgreedHours).where(
            AgreedHours.unit_id.in_([unit.id, *(home.id for home in list_guest_homes(look, unit, day).values())]),
            AgreedHours.child_id.in_(list(child_ids)),
            AgreedHours.shift != Shift.NONE,
        )
    )
    return {row.child_id for row in rows if row.covers(day) or row.covers(day - A_DAY)}
