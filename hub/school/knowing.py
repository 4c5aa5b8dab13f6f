"""Who knows at once that a child is away: whoever sees it on a list of their own, by places, services and roles today.

Nobody is told by a message of its own: the absence is one fact, and their lists are questions about it.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestStay
from hub.people.places import Unit, UnitKind
from hub.people.staff import WHOLE_UNIT, Role, RoleGroup, RoleHolding, Staff
from hub.quick_select import QuickSelect
from hub.safety.access import DAY, placed
from hub.safety.named_readers import NamedReader
from hub.school.services import ServiceKind, list_services_of


class Knows(StrEnum):
    """Whose list an absence stands on, in the order in which they are named."""

    CLASS = "class"
    GROUP = "group"
    CARER = "carer"
    CLUB = "club"
    MEALS = "meals"
    TRANSPORT = "transport"


_BY_UNIT = {
    UnitKind.SCHOOL: Knows.CLASS,
    UnitKind.PRESCHOOL: Knows.GROUP,
    UnitKind.FAMILY_DAY_CARE: Knows.CARER,
    UnitKind.AFTER_SCHOOL: Knows.CLUB,
}
_BY_SERVICE = {ServiceKind.MEALS: Knows.MEALS, ServiceKind.TRANSPORT: Knows.TRANSPORT}
_TODAY: sa.BindParameter[date] = sa.bindparam("today", type_=sa.Date)


def _sees(place: type[Placement]) -> sa.ColumnElement[bool]:
    """Somebody is on duty who sees this child on the board of this place."""
    return (
        sa.exists()
        .where(
            Role.unit_id == place.unit_id,
            RoleHolding.role_id == Role.id,
            RoleHolding.from_day <= _TODAY,
            sa.or_(RoleHolding.to_day.is_(None), RoleHolding.to_day >= _TODAY),
            RoleHolding.ended_at.is_(None),
            Staff.id == RoleHolding.staff_id,
            Staff.left_at.is_(None),
            sa.or_(
                Role.kind.in_(sorted(WHOLE_UNIT)),
                sa.exists().where(RoleGroup.role_id == Role.id, RoleGroup.group_id == place.group_id),
            ),
            sa.or_(
                ~Child.protected,
                sa.exists().where(NamedReader.child_id == Child.id, NamedReader.staff_id == Staff.id),
            ),
        )
        .correlate(place, Child)
    )


def _places(place: type[Placement]) -> "QuickSelect[str]":
    return QuickSelect(
        sa.select(Unit.kind)
        .join(place, place.unit_id == Unit.id)
        .join(Child, Child.id == place.child_id)
        .where(place.child_id.in_(sa.bindparam("children", expanding=True)), placed(DAY, place), _sees(place))
    )


_PLACES, _STAYS = _places(Placement), _places(GuestStay)


def list_knowing(look: Look, child_ids: Collection[str], day: date, today: date) -> list[Knows]:
    """On whose lists an absence of these children on a day stands, for those who serve there today."""
    if not child_ids:
        return []
    ids = list(child_ids)
    rows = [row for places in (_PLACES, _STAYS) for row in places.rows(look, children=ids, day=day, today=today)]
    found = {_BY_UNIT[UnitKind(kind)] for (kind,) in rows}
    found |= {_BY_SERVICE[ServiceKind(row.kind)] for row in list_services_of(look, ids, day)}
    return [knows for knows in Knows if knows in found]
