"""The inbox: keeps what arrives, whole and once, before the provider is told yes.

Arrivals that wait together share one durable commit. When the store is away they go to the local spool, which is as
durable; when that is full or broken the provider is told to come back.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import MAIL
from hub.asker import channel_asker
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Desk, DeskBusyError, Look, StoreAwayError, Work
from hub.doorbell import ARRIVALS
from hub.post.channel import BusyError, Inbound, Mailbox, Report
from hub.post.gatherer import Gatherer
from hub.post.mailboxes import find_mailbox
from hub.post.reports import keep_reports
from hub.post.spool import Spool, SpoolFullError
from hub.quick_insert import QuickInsert
from hub.quick_select import QuickSelect

log = logging.getLogger(__name__)
T = TypeVar("T")
REPORTS_LINGER = 0.08
KEEP_SECONDS = 8.0
SOON_DRAINED_BYTES = 1024 * 1024


class ArrivalState(StrEnum):
    NEW = "new"
    FILED = "filed"
    QUARANTINED = "quarantined"
    PARKED = "parked"
    FORGOTTEN = "forgotten"


FOR_STAFF = sa.text(f"state IN ('{ArrivalState.QUARANTINED}', '{ArrivalState.PARKED}')")
"""What only people look at. Said with values in it, as a store finds a partial index only by its own words."""


class Arrival(Base):
    """One message as it came in. `text` and `media` are never changed until they are forgotten, and then only the `key` is
    left of it; `tries` are counted before each reading; `found_at` is when it was found in the provider's log, untold;
    `doubt` is why it may not be answered."""

    __tablename__ = "arrivals"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.Index(
            "ix_arrivals_new",
            "id",
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        ),
        sa.Index(None, "sender", "recipient", "id"),
        sa.Index("ix_arrivals_for_staff", "recipient", "id", sqlite_where=FOR_STAFF, postgresql_where=FOR_STAFF),
    )
    id: Mapped[Id]
    key: Mapped[str] = mapped_column(sa.String(160))
    digest: Mapped[str] = mapped_column(sa.String(64))
    channel: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(10))
    sender: Mapped[str] = mapped_column(sa.String(254))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    text: Mapped[str] = mapped_column(sa.Text)
    provider_id: Mapped[str] = mapped_column(sa.String(80))
    media: Mapped[Json | None]
    opt_out: Mapped[str | None] = mapped_column(sa.String(10))
    received_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(sa.String(12), default=ArrivalState.NEW)
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    lease_until: Mapped[Moment | None] = mapped_column(default=None)
    message_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    reason: Mapped[str | None] = mapped_column(sa.String(80), default=None)
    changed_repeat: Mapped[bool] = mapped_column(default=False)
    found_at: Mapped[Moment | None] = mapped_column(default=None)
    doubt: Mapped[str | None] = mapped_column(sa.String(20), default=None)


class ArrivalOriginal(Base):
    """The whole of what came, where the arrival's text is only a part of it. It goes when the text is forgotten."""

    __tablename__ = "arrival_originals"
    arrival_id: Mapped[Ref] = mapped_column(sa.ForeignKey("arrivals.id"), primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)


_BY_ID = sa.select(Arrival).where(Arrival.id == sa.bindparam("id"))
_GET = QuickSelect(_BY_ID)
_LOCK = QuickSelect(_BY_ID.with_for_update())


def get_arrival(look: Look, arrival_id: str) -> Arrival:
    return _GET.rows(look, id=arrival_id)[0][0]


def lock_arrival(work: Work, arrival_id: str) -> Arrival:
    """The same, and nobody else works on it before this work is done."""
    return _LOCK.rows(work, id=arrival_id)[0][0]


def digest_of(inbound: Inbound) -> str:
    """Tells whether a repeat says the same."""
    parts = (inbound.sender.value, inbound.recipient.value, inbound.text, *(link.url for link in inbound.media))
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


_KEEP = QuickInsert(
    Base.metadata.tables[Arrival.__tablename__],
    (
        "id",
        "key",
        "digest",
        "channel",
        "kind",
        "sender",
        "recipient",
        "text",
        "provider_id",
        "media",
        "opt_out",
        "received_at",
        "state",
        "tries",
        "changed_repeat",
        "found_at",
        "doubt",
    ),
    key="key",
)
_KNOWN = sa.select(Arrival.key, Arrival.digest, Arrival.id).where(Arrival.key.in_(sa.bindparam("keys", expanding=True)))


def _row(work: Work, inbound: Inbound, received_at: datetime) -> tuple[Any, ...]:
    return (
        work.new_id(),
        inbound.key,
        digest_of(inbound),
        inbound.channel,
        inbound.sender.kind,
        inbound.sender.value,
        inbound.recipient.value,
        inbound.text,
        inbound.provider_id,
        [[link.url, link.content_type] for link in inbound.media] or None,
        inbound.opt_out,
        received_at,
        ArrivalState.NEW,
        0,
        False,
        received_at if inbound.from_log else None,
        inbound.doubt,
    )


def keep_arrivals(work: Work, inbounds: Sequence[tuple[Inbound, datetime]]) -> list[bool]:
    """Keep each once. True for each that was new; a repeat that says something else keeps the first and flags it.

    Source: security rules S7.1 and S7.2.
    """
    rows = [_row(work, inbound, received_at) for inbound, received_at in inbounds]
    new = _KEEP.run(work.connection, rows)
    if new:
        work.ring(ARRIVALS)
    if new == len(rows):
        _keep_originals(work, inbounds, rows, [True] * len(rows))
        return [True] * len(rows)
    kept = {row.key: row for row in work.session.execute(_KNOWN, {"keys": [inbound.key for inbound, _ in inbounds]})}
    changed = [key for _, key, digest, *_ in rows if kept[key].digest != digest]
    if changed:
        work.session.execute(sa.update(Arrival).where(Arrival.key.in_(changed)).values(changed_repeat=True))
    is_new = [kept[key].id == id_ for id_, key, *_ in rows]
    _keep_originals(work, inbounds, rows, is_new)
    return is_new


def _keep_originals(
    work: Work, inbounds: Sequence[tuple[Inbound, datetime]], rows: Sequence[tuple[Any, ...]], is_new: Sequence[bool]
) -> None:
    originals = [
        {"arrival_id": row[0], "body": inbound.original}
        for (inbound, _), row, new in zip(inbounds, rows, is_new, strict=True)
        if new and inbound.original is not None
    ]
    if originals:
        work.session.execute(sa.insert(ArrivalOriginal), originals)


def find_original(look: Look, key: str) -> bytes | None:
    """The whole of what was kept under a key."""
    return look.session.scalar(
        sa.select(ArrivalOriginal.body)
        .join(Arrival, Arrival.id == ArrivalOriginal.arrival_id)
        .where(Arrival.key == key)
    )


class DeskInbox:
    """The inbox that channels hand in to. It says yes only after a durable commit, or a synced spool."""

    def __init__(self, desk: Desk, spool: Spool) -> None:
        self._desk = desk
        self._spool = spool
        self._draining = asyncio.Lock()
        self._arrivals: Gatherer[tuple[Inbound, datetime], bool] = Gatherer(self._keep_arrivals)
        self._reports: Gatherer[Report, bool] = Gatherer(self._keep_reports, linger=lambda: REPORTS_LINGER)

    async def receive(self, inbound: Inbound) -> bool:
        """Keep a message. True when it is new. Raises: BusyError."""
        return await self._arrivals.put((inbound, self._desk.clock.now()))

    async def report(self, report: Report) -> bool:
        """Keep what became of a delivery. True when it is new. Raises: BusyError."""
        return await self._reports.put(report)

    async def find_mailbox(self, local: str) -> Mailbox | None:
        """Whose mailbox this is, the part before the @. Raises: BusyError."""
        return await self._ask(find_mailbox, local)

    async def read_original(self, key: str) -> bytes | None:
        """The whole of what was kept under this key. Raises: BusyError."""
        return await self._ask(find_original, key)

    async def _ask(self, question: Callable[[Look, str], T], asked: str) -> T:
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                return await self._desk.look(channel_asker(MAIL), question, asked)
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
