"""Days of the unit's own calendar: which one is meant when no word says so, and stretches written out."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

DAY = timedelta(days=1)
LAST_HOUR_FOR_TODAY = 15
_LONGEST_RANGE = timedelta(days=92)


@dataclass(frozen=True, slots=True)
class Days:
    """Days named at tokens[start:end].

    `shape`: "days", "until" (ends there, begins where the clause does), "from", "past" (before today) or "open" (named, yet
    not to be relied on). `week` is the Monday of a week spoken of as a whole. `every` tells "each day".
    """

    start: int
    end: int
    days: tuple[date, ...]
    shape: str = "days"
    week: date | None = None
    every: bool = False
    is_week: bool = False
    weekdays: tuple[int, ...] = ()


def default_day(received: datetime) -> date:
    """The day meant when no word says which: today before 15:00 on a weekday, else the next weekday."""
    today = received.date()
    if today.weekday() < 5 and received.hour < LAST_HOUR_FOR_TODAY:
        return today
    return next_weekday(today)


def next_weekday(day: date) -> date:
    day += DAY
    while day.weekday() > 4:
        day += DAY
    return day


def weekday_before(day: date) -> date:
    day -= DAY
    while day.weekday() > 4:
        day -= DAY
    return day


def written_out(first: date, last: date, weekends: bool = False) -> tuple[date, ...]:
    """Each day from first through last, Monday to Friday unless weekends count. Empty when the range makes no sense."""
    if last < first or last - first > _LONGEST_RANGE:
        return ()
    span = (first + DAY * number for number in range((last - first).days + 1))
    return tuple(day for day in span if weekends or day.weekday() < 5)


def monday_of(day: date) -> date:
    return day - DAY * day.weekday()
