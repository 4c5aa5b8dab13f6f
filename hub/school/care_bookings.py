"""Care times that were booked: one row for a child and a day, who told it, when, and in which message.

A booking never overwrites what another guardian told: it stands beside it as a rival until the two agree or staff decide.
Changing and taking back keep the row and say when it ceased to hold.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.post.messages import Message
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.care_hours import Hours, pack, unpack
from hub.school.care_patterns import Pattern, find_alternating
from hub.school.care_rules import Rules, is_locked


class WeekLockedError(Refusal):
    """The week has locked; families can only tell of absence."""

    words = "refusals.week_locked"


class CareBooking(Base):
    """One child, one day. `hours` as care_hours.pack() writes them, "" for a day off. `is_rival`: it waits for the other
    guardian, and does not hold. `is_practice`: told while the unit practised; it counts for no fee."""

    __tablename__ = "care_bookings"
    __table_args__ = (sa.Index(None, "child_id", "day"), sa.Index(None, "unit_id", "day"), sa.Index(None, "message_id"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    hours: Mapped[str] = mapped_column(sa.String(40))
    told_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    told_kind: Mapped[str] = mapped_column(sa.String(10))
    trust: Mapped[int] = mapped_column(sa.SmallInteger)
    told_at: Mapped[Moment]
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    is_rival: Mapped[bool] = mapped_column(default=False)
    is_practice: Mapped[bool] = mapped_column(default=False)
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)
    ceased_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    message: Mapped[Message | None] = after(Message)


class ToldHours(NamedTuple):
    """A booking as days are reckoned with it. It is no row that could be changed: a month of a unit has thousands."""

    child_id: str
    day: date
    hours: str
    told_by: str
    told_at: datetime
    is_rival: bool
    is_practice: bool


Booking = TypeVar("Booking", CareBooking, ToldHours)


@dataclass(frozen=True, slots=True)
class Teller:
    """Who books. `kind` is "guardian", "staff" or "routine"."""

    id: str
    kind: str
    trust: Trust
    message_id: str | None = None

    @property
    def is_staff(self) -> bool:
        return self.kind == "staff"


@dataclass(frozen=True, slots=True)
class Booked:
    """What came of it: rows that hold now, those they took the place of, and those that wait for another guardian."""

    fresh: tuple[CareBooking, ...] = ()
    replaced: tuple[CareBooking, ...] = ()
    rivals: tuple[CareBooking, ...] = ()


def book(work: Work, unit: Unit, child: Child, wished: Mapping[date, Hours], teller: Teller, rules: Rules) -> Booked:
    """Book the days. What is so already stays as it is; staff's word ends a clash, and so does the other's own. Audited.

    Raises: WeekLockedError for a guardian, when one of the days has locked; nothing is booked then.
    """
    if not teller.is_staff and any(is_locked(rules, unit, day, work.now) for day in wished):
        raise WeekLockedError
    work.touch([child.id])
    work.take_turns([child.id])
    standing: dict[date, list[CareBooking]] = {}
    for row in list_of_child(work, child.id, unit.id, wished):
        standing.setdefault(row.day, []).append(row)
    patterns = find_alternating(work, child.id, unit.id)
    today = unit.today(work.now)
    others = {one.id for one in list_guardians_for(work, child.id, Right.CARE_TIME, today)} - {teller.id}
    booked = [
        _book_day(work, unit, child, day, wished[day], teller, rules, standing.get(day, []), patterns, others)
        for day in sorted(wished)
    ]
    return _told(work, unit, child, booked)


def _book_day(
    work: Work,
    unit: Unit,
    child: Child,
    day: date,
    hours: Hours,
    teller: Teller,
    rules: Rules,
    standing: Sequence[CareBooking],
    patterns: Sequence[Pattern],
    others: Collection[str],
) -> Booked:
    holding = find_holding(standing, patterns, day)
    if holding is not None:
        holding.is_rival = False
    own = [row for row in standing if row.is_rival and (teller.is_staff or row.told_by == teller.id)]
    if holding is not None and unpack(holding.hours) == hours and holding.is_practice == rules.is_practice(day):
        _cease(work, own, teller.id)
        return Booked(replaced=tuple(own))
    rival = not teller.is_staff and is_others(holding, day, hours, others, patterns)
    if rival and any(unpack(row.hours) == hours for row in own):
        return Booked()
    agreeing = [row for row in standing if not rival and row.is_rival and unpack(row.hours) == hours]
    gone = [row for row in standing if row in own or row in agreeing or (row is holding and not rival)]
    _cease(work, gone, teller.id)
    fresh = CareBooking(
        id=work.new_id(),
        owner_id=unit.owner_id,
        child_id=child.id,
        unit_id=unit.id,
        day=day,
        hours=pack(hours),
        told_by=teller.id,
        told_kind=teller.kind,
        trust=teller.trust,
        told_at=work.now,
        message_id=teller.message_id,
        is_rival=rival,
        is_practice=rules.is_practice(day),
    )
    work.session.add(fresh)
    return Booked((), tuple(gone), (fresh,)) if rival else Booked((fresh,), tuple(gone))


def find_holding(standing: Sequence[Booking], patterns: Iterable[Pattern], day: date) -> Booking | None:
    """The booking that holds on a day: also one that waited, when nothing is left that another guardian told otherwise."""
    held = next((row for row in standing if not row.is_rival), None)
    if held is not None:
        return held
    own = [pattern for pattern in patterns if pattern.alternates and pattern.covers(day)]
    alone = (
        row
        for row in standing
        if all(one.guardian_id == row.told_by or one.hours_of(day) == unpack(row.hours) for one in own)
    )
    return next(alone, None)


def is_others(
    holding: CareBooking | None, day: date, hours: Hours, others: Collection[str], patterns: Iterable[Pattern]
) -> bool:
    """Whether one of the `others`, who may tell the child's times too, has told otherwise: by a booking or by the week that
    is theirs. Whoever may not any more stands in nobody's way."""
    if holding is not None:
        return holding.told_by in others and unpack(holding.hours) != hours
    theirs = [pattern for pattern in patterns if pattern.covers(day)]
    return bool(theirs) and all(one.guardian_id in others and one.hours_of(day) != hours for one in theirs)


def _told(work: Work, unit: Unit, child: Child, parts: Sequence[Booked]) -> Booked:
    booked = Booked(
        tuple(row for part in parts for row in part.fresh),
        tuple(row for part in parts for row in part.replaced),
        tuple(row for part in parts for row in part.rivals),
    )
    rows = [*booked.fresh, *booked.rivals]
    if rows or booked.replaced:
        note(work, "care_time.book", [child.id, *(row.id for row in rows)])
        work.ring(LIVE, unit.id)
        work.ring(LIVE, child.id)
    return booked


def take_back(work: Work, bookings: Iterable[CareBooking], by: str) -> list[CareBooking]:
    """They no longer stand. Answers those that stood until now. Audited."""
    ended = [row for row in bookings if row.ceased_at is None]
    _cease(work, ended, by)
    if ended:
        note(work, "care_time.take_back", [row.id for row in ended])
    for id_ in {id_ for row in ended for id_ in (row.unit_id, row.child_id)}:
        work.ring(LIVE, id_)
    return ended


def restore(work: Work, bookings: Iterable[CareBooking], by: str) -> list[CareBooking]:
    """What another booking took the place of holds again, in a row of its own, as it was told. Audited."""
    again = [
        CareBooking(
            id=work.new_id(),
            owner_id=row.owner_id,
            child_id=row.child_id,
            unit_id=row.unit_id,
            day=row.day,
            hours=row.hours,
            told_by=row.told_by,
            told_kind=row.told_kind,
            trust=row.trust,
            told_at=row.told_at,
            message_id=row.message_id,
            is_practice=row.is_practice,
        )
        for row in bookings
        if not row.is_rival
    ]
    work.session.add_all(again)
    if again:
        note(work, "care_time.restore", [by, *(row.id for row in again)])
    return again


def give_way(work: Work, rivals: Iterable[CareBooking], by: str) -> list[CareBooking]:
    """The other guardian agrees: what waited holds, and takes the place of what held. Answers what holds now. Audited."""
    won = [row for row in rivals if row.is_rival and row.ceased_at is None]
    for row in won:
        held = [old for old in list_of_child(work, row.child_id, row.unit_id, [row.day]) if not old.is_rival]
        _cease(work, held, by)
        row.is_rival = False
    if won:
        note(work, "care_time.give_way", [row.id for row in won])
    for id_ in {id_ for row in won for id_ in (row.unit_id, row.child_id)}:
        work.ring(LIVE, id_)
    return won


def _cease(work: Work, bookings: Iterable[CareBooking], by: str) -> None:
    for row in bookings:
        row.ceased_at, row.ceased_by = work.now, by


_DAYS = sa.bindparam("days", type_=sa.Date, expanding=True)
_STANDING = (
    sa.select(CareBooking)
    .where(CareBooking.ceased_at.is_(None), CareBooking.unit_id == sa.bindparam("unit"))
    .order_by(CareBooking.day, CareBooking.id)
)
_OF_CHILD = QuickSelect(_STANDING.where(CareBooking.child_id == sa.bindparam("child"), CareBooking.day.in_(_DAYS)))
_OF_SPAN = _STANDING.where(
    CareBooking.day >= sa.bindparam("first", type_=sa.Date), CareBooking.day <= sa.bindparam("last", type_=sa.Date)
)
_OF_CHILDREN = _OF_SPAN.where(CareBooking.child_id.in_(sa.bindparam("children", expanding=True)))
_HOURS_TOLD: QuickSelect[Any] = QuickSelect(
    _OF_CHILDREN.with_only_columns(*(getattr(CareBooking, name) for name in ToldHours._fields))
)
_RIVALS = QuickSelect(_OF_SPAN.where(CareBooking.is_rival))
_BY_IDS = QuickSelect(
    sa.select(CareBooking).where(CareBooking.id.in_(sa.bindparam("ids", expanding=True))).order_by(CareBooking.day)
)


def list_of_child(look: Look, child_id: str, unit_id: str, days: Iterable[date]) -> list[CareBooking]:
    """What stands for a child at a unit on any of the days, rivals too, in their order."""
    asked = list(days)
    return [row for (row,) in _OF_CHILD.rows(look, child=child_id, unit=unit_id, days=asked)] if asked else []


def list_told(look: Look, child_ids: Collection[str], unit_id: str, first: date, last: date) -> list[ToldHours]:
    """What stands for these children from a day to a day, rivals too, by day. What a work has changed is written first."""
    look.session.flush()
    rows = _HOURS_TOLD.rows(look, children=list(child_ids), unit=unit_id, first=first, last=last)
    return [ToldHours._make(row) for row in rows]


def list_rivals(look: Look, unit_id: str, first: date, last: date) -> list[CareBooking]:
    """What waits for another guardian at a unit from a day to a day, both included, in the order of the days."""
    return [row for (row,) in _RIVALS.rows(look, unit=unit_id, first=first, last=last)]


def get_bookings(look: Look, ids: Iterable[str]) -> list[CareBooking]:
    """Those of the ids that there are, by day."""
    asked = list(ids)
    return [row for (row,) in _BY_IDS.rows(look, ids=asked)] if asked else []
