"""Who may send a broadcast to whom: administrators to all of their owner, those who serve a whole unit to it, its groups and
its children, teachers to the groups that they teach. Asked when it is composed, and again when it leaves.

Source: security rules S2.5, S3.1, S3.2 and S3.4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.desk import Look
from hub.people.families import Placement
from hub.people.places import Group, Owner, Unit
from hub.people.staff import WHOLE_UNIT, Role, RoleGroup, RoleKind, Staff
from hub.post.broadcasts import Broadcast, Place, Reply, Scope
from hub.post.narrowing import EVERYBODY, Narrowing
from hub.safety.access import (
    NotThereError,
    Reach,
    get_reach,
    get_unit,
    list_groups,
    list_units,
    placed,
    visible_children,
)

TEACHERS = frozenset({RoleKind.CONTACT_TEACHER, RoleKind.TEACHER})
_LEADING_FIRST = (RoleKind.LEADER, RoleKind.OFFICE, RoleKind.CLUB, RoleKind.CARER)
_TEACHING_FIRST = (RoleKind.CONTACT_TEACHER, RoleKind.TEACHER)


@dataclass(frozen=True, slots=True)
class Sending:
    """What a member of staff may send to: `reach` covers only what they serve by a role that may send."""

    reach: Reach
    roles: tuple[Role, ...]

    def list_units(self, look: Look) -> list[tuple[Unit, list[Group]]]:
        """The units, each with the groups of it that they may send to; by name."""
        found = [(unit, list_groups(look, self.reach, unit.id)) for unit in list_units(look, self.reach)]
        return [(unit, groups) for unit, groups in found if groups or unit.id in self.reach.whole_units]


def get_sending(look: Look) -> Sending:
    """Raises: NotThereError when the asker may send to nobody."""
    reach = get_reach(look)
    roles = look.session.scalars(sa.select(Role).where(Role.id.in_(list(reach.roles))).order_by(Role.id)).all()
    teaching = [role.id for role in roles if role.kind in TEACHERS]
    groups = look.session.scalars(sa.select(RoleGroup.group_id).where(RoleGroup.role_id.in_(teaching)))
    narrowed = replace(reach, groups=frozenset(groups))
    sending = tuple(r for r in roles if r.kind in WHOLE_UNIT | TEACHERS or r.kind == RoleKind.ADMINISTRATOR)
    if not sending:
        raise NotThereError
    return Sending(narrowed, sending)


def get_place(
    look: Look,
    scope: Scope,
    unit_id: str | None,
    group_ids: Sequence[str] = (),
    child_ids: Sequence[str] = (),
    narrowing: Narrowing = EVERYBODY,
) -> Place:
    """For whom, by which seat, and under which name. Raises: NotThereError when the asker may not send there, or may not know
    what it is narrowed by."""
    place = _find_place(look, get_sending(look), scope, unit_id, group_ids, child_ids)
    _check_narrowing(look, scope, narrowing)
    return replace(place, narrowing=narrowing)


def _check_narrowing(look: Look, scope: Scope, narrowing: Narrowing) -> None:
    """Where children are and what was consented to is known to those who serve these children, not to who administers all; who
    has answered a broadcast, to those who may read that one. Raises: NotThereError."""
    if narrowing.by_child and scope is Scope.OWNER:
        raise NotThereError
    if narrowing.unanswered_id is not None and get_broadcast(look, narrowing.unanswered_id).reply != Reply.CHOICES:
        raise NotThereError


def _find_place(
    look: Look,
    sending: Sending,
    scope: Scope,
    unit_id: str | None,
    group_ids: Sequence[str],
    child_ids: Sequence[str],
) -> Place:
    if scope is Scope.OWNER:
        return _owner_place(look, sending)
    unit = get_unit(look, sending.reach, unit_id or "")
    if scope is Scope.UNIT:
        if unit.id not in sending.reach.whole_units:
            raise NotThereError
        role = _first(sending.roles, unit.id, _LEADING_FIRST)
        return Place(unit.owner_id, scope, unit.name, role.id, unit.id)
    covered = {group.id: group for group in list_groups(look, sending.reach, unit.id)}
    groups = sorted((covered[id_] for id_ in set(group_ids) if id_ in covered), key=lambda group: group.name)
    children = tuple(sorted(set(child_ids)))
    if scope is Scope.GROUPS and (not groups or len(groups) != len(set(group_ids))):
        raise NotThereError
    if scope is Scope.CHILDREN:
        today = unit.today(look.now)
        if not children or visible_children(look, sending.reach, children, unit.id, today) != set(children):
            raise NotThereError
    role = _sending_role(sending, unit)
    sender = _sender(look, role, unit, groups)
    ids = tuple(group.id for group in groups) if scope is Scope.GROUPS else ()
    return Place(unit.owner_id, scope, sender, role.id, unit.id, ids, children if scope is Scope.CHILDREN else ())


def _owner_place(look: Look, sending: Sending) -> Place:
    role = next((role for role in sending.roles if role.kind == RoleKind.ADMINISTRATOR), None)
    if role is None or not sending.reach.administers:
        raise NotThereError
    owner = look.session.get_one(Owner, sending.reach.owner_id)
    return Place(owner.id, Scope.OWNER, owner.name, role.id)


def _sending_role(sending: Sending, unit: Unit) -> Role:
    kinds = _LEADING_FIRST if unit.id in sending.reach.whole_units else _TEACHING_FIRST
    return _first(sending.roles, unit.id, kinds)


def _first(roles: Sequence[Role], unit_id: str, kinds: Sequence[RoleKind]) -> Role:
    found = sorted((r for r in roles if r.unit_id == unit_id and r.kind in kinds), key=lambda r: kinds.index(r.kind))
    if not found:
        raise NotThereError
    return found[0]


def _sender(look: Look, role: Role, unit: Unit, groups: Sequence[Group]) -> str:
    """A teacher signs with their name; a unit with its own, and the groups it writes to."""
    if role.kind in TEACHERS:
        staff = look.session.get_one(Staff, look.asker.id)
        return f"{staff.name}, {role.title}"
    return ", ".join([*(group.name for group in groups), unit.name])


def get_broadcast(look: Look, broadcast_id: str) -> Broadcast:
    """One that the asker wrote, or may have written. Raises: NotThereError."""
    broadcast = look.session.get(Broadcast, broadcast_id)
    sending = get_sending(look)
    if broadcast is None or not _is_within(sending, broadcast):
        raise NotThereError
    return broadcast


def get_readable(look: Look, broadcast_id: str) -> Broadcast:
    """One whose figures are for the asker to see: one that they wrote or may have written, or that went to all of their owner,
    where they serve a whole unit. Raises: NotThereError."""
    broadcast = look.session.get(Broadcast, broadcast_id)
    if broadcast is None or not _is_readable(get_sending(look), broadcast):
        raise NotThereError
    return broadcast


def find_shown_units(look: Look, broadcast: Broadcast) -> frozenset[str] | None:
    """The ids of the units whose families are all that a reader of its figures sees; None where that is everybody.

    Raises: NotThereError."""
    if broadcast.scope != Scope.OWNER:
        return None
    sending = get_sending(look)
    return None if _is_within(sending, broadcast) else sending.reach.whole_units


def list_broadcasts(look: Look, limit: int) -> list[Broadcast]:
    """Those that the asker wrote or may have written, the newest first."""
    return _list(look, limit, _is_within)


def list_readable(look: Look, limit: int) -> list[Broadcast]:
    """Those whose figures are for the asker to see, the newest first."""
    return _list(look, limit, _is_readable)


def _list(look: Look, limit: int, is_shown: Callable[[Sending, Broadcast], bool]) -> list[Broadcast]:
    sending = get_sending(look)
    asked = sa.select(Broadcast).where(Broadcast.owner_id == sending.reach.owner_id)
    asked = asked.where(sa.or_(Broadcast.unit_id.in_(list(sending.reach.units)), Broadcast.unit_id.is_(None)))
    found = look.session.scalars(asked.order_by(Broadcast.id.desc()).limit(limit * 4))
    return [broadcast for broadcast in found if is_shown(sending, broadcast)][:limit]


def _is_readable(sending: Sending, broadcast: Broadcast) -> bool:
    """A unit learns whom of its own families the owner's did not reach, once it has begun to leave."""
    is_theirs = broadcast.scope == Scope.OWNER and broadcast.owner_id == sending.reach.owner_id
    reaches_unit = is_theirs and broadcast.began_at is not None and bool(sending.reach.whole_units)
    return reaches_unit or _is_within(sending, broadcast)


def _is_within(sending: Sending, broadcast: Broadcast) -> bool:
    reach = sending.reach
    if broadcast.owner_id != reach.owner_id:
        return False
    if broadcast.scope == Scope.OWNER:
        return reach.administers
    if broadcast.unit_id in reach.whole_units:
        return True
    is_own = broadcast.written_by == reach.staff_id and broadcast.unit_id in reach.units
    return is_own or (broadcast.scope == Scope.GROUPS and set(broadcast.group_ids) <= reach.groups)


def may_leave(look: Look, broadcast: Broadcast) -> bool:
    """Whether whoever wrote it, signed in as strongly as it takes, may still send it to all of these: asked as they were.

    A single child who has left the unit since is written to no more, and keeps nothing from the others.
    """
    writer = Asker("staff", broadcast.written_by, Trust.STRONG, "broadcast", broadcast.owner_id)
    asked = Look(look.session, look.now, look.words, writer)
    children = _list_still_there(look, broadcast) if broadcast.scope == Scope.CHILDREN else ()
    try:
        get_place(asked, Scope(broadcast.scope), broadcast.unit_id, broadcast.group_ids, children, broadcast.narrowing)
    except NotThereError:
        return False
    return True


def _list_still_there(look: Look, broadcast: Broadcast) -> Sequence[str]:
    today = look.session.get_one(Unit, broadcast.unit_id).today(look.now)
    ids: Sequence[str] = broadcast.child_ids
    asked = sa.select(Placement.child_id).where(
        Placement.child_id.in_(list(ids)), Placement.unit_id == broadcast.unit_id, placed(today)
    )
    return look.session.scalars(asked.distinct()).all()
