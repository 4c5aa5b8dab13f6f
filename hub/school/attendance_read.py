"""Marks as days and months are read from them: columns of their rows, which nobody could change. A board has hundreds of
them, a month of a unit thousands. What a work has changed is written before it is read so.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from hub.desk import Look
from hub.people.guest_places import GuestPlace, GuestStay
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.access import placed
from hub.school.attendance import CLOCK, HERE, OF_SPAN, OVERNIGHT, Attendance, night_before


class Seen(NamedTuple):
    """A mark as a board shows it."""

    id: str
    child_id: str
    day: date
    came_at: datetime
    left_at: datetime | None
    phone_id: str | None
    fetched_name: str | None


class Stay(NamedTuple):
    """A mark as hours are reckoned from it."""

    child_id: str
    day: date
    came_at: datetime
    left_at: datetime | None
    left_marked_by: str | None

    @property
    def left_unseen(self) -> bool:
        """As of a row."""
        return self.left_marked_by == CLOCK


_AS_GUESTS = (
    sa.select(Attendance)
    .join(GuestStay, sa.and_(GuestStay.child_id == Attendance.child_id, GuestStay.unit_id == Attendance.unit_id))
    .join(GuestPlace, GuestPlace.id == GuestStay.id)
    .where(
        GuestPlace.home_unit_id == sa.bindparam("unit"),
        placed(Attendance.day, GuestStay),
        Attendance.child_id.in_(sa.bindparam("children", expanding=True)),
        Attendance.day.between(sa.bindparam("first", type_=sa.Date), sa.bindparam("last", type_=sa.Date)),
        Attendance.taken_back_at.is_(None),
    )
)
"""The marks of a unit's children where they were guests."""


def _only(marks: "sa.Select[Attendance]", read: type[Seen] | type[Stay]) -> QuickSelect[Any]:
    return QuickSelect(marks.with_only_columns(*(getattr(Attendance, name) for name in read._fields)))


_SEEN_AT, _SEEN_OVERNIGHT = _only(HERE, Seen), _only(OVERNIGHT, Seen)
_STAYS, _GUEST_STAYS = _only(OF_SPAN, Stay), _only(_AS_GUESTS, Stay)


def list_standing(look: Look, unit: Unit, day: date) -> list[Seen]:
    """The marks of a day; of today, after those of the nights before. The latest of each child last."""
    look.session.flush()
    rows = _SEEN_AT.rows(look, unit=unit.id, day=day)
    if day == unit.today(look.now):
        rows = [*_SEEN_OVERNIGHT.rows(look, unit=unit.id, day=day, **night_before(unit, day)), *rows]
    return [Seen._make(row) for row in rows]


def list_stays(look: Look, unit: Unit, child_ids: Collection[str], first: date, last: date) -> list[Stay]:
    """The marks of these children that were made of days from the first to the last, in no order."""
    look.session.flush()
    rows = _STAYS.rows(look, unit=unit.id, children=list(child_ids), first=first, last=last)
    return [Stay._make(row) for row in rows]


def list_guest_stays(look: Look, home: Unit, child_ids: Collection[str], first: date, last: date) -> list[Stay]:
    """Those of these children of a unit that were made where they were guests: the hours are the unit's own."""
    look.session.flush()
    rows = _GUEST_STAYS.rows(look, unit=home.id, children=list(child_ids), first=first, last=last)
    return [Stay._make(row) for row in rows]


def list_here(look: Look, unit: Unit, day: date, child_ids: Iterable[str]) -> dict[str, datetime]:
    """Those of the children who were seen here on a day, and when they came."""
    wanted = set(child_ids)
    return {row.child_id: row.came_at for row in list_standing(look, unit, day) if row.child_id in wanted}
