"""Who may see and change the roles of a unit: everybody who serves there sees them; leaders change them all, and the
office all but the leader's. What holds for all units of an owner, and who may set it, is for its administrators alone.
Source: security rules S3.1 and S3.2."""

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look
from hub.people.places import Group, Owner, Unit
from hub.people.staff import Role, RoleGroup, RoleHolding, RoleKind, Staff
from hub.safety.access import DAY, NotThereError, Reach, get_reach, get_unit

MOST_COLLEAGUES = 500


_UNIT: sa.BindParameter[str] = sa.bindparam("unit")
_OF_UNIT = (
    sa.select(Role).where(Role.owner_id == sa.bindparam("owner"), Role.unit_id == _UNIT).order_by(Role.title, Role.id)
)
_OFFICES = sa.select(Role.id).where(
    Role.unit_id == _UNIT, Role.kind == RoleKind.OFFICE, Role.id.in_(sa.bindparam("roles", expanding=True))
)
_GROUP_NAMES = (
    sa.select(Group.name)
    .join(RoleGroup, RoleGroup.group_id == Group.id)
    .where(RoleGroup.role_id == sa.bindparam("role"))
    .order_by(Group.name)
)
_HAS_BEEN_HERE = sa.exists().where(
    RoleHolding.staff_id == Staff.id, RoleHolding.role_id == Role.id, Role.unit_id == _UNIT
)
_HOLDS_A_ROLE = sa.exists().where(
    RoleHolding.staff_id == Staff.id,
    RoleHolding.ended_at.is_(None),
    sa.or_(RoleHolding.to_day.is_(None), RoleHolding.to_day >= DAY),
)
_COLLEAGUES = (
    sa.select(Staff)
    .where(
        Staff.owner_id == sa.bindparam("owner"),
        sa.or_(Staff.left_at.is_(None), Staff.left_at > sa.bindparam("now", type_=Utc)),
        sa.or_(_HAS_BEEN_HERE, ~_HOLDS_A_ROLE),
    )
    .order_by(Staff.first_name, Staff.last_name, Staff.id)
    .limit(MOST_COLLEAGUES)
)


def list_roles(look: Look, reach: Reach, unit: Unit) -> list[Role]:
    """The roles of a unit of the reach, by title."""
    if unit.id not in reach.units:
        return []
    return list(look.session.scalars(_OF_UNIT, {"owner": reach.owner_id, "unit": unit.id}))


def get_role(look: Look, reach: Reach, role_id: str) -> tuple[Role, Unit]:
    """A role and its unit. Raises: NotThereError."""
    role = look.session.get(Role, role_id)
    if role is None or role.owner_id != reach.owner_id:
        raise NotThereError
    return role, get_unit(look, reach, role.unit_id)


def get_role_to_change(look: Look, reach: Reach, role_id: str) -> tuple[Role, Unit]:
    """Raises: NotThereError, also when the asker may only see it."""
    role, unit = get_role(look, reach, role_id)
    if not may_change(look, reach, role):
        raise NotThereError
    return role, unit


def may_change(look: Look, reach: Reach, role: Role) -> bool:
    """Whether the asker may say who holds a role and which number it has."""
    if role.kind == RoleKind.ADMINISTRATOR:
        return reach.administers and role.unit_id in reach.units
    if role.unit_id in reach.leads:
        return True
    return role.kind != RoleKind.LEADER and may_run(look, reach, role.unit_id)


def may_run(look: Look, reach: Reach, unit_id: str) -> bool:
    """Whether the asker leads a unit, or is its office."""
    if unit_id in reach.leads:
        return True
    asked = {"unit": unit_id, "roles": list(reach.roles)}
    return look.session.scalars(_OFFICES, asked).first() is not None


def get_administered(look: Look) -> Owner:
    """The owner whose settings the asker may change for all its units. Raises: NotThereError."""
    reach = get_reach(look)
    if not reach.administers:
        raise NotThereError
    return look.session.get_one(Owner, reach.owner_id)


def list_group_names(look: Look, role: Role) -> list[str]:
    """The groups that a role serves; none for one that serves its whole unit."""
    return list(look.session.scalars(_GROUP_NAMES, {"role": role.id}))


def list_colleagues(look: Look, reach: Reach, unit: Unit) -> list[Staff]:
    """Who may be given a role at a unit: those who have had one there, and those of the owner who hold none, by name."""
    asked = {"owner": reach.owner_id, "unit": unit.id, "day": unit.today(look.now), "now": look.now}
    return list(look.session.scalars(_COLLEAGUES, asked))


def get_colleague(look: Look, reach: Reach, unit: Unit, staff_id: str) -> Staff:
    """One of those. Raises: NotThereError."""
    found = next((staff for staff in list_colleagues(look, reach, unit) if staff.id == staff_id), None)
    if found is None:
        raise NotThereError
    return found
