"""The hours of care of one day: at most two periods that do not overlap, the last of which may end on the next day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from hub.desk import Refusal

MOST_PERIODS = 2
DAY_MINUTES = 24 * 60
QUARTER = 15


class HoursOverlapError(Refusal):
    """Two periods of a day share a time, or there are more than two."""

    words = "refusals.hours_overlap"


class HoursUnreadableError(Refusal):
    """What was typed is no hours."""

    words = "refusals.hours_unreadable"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From a wall-clock time to another, the end excluded; an end that is not later is on the next day."""

    start: time
    end: time

    @property
    def minutes(self) -> tuple[int, int]:
        """Start and end, counted from the day's midnight."""
        start, end = self.start, self.end
        first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute
        return first, last if last > first else last + DAY_MINUTES

    @property
    def is_overnight(self) -> bool:
        return self.minutes[1] > DAY_MINUTES


Hours: TypeAlias = tuple[Period, ...]
"""Of one day; empty for a day off."""
OFF: Hours = ()


def minute_of(at: time) -> int:
    return at.hour * 60 + at.minute


def make_hours(periods: Iterable[Period]) -> Hours:
    """In their order. Raises: HoursOverlapError."""
    hours = tuple(sorted(periods))
    overlaps = any(before.minutes[1] > after.minutes[0] for before, after in pairwise(hours)) or bool(
        hours and hours[-1].minutes[1] - hours[0].minutes[0] > DAY_MINUTES
    )
    if overlaps or len(hours) > MOST_PERIODS:
        raise HoursOverlapError
    return hours


def length_of(hours: Hours) -> int:
    """Minutes of care."""
    return sum(end - start for start, end in (period.minutes for period in hours))


def pack(hours: Hours) -> str:
    """ "08:00-12:00 14:00-17:00"; "" for a day off."""
    return " ".join(f"{period.start:%H:%M}-{period.end:%H:%M}" for period in hours)


@lru_cache(maxsize=1024)
def unpack(packed: str) -> Hours:
    """What pack() made."""
    pairs = (part.split("-") for part in packed.split())
    return tuple(Period(time.fromisoformat(start), time.fromisoformat(end)) for start, end in pairs)


def read_hours(typed: str) -> Hours:
    """What people type: "8-16", "8.00–12.30, 14-17"; empty for a day off.

    Raises: HoursUnreadableError, HoursOverlapError.
    """
    plain = typed.replace("\N{EN DASH}", "-").replace(",", " ").replace(";", " ").replace(" - ", "-")
    return make_hours(_read_period(part) for part in plain.split())


def _read_period(part: str) -> Period:
    start, mark, end = part.partition("-")
    if not mark:
        raise HoursUnreadableError
    return Period(_read_clock(start), _read_clock(end))


def _read_clock(text: str) -> time:
    hour, _, minute = text.replace(".", ":").partition(":")
    if not (hour.isascii() and hour.isdigit() and (not minute or (minute.isascii() and minute.isdigit()))):
        raise HoursUnreadableError
    if (int(hour), int(minute or 0)) == (24, 0):
        return time(0, 0)
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        raise HoursUnreadableError from None


def lies_within(hours: Hours, opens: time, closes: time) -> bool:
    """Whether all of it is between opening and closing of the day."""
    first, last = minute_of(opens), minute_of(closes)
    return all(first <= period.minutes[0] and period.minutes[1] <= last for period in hours)


def clip(hours: Hours, opens: time, closes: time) -> Hours:
    """What of it is between opening and closing."""
    first, last = minute_of(opens), minute_of(closes)
    clipped = ((max(first, period.minutes[0]), min(last, period.minutes[1])) for period in hours)
    return tuple(Period(clock_of(start), clock_of(end)) for start, end in clipped if start < end)


def clock_of(minutes: int) -> time:
    """The wall-clock time so many minutes after midnight."""
    return time(minutes // 60 % 24, minutes % 60)
