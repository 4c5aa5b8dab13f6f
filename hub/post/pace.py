"""The pace at which each sender may send, counted in this process."""

from hub.clock import Clock

AHEAD_SECONDS = 0.5


class Paces:
    """Each sender has a next free moment, which a turn takes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free_at: dict[str, float] = {}

    def busy(self) -> list[str]:
        """Senders whose turns are taken for the moment: nothing more should be claimed for them now."""
        now = self._clock.monotonic()
        self._free_at = {sender: free_at for sender, free_at in self._free_at.items() if free_at > now}
        return [sender for sender, free_at in self._free_at.items() if free_at > now + AHEAD_SECONDS]

    def next_free(self) -> float | None:
        """Seconds until the first busy sender can take more; None when none is busy."""
        now = self._clock.monotonic()
        waits = [free_at - now - AHEAD_SECONDS for free_at in self._free_at.values() if free_at > now + AHEAD_SECONDS]
        return min(waits, default=None)

    def take_turn(self, sender: str, per_second: float) -> float:
        """Take the sender's next turn; how many seconds from now that is."""
        now = self._clock.monotonic()
        start = max(now, self._free_at.get(sender, now))
        self._free_at[sender] = start + 1.0 / per_second
        return start - now
