"""Which rings of the doorbell a reader may hear: those about a message that they may read.

A ring that everybody at a unit hears would tell them when a hidden family writes. Source: security rules S3.3 and S4.4.
"""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from hub.desk import Look
from hub.post.messages import Message, Thread
from hub.post.reading import READS_MESSAGE, Reader


@dataclass(frozen=True, slots=True)
class News:
    """A message that changed, or the newest one of a thread that did, and where it stands."""

    message_id: str
    thread_id: str
    unit_id: str


_IDS: sa.BindParameter[Collection[str]] = sa.bindparam("ids", expanding=True)
_NEWEST = sa.select(sa.func.max(Message.id)).where(Message.thread_id.in_(_IDS)).group_by(Message.thread_id)
_NEWS = (
    sa.select(Message.id, Thread.id, Thread.unit_id)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Message.id.in_(_IDS), READS_MESSAGE)
)


def list_news(look: Look, reader: Reader, ids: Collection[str]) -> list[News]:
    """What of these ids the reader may hear of. A thread is heard of by whoever may read what was said in it last."""
    if not ids:
        return []
    changed = [*ids, *look.session.scalars(_NEWEST, {"ids": list(ids)})]
    return [News(*row) for row in look.session.execute(_NEWS, reader.bound(ids=changed))]
