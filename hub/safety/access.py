"""Who may see what: one gatekeeper for each kind of object. Absent and forbidden raise the same.

Staff see by unit, group and dates; a protected child only when they are named as its readers. Rights are read at the
moment of use. Source: security rules S3.1 to S3.9 and S4.4.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from hub.asker import Trust
from hub.desk import Look, Refusal
from hub.language import sort_key
from hub.people.families import Block, Child, Guardianship, Placement
from hub.people.guest_places import GuestStay
from hub.people.places import Group, Unit
from hub.people.staff import WHOLE_UNIT, Role, RoleGroup, RoleHolding, RoleKind, Staff
from hub.quick_select import QuickSelect
from hub.safety.named_readers import NamedReader


class NotThereError(Refusal):
    """There is no such thing, or none that this asker may know of."""

    words = "refusals.not_there"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a member of staff serves today: whole units, single groups, and the units they lead.

    `administers`: they set what holds for all units of the owner. It lets them see no child.
    """

    staff_id: str
    owner_id: str
    whole_units: frozenset[str]
    groups: frozenset[str]
    units: frozenset[str]
    leads: frozenset[str]
    roles: frozenset[str]
    administers: bool = False

    def covers(self, unit_id: str, group_id: str) -> bool:
        return unit_id in self.whole_units or group_id in self.groups


_HELD = QuickSelect(
    sa.select(RoleHolding, Role, Unit, Staff)
    .join(Role, Role.id == RoleHolding.role_id)
    .join(Unit, Unit.id == Role.unit_id)
    .join(Staff, Staff.id == RoleHolding.staff_id)
    .where(RoleHolding.staff_id == sa.bindparam("staff"))
)
_GROUPS_OF = QuickSelect(
    sa.select(RoleGroup.group_id).where(RoleGroup.role_id.in_(sa.bindparam("roles", expanding=True)))
)
_UNIT = QuickSelect(sa.select(Unit).where(Unit.id == sa.bindparam("unit")))
_UNITS = QuickSelect(
    sa.select(Unit)
    .where(Unit.owner_id == sa.bindparam("owner"), Unit.id.in_(sa.bindparam("units", expanding=True)))
    .order_by(Unit.name)
)
_GROUPS = QuickSelect(
    sa.select(Group)
    .where(Group.owner_id == sa.bindparam("owner"), Group.unit_id == sa.bindparam("unit"))
    .order_by(Group.name)
)


def get_reach(look: Look, least: Trust = Trust.STRONG) -> Reach:
    """What the asking member of staff serves now. Raises: NotThereError when they serve nothing, are not staff, or it is less
    sure than `least` that it is they who ask."""
    if look.asker.kind != "staff" or look.asker.trust < least:
        raise NotThereError
    return reach_of(look, look.asker.id)


def reach_of(look: Look, staff_id: str) -> Reach:
    """What a member of staff serves now, whoever asks. Raises: NotThereError when they serve nothing."""
    rows = _HELD.rows(look, staff=staff_id)
    held = [(role, unit) for holding, role, unit, staff in rows if _in_force(look, holding, unit, staff)]
    if not held:
        raise NotThereError
    whole = frozenset(unit.id for role, unit in held if role.kind in WHOLE_UNIT)
    roles = frozenset(role.id for role, _ in held)
    serving = [role.id for role, _ in held if role.kind != RoleKind.ADMINISTRATOR]
    groups = _GROUPS_OF.rows(look, roles=serving)
    return Reach(
        staff_id=staff_id,
        owner_id=held[0][0].owner_id,
        whole_units=whole,
        groups=frozenset(group_id for (group_id,) in groups),
        units=frozenset(unit.id for _, unit in held),
        leads=frozenset(unit.id for role, unit in held if role.kind == RoleKind.LEADER),
        roles=roles,
        administers=any(role.kind == RoleKind.ADMINISTRATOR for role, _ in held),
    )


def _in_force(look: Look, holding: RoleHolding, unit: Unit, staff: Staff) -> bool:
    gone = staff.left_at is not None and staff.left_at <= look.now
    return not gone and holding.covers(unit.today(look.now), look.now)


def list_units(look: Look, reach: Reach) -> list[Unit]:
    """The units that the reach touches, by name."""
    return [unit for (unit,) in _UNITS.rows(look, owner=reach.owner_id, units=list(reach.units))]


def get_unit(look: Look, reach: Reach, unit_id: str) -> Unit:
    """Raises: NotThereError."""
    unit = next((unit for (unit,) in _UNIT.rows(look, unit=unit_id)), None)
    if unit is None or unit.owner_id != reach.owner_id or unit.id not in reach.units:
        raise NotThereError
    return unit


def list_groups(look: Look, reach: Reach, unit_id: str) -> list[Group]:
    """The groups of a unit that the reach covers, by name."""
    groups = _GROUPS.rows(look, owner=reach.owner_id, unit=unit_id)
    return [group for (group,) in groups if reach.covers(unit_id, group.id)]


def get_group(look: Look, reach: Reach, group_id: str) -> Group:
    """Raises: NotThereError."""
    group = look.session.get(Group, group_id)
    if group is None or group.owner_id != reach.owner_id or not reach.covers(group.unit_id, group.id):
        raise NotThereError
    return group


def placed(
    day: "date | sa.ColumnElement[date] | InstrumentedAttribute[date]", place: type[Placement] = Placement
) -> sa.ColumnElement[bool]:
    """Placements, or what is read as they are, that hold on a day."""
    return sa.and_(place.from_day <= day, sa.or_(place.to_day.is_(None), place.to_day >= day))


DAY: sa.BindParameter[date] = sa.bindparam("day", type_=sa.Date)


def _seen(place: type[Placement]) -> sa.ColumnElement[bool]:
    """A child and its place in a unit on a day, as the reach covers them."""
    return sa.and_(
        place.owner_id == sa.bindparam("owner"),
        place.unit_id == sa.bindparam("unit"),
        placed(DAY, place),
        sa.or_(
            place.unit_id.in_(sa.bindparam("whole_units", expanding=True)),
            place.group_id.in_(sa.bindparam("groups", expanding=True)),
        ),
        sa.or_(
            ~Child.protected,
            sa.exists().where(NamedReader.child_id == Child.id, NamedReader.staff_id == sa.bindparam("staff")),
        ),
    )


def children_in(place: type[Placement]) -> "QuickSelect[Child, str]":
    """The children of a unit on a day by their places there, for `seen_by` to narrow, each with its group's id."""
    return QuickSelect(
        sa.select(Child, place.group_id)
        .join(place, place.child_id == Child.id)
        .where(_seen(place))
        .order_by(Child.first_name, Child.last_name, Child.id)
    )


def visible_in(place: type[Placement]) -> "QuickSelect[str]":
    """Those of some children who are seen in a unit on a day by their places there."""
    return QuickSelect(
        sa.select(place.child_id)
        .join(Child, Child.id == place.child_id)
        .where(_seen(place), place.child_id.in_(sa.bindparam("children", expanding=True)))
    )


_CHILDREN, _VISIBLE = children_in(Placement), visible_in(Placement)


def seen_by(reach: Reach, unit_id: str, day: date) -> dict[str, Any]:
    """Whose reach it is, where and when, for the questions about places."""
    return {
        "owner": reach.owner_id,
        "unit": unit_id,
        "day": day,
        "whole_units": list(reach.whole_units),
        "groups": list(reach.groups),
        "staff": reach.staff_id,
    }


def visible_children(look: Look, reach: Reach, child_ids: Iterable[str], unit_id: str, day: date) -> set[str]:
    """Those of the children whom the reach covers in this unit on a day."""
    seen = _VISIBLE.rows(look, **seen_by(reach, unit_id, day), children=list(child_ids))
    return {child_id for (child_id,) in seen}


def list_children(look: Look, reach: Reach, unit: Unit, day: date) -> list[tuple[Child, str]]:
    """The children of a unit on a day whom the reach covers, each with its group's id, by the names they are called."""
    return as_called(_CHILDREN.rows(look, **seen_by(reach, unit.id, day)), unit)


def as_called(found: Iterable[tuple[Child, str]], unit: Unit) -> list[tuple[Child, str]]:
    """Children with their groups, in the order of the names they are called."""
    return sorted(found, key=lambda row: sort_key(f"{row[0].called} {row[0].last_name}", unit.languages[0]))


_BEGINNINGS = QuickSelect(
    sa.select(Placement.from_day)
    .where(
        Placement.unit_id == sa.bindparam("unit"),
        Placement.from_day > sa.bindparam("first", type_=sa.Date),
        Placement.from_day <= sa.bindparam("last", type_=sa.Date),
    )
    .distinct()
    .order_by(Placement.from_day)
)


def list_children_between(look: Look, reach: Reach, unit: Unit, first: date, last: date) -> list[tuple[Child, str]]:
    """The children of a unit on any day from the first to the last whom the reach covers, each once, with the group it was in
    first; in the order of the days on which they began."""
    found: dict[str, tuple[Child, str]] = {}
    beginnings = _BEGINNINGS.rows(look, unit=unit.id, first=first, last=last)
    for day in (first, *(begins for (begins,) in beginnings)):
        for child, group_id in list_children(look, reach, unit, day):
            found.setdefault(child.id, (child, group_id))
    return list(found.values())


_NAMED = sa.select(NamedReader.child_id).where(
    NamedReader.child_id == sa.bindparam("child"), NamedReader.staff_id == sa.bindparam("staff")
)


def places_of(place: type[Placement]) -> "sa.Select[Placement, Unit, Group]":
    """All places of a child."""
    return (
        sa.select(place, Unit, Group)
        .join(Unit, Unit.id == place.unit_id)
        .join(Group, Group.id == place.group_id)
        .where(place.child_id == sa.bindparam("child"))
    )


_PLACES = places_of(Placement)


def get_child(look: Look, reach: Reach, child_id: str) -> tuple[Child, list[tuple[Unit, Group]]]:
    """A child, and where it is placed today within the reach. Raises: NotThereError."""
    child = get_known(look, reach, child_id)
    places = places_within(look, reach, look.session.execute(_PLACES, {"child": child_id}))
    if not places:
        raise NotThereError
    return child, places


def get_known(look: Look, reach: Reach, child_id: str) -> Child:
    """A child of the owner who is not protected, or whose named reader the asker is: whether they serve it is still to be
    asked. Raises: NotThereError."""
    child = look.session.get(Child, child_id)
    if child is None or child.owner_id != reach.owner_id:
        raise NotThereError
    if child.protected and look.session.scalar(_NAMED, {"child": child.id, "staff": reach.staff_id}) is None:
        raise NotThereError
    return child


def places_within(look: Look, reach: Reach, rows: Iterable[tuple[Placement, Unit, Group]]) -> list[tuple[Unit, Group]]:
    """Those of the places that hold today and that the reach covers."""
    return [
        (unit, group)
        for placement, unit, group in rows
        if reach.covers(unit.id, group.id)
        and placement.from_day <= unit.today(look.now)
        and (placement.to_day is None or unit.today(look.now) <= placement.to_day)
    ]


def _children_of(place: type[Placement]) -> "sa.Select[str]":
    return (
        sa.select(Guardianship.child_id)
        .join(place, place.child_id == Guardianship.child_id)
        .where(
            Guardianship.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
            place.unit_id == sa.bindparam("unit"),
            placed(DAY, place),
            ~sa.exists().where(
                Block.guardian_id == Guardianship.guardian_id,
                Block.child_id == Guardianship.child_id,
                Block.lifted_at.is_(None),
            ),
        )
    )


_CHILDREN_OF, _GUESTS_OF = _children_of(Placement), _children_of(GuestStay)


def children_of_guardians(look: Look, guardian_ids: Iterable[str], unit_id: str, day: date) -> set[str]:
    """The children at a unit on a day, its guests too, whom any of the guardians has to do with, blocks aside."""
    asked = {"guardians": list(guardian_ids), "unit": unit_id, "day": day}
    return {*look.session.scalars(_CHILDREN_OF, asked), *look.session.scalars(_GUESTS_OF, asked)}
