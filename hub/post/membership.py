"""One hub among several: it says that it lives, learns who else does, and takes nothing new in hand while it cannot say so."""

import asyncio
import logging
import math
from contextlib import suppress
from datetime import datetime

from hub.asker import routine_asker
from hub.config import SettingsError
from hub.desk import Desk, DeskBusyError, StoreAwayError
from hub.duty import Duty
from hub.post.nodes import DEAD_AFTER, beat, begin_to_leave, leave, list_living
from hub.post.shares import Share, share_of

log = logging.getLogger(__name__)
NODES = routine_asker("nodes")
BEAT_SECONDS = 2.0
LAST_SECONDS = 5.0
BELIEVED_SECONDS = DEAD_AFTER.total_seconds() - 2 * BEAT_SECONDS
"""Less than after which the others let go what it has: it stops claiming before they begin."""


async def refuse_company(desk: Desk, duty: Duty) -> None:
    """For a hub that is alone on its store by its settings: it would take what others have in hand. Raises: SettingsError."""
    if await desk.look(NODES, list_living) or not await duty.is_ours():
        raise SettingsError(
            "Other hubs share this store, or did a quarter of a minute ago. Write hub.nats into these settings as it is in "
            "theirs; or stop them, and start this one a little later."
        )


class Membership:
    """Started before anything is taken in hand, and stopped after all of it is done."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.name = name
        self._desk = desk
        self._sharing: list[str] = []
        self._share = Share(name, ())
        self._believed_until = 0.0
        self._since: datetime | None = None
        self._unbroken_since = math.inf
        self._joined_at: float | None = None
        self._is_leaving = False
        self._stopping = asyncio.Event()
        self._beating: asyncio.Task[None] | None = None

    def share(self) -> Share | None:
        """This hub's part of the work; None while the others may think that it has died, and when it is leaving."""
        return self._share if self._is_believed() and not self._is_leaving else None

    def has_been_ours(self, since: float) -> bool:
        """Whether nobody else can have taken over what this hub claimed at a moment (monotonic). It may have stood still."""
        return self._unbroken_since <= since and self._is_believed()

    def _is_believed(self) -> bool:
        return self._desk.clock.monotonic() < self._believed_until

    async def start(self) -> None:
        """Raises: DeskBusyError, StoreAwayError."""
        await self._beat()
        self._beating = asyncio.create_task(self._go_on(), name="membership")

    async def begin_to_leave(self) -> None:
        """Take nothing more in hand: the numbers that texts leave from are the others' within a beat of theirs."""
        self._is_leaving = True
        with suppress(StoreAwayError, DeskBusyError, TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await self._desk.work_ahead(NODES, begin_to_leave, self.name)

    async def stop(self) -> None:
        """Whatever of its work is left is the others' at once."""
        self._stopping.set()
        if self._beating is not None:
            await asyncio.wait([self._beating], timeout=LAST_SECONDS)
            self._beating.cancel()
            await asyncio.wait([self._beating])
        self._believed_until = 0.0
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self._desk.work_ahead(NODES, leave, self.name)
        except (StoreAwayError, DeskBusyError, TimeoutError):
            log.info("the other hubs will find out that this one has ended")

    async def _go_on(self) -> None:
        """To the end of a beat: one that came after the leaving would be taken for a living hub's."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), BEAT_SECONDS)
                return
            try:
                await self._beat()
            except (StoreAwayError, DeskBusyError):
                log.info("this hub cannot say that it lives: the store is away")
            except Exception:
                log.exception("this hub could not say that it lives")

    async def _beat(self) -> None:
        began = self._desk.clock.monotonic()
        roll = await self._desk.work_ahead(NODES, beat, self.name)
        if roll.since != self._since:
            if self._since is not None:
                log.warning("the others took this hub for dead: it stood still, or their clocks differ")
            self._since, self._unbroken_since = roll.since, self._desk.clock.monotonic()
            self._joined_at = began
        if roll.sharing != self._sharing:
            log.info("the hubs of this store are others now", extra={"hubs": len(roll.sharing)})
        self._sharing = roll.sharing
        self._share = self._find_share(began)
        self._believed_until = began + BELIEVED_SECONDS

    def _find_share(self, now: float) -> Share:
        """Nothing at first where others live: until all have heard of this hub, they send from the numbers that will be its."""
        has_just_come = self._joined_at is None or now - self._joined_at < BELIEVED_SECONDS
        if self._is_leaving or (has_just_come and self._sharing != [self.name]):
            return Share(self.name, ())
        return share_of(self.name, self._sharing)
