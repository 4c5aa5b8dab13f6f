"""Brings what the spool holds to the hub, oldest first, until the hub says that it is kept. Only then is it forgotten.

The hub also says what time it is, and how far it has counted: a gate that was put back to an older state goes on from there.
Source: security rules S8.2, S9.2 and S9.5.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from nfc_gateway import wire
from nfc_gateway.road import AwayError, NotTakenError, RefusedError
from nfc_gateway.spool import BrokenSpoolError, Kept, NoRoomError, Spool
from nfc_gateway.state import Identity

log = logging.getLogger(__name__)
BEAT_SECONDS = 60.0
"""So often it is heard from a gate at which nothing happens."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
REFUSED_WAIT = 60.0
MOST_AFTER = 3600.0


class Way(Protocol):
    """What a road can do for us; it blocks."""

    def send(self, identity: Identity, body: bytes, sent_at: str) -> wire.Answer: ...


class Uplink:
    """Made and run in a loop; `wake` may be called from any thread."""

    def __init__(
        self,
        identity: Identity,
        spool: Spool,
        way: Way,
        now: Callable[[], datetime],
        chance: random.Random,
        tell: Callable[["Uplink"], None] = lambda uplink: None,
    ) -> None:
        self._identity = identity
        self._spool = spool
        self._way = way
        self._now = now
        self._chance = chance
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._failures = 0
        self._held = 0
        self.answered_at: datetime | None = None
        self.clock_off_seconds: float | None = None
        self.problem = ""

    @property
    def is_refused(self) -> bool:
        """The hub wants nothing from this gate any more, so no touch counts."""
        return self.problem == "refused"

    def wake(self) -> None:
        """There is something to send."""
        self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            wait = await self.send_once()
            self._tell(self)
            if wait:
                await asyncio.sleep(wait)
            elif not self._spool.count:
                await self._rest()

    async def send_once(self) -> float:
        """One request; returns how many seconds to leave the hub alone, 0 when all is well."""
        self._woken.clear()
        waiting = self._spool.list_waiting()
        if self._failures and waiting:
            self._held = max(self._held, waiting[-1].number)
        sent_at = self._now()
        body = wire.write_batch([self._put(kept) for kept in waiting])
        try:
            answer = await asyncio.to_thread(self._way.send, self._identity, body, wire.write_moment(sent_at))
        except AwayError:
            return self._fail("away", self._backoff())
        except RefusedError:
            return self._fail("refused", max(REFUSED_WAIT, self._backoff()))
        except NotTakenError as error:
            return self._fail(str(error.status), max(min(error.after, MOST_AFTER), self._backoff()))
        self._failures, self.problem = 0, ""
        self._settle(waiting, answer, sent_at)
        return 0.0

    def _put(self, kept: Kept) -> wire.Told:
        waited = kept.is_early or kept.number <= self._held
        return wire.Told(kept.number, kept.serial, kept.touched_at, kept.proven, waited)

    def _settle(self, sent: Sequence[Kept], answer: wire.Answer, sent_at: datetime) -> None:
        """Forget what this very answer says is kept, of what was sent with its question."""
        self.answered_at = self._now()
        middle = sent_at + (self.answered_at - sent_at) / 2
        self.clock_off_seconds = (answer.now - middle).total_seconds()
        if answer.kept is not None:
            self._spool.forget([kept.number for kept in sent if kept.number <= answer.kept])
        try:
            self._spool.skip_to(answer.counted)
        except (NoRoomError, BrokenSpoolError):
            log.warning("the hub has counted further than we, and that could not be noted")

    def _fail(self, problem: str, wait: float) -> float:
        if problem != self.problem:
            log.warning("the hub did not take what waits: %s", problem)
        self.problem = problem
        self._failures += 1
        return wait

    def _backoff(self) -> float:
        longest = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._failures, 20))
        return self._chance.uniform(longest / 2, longest)

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            return
