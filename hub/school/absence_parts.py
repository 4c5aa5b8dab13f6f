"""What an absence means for a booking and a bill: which kind it counts as, which parts of a day it covers, what it keeps.

Questions over absences and nothing more: no row says so twice. The lock of a day is handed in, since each owner has its own.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa

from hub.desk import Look
from hub.school.absences import Absence, Reason

LockAt = Callable[[date], datetime]
"""When the bookings of a day are locked, UTC."""
Span = tuple[time, time]
"""From a wall-clock time to another, the end not included."""

BARELY_THERE = timedelta(minutes=15)
BARELY_TAUGHT = timedelta(minutes=60)
PRE_PRIMARY_HOURS: Span = (time(9, 0), time(13, 0))


class Care(StrEnum):
    """What a place consists of: care that is paid for, teaching that is free, or both on one day."""

    PAID = "paid"
    FREE = "free"
    BOTH = "both"


class Counts(StrEnum):
    """What an absence counts as."""

    SICK = "sick"
    PLANNED = "planned"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Parts:
    """Which parts of a day a child was away from."""

    billable: bool
    non_billable: bool


def parts_of(care: Care) -> Parts:
    """What a whole day's absence covers: a pre-primary child with care has both parts in one day."""
    return Parts(care in (Care.PAID, Care.BOTH), care in (Care.FREE, Care.BOTH))


def keeps_booking(told_since: datetime, day: date, lock_at: LockAt) -> bool:
    """Whether the booked hours of the day are used up all the same: it was told at the lock, or after it.

    Before the lock an absence takes the booking away.
    """
    return told_since >= lock_at(day)


def counts_as(absence: Absence, told_since: datetime, lock_at: LockAt, *, by_hours: bool) -> Counts:
    """Sickness counts as such whenever it is told. What else is told before the lock is planned where the need is agreed
    `by_hours`; later, or where it is not, it is another absence."""
    if absence.reason == Reason.SICK:
        return Counts.SICK
    planned = by_hours and not keeps_booking(told_since, absence.day, lock_at)
    return Counts.PLANNED if planned else Counts.OTHER


def attended_parts(spans: Iterable[Span], care: Care, taught: Span = PRE_PRIMARY_HOURS) -> Parts:
    """What a child counts as away from on a day for having been there so briefly: under 15 minutes of the day, and where
    it is taught under 60 minutes of the hours of teaching."""
    there = list(spans)
    whole = parts_of(care)
    return Parts(
        whole.billable and _together(there) < BARELY_THERE,
        whole.non_billable and _together(_within(there, taught)) < BARELY_TAUGHT,
    )


def _within(spans: Iterable[Span], frame: Span) -> list[Span]:
    cut = [(max(start, frame[0]), min(end, frame[1])) for start, end in spans]
    return [(start, end) for start, end in cut if start < end]


def _together(spans: Sequence[Span]) -> timedelta:
    """How long, counting what overlaps once."""
    total, until = timedelta(), time.min
    for start, end in sorted(spans):
        begins = max(start, until)
        if begins < end:
            total += _clock(end) - _clock(begins)
            until = end
    return total


def _clock(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


_TOLD = (
    sa.select(Absence)
    .where(Absence.child_id == sa.bindparam("child"), Absence.day == sa.bindparam("day", type_=sa.Date))
    .order_by(Absence.told_at, Absence.id)
)


def told_since(look: Look, absence: Absence) -> datetime:
    """Since when the child has been told away from that day without a break.

    Who first says "away" and then "ill" told of it the first time; who took it back in between, the second.
    """
    since = absence.told_at
    rows = look.session.scalars(_TOLD, {"child": absence.child_id, "day": absence.day})
    for before in reversed([row for row in rows if row.id != absence.id and row.told_at <= absence.told_at]):
        if before.ceased_at is None or before.ceased_at < since:
            break
        since = before.told_at
    return since
