"""Base weeks: the hours that hold for a child's week when nobody says otherwise, every week or every second one.

Where a child has two homes each guardian has a pattern of their own, and they take turns; weeks are counted from the first
one, never by their number, for a year of 53 weeks would turn odd and even around.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Block, Child
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.care_hours import OFF, Hours, pack, unpack
from hub.school.care_rules import monday_of

WEEKDAYS = 7


class CareWeek(Base):
    """A base week of a child at a unit. `hours` are seven packed days from Monday on, None for a day that it leaves open.

    It covers every `every_weeks`-th week from `from_day`, a Monday, on, to `to_day` where there is one. `hands_over` is the
    weekday on which the next home fetches the child already; Monday is 0, and then the weeks change over the weekend.
    """

    __tablename__ = "care_weeks"
    __table_args__ = (sa.Index(None, "unit_id", "child_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    guardian_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("guardians.id"))
    from_day: Mapped[date] = mapped_column(sa.Date)
    every_weeks: Mapped[int] = mapped_column(sa.SmallInteger)
    hours: Mapped[Json]
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    to_day: Mapped[date | None] = mapped_column(sa.Date, default=None)
    hands_over: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A base week as it is reckoned with. `guardian_id` is whose week it is, None when it is everybody's."""

    id: str
    child_id: str
    guardian_id: str | None
    from_day: date
    to_day: date | None
    every_weeks: int
    week: tuple[Hours | None, ...]
    hands_over: int = 0

    @property
    def alternates(self) -> bool:
        return self.every_weeks > 1

    def covers(self, day: date) -> bool:
        """Whether the day is in one of its weeks, and it says something of that weekday."""
        return self.has_turn(day) and self.week[day.weekday()] is not None

    def has_turn(self, day: date) -> bool:
        """Whether the day is in one of its weeks."""
        weeks = (monday_of(day) - monday_of(self.from_day)).days // WEEKDAYS
        within = day >= self.from_day and (self.to_day is None or day <= self.to_day)
        return within and weeks % self.every_weeks == 0

    def hours_of(self, day: date) -> Hours:
        """For a day that it covers."""
        return self.week[day.weekday()] or OFF


def make_pattern(row: CareWeek) -> Pattern:
    week = tuple(None if packed is None else unpack(packed) for packed in row.hours)
    return Pattern(
        row.id, row.child_id, row.guardian_id, row.from_day, row.to_day, row.every_weeks, week, row.hands_over
    )


def find_pick_up(patterns: Sequence[Pattern], day: date) -> str | None:
    """The one guardian whose turn it is to fetch a child of two homes that day; None where it is nobody's, or of both.

    On the day of the hand-over it is the guardian whose week comes next.
    """
    own = [pattern for pattern in patterns if pattern.alternates and pattern.has_turn(day)]
    if len(own) == 1 and 0 < own[0].hands_over <= day.weekday():
        after = monday_of(day) + timedelta(days=WEEKDAYS)
        own = [pattern for pattern in patterns if pattern.alternates and pattern.has_turn(after)]
    return own[0].guardian_id if len(own) == 1 else None


def is_hand_over(patterns: Sequence[Pattern], day: date) -> bool:
    """Whether one home brings the child in the morning and another one fetches it."""
    own = [pattern for pattern in patterns if pattern.alternates and pattern.has_turn(day)]
    return len(own) == 1 and own[0].hands_over == day.weekday() > 0


def set_week(
    work: Work,
    unit: Unit,
    child: Child,
    week: Sequence[Hours | None],
    *,
    from_day: date,
    by: str,
    guardian_id: str | None = None,
    every_weeks: int = 1,
    hands_over: int = 0,
) -> CareWeek:
    """A base week from the Monday of a day on, in the place of the same guardian's before. Audited."""
    for before in _list_rows(work, unit.id, child.id):
        if before.guardian_id == guardian_id or (every_weeks == 1 and before.every_weeks == 1):
            before.ceased_at = work.now
    row = CareWeek(
        id=work.new_id(),
        owner_id=unit.owner_id,
        child_id=child.id,
        unit_id=unit.id,
        guardian_id=guardian_id,
        from_day=monday_of(from_day),
        every_weeks=every_weeks,
        hours=_pack(week),
        set_by=by,
        set_at=work.now,
        hands_over=hands_over,
    )
    work.session.add(row)
    note(work, "care_week.set", [child.id, row.id])
    work.ring(LIVE, unit.id)
    return row


def _pack(week: Sequence[Hours | None]) -> list[Any]:
    days = [None if hours is None else pack(hours) for hours in week]
    return [*days, *[None] * (WEEKDAYS - len(days))]


def end_week(work: Work, row: CareWeek) -> None:
    """It covers nothing any more. Audited."""
    row.ceased_at = work.now
    note(work, "care_week.end", [row.child_id, row.id])
    work.ring(LIVE, row.unit_id)


_HOLDING = (
    sa.select(CareWeek)
    .where(CareWeek.unit_id == sa.bindparam("unit"), CareWeek.ceased_at.is_(None))
    .order_by(CareWeek.every_weeks.desc(), CareWeek.id)
)
_CHILD: sa.BindParameter[str] = sa.bindparam("child")
_BLOCKED = sa.exists().where(
    Block.guardian_id == CareWeek.guardian_id, Block.child_id == CareWeek.child_id, Block.lifted_at.is_(None)
)
_COUNTING = _HOLDING.where(~_BLOCKED)
"""Whoever is blocked from a child fetches it on no day, and their own weeks say nothing of it. Source: security rule S4.1."""
_OF_CHILD = QuickSelect(_HOLDING.where(CareWeek.child_id == _CHILD))
_COUNTING_OF_CHILD = QuickSelect(_COUNTING.where(CareWeek.child_id == _CHILD))
_COUNTING_OF_CHILDREN = QuickSelect(_COUNTING.where(CareWeek.child_id.in_(sa.bindparam("children", expanding=True))))


def _list_rows(look: Look, unit_id: str, child_id: str) -> list[CareWeek]:
    return [row for (row,) in _OF_CHILD.rows(look, unit=unit_id, child=child_id)]


def list_patterns(look: Look, unit_id: str, child_id: str) -> list[Pattern]:
    """A child's base weeks at a unit, those that take turns first; none of whoever is blocked from the child."""
    return [make_pattern(row) for (row,) in _COUNTING_OF_CHILD.rows(look, unit=unit_id, child=child_id)]


def find_alternating(look: Look, child_id: str, unit_id: str) -> list[Pattern]:
    """The weeks that are one guardian's own, where a child has two homes."""
    return [pattern for pattern in list_patterns(look, unit_id, child_id) if pattern.alternates]


def list_patterns_of(look: Look, unit_id: str, child_ids: Collection[str]) -> list[Pattern]:
    """The base weeks of several children at a unit, those that take turns first; none of whoever is blocked from the child."""
    return [make_pattern(row) for (row,) in _COUNTING_OF_CHILDREN.rows(look, unit=unit_id, children=list(child_ids))]


def get_week(look: Look, unit_id: str, row_id: str) -> CareWeek | None:
    """A base week of the unit that holds."""
    row = look.session.get(CareWeek, row_id)
    return row if row is not None and row.unit_id == unit_id and row.ceased_at is None else None
