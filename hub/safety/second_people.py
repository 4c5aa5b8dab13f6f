"""Who may say yes to a list that a colleague asks for: a second person, who may see all that it tells, or an administrator.

Both are asked by their rights as they are now. Source: security rules S3.4, S4.6 and S7.9.
"""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Look
from hub.people.places import Unit
from hub.people.staff import LOOKS_AFTER, WHOLE_UNIT, Role, RoleGroup, RoleHolding, RoleKind, Staff, list_hands
from hub.safety.access import NotThereError, Reach, get_reach, list_children_between, list_groups
from hub.safety.export_wishes import OF_CARE, Wish
from hub.safety.guests import list_guests_between

SETTLED = timedelta(days=7)
"""Somebody whose way in a colleague made later than that ago may be that colleague, and is no second person beside them."""
MOST_NAMED = 6


def serves(look: Look, reach: Reach, unit_id: str) -> bool:
    """Whether the reach covers children of a unit, rather than the unit alone."""
    return unit_id in reach.whole_units or bool(list_groups(look, reach, unit_id))


def list_second_people(look: Look, wish: Wish) -> list[Staff]:
    """Who may say yes to what the asker asks for, some of them. Raises: NotThereError."""
    reach = get_reach(look)
    asked = {"owner": reach.owner_id, "units": wish.unit_ids, "me": reach.staff_id}
    candidates = look.session.scalars(_CANDIDATES, asked).all()
    found: list[Staff] = []
    for staff in {one.id: one for one in candidates}.values():
        other = find_reach(look, staff.id)
        if other is not None and is_second(look, other, reach, wish):
            found.append(staff)
        if len(found) == MOST_NAMED:
            break
    return found


_CANDIDATES = (
    sa.select(Staff)
    .join(RoleHolding, RoleHolding.staff_id == Staff.id)
    .join(Role, Role.id == RoleHolding.role_id)
    .where(
        Staff.owner_id == sa.bindparam("owner"),
        Staff.id != sa.bindparam("me"),
        sa.or_(
            Role.kind == RoleKind.ADMINISTRATOR,
            Role.unit_id.in_(sa.bindparam("units", expanding=True)),
        ),
    )
    .order_by(
        Role.kind.in_(sorted(WHOLE_UNIT)).desc(),
        (Role.kind == RoleKind.ADMINISTRATOR).desc(),
        Staff.first_name,
        Staff.last_name,
        Staff.id,
    )
)
_CARING = sa.select(Role).where(Role.id.in_(sa.bindparam("roles", expanding=True)), Role.kind.in_(sorted(LOOKS_AFTER)))
_GROUPS = sa.select(RoleGroup.group_id).where(RoleGroup.role_id.in_(sa.bindparam("roles", expanding=True)))


def is_second(look: Look, reach: Reach, asker: Reach, wish: Wish) -> bool:
    """Whether the reach is a second person's: another's, by a way in of their own, who may see each child that the asker sees;
    or an administrator's, who sees none. Source: security rule S4.6."""
    since = look.now - SETTLED
    if list_hands(look, reach.staff_id, since) & list_hands(look, asker.staff_id, since):
        return False
    units = [look.session.get_one(Unit, unit_id) for unit_id in wish.unit_ids]
    if not all(serves(look, asker, unit.id) for unit in units):
        return False
    if not any(serves(look, reach, unit.id) for unit in units):
        return reach.administers
    theirs, own = _as_of(look, asker, wish), _as_of(look, reach, wish)
    return all(_list_seen(look, theirs, unit, wish) <= _list_seen(look, own, unit, wish) for unit in units)


def _list_seen(look: Look, reach: Reach, unit: Unit, wish: Wish) -> set[str]:
    today = unit.today(look.now)
    first, last = wish.first or today, wish.last or today
    seen = list_children_between(look, reach, unit, first, last)
    return {child.id for child, _ in seen} | list_guests_between(look, reach, unit, first, last)


def _as_of(look: Look, reach: Reach, wish: Wish) -> Reach:
    """The reach by those roles alone that see such a list."""
    if wish.kind not in OF_CARE:
        return reach
    roles = list(look.session.scalars(_CARING, {"roles": sorted(reach.roles)}))
    groups = look.session.scalars(_GROUPS, {"roles": [role.id for role in roles]})
    whole = frozenset(role.unit_id for role in roles if role.kind in WHOLE_UNIT)
    return replace(reach, whole_units=whole, groups=frozenset(groups))


def find_reach(look: Look, staff_id: str) -> Reach | None:
    """What a colleague serves now; None where that is nothing."""
    them = replace(look.asker, kind="staff", id=staff_id, trust=Trust.STRONG)
    try:
        return get_reach(Look(look.session, look.now, look.words, them))
    except NotThereError:
        return None
