"""Months of hours as they were handed over for fees: what a child's month said then stands for it, whatever is put right later,
and the difference waits for the next hand-over. Who was billed by them must find the same figures again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.attendance import CLOCK, Attendance
from hub.school.attendance_corrections import AttendanceCorrection
from hub.school.care_decisions import Per, span_of
from hub.school.used_hours import Figures, UsedMonth, read_month


class MonthNotOverError(Refusal):
    """A month is handed over when it is over."""

    words = "refusals.month_not_over"


class HandedHours(Base):
    """A child's month at a unit as it was handed over, `day` its first, in minutes; where it had changed, handed over once more
    as a row of its own, and then `counted_before` is what the last one before told to count. `days` are the minutes that
    counted of each day, by its date."""

    __tablename__ = "handed_hours"
    __table_args__ = (sa.Index(None, "unit_id", "day"), sa.Index(None, "child_id", "day"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    booked: Mapped[int]
    attended: Mapped[int]
    used: Mapped[int]
    counted: Mapped[int]
    decided: Mapped[int | None]
    per: Mapped[str | None] = mapped_column(sa.String(10))
    remains: Mapped[int | None]
    unseen: Mapped[int]
    days: Mapped[Json]
    counted_before: Mapped[int | None]
    by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    at: Mapped[Moment]

    @property
    def figures(self) -> Figures:
        per = None if self.per is None else Per(self.per)
        return Figures(
            self.booked, self.attended, self.used, self.counted, self.decided, per, self.remains, self.unseen
        )

    def counted_on(self, day: date) -> int:
        minutes: int = self.days.get(day.isoformat(), 0)
        return minutes


def hand_over(work: Work, unit: Unit, child_ids: Sequence[str], day: date, by: str) -> list[HandedHours]:
    """The month of a day is handed over for these children of a unit, without those of whom nothing has changed since the last
    time. It asks no rights of whoever hands over: its callers have. Audited.

    Raises: MonthNotOverError.
    """
    first, last = span_of(day, Per.MONTH)
    if unit.today(work.now) <= last:
        raise MonthNotOverError
    work.take_turns([unit.id])
    return keep_handed(work, unit, read_month(work, unit, child_ids, first), first, by)


def keep_handed(work: Work, unit: Unit, months: Sequence[UsedMonth], first: date, by: str) -> list[HandedHours]:
    """Keeps those months that nobody was told of as they are."""
    before = list_handed(work, unit, [month.child_id for month in months], first)
    rows = []
    for month in months:
        stood = before.get(month.child_id)
        if stood is None or stood.figures != month.figures:
            rows.append(_row(work, unit, month, first, by, stood))
    work.session.add_all(rows)
    note(work, "hours.hand_over", [unit.id, *(row.child_id for row in rows)])
    work.ring(LIVE, unit.id)
    return rows


def _row(work: Work, unit: Unit, month: UsedMonth, first: date, by: str, before: HandedHours | None) -> HandedHours:
    figures = month.figures
    return HandedHours(
        id=work.new_id(),
        owner_id=unit.owner_id,
        child_id=month.child_id,
        unit_id=unit.id,
        day=first,
        booked=figures.booked,
        attended=figures.attended,
        used=figures.used,
        counted=figures.counted,
        decided=figures.decided,
        per=figures.per,
        remains=figures.left,
        unseen=figures.unseen,
        days={used.day.isoformat(): used.counted for used in month.days if used.counted},
        counted_before=None if before is None else before.counted,
        by=by,
        at=work.now,
    )


_HANDED = QuickSelect(
    sa.select(HandedHours)
    .where(
        HandedHours.unit_id == sa.bindparam("unit"),
        HandedHours.day == sa.bindparam("day", type_=sa.Date),
        HandedHours.child_id.in_(sa.bindparam("children", expanding=True)),
    )
    .order_by(HandedHours.id)
)


def list_handed(look: Look, unit: Unit, child_ids: Collection[str], first: date) -> dict[str, HandedHours]:
    """What was handed over last of a month, by child. It asks no rights of the reader: its callers have."""
    if not child_ids:
        return {}
    rows = _HANDED.rows(look, unit=unit.id, day=first, children=list(child_ids))
    return {row.child_id: row for (row,) in rows}


@dataclass(frozen=True, slots=True)
class Change:
    """What staff said of a day after its month was handed over; `reason` where it was put right."""

    day: date
    by: str
    at: datetime
    reason: str = ""


def list_changes(look: Look, handed: HandedHours) -> list[Change]:
    """What was put right, marked or taken back at the unit of the child's days in the month since it was handed over, in its
    order. What another unit did of a child is told by that one alone."""
    last = span_of(handed.day, Per.MONTH)[1]
    of_month = (
        Attendance.child_id == handed.child_id,
        Attendance.unit_id == handed.unit_id,
        Attendance.day.between(handed.day, last),
    )
    corrected = look.session.execute(
        sa.select(Attendance.day, AttendanceCorrection)
        .join(Attendance, Attendance.id == AttendanceCorrection.attendance_id)
        .where(*of_month, AttendanceCorrection.at > handed.at)
    )
    changes = [Change(day, row.by, row.at, row.reason) for day, row in corrected]
    explained = {(change.day, change.at) for change in changes}
    for mark in look.session.scalars(sa.select(Attendance).where(*of_month)):
        said = (
            (mark.marked_at, mark.marked_by),
            (mark.left_marked_at, mark.left_marked_by),
            (mark.taken_back_at, ""),
        )
        changes += [
            Change(mark.day, by or "", at)
            for at, by in said
            if at is not None and at > handed.at and by != CLOCK and (mark.day, at) not in explained
        ]
    return sorted(changes, key=lambda change: change.at)
