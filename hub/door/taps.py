"""Taps: each touch of a tag, kept once however often it is sent, and pending until staff say what it means.

A touch alone changes no child's day. Source: security rules S8.1 and S8.2.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, Utc
from hub.desk import Look, Work
from hub.door.proving import Proof as Proof
from hub.door.proving import Touch as Touch
from hub.door.proving import judge, suspect
from hub.door.readers import TagReader
from hub.door.tag_keys import NO_KEYS, TagKeys
from hub.door.tag_terms import get_terms
from hub.door.tags import SERIAL_LENGTH, Suspicion, is_drawn_anew, list_children_of
from hub.doorbell import LIVE
from hub.quick_select import QuickSelect

LIVE_WINDOW = timedelta(minutes=5)
QUEUED_WINDOW = timedelta(hours=24)
"""A device's clock is believed within these: of a tap that comes at once, and of one that waited for the network."""


class TapState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Tap(Base):
    """One touch. `number` is the device's own count of its taps; `touched_at` is when the device says it was, and where
    `is_clock_doubted` that cannot be, so that `kept_at` counts instead. `was_drawn_anew`: the chip told a serial that names
    nothing, as phones do, and `serial` is what it proved or else that."""

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
    was_drawn_anew: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(sa.String(10), default=TapState.PENDING)
    settled_at: Mapped[Moment | None] = mapped_column(default=None)
    settled_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)

    @property
    def at(self) -> datetime:
        """The moment that counts."""
        return self.kept_at if self.is_clock_doubted else self.touched_at


_KEPT = QuickSelect(sa.select(Tap).where(Tap.reader_id == sa.bindparam("reader"), Tap.number == sa.bindparam("number")))


def find_tap(look: Look, reader_id: str, number: int) -> Tap | None:
    """What was kept of a device's tap by its number."""
    return next((tap for (tap,) in _KEPT.rows(look, reader=reader_id, number=number)), None)


_ELSEWHERE = (
    sa.select(Tap.id)
    .where(
        Tap.tag_id == sa.bindparam("tag"),
        Tap.unit_id != sa.bindparam("unit"),
        Tap.state != TapState.CANCELLED,
        Tap.proof != Proof.FORGED,
        sa.case((Tap.is_clock_doubted, Tap.kept_at), else_=Tap.touched_at).between(
            sa.bindparam("since", type_=Utc), sa.bindparam("until", type_=Utc)
        ),
    )
    .limit(1)
)


def keep_tap(work: Work, reader: TagReader, touch: Touch, keys: TagKeys = NO_KEYS) -> Tap:
    """Keep a touch, once for each number of a device: what was kept first stays. `keys` are the owner's, opened by the edge;
    without them nothing is proven. Several in one work say by `turns_of` first whose turn it is. May be done in a round."""
    work.take_turns(turns_of(reader, [touch]))
    if (kept := find_tap(work, reader.id, touch.number)) is not None:
        return kept
    judged = judge(work, reader.owner_id, touch, keys)
    tap = Tap(
        id=work.new_id(),
        owner_id=reader.owner_id,
        unit_id=reader.unit_id,
        reader_id=reader.id,
        number=touch.number,
        serial=judged.serial,
        tag_id=None if judged.tag is None else judged.tag.id,
        proof=judged.proof,
        touched_at=touch.touched_at,
        kept_at=work.now,
        is_clock_doubted=not _is_believed(touch, work.now),
        was_drawn_anew=is_drawn_anew(touch.serial),
    )
    work.session.add(tap)
    if judged.tag is not None and judged.is_copied:
        suspect(work, judged.tag, Suspicion.REPLAYED)
    elif judged.tag is not None and _was_elsewhere(work, tap):
        suspect(work, judged.tag, Suspicion.TWO_PLACES)
    reader.counted, reader.seen_at = max(reader.counted, touch.number), work.now
    ring_touch(work, tap)
    return tap


def ring_touch(work: Work, tap: Tap) -> None:
    """Something of a touch has changed: for whoever sees one of its children, and of a tag that stands for none for all at the
    unit. Nobody else's page stirs, by which they could tell when a child comes. Source: security rules S3.3 and S4.4."""
    for id_ in (tap.tag_id and list_children_of(work, tap.tag_id)) or [tap.unit_id]:
        work.ring(LIVE, id_)


def turns_of(reader: TagReader, touches: Iterable[Touch]) -> list[str]:
    """What works that keep these take turns about: the device, and each tag, so that none misses what another keeps."""
    return [reader.id, *(f"{reader.owner_id} {touch.serial}" for touch in touches)]


def _was_elsewhere(work: Work, tap: Tap) -> bool:
    """Whether the tag was at another unit within a time in which nobody walks there. A forgery tells nothing of the tag."""
    if tap.proof == Proof.FORGED:
        return False
    apart = timedelta(minutes=get_terms(work, tap.owner_id).walk_minutes)
    asked = {"tag": tap.tag_id, "unit": tap.unit_id, "since": tap.at - apart, "until": tap.at + apart}
    return work.session.scalar(_ELSEWHERE, asked) is not None


def _is_believed(touch: Touch, now: datetime) -> bool:
    if not touch.is_clock_right:
        return False
    oldest = now - (QUEUED_WINDOW if touch.waited else LIVE_WINDOW)
    return oldest <= touch.touched_at <= now + LIVE_WINDOW
