"""What *Numbers* shows: the roles of a unit, the numbers they answer from, and who answers, today and later."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from hub.desk import Look
from hub.people.holding import Holder, list_holders_of
from hub.people.numbers import (
    NumberAllocation,
    VirtualNumber,
    find_number_of_role,
    list_free,
    list_numbers_of,
    list_resting,
)
from hub.people.places import Owner, Unit
from hub.people.staff import Role, RoleKind, Staff
from hub.post.text_counts import Usage, find_usage
from hub.safety.access import NotThereError, Reach, get_reach, get_unit, list_units
from hub.safety.roles import get_role, get_role_to_change, list_colleagues, list_group_names, list_roles, may_change


@dataclass(frozen=True, slots=True)
class Seat:
    """A role, its numbers and its people."""

    role: Role
    numbers: tuple[VirtualNumber, ...]
    holders: tuple[Holder, ...]
    may_change: bool

    @property
    def answering(self) -> list[Holder]:
        return [holder for holder in self.holders if holder.is_now and not holder.holding.stand_in]

    @property
    def stand_ins(self) -> list[Holder]:
        return [holder for holder in self.holders if holder.holding.stand_in]

    @property
    def coming(self) -> list[Holder]:
        return [holder for holder in self.holders if not holder.is_now and not holder.holding.stand_in]

    @property
    def is_answered(self) -> bool:
        return any(holder.is_now for holder in self.holders)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The seats of a unit: those with a number, and for whoever may give them one, those without, and how much was sent."""

    unit: Unit
    units: tuple[Unit, ...]
    today: date
    seats: tuple[Seat, ...]
    without: tuple[Seat, ...]
    usage: Usage | None

    @property
    def unanswered(self) -> int:
        return sum(not seat.is_answered for seat in self.seats)

    @property
    def may_change(self) -> bool:
        return any(seat.may_change for seat in (*self.seats, *self.without))


@dataclass(frozen=True, slots=True)
class Changing:
    """A seat that the asker may change, and what it can be changed to. `office` is where families are told to write."""

    seat: Seat
    unit: Unit
    today: date
    groups: tuple[str, ...]
    colleagues: tuple[Staff, ...]
    free: tuple[VirtualNumber, ...]
    resting: tuple[tuple[VirtualNumber, NumberAllocation], ...]
    office: VirtualNumber | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a sheet for families holds. `country` is ISO 3166 alpha-2."""

    role: Role
    unit: Unit
    groups: tuple[str, ...]
    number: VirtualNumber
    country: str


def gather_numbers(look: Look, unit_id: str | None) -> Numbers:
    """The numbers of a unit, the first of mine where none is named. Raises: NotThereError."""
    reach = get_reach(look)
    units = list_units(look, reach)
    unit = units[0] if unit_id is None else get_unit(look, reach, unit_id)
    seats = _seats(look, reach, unit, list_roles(look, reach, unit))
    return Numbers(
        unit=unit,
        units=tuple(units),
        today=unit.today(look.now),
        seats=tuple(seat for seat in seats if seat.numbers),
        without=tuple(seat for seat in seats if not seat.numbers and seat.may_change),
        usage=find_usage(look, unit) if any(seat.may_change for seat in seats) else None,
    )


def gather_changing(look: Look, role_id: str) -> Changing:
    """Raises: NotThereError."""
    reach = get_reach(look)
    role, unit = get_role_to_change(look, reach, role_id)
    return Changing(
        seat=_seats(look, reach, unit, [role])[0],
        unit=unit,
        today=unit.today(look.now),
        groups=tuple(list_group_names(look, role)),
        colleagues=tuple(list_colleagues(look, reach, unit)),
        free=tuple(list_free(look, unit.owner_id)),
        resting=tuple(list_resting(look, role.id)),
        office=_find_office_number(look, unit, role),
        now=look.now,
    )


def gather_sheet(look: Look, role_id: str) -> Sheet:
    """Raises: NotThereError, also when the role has no number."""
    role, unit = get_role(look, get_reach(look), role_id)
    sheet = _make_sheet(look, role, unit)
    if sheet is None:
        raise NotThereError
    return sheet


def gather_sheets(look: Look, unit_id: str) -> tuple[Unit, list[Sheet]]:
    """A unit, and the sheets of its roles that have a number, by title. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    sheets = (_make_sheet(look, role, unit) for role in list_roles(look, reach, unit))
    return unit, [sheet for sheet in sheets if sheet is not None]


def _make_sheet(look: Look, role: Role, unit: Unit) -> Sheet | None:
    number = find_number_of_role(look, role.id)
    if number is None:
        return None
    country = look.session.get_one(Owner, unit.owner_id).country
    return Sheet(role=role, unit=unit, groups=tuple(list_group_names(look, role)), number=number, country=country)


def _seats(look: Look, reach: Reach, unit: Unit, roles: list[Role]) -> list[Seat]:
    numbers = list_numbers_of(look, [role.id for role in roles])
    holders = list_holders_of(look, roles, unit)
    return [
        Seat(role, tuple(numbers[role.id]), tuple(holders[role.id]), may_change(look, reach, role)) for role in roles
    ]


def _find_office_number(look: Look, unit: Unit, role: Role) -> VirtualNumber | None:
    """The number families are pointed to when this role's number rests."""
    offices = look.session.scalars(
        sa.select(Role.id)
        .where(Role.unit_id == unit.id, Role.kind == RoleKind.OFFICE, Role.id != role.id)
        .order_by(Role.id)
    )
    return next((number for office in offices if (number := find_number_of_role(look, office))), None)
