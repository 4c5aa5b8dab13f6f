"""A child's week as its family sees it: what is noted of each day, the hours it is expected, and when its units are closed.

Each fact is asked of the book that holds it. An application is shown to whoever may apply, a decision by name only once it was
granted: what else was decided stands in its letter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hub.calendars import Ground, list_closed
from hub.desk import Look
from hub.people.families import Child, Right
from hub.people.places import Unit
from hub.post.audience import list_children_for
from hub.post.family import Family
from hub.safety.guests import list_stays_of
from hub.school.absences import list_of_child
from hub.school.care_plans import Plan, Standing, list_booking_units, list_plans_of
from hub.school.early_pickups import EarlyPickup
from hub.school.fetching import Fetching
from hub.school.happenings import Happening, list_for_child
from hub.school.late_arrivals import LateArrival
from hub.school.leave import LeaveState
from hub.school.leave import list_of_child as list_leave
from hub.school.lessons import LessonCount, count_lessons, year_of
from hub.school.told import list_since_day

DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Noted:
    """One thing of a day: the name of its words, and what they need."""

    what: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FamilyDay:
    """`noted` is what somebody told or decided, `care` the hours, `closed` where the unit is closed, with what it is called;
    `happens` is what stands in the calendar."""

    day: date
    noted: tuple[Noted, ...]
    care: tuple[Noted, ...]
    closed: tuple[Noted, ...]
    is_weekend: bool
    happens: tuple[Happening, ...] = ()

    @property
    def is_blank(self) -> bool:
        """A weekend of which there is nothing to say."""
        is_empty = not self.noted and not self.happens
        return self.is_weekend and is_empty and not any(one.what == "care_booked" for one in self.care)


@dataclass(frozen=True, slots=True)
class FamilyWeek:
    """A child's week from a Monday on. `today` is the day that it is at its first unit; `lessons` is what the school year has
    come to, None where no lessons are noted."""

    child: Child
    today: date
    days: tuple[FamilyDay, ...]
    lessons: LessonCount | None


def read_family_week(look: Look, family: Family, child_id: str, monday: date) -> FamilyWeek:
    """Raises: NotThereError."""
    places = family.places_of(child_id)
    units = [family.units[id_] for id_ in dict.fromkeys(place.unit_id for place in places)]
    today = units[0].today(look.now)
    days = [monday + timedelta(days=n) for n in range(DAYS_A_WEEK)]
    closed = {unit.id: list_closed(look, unit, days[0], days[-1]) for unit in units}
    noted = [*_guest(look, child_id, days), *_told(look, child_id, days), *_leave(look, family, child_id, today, days)]
    care = _care(look, family, child_id, today, days)
    happens = list_for_child(look, family, child_id, days[0], days[-1])
    told = []
    for day in days:
        shut = [(unit, closed[unit.id][day]) for unit in units if day in closed[unit.id]]
        named = {(unit.name, one.name) for unit, one in shut if one.ground is not Ground.WEEKEND}
        told.append(
            FamilyDay(
                day=day,
                noted=tuple(one for at, one in noted if at == day),
                care=tuple(one for at, one in care if at == day),
                closed=tuple(Noted("closed", {"unit": unit, "called": called or ""}) for unit, called in sorted(named)),
                is_weekend=len(shut) == len(units) and not named,
                happens=tuple(one for one in happens if one.day <= day <= one.last_day),
            )
        )
    counts = (count_lessons(look, unit.id, [child_id], year_of(today), today) for unit in units)
    lessons = next((count[child_id] for count in counts if child_id in count), None)
    return FamilyWeek(places[0].child, today, tuple(told), lessons)


def _guest(look: Look, child_id: str, days: Sequence[date]) -> list[tuple[date, Noted]]:
    """Where it is looked after instead."""
    stays = list_stays_of(look, child_id, days[0], days[-1])
    return [
        (day, Noted("guest", {"unit": stay.unit.name}))
        for stay in stays
        for day in days
        if stay.first <= day <= min(stay.last, stay.held_to)
    ]


def _told(look: Look, child_id: str, days: Sequence[date]) -> list[tuple[date, Noted]]:
    """Away, later, earlier, and who fetches."""
    first, last = days[0], days[-1]
    away = {row.day for row in list_of_child(look, child_id, days)}
    found = [(day, Noted("away", {})) for day in sorted(away)]
    found += [
        (row.day, Noted("late", {"at": row.comes_at}))
        for row in list_since_day(look, LateArrival, child_id, first, last)
    ]
    found += [
        (row.day, Noted("early", {"at": row.leaves_at}))
        for row in list_since_day(look, EarlyPickup, child_id, first, last)
    ]
    return found + [
        (row.day, Noted("fetched", {"person": row.person}))
        for row in list_since_day(look, Fetching, child_id, first, last)
    ]


def _leave(look: Look, family: Family, child_id: str, today: date, days: Sequence[date]) -> list[tuple[date, Noted]]:
    """What was applied for and where it stands."""
    (places,) = list_children_for(look, family.guardian_ids, (Right.LEAVE,), today)
    if not any(place.child.id == child_id for place in places):
        return []
    found = []
    for one in list_leave(look, child_id):
        if one.state not in (LeaveState.WAITS, LeaveState.DECIDED):
            continue
        for day in set(one.days_off) & set(days):
            is_granted = day in one.days_granted
            what = (
                "leave_waits" if one.state == LeaveState.WAITS else "leave_granted" if is_granted else "leave_decided"
            )
            found.append((day, Noted(what, {})))
    return found


def _care(look: Look, family: Family, child_id: str, today: date, days: Sequence[date]) -> list[tuple[date, Noted]]:
    """The hours at each unit of theirs that takes bookings; closed days and those away are told elsewhere."""
    units = [unit for unit in list_booking_units(look, child_id, today) if unit.id in family.units]
    return [
        (plan.day, _say_plan(unit, plan, several=len(units) > 1))
        for unit in units
        for plan in list_plans_of(look, unit, child_id, days)
        if plan.standing not in (Standing.CLOSED, Standing.AWAY)
    ]


def _say_plan(unit: Unit, plan: Plan, *, several: bool) -> Noted:
    hours = [(period.start, period.end) for period in plan.hours]
    told: dict[str, Any] = {"unit": unit.name if several else ""}
    return Noted(f"care_{plan.standing}", told | ({"hours": hours} if plan.standing in TIMED else {}))


TIMED = frozenset({Standing.BOOKED, Standing.CLASH})
"""Where there are hours to tell; in a clash those that are reckoned with."""
