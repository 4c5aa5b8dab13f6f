"""From which seat of a unit somebody is written to: their own, else the one that serves the child, a guest on its days, else
the office."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Placement
from hub.people.guest_places import GuestStay
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.places import Unit
from hub.people.staff import Role, RoleGroup, RoleKind
from hub.quick_select import QuickSelect
from hub.safety.access import DAY, placed

_CHILDREN: sa.BindParameter[Sequence[str]] = sa.bindparam("children", expanding=True)
_SERVES = sa.exists().where(
    RoleGroup.role_id == Role.id,
    sa.or_(
        RoleGroup.group_id.in_(sa.select(Placement.group_id).where(Placement.child_id.in_(_CHILDREN))),
        RoleGroup.group_id.in_(
            sa.select(GuestStay.group_id).where(GuestStay.child_id.in_(_CHILDREN), placed(DAY, GuestStay))
        ),
    ),
)
_SEATS = QuickSelect(
    sa.select(Role, VirtualNumber)
    .join(NumberAllocation, NumberAllocation.role_id == Role.id)
    .join(VirtualNumber, VirtualNumber.id == NumberAllocation.number_id)
    .where(Role.unit_id == sa.bindparam("unit"), NumberAllocation.released_at.is_(None))
    .order_by(
        sa.case(
            (Role.id.in_(sa.bindparam("own", expanding=True)), 0),
            (_SERVES, 1),
            (Role.kind == RoleKind.OFFICE, 2),
            else_=3,
        ),
        NumberAllocation.from_at,
        NumberAllocation.id,
    )
    .limit(1)
)


def find_seat(
    look: Look, unit_id: str, child_ids: Sequence[str], own_roles: Sequence[str] = (), day: date | None = None
) -> tuple[Role, VirtualNumber] | None:
    """The seat of a day, without one of today, and its number; None where the unit has no number."""
    day = day or look.session.get_one(Unit, unit_id).today(look.now)
    found = _SEATS.rows(look, unit=unit_id, children=list(child_ids), own=list(own_roles), day=day)
    return found[0] if found else None
