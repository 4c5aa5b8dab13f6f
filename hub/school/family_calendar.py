"""What lies ahead of a family's children, for all of them in one list: what happens, and the days when their places are closed.

By rights as they are now, and by where each child is. Source: security rule S3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from hub.calendars import SATURDAY, list_closed
from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.family import Family
from hub.school.happenings import Happening, list_for_child

AHEAD = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Ahead:
    """One thing that lies ahead, and the children whom it concerns. `happening` is None on closed days, which have a `name`."""

    day: date
    last_day: date
    name: str
    unit: Unit
    children: tuple[Child, ...]
    happening: Happening | None = None


@dataclass(frozen=True, slots=True)
class FamilyCalendar:
    """The nearest is first. `today` is the day that it is at the first unit."""

    today: date
    ahead: tuple[Ahead, ...]


def read_family_calendar(look: Look, family: Family) -> FamilyCalendar:
    """Of all children of whom each of them may know."""
    today = family.first_unit.today(look.now)
    children = {place.child.id: place.child for place in family.knows}
    found: dict[str, tuple[Happening, list[Child]]] = {}
    for child in children.values():
        for happening in list_for_child(look, family, child.id, today, today + AHEAD):
            found.setdefault(happening.id, (happening, []))[1].append(child)
    happens = [
        Ahead(one.day, one.last_day, one.name, family.units[one.unit_id], tuple(concerned), one)
        for one, concerned in found.values()
    ]
    closed = [each for unit in family.units.values() for each in _list_closed(look, family, unit, today)]
    in_order = sorted([*happens, *closed], key=lambda one: (one.day, one.happening is not None, one.unit.id, one.name))
    return FamilyCalendar(today, tuple(in_order))


def _list_closed(look: Look, family: Family, unit: Unit, today: date) -> Sequence[Ahead]:
    """Days that bear one name are one, also over a weekend; a weekend tells nobody anything."""
    children = {place.child.id: place.child for place in family.knows if place.unit_id == unit.id}
    if not children:
        return []
    closed = list_closed(look, unit, today, today + AHEAD)
    out: list[Ahead] = []
    for one in closed.values():
        if one.name is None or one.day.weekday() >= SATURDAY:
            continue
        first = one.day
        if out and out[-1].name == one.name and _all_between(out[-1].last_day, first) <= closed.keys():
            first = out.pop().day
        out.append(Ahead(first, one.day, one.name, unit, tuple(children.values())))
    return out


def _all_between(first: date, last: date) -> set[date]:
    return {first + timedelta(days=n) for n in range(1, (last - first).days)}
