"""What is known of those whom a broadcast is for, read once for all of them, and what one of them was told."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardian, Placement, Right
from hub.people.guest_places import GuestStay
from hub.people.places import Group, Unit
from hub.people.staff import Role, RoleKind
from hub.post.audience import list_entitled
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import Broadcast, Scope
from hub.post.files import count_enclosed
from hub.quick_select import QuickSelect
from hub.safety.access import placed
from hub.talk.broadcasting import ToldTo, say_to
from hub.talk.dialogue import Say


@dataclass(frozen=True, slots=True)
class BroadcastFacts:
    """What one family was told, and what they may choose from: nothing, where no answer is waited for."""

    broadcast_id: str
    sender: str
    text: str
    tongue: str | None
    choices: tuple[str, ...]
    child_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of some receivers: read once for all of them."""

    guardians: Mapping[str, Guardian]
    units: Mapping[str, Unit]
    roles: Mapping[str, Role]
    children: Mapping[str, Child]
    groups: Mapping[str, str]
    entitled: Mapping[str, Mapping[str, set[str]]]
    """By unit and guardian, the children of whom they may be told today."""
    files: int
    """How many go with it."""

    def children_of(self, receiver: BroadcastReceiver) -> list[Child]:
        may_know = self.entitled[receiver.unit_id].get(receiver.guardian_id, set())
        here = (self.children[id_] for id_ in receiver.child_ids if id_ in may_know and id_ in self.groups)
        return list(here)

    def groups_of(self, children: Sequence[Child]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.groups[child.id] for child in children))


def read_told(look: Look, broadcast: Broadcast, receivers: Collection[BroadcastReceiver]) -> Told:
    """The children who are still there, and those who may still know of them. Source: security rule S3.4."""
    receivers = list(receivers)
    guardian_ids = [receiver.guardian_id for receiver in receivers]
    child_ids = list({id_ for receiver in receivers for id_ in receiver.child_ids})
    units = read_units(look, {receiver.unit_id for receiver in receivers})
    entitled = {
        unit.id: list_entitled(look, guardian_ids, Right.INFORM, unit.today(look.now)) for unit in units.values()
    }
    return Told(
        guardians=_by_id(look, Guardian, set(guardian_ids)),
        units=units,
        roles=_read_roles(look, broadcast, units),
        children=_by_id(look, Child, set(child_ids)),
        groups=read_groups(look, broadcast, units.values(), child_ids),
        entitled=entitled,
        files=count_enclosed(look, broadcast.id),
    )


def read_groups(look: Look, broadcast: Broadcast, units: Iterable[Unit], child_ids: Sequence[str]) -> dict[str, str]:
    """By child who is there today, the name of its group; the first by name where it has several."""
    groups: dict[str, str] = {}
    for unit in units:
        day = unit.today(look.now)
        for kind in (Placement, GuestStay):
            asked = (
                sa.select(kind.child_id, Group.name)
                .join(Group, Group.id == kind.group_id)
                .where(kind.child_id.in_(child_ids), kind.unit_id == unit.id, placed(day, kind))
                .order_by(kind.child_id, Group.name)
            )
            if broadcast.scope == Scope.GROUPS:
                asked = asked.where(kind.group_id.in_(list(broadcast.group_ids)))
            for child_id, name in look.session.execute(asked):
                groups.setdefault(child_id, name)
    return groups


def _read_roles(look: Look, broadcast: Broadcast, units: Collection[str]) -> dict[str, Role]:
    """By unit, the seat it is sent from: the sender's own; of what an owner sends, each unit's office."""
    if broadcast.scope != Scope.OWNER:
        role = look.session.get_one(Role, broadcast.role_id)
        return dict.fromkeys(units, role)
    asked = sa.select(Role).where(Role.unit_id.in_(list(units)), Role.kind == RoleKind.OFFICE).order_by(Role.id.desc())
    return {role.unit_id: role for role in look.session.scalars(asked)}


_TABLES: tuple[type[Any], ...] = (Child, Guardian, Unit)
_OF_IDS = {
    table: QuickSelect(sa.select(table).where(table.id.in_(sa.bindparam("ids", expanding=True)))) for table in _TABLES
}


def _by_id(look: Look, table: type[Any], ids: Collection[str]) -> dict[str, Any]:
    return {row.id: row for (row,) in _OF_IDS[table].rows(look, ids=list(ids))}


def read_units(look: Look, ids: Collection[str]) -> dict[str, Unit]:
    """By their ids."""
    return _by_id(look, Unit, ids)


def say_of(broadcast: Broadcast, guardian: Guardian, unit: Unit, children: Sequence[Child], told: Told) -> Say:
    """What this guardian reads of it."""
    to = ToldTo(guardian.language, tuple(child.called for child in children), told.groups_of(children), unit.name)
    return say_to(broadcast.sender, broadcast, to)


def make_facts(broadcast: Broadcast, said: Say, child_ids: Sequence[str]) -> BroadcastFacts:
    """`said` is what `say_to` made of it for these children's guardian."""
    about = said.parameters
    return BroadcastFacts(
        broadcast.id, about["sender"], about["text"], about["tongue"], tuple(broadcast.choices), tuple(child_ids)
    )
