"""The inbox: keeps what arrives, whole and once, before the provider is told yes.

Arrivals that wait together share one durable commit. When the store is away they go to the local spool, which is as
durable; when that is full or broken the provider is told to come back.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from hub.address import MAIL
from hub.asker import channel_asker
from hub.desk import Desk, DeskBusyError, Look, StoreAwayError, Work
from hub.post.arrival_parts import end_parts, keep_part, list_late_parts
from hub.post.arrivals import find_original, keep_arrivals
from hub.post.channel import BusyError, Call, CallAnswer, Inbound, Mailbox, Report, TextPart
from hub.post.gatherer import Gatherer
from hub.post.mailboxes import find_mailboxes
from hub.post.reports import keep_reports
from hub.post.spool import Spool, SpoolFullError

log = logging.getLogger(__name__)
T = TypeVar("T")
A = TypeVar("A")
REPORTS_LINGER = 0.02
KEEP_SECONDS = 8.0
SOON_DRAINED_BYTES = 1024 * 1024
REMEMBERED, REMEMBERED_SECONDS = 1000, 60.0


class DeskInbox:
    """The inbox that channels hand in to. It says yes only after a durable commit, or a synced spool.

    `answer_call` is the verb that keeps calls and says what callers hear; without it there are none.
    """

    def __init__(
        self, desk: Desk, spool: Spool, answer_call: Callable[[Work, Call], CallAnswer | None] | None = None
    ) -> None:
        self._desk = desk
        self._answer_call = answer_call
        self._spool = spool
        self._draining = asyncio.Lock()
        self._arrivals: Gatherer[tuple[Inbound, datetime], bool] = Gatherer(self._keep_arrivals)
        self._mailboxes: Gatherer[str, Mailbox | None] = Gatherer(self._find_mailboxes)
        self._seats: dict[str, tuple[float, Mailbox]] = {}
        self._reports: Gatherer[Report, bool] = Gatherer(self._keep_reports, linger=lambda: REPORTS_LINGER)

    async def receive(self, inbound: Inbound) -> bool:
        """Keep a message. True when it is new. Raises: BusyError."""
        return await self._arrivals.put((inbound, self._desk.clock.now()))

    async def report(self, report: Report) -> bool:
        """Keep what became of a delivery. True when it is new. Raises: BusyError."""
        return await self._reports.put(report)

    async def answer_call(self, call: Call) -> CallAnswer | None:
        """Keep that somebody called, and what to say to them. Raises: BusyError."""
        if self._answer_call is None:
            return None
        return await self._do(call.channel, self._answer_call, call)

    async def keep_part(self, part: TextPart) -> list[TextPart]:
        """Keep one part of a text; all of them with the last. Raises: BusyError."""
        return await self._do(part.channel, keep_part, part)

    async def list_late_parts(self, channel: str, after: timedelta) -> list[list[TextPart]]:
        """The parts of each text that waits for longer than `after`. Raises: BusyError."""
        return await self._ask(list_late_parts, (channel, after), channel)

    async def end_parts(self, whole_id: str) -> None:
        """They are kept as a message now. Raises: BusyError."""
        await self._do("parts", end_parts, whole_id)

    async def find_mailbox(self, local: str) -> Mailbox | None:
        """Whose mailbox this is, the part before the @. Raises: BusyError.

        A seat's own mailbox is remembered for a minute: a number that had a seat keeps its mailbox. What depends on a right,
        which is all behind a token, is asked for each time.
        """
        until, seat = self._seats.get(local, (0.0, None))
        now = self._desk.clock.monotonic()
        if seat is not None and now < until:
            return seat
        mailbox = await self._mailboxes.put(local)
        if mailbox is not None and "+" not in local:
            if len(self._seats) >= REMEMBERED:
                self._seats.clear()
            self._seats[local] = now + REMEMBERED_SECONDS, mailbox
        return mailbox

    async def read_original(self, key: str) -> bytes | None:
        """The whole of what was kept under this key. Raises: BusyError."""
        return await self._ask(find_original, key)

    async def _find_mailboxes(self, locals_: list[str]) -> list[Mailbox | None]:
        return await self._ask(find_mailboxes, locals_)

    async def _ask(self, question: Callable[[Look, A], T], asked: A, channel: str = MAIL) -> T:
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                return await self._desk.look(channel_asker(channel), question, asked)
        except (StoreAwayError, DeskBusyError, TimeoutError):
            raise BusyError from None

    async def _do(self, channel: str, verb: Callable[[Work, A], T], what: A) -> T:
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                return await self._desk.work_ahead(channel_asker(channel), verb, what)
        except (StoreAwayError, DeskBusyError, TimeoutError):
            raise BusyError from None

    async def _keep_arrivals(self, batch: list[tuple[Inbound, datetime]]) -> list[bool]:
        def pack() -> list[bytes]:
            return [self._spool.pack_arrival(inbound, at) for inbound, at in batch]

        return await self._keep(batch[0][0].channel, keep_arrivals, batch, pack)

    async def _keep_reports(self, batch: list[Report]) -> list[bool]:
        def pack() -> list[bytes]:
            return [self._spool.pack_report(report) for report in batch]

        return await self._keep(batch[0].channel, keep_reports, batch, pack)

    async def _keep(
        self,
        channel: str,
        verb: Callable[[Work, Sequence[T]], list[bool]],
        batch: list[T],
        pack: Callable[[], list[bytes]],
    ) -> list[bool]:
        """In the store, behind what came earlier; or, when it does not answer in time, in the spool."""
        if self._spool.waiting_bytes > SOON_DRAINED_BYTES:
            return await self._to_spool(pack())
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                if self._spool.waiting_bytes:
                    await self.drain()
                return await self._desk.work_ahead(channel_asker(channel), verb, batch)
        except (StoreAwayError, TimeoutError):
            return await self._to_spool(pack())
        except DeskBusyError:
            raise BusyError from None

    async def _to_spool(self, lines: list[bytes]) -> list[bool]:
        try:
            await asyncio.to_thread(self._spool.keep, lines)
        except SpoolFullError:
            raise BusyError from None
        return [True] * len(lines)

    async def drain(self) -> int:
        """Bring what was spooled into the store, in order; how many items that was. Raises: StoreAwayError, DeskBusyError."""
        if not self._spool.waiting_bytes:
            return 0
        count = 0
        async with self._draining:
            for batch in self._spool.batches():
                arrivals = await self._bring_in(keep_arrivals, batch.arrivals)
                reports = await self._bring_in(keep_reports, batch.reports)
                if arrivals and reports and batch.is_readable:
                    self._spool.forget(batch)
                else:
                    self._spool.set_aside(batch)
                count += len(batch.arrivals) + len(batch.reports)
        return count

    async def _bring_in(self, verb: Callable[[Work, Sequence[T]], list[bool]], items: list[T]) -> bool:
        """False when one of them cannot be kept at all; the others are."""
        if not items:
            return True
        spool = channel_asker("spool")
        try:
            await self._desk.work(spool, verb, items)
        except (StoreAwayError, DeskBusyError):
            raise
        except Exception:
            if len(items) == 1:
                log.exception("a spooled item cannot be kept, and is set aside")
                return False
            return all([await self._bring_in(verb, [item]) for item in items])
        return True
