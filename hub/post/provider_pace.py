"""How fast a provider takes texts, found out while it takes them, so that next to nothing is refused as too fast.

Nobody may have told its rate. What goes to many begins slowly and goes ever faster; once the provider says "too fast", what it
takes between then and the next time tells its rate, if more waited all the while, and a little less goes from then on. What
hurries never waits here, and an answer goes before what goes to many. Source: security rules S5.3 and S9.5.
"""

import asyncio
from heapq import heappop, heappush

FIRST_RATE = 100.0
DOUBLED_WITHIN = 0.5
NO_LIMIT = 3200.0
"""A second: nothing here sends so fast."""
RESTED = 5.0
FORGOTTEN = 600.0
WAVE = 0.5
"""What was under way when it was first refused may be refused too."""
LONGEST_BREATH = 5.0
LITTLE_LESS = 0.97
LITTLE_MORE, MORE_AFTER = 1.02, 10.0
SLOWEST = 5.0
CATCH_UP = 0.05
"""Seconds of turns that may be made up for when this process woke late."""


class ProviderPace:
    """Of one channel. Rates are a second, moments those of the running loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._last = -FORGOTTEN
        self._rate: float | None = None
        self._raised_at = 0.0
        self._refused_at: float | None = None
        self._taken = 0
        self._next = 0.0
        self._unwaited_at = -FORGOTTEN
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None

    async def turn(self, *, is_urgent: bool, is_bulk: bool) -> None:
        """Return when one more may go."""
        now = self._loop.time()
        self._begin(now)
        if is_urgent or (not self._waiting and now >= self._next):
            self._unwaited_at = self._unwaited_at if is_urgent else now
            self._take(now)
            return
        turn: asyncio.Future[None] = self._loop.create_future()
        self._count += 1
        heappush(self._waiting, (is_bulk, self._count, turn))
        self._wake_later(now)
        await turn

    def went_well(self) -> None:
        self._taken += 1

    def was_too_fast(self, after: float | None) -> None:
        """The provider refused one, and may have said after how many seconds it will take more."""
        now = self._loop.time()
        before = self._refused_at
        if before is not None and now - before < WAVE:
            return
        if before is not None and now - before < FORGOTTEN and self._taken and self._unwaited_at < before:
            self._rate = max(SLOWEST, self._taken / (now - before) * LITTLE_LESS)
        else:
            self._rate = max(SLOWEST, min(NO_LIMIT, self._rate_at(now)) / 2)
            self._next = max(self._next, now + min(after or 1.0, LONGEST_BREATH))
        self._refused_at, self._taken, self._raised_at = now, 0, now

    def _begin(self, now: float) -> None:
        if now - self._last > RESTED:
            self._began = now
        if self._rate is not None and now - self._last > FORGOTTEN:
            self._rate = self._refused_at = None
        self._last = now

    def _rate_at(self, now: float) -> float:
        if self._rate is None:
            return float(FIRST_RATE * 2 ** min((now - self._began) / DOUBLED_WITHIN, 10.0))
        if self._waiting and now - self._raised_at >= MORE_AFTER:
            self._rate, self._raised_at = min(NO_LIMIT, self._rate * LITTLE_MORE), now
        return self._rate

    def _take(self, now: float) -> None:
        rate = self._rate_at(now)
        if rate < NO_LIMIT:
            self._next = max(self._next, now - CATCH_UP) + 1.0 / rate

    def _wake_later(self, now: float) -> None:
        if self._timer is None and self._waiting:
            self._timer = self._loop.call_later(max(0.001, self._next - now), self._wake)

    def _wake(self) -> None:
        self._timer = None
        now = self._loop.time()
        while self._waiting and now >= self._next:
            *_, turn = heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                self._take(now)
        self._wake_later(now)
