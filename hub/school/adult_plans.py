"""How many adults are planned with a group, hour by hour: for one day, or for a weekday until told otherwise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.places import Group, Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.care_hours import QUARTER, Period, pack, read_hours, unpack
from hub.school.care_staffing import QUARTERS

MOST_ADULTS = 99
MOST_SPANS = 24


class AdultsUnreadableError(Refusal):
    """What was typed is no list of times and numbers."""

    words = "refusals.adults_unreadable"


@dataclass(frozen=True, slots=True)
class Adults:
    """So many adults from a time to another, the end excluded. Spans that overlap add up."""

    period: Period
    count: int


class AdultPlan(Base):
    """The adults of a group on `day`; where it `is_weekly`, on each such weekday from then on, until a newer one. A plan for
    one day outranks a weekly one. `spans` are pairs of packed hours and a number."""

    __tablename__ = "adult_plans"
    __table_args__ = (sa.Index(None, "unit_id", "day"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    group_id: Mapped[Ref] = mapped_column(sa.ForeignKey("groups.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    is_weekly: Mapped[bool]
    spans: Mapped[Json]
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def adults(self) -> tuple[Adults, ...]:
        return tuple(Adults(period, count) for hours, count in self.spans for period in unpack(hours))


def read_adults(typed: str) -> tuple[Adults, ...]:
    """What people type: "7-9: 1", then "9-15.30: 3" on a line of its own; empty for nobody.

    Raises: AdultsUnreadableError.
    """
    lines = [line for line in typed.replace(";", "\n").splitlines() if line.strip()]
    if len(lines) > MOST_SPANS:
        raise AdultsUnreadableError
    return tuple(_read_line(line) for line in lines)


def _read_line(line: str) -> Adults:
    hours, _, number = (part.strip() for part in line.rpartition(":"))
    if not (number.isascii() and number.isdigit() and int(number) <= MOST_ADULTS):
        raise AdultsUnreadableError
    try:
        (period,) = read_hours(hours)
    except (Refusal, ValueError):
        raise AdultsUnreadableError from None
    if period.is_overnight:
        raise AdultsUnreadableError
    return Adults(period, int(number))


def plan_adults(
    work: Work, unit: Unit, group: Group, day: date, adults: Sequence[Adults], by: str, *, is_weekly: bool
) -> AdultPlan:
    """From now on these are the adults. What was planned for the same day in the same manner ceases. Audited."""
    work.take_turns([group.id])
    before = _HOLDING.where(AdultPlan.group_id == group.id, AdultPlan.day == day, AdultPlan.is_weekly.is_(is_weekly))
    for row in work.session.scalars(before, {"unit": unit.id, "day": day}):
        row.ceased_at = work.now
    row = AdultPlan(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        group_id=group.id,
        day=day,
        is_weekly=is_weekly,
        spans=[[pack((one.period,)), one.count] for one in adults],
        set_by=by,
        set_at=work.now,
    )
    work.session.add(row)
    note(work, "adult_plan.set", [group.id, row.id])
    work.ring(LIVE, unit.id)
    return row


_HOLDING = (
    sa.select(AdultPlan)
    .where(
        AdultPlan.unit_id == sa.bindparam("unit"),
        AdultPlan.ceased_at.is_(None),
        AdultPlan.day <= sa.bindparam("day", type_=sa.Date),
    )
    .order_by(AdultPlan.is_weekly.desc(), AdultPlan.day, AdultPlan.id)
)
"""The one that outranks the others last."""
_HOLDING_AT = QuickSelect(_HOLDING)


def list_adult_plans(look: Look, unit: Unit, day: date) -> dict[str, AdultPlan]:
    """What holds for each group of a unit on a day; a group of which nothing was told is not among them."""
    rows = _HOLDING_AT.rows(look, unit=unit.id, day=day)
    return {
        row.group_id: row
        for (row,) in rows
        if (row.day.weekday() == day.weekday() if row.is_weekly else row.day == day)
    }


def count_adults(adults: Iterable[Adults]) -> list[int]:
    """How many there are in each quarter of a day who are there for all of it."""
    spans = [(one.period.minutes, one.count) for one in adults]
    return [
        sum(count for (start, end), count in spans if start <= at and at + QUARTER <= end)
        for at in range(0, QUARTERS * QUARTER, QUARTER)
    ]
