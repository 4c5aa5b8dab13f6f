"""Arrivals: what providers handed in, each kept whole and once, before anybody knows whose it is."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import SMS
from hub.database import ID_LENGTH, NODE_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import ARRIVALS
from hub.post.channel import Inbound
from hub.quick_insert import QuickInsert
from hub.quick_select import QuickSelect


class ArrivalState(StrEnum):
    NEW = "new"
    FILED = "filed"
    QUARANTINED = "quarantined"
    PARKED = "parked"
    FORGOTTEN = "forgotten"


FOR_STAFF = sa.text(f"state IN ('{ArrivalState.QUARANTINED}', '{ArrivalState.PARKED}')")
"""What only people look at. Said with values in it, as a store finds a partial index only by its own words."""
BESIDES_TEXTS = sa.text(f"kind <> '{SMS}'")
"""The arrivals that are looked for by who wrote where. Told so to every such question: a text pays for no index that nobody
asks about texts."""


class Arrival(Base):
    """One message as it came in. `text` and `media` are never changed until they are forgotten, and then only the `key` is
    left of it; `tries` are counted before each reading; `found_at` is when it was found in the provider's log, untold;
    `doubt` is why it may not be answered; `answers` the mail to one of the staff that it answers; `held_by` the hub
    that took it up, where several share the store."""

    __tablename__ = "arrivals"
    __table_args__ = (
        sa.UniqueConstraint("key"),
        sa.Index(
            "ix_arrivals_new",
            "id",
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        ),
        sa.Index(
            "ix_arrivals_besides_texts",
            "sender",
            "recipient",
            "id",
            sqlite_where=BESIDES_TEXTS,
            postgresql_where=BESIDES_TEXTS,
        ),
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
    held_by: Mapped[str | None] = mapped_column(sa.String(NODE_LENGTH), default=None)
    message_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    reason: Mapped[str | None] = mapped_column(sa.String(80), default=None)
    changed_repeat: Mapped[bool] = mapped_column(default=False)
    found_at: Mapped[Moment | None] = mapped_column(default=None)
    doubt: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    answers: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


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
        "answers",
    ),
    key="key",
)
_KEEP_ORIGINAL = QuickInsert(Base.metadata.tables[ArrivalOriginal.__tablename__], ("arrival_id", "body"))
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
        inbound.answers,
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
        (row[0], inbound.original)
        for (inbound, _), row, new in zip(inbounds, rows, is_new, strict=True)
        if new and inbound.original is not None
    ]
    if originals:
        _KEEP_ORIGINAL.run(work.connection, originals)


def find_original(look: Look, key: str) -> bytes | None:
    """The whole of what was kept under a key."""
    return look.session.scalar(
        sa.select(ArrivalOriginal.body)
        .join(Arrival, Arrival.id == ArrivalOriginal.arrival_id)
        .where(Arrival.key == key)
    )
