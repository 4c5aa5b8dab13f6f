"""Tags: what a family touches the reader with. One may stand for several children, and a child may have several.

A static tag's serial is a hint that needs a glance; a proving one adds a code that nobody can make again, and a number that
only rises. Source: security rules S8.1 and S8.2.
"""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look

SERIAL_LENGTH = 20
"""Hex digits: serials have four, seven or ten bytes."""
LABEL_LENGTH = 12


class TagKind(StrEnum):
    STATIC = "static"
    PROVING = "proving"


class WhyBlocked(StrEnum):
    LOST = "lost"
    RETURNED = "returned"
    CLONED = "cloned"


class Tag(Base):
    """One tag of an owner. `serial` is its UID in lower-case hex, `label` what is printed on it for people.

    `counter` is the highest number that a proving tag was accepted with. While it is blocked it opens nothing and is shown to
    staff as blocked.
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


class TagChild(Base):
    """A child that a tag stands for."""

    __tablename__ = "tag_children"
    tag_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tags.id"), primary_key=True)
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), primary_key=True, index=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))


_BY_SERIAL = sa.select(Tag).where(Tag.owner_id == sa.bindparam("owner"), Tag.serial == sa.bindparam("serial"))
_CHILDREN_OF = sa.select(TagChild.child_id).where(TagChild.tag_id == sa.bindparam("tag")).order_by(TagChild.child_id)


def find_tag(look: Look, owner_id: str, serial: str) -> Tag | None:
    """A tag by its serial, blocked or not."""
    return look.session.scalars(_BY_SERIAL, {"owner": owner_id, "serial": serial}).one_or_none()


def list_children_of(look: Look, tag_id: str) -> list[str]:
    """The ids of the children that a tag stands for. It asks no rights of the reader: its callers do."""
    return list(look.session.scalars(_CHILDREN_OF, {"tag": tag_id}))


_LABELLED = (
    sa.select(TagChild.child_id)
    .join(Tag, Tag.id == TagChild.tag_id)
    .where(
        Tag.owner_id == sa.bindparam("owner"),
        sa.func.upper(Tag.label) == sa.bindparam("label"),
        Tag.blocked_at.is_(None),
    )
)


def list_labelled(look: Look, owner_id: str, label: str) -> set[str]:
    """The ids of the children of a tag by what is printed on it, unless it is blocked. It asks no rights: its callers do."""
    return set(look.session.scalars(_LABELLED, {"owner": owner_id, "label": label.strip().upper()}))
