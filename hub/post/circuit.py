"""Pauses a channel that fails as a whole, longer each time, until something gets through. Source: security rule S9.5."""

import random
from datetime import timedelta

from hub.clock import Clock
from hub.post.pauses import Pause

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 60.0
FAILURES_IN_A_ROW = 5
NOT_ANSWERING = "not_answering"


class Circuit:
    """Of all channels by name. A provider that says so closes its channel at once, other failures only in a row."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        self._clock = clock
        self._chance = chance
        self._until: dict[str, float] = {}
        self._reasons: dict[str, str] = {}
        self._pauses: dict[str, int] = {}
        self._failures: dict[str, int] = {}

    def paused(self) -> dict[str, Pause]:
        """By channel, the pause that it is in."""
        now, mono = self._clock.now(), self._clock.monotonic()
        return {
            channel: Pause(now + timedelta(seconds=until - mono), self._reasons[channel])
            for channel, until in self._until.items()
            if until > mono
        }

    def next_end(self) -> float | None:
        """Seconds until the first pause ends; None without one."""
        now = self._clock.monotonic()
        return min((until - now for until in self._until.values() if until > now), default=None)

    def went_well(self, channel: str) -> None:
        self._pauses.pop(channel, None)
        self._failures.pop(channel, None)

    def failed(self, channel: str) -> None:
        """Something failed that may be the provider's fault, and no fault of the message."""
        self._failures[channel] = self._failures.get(channel, 0) + 1
        if self._failures[channel] >= FAILURES_IN_A_ROW:
            self.pause(channel, NOT_ANSWERING)

    def pause(self, channel: str, reason: str, after: float | None = None) -> float:
        """Seconds that the channel rests now; `after` is what the provider asked for, `reason` its code or one of ours.
        One pause is not made longer by what was under way when it began."""
        now = self._clock.monotonic()
        left = self._until.get(channel, now) - now
        if left > 0 and (after is None or after <= left):
            return left
        if left <= 0:
            self._pauses[channel] = self._pauses.get(channel, 0) + 1
        wait = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(self._pauses[channel] - 1, 10))
        wait = max(wait * self._chance.uniform(0.5, 1.0), after or 0.0)
        self._until[channel] = now + wait
        self._reasons[channel] = reason
        return wait
