"""Whom a broadcast reaches, by rights and addresses at this moment: asked when it is composed, and anew when it leaves.

A guardian is told once, whoever of their children it is about, by the first unit that has one of them. Of a protected
child's family only the child's named readers see who they are. Source: security rules S1.5, S3.4, S4.1, S4.4, S4.5 and S5.4.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import sqlalchemy as sa

from hub.address import PUSH
from hub.desk import Look
from hub.people.families import Child, Guardian, GuardianAddress, Guardianship, Placement, Right
from hub.people.guest_places import GuestStay
from hub.people.places import Group, Unit, list_units_of
from hub.post.audience import ids_with_right, list_guardians_of
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState
from hub.post.broadcasts import Broadcast, Place, Scope
from hub.post.deliveries import Delivery, Status
from hub.post.recipients import Recipient, Way, find_recipients
from hub.post.topics import PASSING, Topic
from hub.safety.access import NotThereError, get_reach, placed
from hub.safety.guests import visible_at_unit

T = TypeVar("T")
AT_ONCE = 2000
"""So many ids are asked about in one question."""


@dataclass(slots=True)
class Member:
    """One guardian, and the children of the audience at one unit of whom they may be told. `group_of` is each child's group by
    name, `at_home` are the ids of those who live with them. `guarded`: they have to do with a protected child, here or
    elsewhere."""

    guardian: Guardian
    unit: Unit
    children: list[Child] = field(default_factory=list)
    group_of: dict[str, str] = field(default_factory=dict)
    at_home: set[str] = field(default_factory=set)
    guarded: bool = False

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.group_of[child.id] for child in self.children))

    @property
    def lives_elsewhere(self) -> bool:
        """None of the children lives with them."""
        return not any(child.id in self.at_home for child in self.children)

    @property
    def child_ids(self) -> list[str]:
        return [child.id for child in self.children]

    @property
    def protected_ids(self) -> set[str]:
        return {child.id for child in self.children if child.protected}


@dataclass(frozen=True, slots=True)
class Reached:
    """A member, how they are reached by text, and at which address; `beside` are others who read there."""

    member: Member
    way: Way
    address: GuardianAddress | None
    beside: tuple[tuple[str, str], ...]

    @property
    def is_reached(self) -> bool:
        return self.way in (Way.WORDS, Way.NOTICE)


def in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def list_members(
    look: Look, place: Place | Broadcast, among: Collection[str] | None = None, *, with_guests: bool = False
) -> list[Member]:
    """Everybody whom it is for now, or those of them who are `among` these guardians; it asks no rights of whoever sends it:
    its callers do. What concerns whoever is there today is told `with_guests`."""
    members: dict[str, Member] = {}
    for unit in _list_units(look, place):
        for member in _list_of_unit(look, unit, place, among, _KINDS[: 1 + with_guests]):
            members.setdefault(member.guardian.id, member)
    if place.corrects_id is not None:
        left = set(look.session.scalars(_ids_left(place.corrects_id)))
        members = {id_: member for id_, member in members.items() if id_ in left}
    _mark_guarded(look, members)
    return sorted(members.values(), key=lambda m: (m.unit.name, m.guardian.first_name, m.guardian.id))


@dataclass(frozen=True, slots=True)
class Part:
    """Some of those whom it is for: all whose guardians' ids lie up to and with `up_to`. `is_last`: nobody is behind it."""

    members: Sequence[Member]
    up_to: str
    is_last: bool


def list_next_members(
    look: Look, place: Place | Broadcast, after: str, limit: int, *, with_guests: bool = False
) -> Part:
    """Those whom it is for now by the ids of their guardians: the first so many behind the id `after`.

    Each is whole, with the children at the unit that tells them, wherever the parts are cut. Whose right ends between the two
    questions is not among them, and ends nothing for those behind.
    """
    ids = list_next_ids(look, place, after, limit, with_guests=with_guests)
    members = list_members(look, place, set(ids), with_guests=with_guests) if ids else []
    return Part(members, ids[-1] if ids else after, is_last=len(ids) < limit)


def list_next_ids(
    look: Look, place: Place | Broadcast, after: str, limit: int, *, with_guests: bool = False
) -> list[str]:
    """The ids of the guardians whom it is for now: the first so many behind the id `after`."""
    units_by_day: dict[date, list[str]] = {}
    for unit in _list_units(look, place):
        units_by_day.setdefault(unit.today(look.now), []).append(unit.id)
    found: set[str] = set()
    for day, unit_ids in units_by_day.items():
        for kind in _KINDS[: 1 + with_guests]:
            asked = ids_with_right(Right.INFORM, day, kind).where(
                kind.unit_id.in_(unit_ids), *_within(place, kind), Guardianship.guardian_id > after
            )
            if place.corrects_id is not None:
                asked = asked.where(Guardianship.guardian_id.in_(_ids_left(place.corrects_id)))
            found.update(look.session.scalars(asked.order_by(Guardianship.guardian_id).limit(limit)))
    return sorted(found)[:limit]


_KINDS: tuple[type[Placement], ...] = (Placement, GuestStay)


def _within(place: Place | Broadcast, kind: type[Placement]) -> list[sa.ColumnElement[bool]]:
    """Which placements, or days of guests, at its units count."""
    if place.scope == Scope.GROUPS:
        return [kind.group_id.in_(list(place.group_ids))]
    return [kind.child_id.in_(list(place.child_ids))] if place.scope == Scope.CHILDREN else []


def _list_units(look: Look, place: Place | Broadcast) -> list[Unit]:
    if place.scope == Scope.OWNER:
        return list_units_of(look, place.owner_id)
    return [look.session.get_one(Unit, place.unit_id)]


def _list_of_unit(
    look: Look, unit: Unit, place: Place | Broadcast, among: Collection[str] | None, kinds: Sequence[type[Placement]]
) -> list[Member]:
    day = unit.today(look.now)
    found: dict[str, tuple[Child, str]] = {}
    for kind in kinds:
        asked = (
            sa.select(Child, Group.name)
            .join(kind, kind.child_id == Child.id)
            .join(Group, Group.id == kind.group_id)
            .where(kind.unit_id == unit.id, placed(day, kind), *_within(place, kind))
            .order_by(Child.birth_date, Child.first_name, Child.id, Group.name)
        )
        if among is not None:
            theirs = sa.select(Guardianship.child_id).where(Guardianship.guardian_id.in_(list(among)))
            asked = asked.where(Child.id.in_(theirs))
        for child, group in look.session.execute(asked):
            found.setdefault(child.id, (child, group))
    members: dict[str, Member] = {}
    for ids in in_parts(list(found)):
        homes = _list_homes(look, ids)
        for child_id, guardians in list_guardians_of(look, ids, Right.INFORM, day).items():
            child, group = found[child_id]
            for guardian in guardians:
                if among is not None and guardian.id not in among:
                    continue
                member = members.setdefault(guardian.id, Member(guardian, unit))
                member.children.append(child)
                member.group_of[child_id] = group
                member.at_home |= {child_id} if (guardian.id, child_id) in homes else set()
    order = {child_id: at for at, child_id in enumerate(found)}
    for member in members.values():
        member.children.sort(key=lambda child: order[child.id])
    return list(members.values())


def _list_homes(look: Look, child_ids: Sequence[str]) -> set[tuple[str, str]]:
    rows = look.session.execute(
        sa.select(Guardianship.guardian_id, Guardianship.child_id).where(
            Guardianship.child_id.in_(list(child_ids)), Guardianship.lives_with
        )
    )
    return {(guardian_id, child_id) for guardian_id, child_id in rows}


def _mark_guarded(look: Look, members: dict[str, Member]) -> None:
    for ids in in_parts(list(members)):
        asked = (
            sa.select(Guardianship.guardian_id)
            .join(Child, Child.id == Guardianship.child_id)
            .where(Child.protected, Guardianship.guardian_id.in_(list(ids)))
        )
        for guardian_id in look.session.scalars(asked):
            members[guardian_id].guarded = True


def _ids_left(broadcast_id: str) -> sa.Select[str]:
    """The guardians to whom a broadcast has gone, or may have."""
    return (
        sa.select(BroadcastReceiver.guardian_id)
        .join(Delivery, sa.and_(Delivery.message_id == BroadcastReceiver.message_id, Delivery.kind != PUSH))
        .where(
            BroadcastReceiver.broadcast_id == broadcast_id,
            BroadcastReceiver.state == ReceiverState.TOLD,
            Delivery.status.not_in([Status.WAITING, Status.UNDONE, Status.DROPPED, Status.EXPIRED]),
        )
    )


def list_shown(look: Look, members: Sequence[Member]) -> list[Member]:
    """Those whom the asking staff may see: not who has to do with a protected child, but for that child's named readers."""
    shown = [member for member in members if not member.guarded]
    guarded = [member for member in members if member.guarded and member.protected_ids]
    try:
        reach = get_reach(look) if guarded else None
    except NotThereError:
        reach = None
    for member in guarded:
        day = member.unit.today(look.now)
        ids = member.protected_ids
        if reach is not None and visible_at_unit(look, reach, ids, member.unit.id, day) == ids:
            shown.append(member)
    return shown


def list_reached(look: Look, members: Sequence[Member], topic: Topic = Topic.NOTICE) -> list[Reached]:
    """How each of the members is reached about a topic, in their order; what hurries also reaches who said STOP."""
    found: dict[str, Recipient] = {}
    asked_of = topic if topic in PASSING else Topic.DAILY
    units = {member.unit.id: member.unit for member in members}
    for unit in units.values():
        ids = [member.guardian.id for member in members if member.unit.id == unit.id]
        for part in in_parts(ids):
            found |= {
                one.guardian_id: one for one in find_recipients(look, unit, part, (), None, topic=asked_of).people
            }
    informed = _list_informed(look, members)
    return [_reached(member, found[member.guardian.id], informed, passes=topic in PASSING) for member in members]


def _list_informed(look: Look, members: Sequence[Member]) -> dict[str, set[str]]:
    """By child, the guardians who may be told of it."""
    out: dict[str, set[str]] = {}
    days = {member.unit.id: member.unit.today(look.now) for member in members}
    for unit_id, day in days.items():
        ids = list({id_ for member in members if member.unit.id == unit_id for id_ in member.child_ids})
        for part in in_parts(ids):
            told = list_guardians_of(look, part, Right.INFORM, day)
            out |= {child_id: {guardian.id for guardian in guardians} for child_id, guardians in told.items()}
    return out


def _reached(member: Member, person: Recipient, informed: dict[str, set[str]], *, passes: bool) -> Reached:
    way = person.way
    if not passes and person.address is not None and person.address.stopped_at is not None:
        way = Way.STOPPED
    beside = {id_ for id_, _ in person.beside}
    if person.is_reached and not all(beside <= informed.get(id_, set()) for id_ in member.child_ids):
        way = Way.SHARED_PHONE
    return Reached(member, way, person.address, person.beside)
