"""Taps: each touch of a tag, kept once however often it is sent, and pending until staff say what it means.

A touch alone changes no child's day. Source: security rules S8.1 and S8.2.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.door.readers import TagReader
from hub.door.tags import SERIAL_LENGTH, find_tag
from hub.doorbell import LIVE
from hub.quick_select import QuickSelect

LIVE_WINDOW = timedelta(minutes=5)
QUEUED_WINDOW = timedelta(hours=24)
"""A device's clock is believed within these: of a tap that comes at once, and of one that waited for the network."""


class Proof(StrEnum):
    """What a tap proves. The first ones need a person who finds out."""

    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    FORGED = "forged"
    REPLAYED = "replayed"
    HINT = "hint"
    PROVEN = "proven"


class TapState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Tap(Base):
    """One touch. `number` is the device's own count of its taps; `touched_at` is when the device says it was, and where
    `is_clock_doubted` that cannot be, so that `kept_at` counts instead."""

    __tablename__ = "taps"
    __table_args__ = (sa.UniqueConstraint("reader_id", "number"), sa.Index(None, "unit_id", "state"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    reader_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tag_readers.id"))
    number: Mapped[int] = mapped_column(sa.BigInteger)
    serial: Mapped[str] = mapped_column(sa.String(SERIAL_LENGTH))
    tag_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("tags.id"), index=True)
    proof: Mapped[str] = mapped_column(sa.String(10))
    touched_at: Mapped[Moment]
    kept_at: Mapped[Moment]
    is_clock_doubted: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(sa.String(10), default=TapState.PENDING)
    settled_at: Mapped[Moment | None] = mapped_column(default=None)
    settled_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)

    @property
    def at(self) -> datetime:
        """The moment that counts."""
        return self.kept_at if self.is_clock_doubted else self.touched_at


@dataclass(frozen=True, slots=True)
class Touch:
    """What a device tells of one tap. `serial` is lower-case hex; `proven` what the tag itself added, None where it adds
    nothing; `waited`: it could not be sent at once."""

    number: int
    serial: str
    touched_at: datetime
    proven: str | None = None
    waited: bool = False


_KEPT = QuickSelect(sa.select(Tap).where(Tap.reader_id == sa.bindparam("reader"), Tap.number == sa.bindparam("number")))


def find_tap(look: Look, reader_id: str, number: int) -> Tap | None:
    """What was kept of a device's tap by its number."""
    return next((tap for (tap,) in _KEPT.rows(look, reader=reader_id, number=number)), None)


def keep_tap(work: Work, reader: TagReader, touch: Touch) -> Tap:
    """Keep a touch, once for each number of a device: what was kept first stays. May be done in a round."""
    work.take_turns([reader.id])
    if (kept := find_tap(work, reader.id, touch.number)) is not None:
        return kept
    tag = find_tag(work, reader.owner_id, touch.serial)
    tap = Tap(
        id=work.new_id(),
        owner_id=reader.owner_id,
        unit_id=reader.unit_id,
        reader_id=reader.id,
        number=touch.number,
        serial=touch.serial,
        tag_id=None if tag is None else tag.id,
        proof=Proof.UNKNOWN if tag is None else Proof.BLOCKED if tag.blocked_at is not None else Proof.HINT,
        touched_at=touch.touched_at,
        kept_at=work.now,
        is_clock_doubted=not _is_believed(touch, work.now),
    )
    work.session.add(tap)
    reader.counted, reader.seen_at = max(reader.counted, touch.number), work.now
    work.ring(LIVE, reader.unit_id)
    return tap


def _is_believed(touch: Touch, now: datetime) -> bool:
    oldest = now - (QUEUED_WINDOW if touch.waited else LIVE_WINDOW)
    return oldest <= touch.touched_at <= now + LIVE_WINDOW
