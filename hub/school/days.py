"""A unit's day in numbers and lists, for those who cook, drive and plan: whom to expect, and who is away.

All of it are questions about the same few facts, so that whoever is taken off one list is off them all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.calendars import ClosedDay, is_open, list_closed
from hub.desk import Look
from hub.people.families import Placement
from hub.people.places import Unit, UnitKind
from hub.safety.access import DAY, Reach, list_groups, placed
from hub.school.care_plans import list_expected
from hub.school.day_board import NOT_HERE, OnBoard, Presence, list_board
from hub.school.going_home import list_going_home
from hub.school.services import Enrolment, ServiceKind, list_services_at


@dataclass(frozen=True, slots=True)
class GroupDay:
    """A group, or a whole unit. `enrolled` are all with a place, `off` those who have no care that day though nobody told that
    they are away; `expected` are the others who are not away."""

    name: str
    enrolled: int
    away: int
    off: int
    here: int
    late: int
    early: int

    @property
    def expected(self) -> int:
        return self.enrolled - self.away - self.off


@dataclass(frozen=True, slots=True)
class Counted:
    """One child on a list, and whether it is away or has the day off."""

    enrolment_id: str
    child_id: str
    name: str
    group: str
    is_away: bool
    is_off: bool


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
    def off(self) -> int:
        return sum(row.is_off for row in self.rows)

    @property
    def expected(self) -> int:
        return len(self.rows) - self.away - self.off


@dataclass(frozen=True, slots=True)
class UnitDay:
    """What a reader may know of a unit's day. `club` are those who go on to a club, None where nobody does; `closed` says why
    the unit is, where it is."""

    unit: Unit
    day: date
    closed: ClosedDay | None
    total: GroupDay
    groups: tuple[GroupDay, ...]
    services: tuple[ServiceDay, ...]
    club: GroupDay | None
    child_ids: tuple[str, ...]


_TO_CLUB = (
    sa.select(Placement.child_id, Unit)
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
    by_child = {on.child_id: on for on in board}
    early = {id_ for id_, home in list_going_home(look, by_child, day).items() if home.early is not None}
    names = {group.id: group.name for group in list_groups(look, reach, unit.id)}
    in_group: dict[str, list[OnBoard]] = defaultdict(list)
    for on in board:
        in_group[on.group_id].append(on)
    off = list_off(look, unit, day, board)
    return UnitDay(
        unit=unit,
        day=day,
        closed=list_closed(look, unit, day, day).get(day),
        total=_count(unit.name, list(by_child.values()), early, off),
        groups=tuple(_count(name, in_group[id_], early, off) for id_, name in names.items() if id_ in in_group),
        services=_services(list_services_at(look, unit.id, day), by_child, names, off),
        club=_count_club(look, unit, day, by_child, early),
        child_ids=tuple(sorted(by_child)),
    )


def list_off(look: Look, unit: Unit, day: date, board: Iterable[OnBoard]) -> set[str]:
    """Those of the board, by id, of whom nothing was seen or told that day, and who have no care then: it was booked off, or
    the unit is closed and nobody booked it all the same."""
    booked = list_expected(look, unit, day)
    opens = is_open(look, unit, day)
    unheard = (on.child_id for on in board if on.presence is Presence.NOT_HEARD)
    return {id_ for id_ in unheard if (booked[id_] is None if id_ in booked else not opens)}


def _count_club(
    look: Look, unit: Unit, day: date, by_child: Mapping[str, OnBoard], early: Collection[str]
) -> GroupDay | None:
    """Those who have a place at a club; whom that expects none of today goes on to none."""
    asked = {"children": list(by_child), "day": day, "unit": unit.id}
    clubs: dict[str, tuple[Unit, dict[str, OnBoard]]] = {}
    for child_id, club in look.session.execute(_TO_CLUB, asked):
        clubs.setdefault(club.id, (club, {}))[1][child_id] = by_child[child_id]
    if not clubs:
        return None
    off = {id_ for club, of in clubs.values() for id_ in list_off(look, club, day, of.values())}
    going = {id_: on for _, of in clubs.values() for id_, on in of.items()}
    return _count("", list(going.values()), early, off)


def _count(name: str, board: Sequence[OnBoard], early: Collection[str], off: Collection[str]) -> GroupDay:
    standing = [on.presence for on in board]
    return GroupDay(
        name,
        enrolled=len(board),
        away=sum(presence in NOT_HERE for presence in standing),
        off=sum(on.child_id in off for on in board),
        here=standing.count(Presence.HERE),
        late=standing.count(Presence.LATE),
        early=sum(on.child_id in early and on.child_id not in off and on.presence not in NOT_HERE for on in board),
    )


def _services(
    enrolments: Sequence[Enrolment], by_child: Mapping[str, OnBoard], names: Mapping[str, str], off: Collection[str]
) -> tuple[ServiceDay, ...]:
    """Whom the reader does not see on the board stands on no list of theirs, and is not counted."""
    rows: dict[tuple[str, str], list[Counted]] = defaultdict(list)
    for enrolment in enrolments:
        on = by_child.get(enrolment.child_id)
        if on is not None:
            name = f"{on.child.called} {on.child.last_name}"
            away, is_off = on.presence in NOT_HERE, on.child_id in off
            counted = Counted(enrolment.id, on.child_id, name, names.get(on.group_id, ""), away, is_off)
            rows[enrolment.kind, enrolment.name].append(counted)
    return tuple(
        ServiceDay(ServiceKind(kind), name, tuple(sorted(of, key=lambda row: (row.name, row.child_id))))
        for (kind, name), of in sorted(rows.items())
    )
