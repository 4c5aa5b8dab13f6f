"""How fast an operator or a gateway may be written to, as was agreed with it: so many texts a second by its whole road.

Each number's own pace is the outbox's.
"""

import asyncio

from hub.post.channel import TryLaterError

LONGEST_WAIT = 4.0
"""Short of what the outbox waits for a send beside an answer."""


class Pace:
    """Of one road, in this process."""

    def __init__(self, per_second: float) -> None:
        self._apart = 1 / per_second
        self._free_at = 0.0

    def take(self, now: float, count: int = 1, *, urgent: bool = False) -> float:
        """Seconds until `count` texts may go; their turns are taken. `now` is in seconds, monotonic.

        What hurries waits for nobody, and puts the others back. Raises: TryLaterError when that is too long to wait.
        """
        at = max(now, self._free_at)
        if at - now > LONGEST_WAIT and not urgent:
            raise TryLaterError("pace", after=at - now)
        self._free_at = at + count * self._apart
        return 0.0 if urgent else at - now

    async def wait(self, count: int = 1, *, urgent: bool = False) -> None:
        """Raises: TryLaterError."""
        if seconds := self.take(asyncio.get_running_loop().time(), count, urgent=urgent):
            await asyncio.sleep(seconds)
