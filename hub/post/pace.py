"""The pace at which each sender may send, counted in this process."""

import asyncio

from hub.clock import Clock

AHEAD_SECONDS = 1.0


class Paces:
    """Each sender has a next free moment; a turn takes it and sleeps until then."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free_at: dict[str, float] = {}

    def busy(self) -> list[str]:
        """Senders whose turns are taken for the next second: nothing more should be claimed for them now."""
        now = self._clock.monotonic()
        return [sender for sender, free_at in self._free_at.items() if free_at > now + AHEAD_SECONDS]

    def next_free(self) -> float | None:
        """Seconds until the first busy sender can take more; None when none is busy."""
        now = self._clock.monotonic()
        waits = [free_at - now - AHEAD_SECONDS for free_at in self._free_at.values() if free_at > now + AHEAD_SECONDS]
        return min(waits, default=None)

    async def turn(self, sender: str, per_second: float) -> None:
        """Return when it is this sender's turn."""
        now = self._clock.monotonic()
        start = max(now, self._free_at.get(sender, now))
        self._free_at[sender] = start + 1.0 / per_second
        if start > now:
            await asyncio.sleep(start - now)
