"""Where a text belongs: the number it came to tells the seat and the unit, the sender's address tells who speaks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from hub.address import CHAT
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress, Guardianship, Placement, Right
from hub.people.guest_places import GuestStay
from hub.people.numbers import NumberAllocation, VirtualNumber, find_number_of_role
from hub.people.places import Unit, UnitKind
from hub.people.staff import Role, RoleGroup, RoleHolding, RoleKind, Staff
from hub.post.audience import PlacedChild, list_addresses, list_entitled
from hub.post.chats import find_way
from hub.post.messages import Thread, ThreadKind, find_thread_of, get_or_open_thread
from hub.quick_select import QuickSelect
from hub.safety.access import children_of_guardians, placed

People = Sequence[tuple[GuardianAddress, Guardian]]


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat at a unit, and the people who are written with there."""

    role: Role
    unit: Unit
    people: People


@dataclass(frozen=True, slots=True)
class Route(Seat):
    """The same, with the number that was written to. `resting`: the seat has given it up. `people` is empty when the
    sender is nobody we know."""

    number: VirtualNumber
    resting: bool = False


_SEAT_OF = QuickSelect(
    sa.select(VirtualNumber, NumberAllocation, Role, Unit)
    .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
    .join(Role, Role.id == NumberAllocation.role_id)
    .join(Unit, Unit.id == Role.unit_id)
    .where(VirtualNumber.value == sa.bindparam("value"))
    .order_by(NumberAllocation.from_at.desc(), NumberAllocation.id.desc())
    .limit(1)
)


def find_route(look: Look, kind: str, sender: str, recipient: str) -> Route | None:
    """None when the number is none of ours, or never had a seat. From a chat, the one that is meant is found out here."""
    way = find_way(look, sender, recipient) if kind == CHAT else None
    route = _find_seat_of(look, recipient if way is None else way.number)
    if route is None:
        return None
    if way is None:
        return replace(route, people=list_addresses(look, kind, sender, route.number.owner_id))
    office = find_office(look, route.unit.id) if route.resting else None
    seat = route if office is None else (_find_seat_of(look, office.value) or route)
    return replace(seat, people=way.people)


def _find_seat_of(look: Look, value: str) -> Route | None:
    """The seat that has a number, or had it last, and nobody who writes there."""
    found = _SEAT_OF.rows(look, value=value)
    if not found:
        return None
    number, allocation, role, unit = found[0]
    resting = allocation.released_at is not None and allocation.released_at <= look.now
    return Route(role, unit, (), number, resting)


def route_elsewhere(look: Look, route: Route, unit_id: str, group_id: str) -> Route | None:
    """The same people at another unit of the owner, at the seat that serves a group there; None without a number."""
    unit = look.session.get_one(Unit, unit_id)
    serves = sa.exists().where(RoleGroup.role_id == Role.id, RoleGroup.group_id == group_id)
    roles = look.session.scalars(
        sa.select(Role)
        .where(Role.unit_id == unit_id, sa.or_(serves, Role.kind == RoleKind.OFFICE, Role.kind == RoleKind.CLUB))
        .order_by(
            sa.case(
                (sa.and_(serves, Role.kind == RoleKind.CONTACT_TEACHER), 0), (Role.kind == RoleKind.OFFICE, 1), else_=2
            ),
            Role.id,
        )
    )
    for role in roles:
        number = find_number_of_role(look, role.id)
        if number is not None:
            return Route(role, unit, route.people, number)
    return None


def list_routes_elsewhere(look: Look, route: Route, places: Sequence[PlacedChild]) -> list[tuple[Route, set[str]]]:
    """The same people at other units of the owner, each with those of the children whom they write about there.

    A child at several units is written about at its school or preschool before its after-school club. Empty when one
    of the children cannot be written about anywhere else.
    """
    ids = {place.unit_id for place in places} - {route.unit.id}
    found = look.session.execute(sa.select(Unit.id, Unit.kind).where(Unit.id.in_(ids)))
    kinds = {row[0]: row[1] for row in found}
    chosen: dict[str, PlacedChild] = {}
    for place in sorted(
        (p for p in places if p.unit_id in kinds), key=lambda p: kinds[p.unit_id] == UnitKind.AFTER_SCHOOL
    ):
        chosen.setdefault(place.child.id, place)
    routes: list[tuple[Route, set[str]]] = []
    for unit_id in dict.fromkeys(place.unit_id for place in chosen.values()):
        there = [place for place in chosen.values() if place.unit_id == unit_id]
        other = route_elsewhere(look, route, unit_id, there[0].group_id)
        if other is None:
            return []
        routes.append((other, {place.child.id for place in there}))
    return routes


def route_to(look: Look, route: Route, thread: Thread) -> Route | None:
    """The same people's way to a thread of theirs at another unit, from the seat that they write to there."""
    number = find_number_of_role(look, thread.role_id) if thread.role_id is not None else None
    if number is None:
        return None
    role = look.session.get_one(Role, thread.role_id)
    other = Route(role, look.session.get_one(Unit, thread.unit_id), route.people, number)
    found = find_thread(look, other)
    return other if found is not None and found.id == thread.id else None


def _party(look: Look, seat: Seat) -> tuple[list[str], ThreadKind]:
    ids = [guardian.id for _, guardian in seat.people]
    if len(ids) > 1:
        return ids, ThreadKind.SHARED_PHONE
    if seat.people[0][1].is_pupil:
        return ids, ThreadKind.PUPIL
    ids = list_sharing(look, seat.people[0][1], seat.unit)
    return ids, ThreadKind.PRIVATE if len(ids) == 1 else ThreadKind.JOINT


def get_thread(work: Work, seat: Seat, *, we_write: bool = False) -> Thread:
    """The thread between a seat and these people, opened when there is none. It is the seat's own from then on; where
    `we_write` to people who wait for another seat's answer, it stays with that one."""
    ids, kind = _party(work, seat)
    thread = get_or_open_thread(work, seat.unit.owner_id, seat.unit.id, ids, kind)
    stays = we_write and thread.role_id is not None and thread.waits_since is not None
    if thread.role_id != seat.role.id and not stays:
        thread.role_id = seat.role.id
    return thread


def find_thread(look: Look, seat: Seat) -> Thread | None:
    """The same thread if it is open already."""
    ids, kind = _party(look, seat)
    return find_thread_of(look, seat.unit.id, ids, kind)


_SHARING = (
    sa.select(Guardian.id)
    .join(Guardianship, Guardianship.guardian_id == Guardian.id)
    .where(
        Guardianship.child_id.in_(sa.bindparam("children", expanding=True)),
        Guardian.shares_thread,
        Guardian.pupil_id.is_(None),
        Guardian.id != sa.bindparam("guardian"),
    )
    .distinct()
    .order_by(Guardian.id)
)


def list_sharing(look: Look, guardian: Guardian, unit: Unit) -> list[str]:
    """The guardian, and those who chose to share a thread with them.

    Each has to do with exactly the same children here, and may be informed of every one of them today.
    """
    guardian_id = guardian.id
    if not guardian.shares_thread or guardian.is_pupil:
        return [guardian_id]
    day = unit.today(look.now)
    own = children_of_guardians(look, [guardian_id], unit.id, day)
    others = list(look.session.scalars(_SHARING, {"children": list(own), "guardian": guardian_id}))
    informed = list_entitled(look, [guardian_id, *others], Right.INFORM, day)
    if not own <= informed.get(guardian_id, set()):
        return [guardian_id]
    entitled = [other for other in others if own <= informed.get(other, set())]
    return [guardian_id, *(o for o in entitled if children_of_guardians(look, [o], unit.id, day) == own)]


def find_group_of(look: Look, child_id: str, unit: Unit) -> str | None:
    """The child's group at a unit today, also as a guest."""
    today = unit.today(look.now)
    asked = (
        sa.select(place.group_id).where(place.child_id == child_id, place.unit_id == unit.id, placed(today, place))
        for place in (Placement, GuestStay)
    )
    return next((group_id for one in asked if (group_id := look.session.scalar(one)) is not None), None)


@dataclass(frozen=True, slots=True)
class Holders:
    """Who reads what reaches a seat today: the stand-in when there is one, and the holder."""

    stand_in: Staff | None
    holder: Staff | None

    @property
    def reader(self) -> Staff | None:
        return self.stand_in or self.holder


def find_holders(look: Look, role_id: str, unit: Unit) -> Holders:
    rows = look.session.execute(
        sa.select(RoleHolding, Staff)
        .join(Staff, Staff.id == RoleHolding.staff_id)
        .where(RoleHolding.role_id == role_id)
        .order_by(RoleHolding.from_day.desc(), RoleHolding.id.desc())
    ).all()
    today = unit.today(look.now)
    now = [(h, s) for h, s in rows if h.covers(today, look.now) and not s.has_left(look.now)]
    return Holders(
        next((staff for holding, staff in now if holding.stand_in), None),
        next((staff for holding, staff in now if not holding.stand_in), None),
    )


def find_office(look: Look, unit_id: str) -> VirtualNumber | None:
    """The number of a unit's office, for "write there instead"."""
    for role_id in look.session.scalars(
        sa.select(Role.id)
        .where(Role.unit_id == unit_id)
        .order_by(sa.case((Role.kind == RoleKind.OFFICE, 0), else_=1), Role.id)
    ):
        number = find_number_of_role(look, role_id)
        if number is not None:
            return number
    return None
