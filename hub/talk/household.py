"""Moves the cast of a rehearsal into an empty store: an invented owner, its units, the family, and their phones.

Every number is from a range kept for fiction, or allotted to nobody.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar

from hub.address import SMS
from hub.database import Base
from hub.desk import Work
from hub.people.families import (
    UNDER_AGE,
    Block,
    Child,
    Guardian,
    GuardianAddress,
    GuardianRight,
    Guardianship,
    Placement,
    Right,
)
from hub.people.numbers import VirtualNumber, allocate, release
from hub.people.places import Group, Owner, Unit, UnitKind
from hub.people.staff import Role, RoleGroup, RoleHolding, RoleKind, Staff
from hub.talk.cast import Cast, CastChild, CastOther
from hub.talk.cast_places import PLACES

Row = TypeVar("Row", bound=Base)
LONG_BEFORE = timedelta(days=200)
OLDEST = timedelta(days=4000)


SCHOOL_HOURS, CARE_HOURS = (time(8, 15), time(14, 0)), (time(7, 0), time(17, 0))
_FIRST_PHONE, _STRANGER, _FIRST_NUMBER = 10, 80, 90


@dataclass(frozen=True, slots=True)
class MovedIn:
    """The phones by their names ("" is the writer's first), the number that is written to, and the units of others."""

    phones: dict[str, str]
    stranger: str
    number: str
    units: dict[str, str]


def move_in(work: Work, cast: Cast) -> MovedIn:
    return _Household(work, cast).move_in()


class _Household:
    def __init__(self, work: Work, cast: Cast) -> None:
        self._work = work
        self._cast = cast
        self._place = PLACES[cast.language]
        self._numbers = itertools.count(_FIRST_NUMBER)
        self._lines = itertools.count(_FIRST_PHONE)
        self._sources = itertools.count(1)
        self._from = cast.begins.date() - LONG_BEFORE
        self._owner = self._keep(
            Owner(
                id=work.new_id(),
                source_id="rehearsal",
                name="Furulia",
                country=self._place.country,
                language=cast.language,
            )
        )

    def move_in(self) -> MovedIn:
        group, number = self._open_unit(self._place.unit)
        elsewhere: dict[str, Group] = {}
        units: dict[str, str] = {}
        for name in dict.fromkeys(child.elsewhere for child in self._cast.children if child.elsewhere):
            elsewhere[name], other = self._open_unit(name)
            units[other.value] = name
        children = [self._bear(child, elsewhere.get(child.elsewhere or "", group)) for child in self._cast.children]
        phones = self._move_guardians_in(children)
        if self._cast.resting:
            number = self._rest(group)
        return MovedIn(phones, self._place.numbers.format(_STRANGER), number.value, units)

    def _keep(self, row: Row) -> Row:
        self._work.session.add(row)
        self._work.session.flush()
        return row

    def _source(self) -> str:
        return str(next(self._sources))

    def _open_unit(self, name: str) -> tuple[Group, VirtualNumber]:
        is_school = self._cast.unit_kind == UnitKind.SCHOOL
        unit = self._keep(
            Unit(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                source_id=self._source(),
                kind=UnitKind(self._cast.unit_kind),
                name=name,
                zone=self._place.zone,
                languages=[self._cast.language],
                opens=SCHOOL_HOURS[0] if is_school else CARE_HOURS[0],
                closes=SCHOOL_HOURS[1] if is_school else CARE_HOURS[1],
            )
        )
        group = self._keep(
            Group(id=self._work.new_id(), owner_id=self._owner.id, unit_id=unit.id, source_id=self._source(), name="1A")
        )
        role = self._seat(unit, RoleKind.CONTACT_TEACHER, "1A")
        self._keep(RoleGroup(role_id=role.id, group_id=group.id, owner_id=self._owner.id))
        self._hold(role, self._cast.teacher, stand_in=False)
        if self._cast.stand_in is not None:
            self._hold(role, self._cast.stand_in, stand_in=True)
        number = self._number()
        allocate(self._work, number, role)
        return group, number

    def _seat(self, unit: Unit, kind: RoleKind, title: str) -> Role:
        return self._keep(
            Role(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                unit_id=unit.id,
                source_id=self._source(),
                kind=kind,
                title=title,
            )
        )

    def _number(self) -> VirtualNumber:
        return self._keep(
            VirtualNumber(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                source_id=self._source(),
                value=self._place.numbers.format(next(self._numbers)),
            )
        )

    def _hold(self, role: Role, name: str, *, stand_in: bool) -> None:
        source = self._source()
        staff = self._keep(
            Staff(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                source_id=source,
                first_name=name,
                last_name="Lund",
                login=f"{source}@furulia.example",
                language=self._cast.language,
            )
        )
        self._keep(
            RoleHolding(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                role_id=role.id,
                staff_id=staff.id,
                from_day=self._from,
                made_at=self._work.now,
                stand_in=stand_in,
            )
        )

    def _rest(self, group: Group) -> VirtualNumber:
        """A number that a seat of the unit has given up, beside the office that still has one."""
        unit = self._work.session.get_one(Unit, group.unit_id)
        allocate(self._work, self._number(), self._seat(unit, RoleKind.OFFICE, self._place.office))
        number = self._number()
        release(self._work, allocate(self._work, number, self._seat(unit, RoleKind.TEACHER, "7B")))
        return number

    def _bear(self, cast: CastChild, group: Group) -> Child:
        birth = self._cast.begins.date() - OLDEST + timedelta(days=300 * self._cast.children.index(cast))
        first, _, last = cast.name.partition(" ")
        child = self._keep(
            Child(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                source_id=self._source(),
                first_name=first,
                last_name=last or "Lind",
                birth_date=birth,
                nickname=cast.called,
                protected=cast.protected,
            )
        )
        self._keep(
            Placement(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                child_id=child.id,
                group_id=group.id,
                unit_id=group.unit_id,
                from_day=self._from,
            )
        )
        return child

    def _move_guardians_in(self, children: Sequence[Child]) -> dict[str, str]:
        shares = any(other.same_thread for other in self._cast.others)
        writer = self._guardian("Mor", self._cast.language, shares)
        self._answer_for(writer, children, list(Right))
        phones: dict[str, str] = {}
        for at in range(self._cast.phones):
            phones["" if at == 0 else f"Phone {at + 1}"] = self._phone(writer, self._line(), at + 1)
        for other in self._cast.others:
            if other.pupil:
                phones[other.name] = self._give_phone(next(c for c in children if c.first_name == other.name))
            else:
                self._move_other_in(other, children, phones)
        return phones

    def _move_other_in(self, other: CastOther, children: Sequence[Child], phones: dict[str, str]) -> None:
        guardian = self._guardian(other.name, other.language or self._cast.language, other.same_thread)
        self._answer_for(guardian, children, [Right.FETCH] if other.fetch_only else list(Right))
        phones[other.name] = self._phone(guardian, phones[""] if other.same_phone else self._line(), 1)
        for child in children if other.blocked else ():
            self._keep(
                Block(
                    id=self._work.new_id(),
                    owner_id=self._owner.id,
                    guardian_id=guardian.id,
                    child_id=child.id,
                    reason="rehearsed",
                    set_by="rehearsal",
                    set_at=self._work.now,
                )
            )

    def _give_phone(self, child: Child) -> str:
        """A phone of the child's own, and what a pupil under age may."""
        pupil = self._guardian(child.first_name, self._cast.language, shares_thread=False)
        pupil.pupil_id = child.id
        self._answer_for(pupil, [child], [Right.WRITE, Right.INFORM], UNDER_AGE)
        return self._phone(pupil, self._line(), 1)

    def _guardian(self, name: str, language: str, shares_thread: bool) -> Guardian:
        return self._keep(
            Guardian(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                source_id=self._source(),
                first_name=name,
                last_name="Lind",
                language=language,
                shares_thread=shares_thread,
            )
        )

    def _answer_for(
        self, guardian: Guardian, children: Sequence[Child], rights: Sequence[Right], basis: str = "register"
    ) -> None:
        for child in children:
            bond = self._keep(
                Guardianship(
                    id=self._work.new_id(),
                    owner_id=self._owner.id,
                    guardian_id=guardian.id,
                    child_id=child.id,
                    source_id=self._source(),
                )
            )
            for right in rights:
                self._keep(
                    GuardianRight(
                        id=self._work.new_id(),
                        owner_id=self._owner.id,
                        guardianship_id=bond.id,
                        kind=right,
                        from_day=self._from,
                        basis=basis,
                    )
                )

    def _line(self) -> str:
        return self._place.numbers.format(next(self._lines))

    def _phone(self, guardian: Guardian, value: str, rank: int) -> str:
        day: date = self._cast.confirmed or self._cast.begins.date() - timedelta(days=10)
        self._keep(
            GuardianAddress(
                id=self._work.new_id(),
                owner_id=self._owner.id,
                guardian_id=guardian.id,
                kind=SMS,
                value=value,
                confirmed_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
                rank=rank,
            )
        )
        return value
