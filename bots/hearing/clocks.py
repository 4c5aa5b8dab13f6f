"""Times of day as a text tells them, and which half of the day is meant: that suits a unit, and only the act tells whether
somebody comes or goes.
"""

from dataclasses import dataclass
from datetime import time

_DAY_STARTS = 6
_LATEST_BARE_END = 6
_NIGHT_STARTS = 19
"""From then on a small hour behind is one of the next morning: `22-6`."""


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour and minute at tokens[start:end]; `fixed`: the half of the day is certain; `sure`: it surely is a time."""

    start: int
    end: int
    hour: int
    minute: int
    fixed: bool = False
    sure: bool = True
    instead: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another, at tokens[start:end]; `again`: a second one the same day, its tokens among these."""

    start: int
    end: int
    first: Clock
    last: Clock
    bound: str = ""
    """ "until" or "from" where only one of the two is told, and both clocks are that one."""
    again: "Span | None" = None

    def times(self) -> tuple[time | None, time | None]:
        """From when to when; None for a bound that is not told."""
        if self.bound:
            only = suit(self.first, leaves=self.bound == "until")
            return (None, only) if self.bound == "until" else (only, None)
        opens = suit(self.first, leaves=False)
        closes = suit(self.last, leaves=True)
        if opens.hour >= _NIGHT_STARTS and not self.last.fixed and self.last.hour < 12:
            return opens, time(self.last.hour, self.last.minute)
        if closes <= opens and not self.last.fixed and self.last.hour < 12:
            closes = time(self.last.hour + 12, self.last.minute)
        if closes <= opens and not self.first.fixed and opens.hour >= 12:
            opens = time(self.first.hour % 12, self.first.minute)
        return opens, closes


def suit(clock: Clock, leaves: bool) -> time:
    """The time of day that suits a unit: somebody comes between 06 and 18, and goes between 07 and 19."""
    hour = clock.hour
    earliest = _LATEST_BARE_END if leaves else _DAY_STARTS - 1
    if not clock.fixed and 1 <= hour <= earliest:
        hour += 12
    return time(hour, clock.minute)
