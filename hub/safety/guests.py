"""The guests of a unit are seen by its staff on the day, and by nobody there before or after: by whoever serves the group that
takes them in, and a protected child by its named readers alone.

Whoever asks here sees guests and those who have a place alike. The book, consents, leave and what else is settled where a
child is at home is asked for through hub.safety.access, where a guest is not there. Source: security rules S3.1, S3.5 and S4.4.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestPlace, GuestStay
from hub.people.places import Group, Unit
from hub.people.staff import Role, RoleHolding
from hub.quick_select import QuickSelect
from hub.safety.access import (
    DAY,
    NotThereError,
    Reach,
    as_called,
    children_in,
    get_known,
    list_children,
    placed,
    places_of,
    places_within,
    seen_by,
    visible_children,
    visible_in,
)
from hub.safety.named_readers import NamedReader

_GUESTS, _VISIBLE_GUESTS = children_in(GuestStay), visible_in(GuestStay)
_PLACES, _STAYS = places_of(Placement), places_of(GuestStay)

_HOMES = QuickSelect(
    sa.select(GuestStay.child_id, Unit)
    .join(GuestPlace, GuestPlace.id == GuestStay.id)
    .join(Unit, Unit.id == GuestPlace.home_unit_id)
    .where(GuestStay.unit_id == sa.bindparam("unit"), placed(DAY, GuestStay))
    .order_by(GuestStay.id)
)


def list_guest_homes(look: Look, unit: Unit, day: date) -> dict[str, Unit]:
    """By child, where the guests of a unit on a day are at home. It asks no rights of whoever looks: its callers do."""
    return dict(_HOMES.rows(look, unit=unit.id, day=day))


DURING = (
    GuestStay.from_day <= sa.bindparam("last", type_=sa.Date),
    GuestStay.to_day >= sa.bindparam("first", type_=sa.Date),
)
"""On any day from the first to the last."""

_STAYS_BETWEEN = QuickSelect(
    sa.select(GuestStay.child_id, Unit, GuestStay.from_day, GuestStay.to_day)
    .join(GuestPlace, GuestPlace.id == GuestStay.id)
    .join(Unit, Unit.id == GuestPlace.home_unit_id)
    .where(
        GuestStay.unit_id == sa.bindparam("unit"),
        *DURING,
    )
    .order_by(GuestStay.id)
)


class StayAs(NamedTuple):
    """The days of a child as a guest, and where it is at home."""

    child_id: str
    home: Unit
    first: date
    last: date


def list_stays_between(look: Look, unit: Unit, first: date, last: date) -> list[StayAs]:
    """The guests of a unit on any day from the first to the last. It asks no rights of whoever looks: its callers do."""
    return [StayAs._make(row) for row in _STAYS_BETWEEN.rows(look, unit=unit.id, first=first, last=last)]


_STAYS_AWAY = QuickSelect(
    sa.select(GuestStay.child_id, Unit, GuestStay.from_day, GuestStay.to_day, GuestPlace.to_day)
    .join(GuestPlace, GuestPlace.id == GuestStay.id)
    .join(Unit, Unit.id == GuestPlace.unit_id)
    .where(
        GuestPlace.home_unit_id == sa.bindparam("unit"),
        *DURING,
    )
    .order_by(GuestStay.id)
)


class StayAway(NamedTuple):
    """The days that a child of a unit is held as a guest of another."""

    child_id: str
    host: Unit
    first: date
    last: date


def list_stays_away(look: Look, home: Unit, first: date, last: date) -> list[StayAway]:
    """Those of a unit's own children on any day from the first to the last. It asks no rights of whoever looks: its callers
    do."""
    rows = _STAYS_AWAY.rows(look, unit=home.id, first=first, last=last)
    return [StayAway(child_id, host, begins, min(ends or held, held)) for child_id, host, begins, ends, held in rows]


_STAYS_OF = QuickSelect(
    sa.select(Unit, GuestStay.from_day, GuestStay.to_day, GuestPlace.to_day)
    .join(GuestStay, GuestStay.unit_id == Unit.id)
    .join(GuestPlace, GuestPlace.id == GuestStay.id)
    .where(
        GuestStay.child_id == sa.bindparam("child"),
        *DURING,
    )
    .order_by(GuestStay.from_day, GuestStay.id)
)


class StayAt(NamedTuple):
    """The days of a child as a guest of a unit. `held_to` is before the `last` where it was called off on that day."""

    unit: Unit
    first: date
    last: date
    held_to: date


def list_stays_of(look: Look, child_id: str, first: date, last: date) -> list[StayAt]:
    """Those of a child on any day from the first to the last. It asks no rights of whoever looks: its callers do."""
    return [StayAt._make(row) for row in _STAYS_OF.rows(look, child=child_id, first=first, last=last)]


def list_guests(look: Look, reach: Reach, unit: Unit, day: date) -> list[tuple[Child, str]]:
    """The guests of a unit on a day whom the reach covers, each once, with the id of the group that takes it in; also where it
    is at home in several groups."""
    found = {child.id: (child, group_id) for child, group_id in _GUESTS.rows(look, **seen_by(reach, unit.id, day))}
    return as_called(found.values(), unit)


def list_guests_between(look: Look, reach: Reach, unit: Unit, first: date, last: date) -> set[str]:
    """The ids of the guests of a unit on any day from the first to the last whom the reach covers."""
    beginnings = {max(first, stay.first) for stay in list_stays_between(look, unit, first, last)}
    return {child.id for day in beginnings for child, _ in list_guests(look, reach, unit, day)}


_READERS = (
    sa.select(NamedReader.child_id, RoleHolding)
    .join(RoleHolding, RoleHolding.staff_id == NamedReader.staff_id)
    .join(Role, Role.id == RoleHolding.role_id)
    .where(Role.unit_id == sa.bindparam("unit"), NamedReader.child_id.in_(sa.bindparam("children", expanding=True)))
)
_PROTECTED = QuickSelect(
    sa.select(Child.id).where(Child.id.in_(sa.bindparam("children", expanding=True)), Child.protected)
)


def list_unseen(look: Look, unit: Unit, child_ids: Collection[str], day: date) -> set[str]:
    """Those of the children whom nobody who serves at a unit on a day may see: protected, and none of their readers is there.
    It asks no rights of whoever looks: its callers do."""
    protected = {child_id for (child_id,) in _PROTECTED.rows(look, children=list(child_ids))}
    if not protected:
        return protected
    rows = look.session.execute(_READERS, {"unit": unit.id, "children": list(protected)})
    return protected - {child_id for child_id, holding in rows if holding.covers(day, look.now)}


def list_at_unit(look: Look, reach: Reach, unit: Unit, day: date) -> list[tuple[Child, str]]:
    """All who are looked after at a unit on a day, guests too, whom the reach covers; by the names they are called.

    Who has a place there is none of its guests.
    """
    found = list_children(look, reach, unit, day)
    own = {child.id for child, _ in found}
    guests = [(child, group_id) for child, group_id in list_guests(look, reach, unit, day) if child.id not in own]
    return as_called([*found, *guests], unit) if guests else found


def visible_at_unit(look: Look, reach: Reach, child_ids: Iterable[str], unit_id: str, day: date) -> set[str]:
    """Those of the children whom the reach covers in this unit on a day, as a guest or by their place."""
    asked: Collection[str] = list(child_ids)
    seen = visible_children(look, reach, asked, unit_id, day)
    return seen if len(seen) == len(set(asked)) else seen | visible_guests(look, reach, asked, unit_id, day)


def visible_guests(look: Look, reach: Reach, child_ids: Iterable[str], unit_id: str, day: date) -> set[str]:
    """Those of the children whom the reach covers in this unit on a day as its guests."""
    rows = _VISIBLE_GUESTS.rows(look, **seen_by(reach, unit_id, day), children=list(child_ids))
    return {child_id for (child_id,) in rows}


def get_looked_after(look: Look, reach: Reach, child_id: str) -> tuple[Child, list[tuple[Unit, Group]]]:
    """A child, and where it is looked after today within the reach: where it has a place, then where it is a guest.

    Raises: NotThereError.
    """
    child, asked = get_known(look, reach, child_id), {"child": child_id}
    rows = [row for question in (_PLACES, _STAYS) for row in look.session.execute(question, asked)]
    places = places_within(look, reach, rows)
    if not places:
        raise NotThereError
    return child, places
