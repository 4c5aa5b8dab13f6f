"""Guests on *Week*: whom the unit has for some days, and which of its own are with another meanwhile.

A guest is counted for its days among the children and the adults they need. Its name stands there on the day, and before for
those who arrange guests here. Source: security rule S3.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hub.calendars import list_closed
from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import Reach
from hub.safety.guests import list_guests, list_stays_away, list_stays_between
from hub.school.guest_care import list_arranged_units


@dataclass(frozen=True, slots=True)
class WeekGuest:
    """A child that is a guest on some `days`, in a group of the unit. `is_named` for the reader."""

    child: Child
    group_id: str
    home: str
    days: frozenset[date]
    is_named: bool


def list_week_guests(look: Look, reach: Reach, unit: Unit, days: Sequence[date]) -> list[WeekGuest]:
    """Those of the days whom the reach covers, by the names they are called."""
    stays = list_stays_between(look, unit, days[0], days[-1])
    if not stays:
        return []
    homes = {stay.child_id: stay.home.name for stay in stays}
    today, arranges = unit.today(look.now), unit.id in list_arranged_units(look, reach)
    found: dict[str, tuple[Child, str, set[date]]] = {}
    for day in days:
        for child, group_id in list_guests(look, reach, unit, day):
            found.setdefault(child.id, (child, group_id, set()))[2].add(day)
    here = {child.id for child, _ in list_guests(look, reach, unit, today)}
    guests = (
        WeekGuest(child, group_id, homes[id_], frozenset(its), arranges or id_ in here)
        for id_, (child, group_id, its) in found.items()
    )
    return sorted(guests, key=lambda one: (one.child.first_name, one.child.last_name, one.child.id))


def list_days_away(look: Look, unit: Unit, days: Sequence[date]) -> Mapping[tuple[str, date], str]:
    """Of the unit's own children, the days on which another, open, has them, and its name."""
    found: dict[tuple[str, date], str] = {}
    closed: dict[str, frozenset[date]] = {}
    for stay in list_stays_away(look, unit, days[0], days[-1]):
        if stay.host.id not in closed:
            closed[stay.host.id] = frozenset(list_closed(look, stay.host, days[0], days[-1]))
        its = (day for day in days if stay.first <= day <= stay.last and day not in closed[stay.host.id])
        found |= {(stay.child_id, day): stay.host.name for day in its}
    return found
