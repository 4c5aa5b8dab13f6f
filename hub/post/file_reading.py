"""A kept file and its bytes, for staff who may read that to which it belongs. Source: security rules S4.1 and S7.7."""

import sqlalchemy as sa

from hub.desk import Look
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcast_rights import get_readable
from hub.post.files import Attachment, AttachmentBody
from hub.post.messages import Message, Thread
from hub.post.reading import READS_MESSAGE, Reader, get_message
from hub.safety.access import NotThereError

_READ_OF_BROADCAST = (
    sa.select(Message.id)
    .join(Thread, Thread.id == Message.thread_id)
    .join(BroadcastReceiver, BroadcastReceiver.message_id == Message.id)
    .where(BroadcastReceiver.broadcast_id == sa.bindparam("broadcast"), READS_MESSAGE)
    .limit(1)
)


def get_file(look: Look, reader: Reader, attachment_id: str) -> tuple[Attachment, bytes]:
    """A kept file and its bytes, for whoever of the staff may read the message or the broadcast it belongs to, or put it up
    just now. Raises: NotThereError."""
    attachment = look.session.get(Attachment, attachment_id)
    if attachment is None:
        raise NotThereError
    if attachment.message_id is not None:
        get_message(look, reader, attachment.message_id)
    elif attachment.broadcast_id is not None:
        _check_broadcast(look, reader, attachment.broadcast_id)
    elif attachment.put_up_by != reader.reach.staff_id:
        raise NotThereError
    body = find_body(look, attachment_id)
    if body is None:
        raise NotThereError
    return attachment, body


def _check_broadcast(look: Look, reader: Reader, broadcast_id: str) -> None:
    """Raises: NotThereError unless it is the reader's to see, or one of its messages is."""
    if look.session.scalar(_READ_OF_BROADCAST, reader.bound(broadcast=broadcast_id)) is None:
        get_readable(look, broadcast_id)


def find_body(look: Look, attachment_id: str) -> bytes | None:
    """A kept file's bytes. It asks no rights: its callers do."""
    return look.session.scalar(sa.select(AttachmentBody.body).where(AttachmentBody.attachment_id == attachment_id))
