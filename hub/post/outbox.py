"""The outbox: sends what is due, the most urgent first, at the pace each number takes, and decides after every failure.

Retrying, waiting and giving up belong here; a channel makes one honest attempt. Source: security rules S9.3 to S9.5.
"""

import asyncio
import logging
import random
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from hub.address import country_of
from hub.asker import routine_asker
from hub.clock import Clock
from hub.desk import Desk, DeskBusyError, StoreAwayError
from hub.doorbell import DELIVERIES, LocalDoorbell, Waiter
from hub.post.channel import (
    AddressGoneError,
    BusyError,
    Channel,
    Receipt,
    RejectedError,
    SendError,
    TryLaterError,
    UnknownFateError,
)
from hub.post.claims import Claim, Claimed, Handed, NotHanded, claim, mark_repeat, settle
from hub.post.gatherer import Gatherer
from hub.post.pace import Paces

log = logging.getLogger(__name__)
OUTBOX = routine_asker("outbox")
AT_ONCE = 200
KEPT_FOR_URGENT = 20
SWEEP_SECONDS = 5.0
FIRST_WAIT = 2.0
LONGEST_WAIT = 600.0
SEND_SECONDS = 20.0
FIND_AFTER = 15.0


class Outbox:
    """Runs until it is stopped; what it was sending then is finished or handed back.

    `countries` are those that texts may go to, as ISO 3166 alpha-2; none named means any. Source: security rule S5.5.
    """

    def __init__(
        self,
        desk: Desk,
        channels: Mapping[str, Channel],
        doorbell: LocalDoorbell,
        chance: random.Random,
        countries: Collection[str] = (),
    ) -> None:
        self._desk = desk
        self._clock: Clock = desk.clock
        self._channels = channels
        self._waiter: Waiter = doorbell.waiter(DELIVERIES)
        self._chance = chance
        self._countries = frozenset(countries)
        self._paces = Paces(desk.clock)
        self._paused: dict[str, float] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._settler: Gatherer[Handed | NotHanded, bool] = Gatherer(self._settle)
        self._stopping = False

    async def run(self) -> None:
        """Claim and send until stopped."""
        while not self._stopping:
            try:
                claimed = await self._claim()
            except (StoreAwayError, DeskBusyError):
                await self._waiter.wait(1.0)
                continue
            for delivery in claimed.claimed:
                self._start(delivery)
            if claimed.claimed and len(self._sending) < AT_ONCE:
                continue
            await self._waiter.wait(self._wait_seconds(claimed.next_due))

    async def stop(self, seconds: float = 20.0) -> None:
        """Claim no more, and finish what is being sent within `seconds`."""
        self._stopping = True
        self._waiter.wake()
        if self._sending:
            await asyncio.wait(self._sending, timeout=seconds)
        for task in self._sending:
            task.cancel()

    async def _claim(self) -> Claim:
        free = AT_ONCE - len(self._sending)
        if free <= 0:
            return Claim([], None)
        now = self._clock.monotonic()
        paused = [name for name, until in self._paused.items() if until > now]
        missing_room = free <= KEPT_FOR_URGENT
        limit = free if missing_room else free - KEPT_FOR_URGENT
        return await self._desk.work(OUTBOX, claim, limit, paused, self._paces.busy(), missing_room)

    def _start(self, claimed: Claimed) -> None:
        task = asyncio.create_task(self._send(claimed))
        self._sending.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._sending.discard(task)
        if len(self._sending) <= AT_ONCE // 2 or not self._sending:
            self._waiter.wake()

    def _wait_seconds(self, next_due: datetime | None) -> float:
        wait = SWEEP_SECONDS
        if next_due is not None:
            wait = min(wait, max(0.001, (next_due - self._clock.now()).total_seconds()))
        pace = self._paces.next_free()
        return wait if pace is None else min(wait, max(0.001, pace))

    async def _send(self, claimed: Claimed) -> None:
        id_ = claimed.envelope.delivery_id
        try:
            outcome = await self._attempt(claimed)
        except asyncio.CancelledError:
            outcome = self._unknown(claimed, "stopped")
        except Exception:
            log.exception("an attempt failed by a fault of ours", extra={"delivery": id_})
            outcome = NotHanded(id_, "fault", self._again_at(claimed, None), unknown=True, fault=True)
        with suppress(StoreAwayError, DeskBusyError, BusyError):
            await self._settler.put(outcome)

    async def _attempt(self, claimed: Claimed) -> Handed | NotHanded:
        id_ = claimed.envelope.delivery_id
        channel = self._channels.get(claimed.channel)
        if channel is None:
            return NotHanded(id_, "no_channel")
        country = country_of(claimed.envelope.recipient)
        if self._countries and country is not None and country not in self._countries:
            return NotHanded(id_, "country")
        try:
            if claimed.look_first:
                found = await channel.find(claimed.envelope)
                if found is not None:
                    return Handed(id_, found, found=True)
                if claimed.repeated:
                    return NotHanded(id_, "unknown_fate")
                await self._desk.work(OUTBOX, mark_repeat, id_)
            await self._paces.turn(claimed.envelope.sender.value, claimed.pace_per_second)
            async with asyncio.timeout(SEND_SECONDS):
                receipt: Receipt = await channel.send(claimed.envelope)
        except SendError as error:
            return self._decide(claimed, error)
        except TimeoutError:
            return self._unknown(claimed, "timeout")
        return Handed(id_, receipt)

    def _decide(self, claimed: Claimed, error: SendError) -> NotHanded:
        id_ = claimed.envelope.delivery_id
        match error:
            case TryLaterError():
                if error.whole_channel:
                    pause = error.after or FIRST_WAIT
                    self._paused[claimed.channel] = self._clock.monotonic() + pause
                again = self._again_at(claimed, error.after)
                return NotHanded(id_, error.reason, again, unknown=claimed.look_first)
            case UnknownFateError():
                return self._unknown(claimed, error.reason)
            case AddressGoneError():
                return NotHanded(id_, error.reason, gone=True, opted_out=error.opted_out)
            case RejectedError():
                return NotHanded(id_, error.reason)
            case _:
                return NotHanded(id_, error.reason)

    def _unknown(self, claimed: Claimed, reason: str) -> NotHanded:
        wait = FIND_AFTER * (1 + 0.2 * self._chance.random())
        return NotHanded(
            claimed.envelope.delivery_id, reason, self._clock.now() + timedelta(seconds=wait), unknown=True
        )

    def _again_at(self, claimed: Claimed, after: float | None) -> datetime:
        wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(claimed.tries - 1, 10)) * self._chance.uniform(0.5, 1.0)
        return self._clock.now() + timedelta(seconds=max(wait, after or 0.0))

    async def _settle(self, outcomes: list[Handed | NotHanded]) -> list[bool]:
        result = await self._desk.work(OUTBOX, settle, outcomes)
        if any(isinstance(outcome, NotHanded) for outcome in outcomes):
            self._waiter.wake()
        return result
