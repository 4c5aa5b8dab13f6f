"""Files that came with messages: fetched from the provider after the message is kept, cleaned, and shown in the book.

Only pictures are taken, each made anew from its pixels; of anything else the book says that it came and was not taken.
Source: security rules S7.7 and S9.8.
"""

import asyncio
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import routine_asker
from hub.database import Base, Id, Moment, Ref, after
from hub.desk import Desk, Look, Work
from hub.doorbell import LIVE
from hub.post.arrivals import Arrival
from hub.post.channel import Channel, MediaLink, RejectedError, SendError
from hub.post.messages import Message
from hub.post.pictures import TAKEN, BadPictureError, make_anew
from hub.post.reading import Reader, get_message
from hub.safety.access import NotThereError

log = logging.getLogger(__name__)
FILES = routine_asker("files")
AT_ONCE = 4
TRY_LIMIT = 5
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=30)


class FileState(StrEnum):
    WAITING = "waiting"
    KEPT = "kept"
    REFUSED = "refused"


class Attachment(Base):
    """One file of a message. `link` is where the provider holds it; `reason` a short code when it was not taken."""

    __tablename__ = "attachments"
    __table_args__ = (
        sa.Index(
            "ix_attachments_waiting",
            "due",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    message_id: Mapped[Ref] = mapped_column(sa.ForeignKey("messages.id"), index=True)
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
    message: Mapped[Message] = after(Message)


class AttachmentBody(Base):
    """The bytes, apart from the row that lists ask for."""

    __tablename__ = "attachment_bodies"
    attachment_id: Mapped[Ref] = mapped_column(sa.ForeignKey("attachments.id"), primary_key=True)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)


def expect_files(work: Work, message: Message, arrival: Arrival) -> None:
    """Write down the files that a message brings, to be fetched once it is kept."""
    for url, claimed_type in arrival.media or ():
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


_OF_MESSAGES = (
    sa.select(Attachment).where(Attachment.message_id.in_(sa.bindparam("ids", expanding=True))).order_by(Attachment.id)
)


def list_attachments(look: Look, message_ids: Sequence[str]) -> dict[str, list[Attachment]]:
    """For each message that has any, its files in their order."""
    out: dict[str, list[Attachment]] = {}
    for attachment in look.session.scalars(_OF_MESSAGES, {"ids": message_ids}):
        out.setdefault(attachment.message_id, []).append(attachment)
    return out


def get_file(look: Look, reader: Reader, attachment_id: str) -> tuple[Attachment, bytes]:
    """A kept file and its bytes, a JPEG, for whoever may read the message it came with. Raises: NotThereError."""
    attachment = look.session.get(Attachment, attachment_id)
    if attachment is None:
        raise NotThereError
    get_message(look, reader, attachment.message_id)
    body = find_body(look, attachment_id)
    if body is None:
        raise NotThereError
    return attachment, body


def find_body(look: Look, attachment_id: str) -> bytes | None:
    """A kept file's bytes, a JPEG. It asks no rights: its callers do."""
    return look.session.scalar(sa.select(AttachmentBody.body).where(AttachmentBody.attachment_id == attachment_id))


@dataclass(frozen=True, slots=True)
class _Picture:
    body: bytes
    width: int
    height: int


def _take(work: Work) -> list[Attachment]:
    due = work.session.scalars(
        sa.select(Attachment)
        .where(Attachment.state == FileState.WAITING, Attachment.due <= work.now)
        .order_by(Attachment.due)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for attachment in due:
        attachment.tries += 1
        attachment.due = work.now + LEASE
    return list(due)


def _settle(work: Work, attachment_id: str, picture: _Picture | None, reason: str | None, again: bool) -> None:
    attachment = work.session.get_one(Attachment, attachment_id)
    if attachment.state != FileState.WAITING:
        return
    attachment.reason = reason
    if picture is not None:
        attachment.state, attachment.size = FileState.KEPT, len(picture.body)
        attachment.width, attachment.height = picture.width, picture.height
        attachment.digest = hashlib.sha256(picture.body).hexdigest()
        work.session.add(AttachmentBody(attachment_id=attachment_id, body=picture.body))
    elif again and attachment.tries < TRY_LIMIT:
        attachment.due = work.now + FIRST_WAIT * 2**attachment.tries
        return
    else:
        attachment.state = FileState.REFUSED
    work.ring(LIVE, attachment.message_id)


async def fetch_files(desk: Desk, channels: Mapping[str, Channel]) -> int:
    """Fetch what waits; how many files were tried."""
    taken = await desk.work(FILES, _take)
    for attachment in taken:
        channel = channels.get(attachment.channel)
        picture, reason, again = None, None, False
        try:
            if channel is None:
                raise RejectedError("no_channel")
            fetched = await channel.fetch_media(MediaLink(attachment.link, attachment.claimed_type))
            if fetched.content_type not in TAKEN:
                raise RejectedError("kind_not_taken")
            picture = _Picture(*await asyncio.to_thread(make_anew, fetched.content))
        except BadPictureError as error:
            reason = str(error)
        except SendError as error:
            reason, again = error.reason, not isinstance(error, RejectedError)
        await desk.work(FILES, _settle, attachment.id, picture, reason, again)
    return len(taken)
