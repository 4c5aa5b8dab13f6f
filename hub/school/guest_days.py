"""Who of a unit is looked after elsewhere on a day.

A child is counted where it is looked after. It stands as elsewhere at home only on a day on which the other unit is open, and
nobody looks for it at home as long as somebody does where it is. Who came home all the same is elsewhere for the other unit,
until it leaves. It asks no rights of whoever looks: its callers do.
Source: security rule S0.1.
"""

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from hub.calendars import is_open
from hub.desk import Look
from hub.people.guest_places import GuestPlace, GuestStay
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.access import DAY, placed
from hub.safety.guests import list_guest_homes, list_unseen
from hub.school.attendance_read import list_here, list_standing
from hub.school.ladders import get_times


class Elsewhere(NamedTuple):
    """Where a child of a unit is looked after that day. `is_looked_for`: it was seen there, or is asked for if it is not, where
    somebody may see it who serves there; `is_seen`: it was seen there."""

    unit_id: str
    unit: str
    is_looked_for: bool
    is_seen: bool


_AWAY = QuickSelect(
    sa.select(GuestStay.child_id, Unit)
    .join(GuestPlace, GuestPlace.id == GuestStay.id)
    .join(Unit, Unit.id == GuestStay.unit_id)
    .where(GuestPlace.home_unit_id == sa.bindparam("unit"), placed(DAY, GuestStay))
    .order_by(GuestStay.id)
)


def list_elsewhere(look: Look, unit: Unit, day: date) -> dict[str, Elsewhere]:
    """By child, those who have a place at a unit and are guests of another, which is open that day; and its guests who are at
    their own unit now."""
    hosts: dict[str, tuple[Unit, list[str]]] = {}
    for child_id, host in _AWAY.rows(look, unit=unit.id, day=day):
        hosts.setdefault(host.id, (host, []))[1].append(child_id)
    found: dict[str, Elsewhere] = {}
    for host, ids in hosts.values():
        if not is_open(look, host, day):
            continue
        seen, unseen = list_here(look, host, day, ids), list_unseen(look, host, ids, day)
        asked_for = set(ids) - unseen if get_times(look, host).is_on else set[str]()
        found |= {id_: Elsewhere(host.id, host.name, id_ in asked_for or id_ in seen, id_ in seen) for id_ in ids}
    return found | _list_come_home(look, unit, day)


def _list_come_home(look: Look, unit: Unit, day: date) -> dict[str, Elsewhere]:
    guests = list_guest_homes(look, unit, day)
    homes = {home.id: home for home in guests.values()}
    there = {row.child_id: (row, home) for home in homes.values() for row in list_standing(look, home, day)}
    return {
        id_: Elsewhere(home.id, home.name, is_looked_for=True, is_seen=True)
        for id_, (row, home) in there.items()
        if row.left_at is None and id_ in guests and guests[id_].id == home.id
    }
