"""Tags: what a family touches the reader with. One may stand for several children, and a child may have several.

A static tag's serial is a hint that needs a glance; a proving one adds a code that nobody can make again, and a number that
only rises. Source: security rules S8.1 and S8.2.
"""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.quick_select import QuickSelect

SERIAL_LENGTH = 20
"""Hex digits: serials have four, seven or ten bytes."""
LABEL_LENGTH = 12


class TagKind(StrEnum):
    STATIC = "static"
    PROVING = "proving"


class Suspicion(StrEnum):
    """Why a tag may have a double: it was at two units within a time in which nobody walks there, or said the same twice."""

    TWO_PLACES = "two_places"
    REPLAYED = "replayed"


class WhyBlocked(StrEnum):
    LOST = "lost"
    RETURNED = "returned"
    CLONED = "cloned"


class Tag(Base):
    """One tag of an owner. `serial` is its UID in lower-case hex, `label` what is printed on it for people.

    `counter` is the highest number that a proving tag was accepted with. While it is blocked it opens nothing and is shown to
    staff as blocked; while it is suspected it goes on, and staff are told to look.
    """

    __tablename__ = "tags"
    __table_args__ = (sa.UniqueConstraint("owner_id", "serial"), sa.UniqueConstraint("owner_id", "label"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"), index=True)
    serial: Mapped[str] = mapped_column(sa.String(SERIAL_LENGTH))
    label: Mapped[str] = mapped_column(sa.String(LABEL_LENGTH))
    kind: Mapped[str] = mapped_column(sa.String(10))
    made_at: Mapped[Moment]
    made_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    counter: Mapped[int | None] = mapped_column(default=None)
    blocked_at: Mapped[Moment | None] = mapped_column(default=None)
    blocked_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    blocked_why: Mapped[str | None] = mapped_column(sa.String(10), default=None)
    suspected_at: Mapped[Moment | None] = mapped_column(default=None)
    suspected_why: Mapped[str | None] = mapped_column(sa.String(12), default=None)


class TagChild(Base):
    """A child that a tag stands for."""

    __tablename__ = "tag_children"
    tag_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tags.id"), primary_key=True)
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), primary_key=True, index=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))


_SERIAL_BYTES = (4, 7, 10)
_DRAWN_ANEW = "08"


def read_serial(text: str) -> str | None:
    """A serial as somebody typed it or a phone tells it (04:a1:b2:...), in lower-case hex; None where it cannot be one."""
    digits = "".join(letter for letter in text.lower() if letter not in " :-.")
    try:
        serial = bytes.fromhex(digits)
    except ValueError:
        return None
    return digits if len(serial) in _SERIAL_BYTES else None


def is_drawn_anew(serial: str) -> bool:
    """Whether it names nothing, since the chip draws another at each touch, as phones do. Source: ISO/IEC 14443-3."""
    return len(serial) == 8 and serial.startswith(_DRAWN_ANEW)


_BY_SERIAL = QuickSelect(
    sa.select(Tag).where(Tag.owner_id == sa.bindparam("owner"), Tag.serial == sa.bindparam("serial"))
)
_CHILDREN_OF = QuickSelect(
    sa.select(TagChild.child_id).where(TagChild.tag_id == sa.bindparam("tag")).order_by(TagChild.child_id)
)


def find_tag(look: Look, owner_id: str, serial: str) -> Tag | None:
    """A tag by its serial, blocked or not."""
    return next((tag for (tag,) in _BY_SERIAL.rows(look, owner=owner_id, serial=serial)), None)


def list_children_of(look: Look, tag_id: str) -> list[str]:
    """The ids of the children that a tag stands for. It asks no rights of the reader: its callers do."""
    return [child_id for (child_id,) in _CHILDREN_OF.rows(look, tag=tag_id)]


def block(work: Work, tag: Tag, why: WhyBlocked) -> None:
    """It opens nothing from now on. It asks no rights: its callers do, and audit it."""
    tag.blocked_at, tag.blocked_by, tag.blocked_why = work.now, work.asker.id, why
    work.session.flush()
    work.ring(LIVE, tag.unit_id)


def unblock(work: Work, tag: Tag) -> None:
    """It opens again. It asks no rights: its callers do, and audit it."""
    tag.blocked_at = tag.blocked_by = tag.blocked_why = None
    work.session.flush()
    work.ring(LIVE, tag.unit_id)
