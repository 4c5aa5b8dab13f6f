"""Files of messages, shown in the book. What comes by a provider is fetched after its message is kept, and cleaned; what is put
up on our own pages lies here before there is a message (hub.post.put_up).

By a provider only pictures are taken, each made anew from its pixels; of anything else the book says that it came and was not
taken. Source: security rules S7.7 and S9.8.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import APP
from hub.database import Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.arrivals import Arrival
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcasts import Broadcast
from hub.post.entry import Brought
from hub.post.messages import Message


class FileState(StrEnum):
    WAITING = "waiting"
    KEPT = "kept"
    REFUSED = "refused"


JPEG, PDF = "image/jpeg", "application/pdf"


class Shows(StrEnum):
    """Whom one can recognise on a picture that goes out: no child, or those named (PicturedChild)."""

    NOBODY = "nobody"
    CHILDREN = "children"


class Attachment(Base):
    """One file of a message, or of a broadcast, and so of each of its messages. While it is of neither it is loose: `put_up_by`
    is who may send it, a member of staff by id or a family by its address in the app.

    `link` is where the provider holds it; `reason` a short code when it was not taken. `media_type` is what it was made into,
    `name` what it is called where it has a name of its own.
    """

    __tablename__ = "attachments"
    __table_args__ = (
        sa.Index(
            "ix_attachments_waiting",
            "due",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index(
            "ix_attachments_loose",
            "put_up_by",
            "due",
            sqlite_where=sa.text("message_id IS NULL AND broadcast_id IS NULL"),
            postgresql_where=sa.text("message_id IS NULL AND broadcast_id IS NULL"),
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), index=True)
    channel: Mapped[str] = mapped_column(sa.String(40))
    link: Mapped[str] = mapped_column(sa.String(500))
    claimed_type: Mapped[str] = mapped_column(sa.String(100))
    due: Mapped[Moment]
    state: Mapped[str] = mapped_column(sa.String(10), default=FileState.WAITING)
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    reason: Mapped[str | None] = mapped_column(sa.String(40), default=None)
    size: Mapped[int] = mapped_column(default=0)
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str | None] = mapped_column(sa.String(64), default=None)
    broadcast_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("broadcasts.id"), default=None, index=True)
    put_up_by: Mapped[str | None] = mapped_column(sa.String(300), default=None)
    media_type: Mapped[str] = mapped_column(sa.String(40), default=JPEG)
    name: Mapped[str] = mapped_column(sa.String(80), default="")
    shows: Mapped[str | None] = mapped_column(sa.String(10), default=None)
    message: Mapped[Message] = after(Message)
    broadcast: Mapped[Broadcast] = after(Broadcast)

    @property
    def is_picture(self) -> bool:
        return self.media_type == JPEG

    @property
    def is_loose(self) -> bool:
        return self.message_id is None and self.broadcast_id is None


class AttachmentBody(Base):
    """The bytes, apart from the row that lists ask for."""

    __tablename__ = "attachment_bodies"
    attachment_id: Mapped[Ref] = mapped_column(sa.ForeignKey("attachments.id"), primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)


class PicturedChild(Base):
    """A child whom one can recognise on a picture, as whoever sends it says."""

    __tablename__ = "pictured_children"
    attachment_id: Mapped[Ref] = mapped_column(sa.ForeignKey("attachments.id"), primary_key=True)
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), primary_key=True, index=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    attachment: Mapped[Attachment] = after(Attachment)
    child: Mapped[Child] = after(Child)


def expect_files(work: Work, message: Message, arrival: Arrival) -> None:
    """Write down the files that a message brings, to be fetched once it is kept; what a family put up itself is here."""
    for url, claimed_type in arrival.media or ():
        if url.startswith(PUT_UP):
            _join(work, message, arrival, url.removeprefix(PUT_UP))
            continue
        work.session.add(
            Attachment(
                id=work.new_id(),
                owner_id=message.owner_id,
                message_id=message.id,
                channel=arrival.channel,
                link=url[:500],
                claimed_type=claimed_type[:100],
                due=work.now,
            )
        )


PUT_UP = "put-up:"
"""What a family put up on our own pages, by the id of its Attachment."""


def _join(work: Work, message: Message, arrival: Arrival, attachment_id: str) -> None:
    """Of a family's own loose files alone; one that was forgotten meanwhile is said to be there no longer."""
    attachment = work.session.get(Attachment, attachment_id) if arrival.kind == APP else None
    if attachment is not None and attachment.is_loose and attachment.put_up_by == arrival.sender:
        attachment.message_id, attachment.put_up_by = message.id, None
        return
    work.session.add(
        Attachment(
            id=work.new_id(),
            owner_id=message.owner_id,
            message_id=message.id,
            channel=arrival.channel,
            link="",
            claimed_type=JPEG,
            due=work.now,
            state=FileState.REFUSED,
            reason="no_longer_there",
        )
    )


_IDS: sa.BindParameter[Sequence[str]] = sa.bindparam("ids", expanding=True)
_OF_MESSAGES = sa.select(Attachment, Attachment.message_id).where(Attachment.message_id.in_(_IDS))
_OF_BROADCASTS = (
    sa.select(Attachment, BroadcastReceiver.message_id)
    .join(BroadcastReceiver, BroadcastReceiver.broadcast_id == Attachment.broadcast_id)
    .where(BroadcastReceiver.message_id.in_(_IDS))
    .distinct()
)


def list_attachments(look: Look, message_ids: Sequence[str]) -> dict[str, list[Attachment]]:
    """For each message that has any, its files in their order, those of its broadcast among them."""
    out: dict[str, list[Attachment]] = {}
    for question in (_OF_MESSAGES, _OF_BROADCASTS):
        for attachment, message_id in look.session.execute(question.order_by(Attachment.id), {"ids": message_ids}):
            out.setdefault(str(message_id), []).append(attachment)
    return out


def count_enclosed(look: Look, broadcast_id: str) -> int:
    """How many files go with a broadcast."""
    asked = sa.select(sa.func.count()).select_from(Attachment).where(Attachment.broadcast_id == broadcast_id)
    return look.session.scalar(asked) or 0


def list_enclosed(look: Look, broadcast_id: str) -> list[Attachment]:
    """The files that go with a broadcast, in their order."""
    asked = sa.select(Attachment).where(Attachment.broadcast_id == broadcast_id).order_by(Attachment.id)
    return list(look.session.scalars(asked))


def lay_out_files(files: Iterable[Attachment]) -> tuple[Brought, ...]:
    """As a page shows them."""
    return tuple(
        Brought(each.id, each.state, each.reason, each.width, each.height, each.is_picture, each.name, each.shows)
        for each in files
    )
