"""The hours of care that were decided for a child, and how far what is booked goes: told before it costs.

What is forecast is what the fee is reckoned from later: the same days, counted by the same rule.
"""

import calendar
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.care_hours import Hours, length_of
from hub.school.care_plans import Plan, Standing, counted_minutes, list_plans_of
from hub.school.care_rules import FeeStep, Rules, monday_of

HOUR = 60
NEARLY_PERCENT = 90
LONGEST_HOURS = 744


class NoSuchHoursError(Refusal):
    """Nobody decides so many hours."""

    words = "refusals.no_such_hours"


class Per(StrEnum):
    """What the decided hours are for."""

    WEEK = "week"
    MONTH = "month"


class Shift(StrEnum):
    """Whether the child may be booked outside the unit's hours: never, always, or now and then, also when it is closed."""

    NONE = "none"
    FULL = "full"
    INTERMITTENT = "intermittent"


class AgreedHours(Base):
    """So many hours a week or month from a day to a day, both included."""

    __tablename__ = "agreed_hours"
    __table_args__ = (sa.Index(None, "child_id", "unit_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    hours: Mapped[int] = mapped_column(sa.SmallInteger)
    per: Mapped[str] = mapped_column(sa.String(10))
    from_day: Mapped[date] = mapped_column(sa.Date)
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    shift: Mapped[str] = mapped_column(sa.String(12), default=Shift.NONE)
    to_day: Mapped[date | None] = mapped_column(sa.Date, default=None)

    def covers(self, day: date) -> bool:
        return self.from_day <= day and (self.to_day is None or day <= self.to_day)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How far the booked hours of one week or month go. `hours` are rounded up, as fees are.

    `step` is what the place costs by them, `next_step` what it would with one more day as long as the longest booked.
    """

    first: date
    last: date
    hours: int
    agreed: int | None
    per: Per
    step: str | None = None
    next_step: str | None = None

    @property
    def beyond(self) -> int:
        """Hours more than decided."""
        return 0 if self.agreed is None else max(0, self.hours - self.agreed)

    @property
    def is_worth_telling(self) -> bool:
        nearly = self.agreed is not None and self.hours * 100 >= self.agreed * NEARLY_PERCENT
        return nearly or self.next_step is not None


def decide_hours(
    work: Work, unit: Unit, child: Child, hours: int, per: Per, *, from_day: date, by: str, shift: Shift = Shift.NONE
) -> AgreedHours:
    """From a day on; what was decided before ends the day before. Audited. Raises: NoSuchHoursError."""
    if not 0 < hours <= LONGEST_HOURS:
        raise NoSuchHoursError
    for before in _list_rows(work, child.id, unit.id):
        if before.from_day >= from_day:
            work.session.delete(before)
        elif before.covers(from_day):
            before.to_day = from_day - timedelta(days=1)
    row = AgreedHours(
        id=work.new_id(),
        owner_id=unit.owner_id,
        child_id=child.id,
        unit_id=unit.id,
        hours=hours,
        per=per,
        shift=shift,
        from_day=from_day,
        set_by=by,
        set_at=work.now,
    )
    work.session.add(row)
    note(work, "agreed_hours.decide", [child.id, row.id])
    work.ring(LIVE, unit.id)
    return row


_OF_CHILD = QuickSelect(
    sa.select(AgreedHours)
    .where(AgreedHours.child_id == sa.bindparam("child"), AgreedHours.unit_id == sa.bindparam("unit"))
    .order_by(AgreedHours.from_day, AgreedHours.id)
)
_OF_CHILDREN = QuickSelect(
    sa.select(AgreedHours)
    .where(
        AgreedHours.unit_id == sa.bindparam("unit"),
        AgreedHours.child_id.in_(sa.bindparam("children", expanding=True)),
    )
    .order_by(AgreedHours.from_day)
)


def _list_rows(look: Look, child_id: str, unit_id: str) -> list[AgreedHours]:
    return [row for (row,) in _OF_CHILD.rows(look, child=child_id, unit=unit_id)]


def find_agreed(look: Look, child_id: str, unit_id: str, day: date) -> AgreedHours | None:
    """What is decided for a child on a day."""
    return next((row for row in _list_rows(look, child_id, unit_id) if row.covers(day)), None)


def list_agreed(look: Look, unit_id: str, child_ids: Collection[str], day: date) -> dict[str, AgreedHours]:
    """What is decided for these children at a unit on a day, by child."""
    rows = _OF_CHILDREN.rows(look, unit=unit_id, children=list(child_ids))
    return {row.child_id: row for (row,) in rows if row.covers(day)}


def forecast(
    look: Look, unit: Unit, child_id: str, day: date, rules: Rules, wished: Mapping[date, Hours] | None = None
) -> Forecast:
    """The week or month of a day, as it is booked now, with what is `wished` besides."""
    agreed = find_agreed(look, child_id, unit.id, day)
    per = Per.MONTH if agreed is None else Per(agreed.per)
    first, last = span_of(day, per)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    wished = wished or {}
    plans = [
        plan
        if plan.day not in wished
        else Plan(child_id, plan.day, Standing.BOOKED if wished[plan.day] else Standing.OFF, wished[plan.day])
        for plan in list_plans_of(look, unit, child_id, days)
    ]
    return reckon(plans, unit, rules, first, last, None if agreed is None else agreed.hours, per)


def reckon(
    plans: Sequence[Plan], unit: Unit, rules: Rules, first: date, last: date, agreed: int | None, per: Per
) -> Forecast:
    """What these days of one week or month come to."""
    minutes = counted_minutes(plans, rules, unit)
    longest = max((length_of(plan.hours) for plan in plans if plan.comes), default=0)
    hours = _up(minutes)
    step, after = (
        (find_step(rules.fee_steps, hours), find_step(rules.fee_steps, _up(minutes + longest)))
        if per is Per.MONTH and rules.fee_steps
        else (None, None)
    )
    return Forecast(first, last, hours, agreed, per, step, after if after != step else None)


def _up(minutes: int) -> int:
    return -(-minutes // HOUR)


def find_step(steps: Iterable[FeeStep], hours: int) -> str | None:
    """What so many hours a month cost; beyond the last step, the last. None where the owner has told no steps."""
    ordered = sorted(steps, key=lambda step: step.hours)
    found = next((step for step in ordered if hours <= step.hours), ordered[-1] if ordered else None)
    return None if found is None else found.name


def span_of(day: date, per: Per) -> tuple[date, date]:
    """First and last day of the week or month that a day is in."""
    if per is Per.WEEK:
        monday = monday_of(day)
        return monday, monday + timedelta(days=6)
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
