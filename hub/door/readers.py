"""What reads tags at a unit: a phone that staff hold, or a gate at the wall. Each has a key of its own, serves one unit, and
can be revoked at once.

Source: security rules S2.2, S8.2 and S8.3.
"""

from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError

NAME_LENGTH = 60
KEY_LENGTH = 64
SEEN_EVERY = timedelta(seconds=30)
"""So exact is the time at which a device was seen."""


class ReaderKind(StrEnum):
    PHONE = "phone"
    GATE = "gate"


class TagReader(Base):
    """A device that was paired to a unit. `key` is what it proves itself by, and useless to whoever reads it here: of a gate
    its Ed25519 public key in hex, of a phone the hash of a token in its cookie.

    `confirms_itself`: what a proving tag says at this gate counts without a glance. `seen_at` is when it last spoke to the hub,
    `counted` the highest number of a tap kept from it.
    """

    __tablename__ = "tag_readers"
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    key: Mapped[str] = mapped_column(sa.String(KEY_LENGTH), index=True)
    paired_at: Mapped[Moment]
    paired_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    confirms_itself: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[Moment | None] = mapped_column(default=None)
    counted: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    revoked_at: Mapped[Moment | None] = mapped_column(default=None)
    revoked_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


_BY_ID = QuickSelect(sa.select(TagReader).where(TagReader.id == sa.bindparam("reader")))


def get_paired(look: Look, reader_id: str, kind: ReaderKind) -> TagReader:
    """A device that may speak now. Raises: NotThereError, too when it was revoked."""
    found = _BY_ID.rows(look, reader=reader_id)
    if not found or found[0][0].kind != kind or found[0][0].revoked_at is not None:
        raise NotThereError
    return found[0][0]


def note_seen(work: Work, reader: TagReader) -> None:
    """The device spoke to us just now."""
    if reader.seen_at is None or work.now - reader.seen_at >= SEEN_EVERY:
        reader.seen_at = work.now
