"""The board of a day at a unit: what was seen, and all that was told, make of each child."""

from collections.abc import Iterable
from datetime import date, datetime, time
from enum import StrEnum
from typing import NamedTuple

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestStay
from hub.people.places import Unit
from hub.safety.access import DAY, NotThereError, Reach, placed
from hub.safety.guests import get_looked_after, list_at_unit, list_guest_homes
from hub.school.absences import Absence, list_of_child, list_of_unit
from hub.school.attendance import Attendance, find_standing, is_told_since
from hub.school.attendance_read import Seen, list_standing
from hub.school.guest_days import Elsewhere, list_called_off, list_elsewhere
from hub.school.late_arrivals import LateArrival, find_late, list_late


class Presence(StrEnum):
    """A child on the board. The first is the one that worries."""

    NOT_HEARD = "not_heard"
    LATE = "late"
    AWAY = "away"
    ELSEWHERE = "elsewhere"
    HERE = "here"
    LEFT = "left"


NOT_HERE = frozenset({Presence.AWAY, Presence.ELSEWHERE})
"""Who is in the care of others today, as was told or arranged."""


class OnBoard(NamedTuple):
    """One child on the board of a day; a tuple, for hundreds are made at once."""

    child: Child
    child_id: str
    group_id: str
    presence: Presence
    came_at: datetime | None = None
    absence: Absence | None = None
    comes_at: time | None = None
    late: LateArrival | None = None
    left_at: datetime | None = None
    by_text: bool = False
    came_on: date | None = None
    """The day it came on, where staff saw it: one before the board's where it stayed over midnight."""
    left_with: str | None = None
    is_contradicted: bool = False
    """Staff marked the child here, and a guardian has told since that it is away: one of the two is wrong."""
    elsewhere: Elsewhere | None = None
    """Where else it is looked after that day."""
    guest_of: str | None = None
    """The name of the unit where it is at home, of a guest."""
    may_be_at: str | None = None
    """The name of another unit at which it may be: the stay was called off that day, and it was seen at neither."""

    @property
    def was_seen(self) -> bool:
        """Staff saw the child today, whether it has left since or not."""
        return self.presence in (Presence.HERE, Presence.LEFT)

    @property
    def was_found(self) -> bool:
        """Staff saw the child today, here or where else it is looked after."""
        return self.was_seen or (self.elsewhere is not None and self.elsewhere.is_seen)

    @property
    def explained_by(self) -> Absence | LateArrival | None:
        """What a guardian told that explains why the child is not here."""
        if self.presence is Presence.AWAY:
            return self.absence
        return self.late if self.presence is Presence.LATE else None

    @property
    def is_late_disputed(self) -> bool:
        return self.late is not None and self.late.disputed_at is not None

    @property
    def is_disputed(self) -> bool:
        """Another guardian says that what was told of it is not so."""
        return self.is_late_disputed or (self.absence is not None and self.absence.disputed_at is not None)


def _placed(place: type[Placement]) -> "sa.Select[Child, str]":
    return (
        sa.select(Child, place.group_id)
        .join(place, place.child_id == Child.id)
        .where(place.unit_id == sa.bindparam("unit"), placed(DAY, place))
        .order_by(Child.first_name, Child.last_name, Child.id)
    )


_PLACED, _GUESTS = _placed(Placement), _placed(GuestStay)
_OF_CHILD = Child.id == sa.bindparam("child")
_PLACED_ONE, _GUEST = _PLACED.where(_OF_CHILD), _GUESTS.where(_OF_CHILD)


def list_board(look: Look, reach: Reach, unit: Unit, day: date) -> list[OnBoard]:
    """Every child of the unit and every guest whom the reach covers, and what is known of it that day, by first name."""
    return _list_board(look, unit, day, list_at_unit(look, reach, unit, day))


def list_whole_board(look: Look, unit: Unit, day: date) -> list[OnBoard]:
    """Every child of the unit and every guest, protected ones too, and what is known of it that day: for routines, which show
    nobody."""
    asked = {"unit": unit.id, "day": day}
    found = {child.id: (child, group_id) for child, group_id in look.session.execute(_GUESTS, asked)}
    own = [(child, group_id) for child, group_id in look.session.execute(_PLACED, asked)]
    guests = [found[id_] for id_ in found.keys() - {child.id for child, _ in own}]
    return _list_board(look, unit, day, [*own, *sorted(guests, key=lambda row: (row[0].first_name, row[0].id))])


def _list_board(look: Look, unit: Unit, day: date, placed_children: Iterable[tuple[Child, str]]) -> list[OnBoard]:
    here = {row.child_id: row for row in list_standing(look, unit, day)}
    late = {row.child_id: row for row in list_late(look, unit.id, day)}
    away = {absence.child_id: absence for absence in list_of_unit(look, unit.id, day)}
    elsewhere, homes = list_elsewhere(look, unit, day), list_guest_homes(look, unit, day)
    doubted = list_called_off(look, unit, day)
    with_ids = ((child, child.id, group_id) for child, group_id in placed_children)
    return [
        _on_board(
            child,
            id_,
            group_id,
            here.get(id_),
            away.get(id_),
            late.get(id_),
            elsewhere.get(id_),
            homes.get(id_),
            doubted.get(id_),
        )
        for child, id_, group_id in with_ids
    ]


def get_on_board(look: Look, reach: Reach, unit: Unit, child_id: str) -> OnBoard:
    """What is known today of one child of a unit. Raises: NotThereError, where the reach does not cover it there."""
    child, places = get_looked_after(look, reach, child_id)
    group_id = next((group.id for place, group in places if place.id == unit.id), None)
    if group_id is None:
        raise NotThereError
    return read_board_of(look, child, unit, group_id, unit.today(look.now))


def find_on_whole_board(look: Look, unit: Unit, child_id: str, day: date) -> OnBoard | None:
    """The same of any child that is looked after there, a protected one too: for routines, which show nobody."""
    asked = {"unit": unit.id, "day": day, "child": child_id}
    found = look.session.execute(_PLACED_ONE, asked).first() or look.session.execute(_GUEST, asked).first()
    return None if found is None else read_board_of(look, found[0], unit, found[1], day)


def read_board_of(look: Look, child: Child, unit: Unit, group_id: str, day: date) -> OnBoard:
    """What is known that day of one child of a unit. It asks no rights of the reader: its callers have."""
    here = find_standing(look, child, unit, day)
    away = list_of_child(look, child.id, [day])
    late = find_late(look, child.id, day)
    elsewhere = list_elsewhere(look, unit, day).get(child.id)
    home = list_guest_homes(look, unit, day).get(child.id)
    doubted = list_called_off(look, unit, day).get(child.id)
    return _on_board(child, child.id, group_id, here, away[-1] if away else None, late, elsewhere, home, doubted)


def _on_board(
    child: Child,
    child_id: str,
    group_id: str,
    here: Attendance | Seen | None,
    absence: Absence | None,
    late: LateArrival | None,
    elsewhere: Elsewhere | None,
    home: Unit | None,
    doubted: str | None,
) -> OnBoard:
    presence = Presence.NOT_HEARD
    left_at = None if here is None else here.left_at
    if here is not None:
        presence = Presence.HERE if left_at is None else Presence.LEFT
    elif absence is not None and absence.disputed_at is None:
        presence = Presence.AWAY
    elif elsewhere is not None and elsewhere.left_at is None:
        presence = Presence.ELSEWHERE
    elif late is not None and late.disputed_at is None:
        presence = Presence.LATE
    return OnBoard(
        child,
        child_id,
        group_id,
        presence,
        came_at=None if here is None else here.came_at,
        absence=absence,
        comes_at=None if late is None else late.comes_at,
        late=late,
        left_at=left_at,
        by_text=here is not None and here.phone_id is not None,
        came_on=None if here is None else here.day,
        left_with=None if here is None else here.fetched_name,
        is_contradicted=here is not None
        and left_at is None
        and absence is not None
        and is_told_since(absence, here.id),
        elsewhere=elsewhere,
        guest_of=None if home is None else home.name,
        may_be_at=None if here is not None or elsewhere is not None else doubted,
    )
