"""Who of a unit is looked after elsewhere on a day.

A child is counted where it is looked after. It stands as elsewhere at home only on a day on which the other unit is open, and
nobody looks for it at home as long as somebody does where it is. Who came home all the same is elsewhere for the other unit,
until it leaves. On the day on which its stay is called off it may be at either, and both look for it until it was seen at one.
It asks no rights of whoever looks: its callers do. Source: security rule S0.1.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from hub.calendars import is_open
from hub.desk import Look
from hub.people.guest_places import GuestPlace, GuestStay
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.access import DAY, placed
from hub.safety.guests import list_guest_homes, list_stays_of, list_unseen
from hub.school.attendance_read import list_here, list_standing
from hub.school.care_plans import list_plans
from hub.school.guest_asking import list_asked_for

ON_WAY = timedelta(hours=1)
"""So long a guest may be on its way from its own unit."""


class Elsewhere(NamedTuple):
    """Where a child of a unit is looked after that day. `is_looked_for`: it was seen there, or is asked for if it is not, where
    somebody may see it who serves there; `is_seen`: it was seen there. `left_at`: a guest has left its own unit again, and may
    be on its way."""

    unit_id: str
    unit: str
    is_looked_for: bool
    is_seen: bool
    left_at: datetime | None = None


_AWAY = QuickSelect(
    sa.select(GuestStay.child_id, Unit, GuestPlace.to_day)
    .join(GuestPlace, GuestPlace.id == GuestStay.id)
    .join(Unit, Unit.id == GuestStay.unit_id)
    .where(GuestPlace.home_unit_id == sa.bindparam("unit"), placed(DAY, GuestStay))
    .order_by(GuestStay.id)
)
_HERE = QuickSelect(
    sa.select(GuestStay.child_id, Unit, GuestPlace.to_day)
    .join(GuestPlace, GuestPlace.id == GuestStay.id)
    .join(Unit, Unit.id == GuestPlace.home_unit_id)
    .where(GuestStay.unit_id == sa.bindparam("unit"), placed(DAY, GuestStay))
    .order_by(GuestStay.id)
)


def list_elsewhere(look: Look, unit: Unit, day: date) -> dict[str, Elsewhere]:
    """By child, those who have a place at a unit and are guests of another, which is open that day, or were seen there; and its
    guests who are at their own unit now, or were seen where they are guests too."""
    hosts: dict[str, tuple[Unit, set[str], set[str]]] = {}
    for child_id, host, last in _AWAY.rows(look, unit=unit.id, day=day):
        _, ids, held = hosts.setdefault(host.id, (host, set(), set()))
        ids.add(child_id)
        held |= {child_id} if last >= day else set()
    found: dict[str, Elsewhere] = {}
    for host, ids, held in hosts.values():
        seen, expected = list_here(look, host, day, ids), held if is_open(look, host, day) else set[str]()
        asked_for = list_asked_for(look, host, day, expected - list_unseen(look, host, expected, day))
        for id_ in {*expected, *seen}:
            if id_ not in found or not found[id_].is_seen:
                found[id_] = Elsewhere(host.id, host.name, id_ in asked_for or id_ in seen, id_ in seen)
    return found | _list_other(look, unit, day)


def _list_other(look: Look, unit: Unit, day: date) -> dict[str, Elsewhere]:
    """The guests of a unit who came home all the same, or have left there again, or were seen where they are guests too."""
    homes = list_guest_homes(look, unit, day)
    asked: dict[str, tuple[Unit, set[str]]] = {}
    for child_id, home in homes.items():
        stays = [stay.unit for stay in list_stays_of(look, child_id, day, day) if stay.unit.id != unit.id]
        for other in (home, *stays):
            asked.setdefault(other.id, (other, set()))[1].add(child_id)
    found = {}
    for other, ids in asked.values():
        latest = {row.child_id: row for row in list_standing(look, other, day) if row.child_id in ids}
        for id_, row in latest.items():
            if row.left_at is None or homes[id_].id != other.id or _is_over(look, unit, id_, day, row.left_at):
                found[id_] = Elsewhere(other.id, other.name, is_looked_for=True, is_seen=True)
            elif id_ not in found:
                found[id_] = Elsewhere(other.id, other.name, is_looked_for=False, is_seen=False, left_at=row.left_at)
    return found


def _is_over(look: Look, unit: Unit, child_id: str, day: date, left_at: datetime) -> bool:
    """Whether a guest who left its own unit has no more care of that day before it."""
    (plan,) = list_plans(look, unit, [child_id], [day])
    return bool(plan.hours) and left_at + ON_WAY >= unit.moment(day, plan.hours[-1].end)


def list_called_off(look: Look, unit: Unit, day: date) -> dict[str, str]:
    """By child, the name of the other unit at which it may be too: its stay was called off on that day, and no other holds
    between the two."""
    rows = [*_AWAY.rows(look, unit=unit.id, day=day), *_HERE.rows(look, unit=unit.id, day=day)]
    held = {(child_id, other.id) for child_id, other, last in rows if last >= day}
    return {child_id: other.name for child_id, other, _ in rows if (child_id, other.id) not in held}
