"""The outbox: sends what is due, the most urgent first, at the pace each number takes, and decides after every failure.

Retrying, waiting and giving up belong here; a channel makes one honest attempt. Source: security rules S9.3 to S9.5.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from hub.address import SMS, country_of
from hub.asker import routine_asker
from hub.clock import Clock
from hub.config import CapSettings
from hub.desk import Desk, DeskBusyError, StoreAwayError
from hub.doorbell import DELIVERIES, LocalDoorbell, Waiter
from hub.post.channel import BusyError, Channel, Receipt, SendError, TryLaterError
from hub.post.circuit import Circuit
from hub.post.claim_times import begin_anew, bring_nearer
from hub.post.claims import Claim, Claimed, claim
from hub.post.due import Room
from hub.post.enclosing import Enclosures
from hub.post.gatherer import Gatherer
from hub.post.membership import Membership
from hub.post.outcomes import NOT_FOUND_YET, Handed, NotHanded, mark_repeat, settle
from hub.post.pace import Paces
from hub.post.provider_pace import ProviderPace
from hub.post.roads import Roads
from hub.post.running_kinds import keep_kinds
from hub.post.verdicts import FIND_AFTER, Verdicts

log = logging.getLogger(__name__)
OUTBOX = routine_asker("outbox")
AT_ONCE = 400
LINGER = 0.08
SHORT_LINGER = 0.005
MANY = 8
"""While so many are on their way more are claimed, and written down, at a time, which costs less; a single one hardly
waits."""
KEPT_FOR_URGENT = 40
SWEEP_SECONDS = 5.0
AGAIN_SECONDS = 1.0
SEND_SECONDS = 20.0
BACK_SECONDS = 5.0
LAST_SECONDS = 5.0
OTHERS = "others"
"""This process stood still, and meanwhile another hub may have taken over what it had in hand."""


class Outbox:
    """Runs until it is stopped; what it was sending then is finished or handed back.

    `countries` are those that texts may go to, as ISO 3166 alpha-2; none named means any. `caps` say how many texts
    may go, and `roads` by which; `enclosures` which files may be shown, and where; the `membership` what is this hub's to send,
    where several share the store. Source: security rule S5.5.
    """

    def __init__(
        self,
        desk: Desk,
        channels: Mapping[str, Channel],
        doorbell: LocalDoorbell,
        chance: random.Random,
        countries: Collection[str] = (),
        caps: CapSettings | None = None,
        roads: Roads | None = None,
        enclosures: Enclosures | None = None,
        membership: Membership | None = None,
    ) -> None:
        self._desk = desk
        self._clock: Clock = desk.clock
        self._channels = channels
        self._waiter: Waiter = doorbell.waiter(DELIVERIES)
        self._chance = chance
        self._countries = frozenset(countries)
        self._caps = caps or CapSettings()
        self._roads = roads or Roads({})
        self._enclosures = enclosures or Enclosures()
        self._membership = membership
        self._node = None if membership is None else membership.name
        self._paces = Paces(desk.clock)
        self._provider_paces: defaultdict[str, ProviderPace] = defaultdict(ProviderPace)
        self._circuit = Circuit(desk.clock, chance)
        self._verdicts = Verdicts(desk.clock, chance, self._circuit)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._suspects: set[str] = set()
        self._begun: set[str] = set()
        self._settler: Gatherer[Handed | NotHanded, bool] = Gatherer(self._settle, linger=self._linger)
        self._drift = self._wall_over_monotonic()
        self._claiming = asyncio.Lock()
        self._is_new = True
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Claim and send until stopped."""
        while not self._stop.is_set():
            try:
                await self._heed_clock()
                async with self._claiming:
                    since = self._clock.monotonic()
                    claimed = await self._claim()
                    if self._stop.is_set():
                        await asyncio.gather(
                            *(self._write_down(self._verdicts.hand_back(c, "stopped")) for c in claimed.claimed)
                        )
                        return
            except (StoreAwayError, DeskBusyError):
                await self._waiter.wait(AGAIN_SECONDS)
                continue
            except Exception:
                log.exception("deliveries could not be claimed")
                await self._waiter.wait(AGAIN_SECONDS)
                continue
            for delivery in claimed.claimed:
                self._start(delivery, since)
            if claimed.claimed and len(self._sending) < AT_ONCE:
                await asyncio.sleep(self._linger())
                continue
            await self._waiter.wait(self._wait_seconds(claimed.next_due))

    async def stop(self, seconds: float = 15.0) -> None:
        """Claim no more, hand back what has not begun, and finish what is being sent within `seconds`."""
        self._stop.set()
        self._waiter.wake()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS), self._claiming:
                pass  # what was being claimed is handed back now
        await asyncio.sleep(0)  # what was started just now gets as far as it can be told to hand back
        for id_, task in self._sending.items():
            if id_ not in self._begun:
                task.cancel()
        under_way = list(self._sending.values())
        if under_way:
            await asyncio.wait(under_way, timeout=seconds)
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=LAST_SECONDS)

    async def _claim(self) -> Claim:
        free = AT_ONCE - len(self._sending)
        share = None if self._membership is None else self._membership.share()
        if free <= 0 or (self._membership is not None and (share is None or not share.slots)):
            return Claim([], None)
        if self._is_new:
            if self._membership is None:
                await self._desk.work(OUTBOX, begin_anew)
            await self._desk.work(OUTBOX, keep_kinds, {channel.kind for channel in self._channels.values()})
            self._is_new = False
        urgent_only = free <= KEPT_FOR_URGENT
        room = Room(
            limit=free if urgent_only else free - KEPT_FOR_URGENT,
            paused=self._circuit.paused(),
            busy=self._paces.busy(),
            in_hand=list(self._sending),
            urgent_only=urgent_only,
            suspect_in_hand=bool(self._suspects),
            caps=self._caps,
            roads=self._roads,
            enclosures=self._enclosures,
            share=share,
        )
        return await self._desk.work_ahead(OUTBOX, claim, room)

    def _wall_over_monotonic(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()

    async def _heed_clock(self) -> None:
        """A wall clock set back must not let anything wait longer; of several hubs, those whose clocks went right would send
        too early then. Source: security rule S9.10."""
        drift = self._wall_over_monotonic()
        back = self._drift - drift
        if back > BACK_SECONDS and self._membership is not None:
            log.warning("the wall clock was set back: see that those of all hubs agree", extra={"seconds": back})
        elif back > BACK_SECONDS:
            await self._desk.work(OUTBOX, bring_nearer, timedelta(seconds=back))
        if back > BACK_SECONDS or back < 0:
            self._drift = drift

    def _start(self, claimed: Claimed, since: float) -> None:
        id_ = claimed.envelope.delivery_id
        wait = 0.0 if claimed.look_first else self._take_turn(claimed)
        task = asyncio.create_task(self._send(claimed, wait, since))
        self._sending[id_] = task
        if claimed.suspect:
            self._suspects.add(id_)
        task.add_done_callback(lambda done: self._done(id_, done))

    def _done(self, id_: str, task: "asyncio.Task[None]") -> None:
        self._sending.pop(id_, None)
        self._begun.discard(id_)
        self._suspects.discard(id_)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an attempt could not be written down", exc_info=error, extra={"delivery": id_})
        if len(self._sending) <= AT_ONCE // 2 or not self._sending:
            self._waiter.wake()

    def _wait_seconds(self, next_due: datetime | None) -> float:
        waits = [SWEEP_SECONDS]
        if next_due is not None:
            waits.append((next_due - self._clock.now()).total_seconds())
        waits.extend(wait for wait in (self._paces.next_free(), self._circuit.next_end()) if wait is not None)
        return max(0.001, min(waits))

    def _take_turn(self, claimed: Claimed) -> float:
        return self._paces.take_turn(claimed.envelope.sender.value, claimed.pace_per_second)

    async def _send(self, claimed: Claimed, wait: float, since: float) -> None:
        id_ = claimed.envelope.delivery_id
        try:
            outcome = await self._attempt(claimed, wait, since)
        except asyncio.CancelledError:
            outcome = (
                self._verdicts.unknown(claimed, "stopped")
                if id_ in self._begun
                else self._verdicts.hand_back(claimed, "stopped")
            )
        except (StoreAwayError, DeskBusyError):
            outcome = self._verdicts.hand_back(claimed, "store_away")
        except Exception:
            log.exception("an attempt failed by a fault of ours", extra={"delivery": id_})
            outcome = NotHanded(id_, "fault", self._verdicts.again_at(claimed, None), unknown=True, fault=True)
        await self._write_down(outcome)

    async def _write_down(self, outcome: Handed | NotHanded) -> None:
        """However long the store is away, unless we stop: then the lease runs out, and the attempt is looked up."""
        while True:
            try:
                await self._settler.put(outcome)
            except (StoreAwayError, DeskBusyError, BusyError):
                if self._stop.is_set():
                    return
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return

    async def _attempt(self, claimed: Claimed, wait: float, since: float) -> Handed | NotHanded:
        id_ = claimed.envelope.delivery_id
        channel = self._channels.get(claimed.channel)
        if channel is None:
            return NotHanded(id_, "no_channel")
        country = country_of(claimed.envelope.recipient)
        if self._countries and country is not None and country not in self._countries:
            return NotHanded(id_, "country")
        try:
            if claimed.look_first:
                found = await self._look_for(channel, claimed)
                if found is not None:
                    return found
                wait = self._take_turn(claimed)
            await asyncio.sleep(wait)
            if channel.kind == SMS:
                await self._provider_paces[claimed.channel].turn(
                    is_urgent=claimed.envelope.urgent, is_bulk=claimed.is_bulk
                )
            if claimed.look_first and not await self._desk.work(OUTBOX, mark_repeat, id_, self._node):
                return self._verdicts.hand_back(claimed, OTHERS)
            if self._membership is not None and not self._membership.has_been_ours(since):
                return self._verdicts.hand_back(claimed, OTHERS)
            self._begun.add(id_)
            async with asyncio.timeout(SEND_SECONDS):
                receipt: Receipt = await channel.send(claimed.envelope)
        except SendError as error:
            if isinstance(error, TryLaterError) and error.too_fast:
                self._provider_paces[claimed.channel].was_too_fast(error.after)
            return self._verdicts.decide(claimed, error)
        except TimeoutError:
            self._circuit.failed(claimed.channel)
            return self._verdicts.unknown(claimed, "timeout")
        self._circuit.went_well(claimed.channel)
        self._provider_paces[claimed.channel].went_well()
        return Handed(id_, receipt)

    async def _look_for(self, channel: Channel, claimed: Claimed) -> Handed | NotHanded | None:
        """What became of the earlier attempt; None when it is to be repeated, which happens once and while it matters."""
        id_ = claimed.envelope.delivery_id
        try:
            async with asyncio.timeout(SEND_SECONDS):
                found = await channel.find(claimed.envelope)
        except TimeoutError:
            raise TryLaterError("timeout") from None
        if found is not None:
            return Handed(id_, found, found=True)
        now = self._clock.now()
        told_by = (claimed.envelope.attempted_at or now) + FIND_AFTER
        if now < told_by:
            return NotHanded(id_, NOT_FOUND_YET, told_by, unknown=True, counted=False)
        if claimed.repeated or now >= claimed.deadline:
            return NotHanded(id_, "unknown_fate")
        return None

    def _linger(self) -> float:
        return LINGER if len(self._sending) >= MANY else SHORT_LINGER

    async def _settle(self, outcomes: list[Handed | NotHanded]) -> list[bool]:
        result = await self._desk.work_ahead(OUTBOX, settle, outcomes, self._node)
        if any(isinstance(outcome, NotHanded) for outcome in outcomes):
            self._waiter.wake()
        return result
