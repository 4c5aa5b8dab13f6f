"""A unit's day in numbers and lists, for those who cook, drive and plan: whom to expect, and who is away.

All of it are questions about the same few facts, so that whoever is taken off one list is off them all.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Placement
from hub.people.places import Unit, UnitKind
from hub.safety.access import DAY, Reach, list_groups, placed
from hub.school.day_board import NOT_HERE, OnBoard, Presence, list_board
from hub.school.going_home import list_going_home
from hub.school.services import Enrolment, ServiceKind, list_services_at


@dataclass(frozen=True, slots=True)
class GroupDay:
    """A group, or a whole unit. `enrolled` are all with a place; `expected` are those of them who are not away."""

    name: str
    enrolled: int
    away: int
    here: int
    late: int
    early: int

    @property
    def expected(self) -> int:
        return self.enrolled - self.away


@dataclass(frozen=True, slots=True)
class Counted:
    """One child on a list, and whether it is away."""

    enrolment_id: str
    child_id: str
    name: str
    group: str
    is_away: bool


@dataclass(frozen=True, slots=True)
class ServiceDay:
    """One list of a unit: a meal, or a bus."""

    kind: ServiceKind
    name: str
    rows: tuple[Counted, ...]

    @property
    def away(self) -> int:
        return sum(row.is_away for row in self.rows)

    @property
    def expected(self) -> int:
        return len(self.rows) - self.away


@dataclass(frozen=True, slots=True)
class UnitDay:
    """What a reader may know of a unit's day. `club` are those who go on to a club, None where nobody does."""

    unit: Unit
    day: date
    total: GroupDay
    groups: tuple[GroupDay, ...]
    services: tuple[ServiceDay, ...]
    club: GroupDay | None
    child_ids: tuple[str, ...]


_TO_CLUB = (
    sa.select(Placement.child_id)
    .join(Unit, Unit.id == Placement.unit_id)
    .where(
        Placement.child_id.in_(sa.bindparam("children", expanding=True)),
        placed(DAY),
        Unit.kind == UnitKind.AFTER_SCHOOL,
        Unit.id != sa.bindparam("unit"),
    )
)


def read_day(look: Look, reach: Reach, unit: Unit, day: date) -> UnitDay:
    """The day of a unit, as far as the reach covers it."""
    board = list_board(look, reach, unit, day)
    by_child = {on.child.id: on for on in board}
    early = {id_ for id_, home in list_going_home(look, by_child, day).items() if home.early is not None}
    names = {group.id: group.name for group in list_groups(look, reach, unit.id)}
    in_group: dict[str, list[OnBoard]] = defaultdict(list)
    for on in board:
        in_group[on.group_id].append(on)
    to_club = set(look.session.scalars(_TO_CLUB, {"children": list(by_child), "day": day, "unit": unit.id}))
    return UnitDay(
        unit=unit,
        day=day,
        total=_count(unit.name, list(by_child.values()), early),
        groups=tuple(_count(name, in_group[id_], early) for id_, name in names.items() if id_ in in_group),
        services=_services(list_services_at(look, unit.id, day), by_child, names),
        club=_count("", [by_child[id_] for id_ in sorted(to_club)], early) if to_club else None,
        child_ids=tuple(sorted(by_child)),
    )


def _count(name: str, board: Sequence[OnBoard], early: set[str]) -> GroupDay:
    standing = [on.presence for on in board]
    leaving = sum(on.child.id in early and on.presence not in NOT_HERE for on in board)
    return GroupDay(
        name,
        len(board),
        sum(presence in NOT_HERE for presence in standing),
        standing.count(Presence.HERE),
        standing.count(Presence.LATE),
        leaving,
    )


def _services(
    enrolments: Sequence[Enrolment], by_child: dict[str, OnBoard], names: dict[str, str]
) -> tuple[ServiceDay, ...]:
    """Whom the reader does not see on the board stands on no list of theirs, and is not counted."""
    rows: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    for enrolment in enrolments:
        on = by_child.get(enrolment.child_id)
        if on is not None:
            name = f"{on.child.called} {on.child.last_name}"
            counted = Counted(enrolment.id, on.child.id, name, names.get(on.group_id, ""), on.presence in NOT_HERE)
            rows[enrolment.kind, enrolment.name].append(counted)
    return tuple(
        ServiceDay(ServiceKind(kind), name, tuple(sorted(of, key=lambda row: (row.name, row.child_id))))
        for (kind, name), of in sorted(rows.items())
    )
