"""What a family has opened: what went to the app, or was told of there, counts as read once the page that shows its words was
asked for.

Only at the address of exactly those who ask. Of what a phone or a mailbox got its provider tells; there it is marked that the
words were seen, so that they are sent by no further way. Source: security rule S5.5.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.address import APP, PUSH
from hub.desk import Work
from hub.doorbell import LIVE
from hub.post.deliveries import Delivery, Status, climb
from hub.post.family import Family
from hub.post.messages import Message, Thread, ThreadKind
from hub.post.signs import SEEN_IN_APP

STILL_CLIMBS = timedelta(days=30)
"""Longer than any plan looks for a further way."""


def is_unread(family: Family, thread: Thread, deliveries: Iterable[Delivery], now: datetime) -> bool:
    """Whether one of these lies in the app for exactly this family, was told of there, or went to them elsewhere of late, and
    nobody there has opened it."""
    return any(
        _lies_in_app(family, each) or _was_noticed(family, each) or _went_elsewhere(family, thread, each, now)
        for each in deliveries
    )


def _lies_in_app(family: Family, delivery: Delivery) -> bool:
    is_theirs = delivery.kind == APP and delivery.recipient == family.app_address
    return is_theirs and delivery.status == Status.DELIVERED


def _was_noticed(family: Family, delivery: Delivery) -> bool:
    """A notice went to one of them, and nobody has followed it yet."""
    return delivery.kind == PUSH and delivery.guardian_id in family.guardian_ids and delivery.status in TOLD


TOLD = frozenset({Status.SENT, Status.DELIVERED})
"""How far a notice may have come that nobody has followed yet."""


def _went_elsewhere(family: Family, thread: Thread, delivery: Delivery, now: datetime) -> bool:
    """What went to a phone that several share is seen only by all who share it."""
    if delivery.kind in (APP, PUSH) or delivery.guardian_id not in family.guardian_ids or delivery.topic is None:
        return False
    if thread.kind == ThreadKind.SHARED_PHONE and set(thread.guardian_ids) != set(family.guardian_ids):
        return False
    is_late = delivery.due < now - STILL_CLIMBS
    return delivery.status != Status.READ and not is_late and SEEN_IN_APP not in (delivery.marks or ())


_SENT = (
    sa.select(Delivery, Thread)
    .join(Message, Message.id == Delivery.message_id)
    .join(Thread, Thread.id == Message.thread_id)
    .where(Delivery.message_id.in_(sa.bindparam("messages", expanding=True)))
    .order_by(Delivery.id)
    .with_for_update(of=Delivery)
)


def note_read(work: Work, family: Family, message_ids: Collection[str]) -> None:
    """The family has these before it. What has not arrived in the app stays as it is: still to be sent, or stopped."""
    for delivery, thread in work.session.execute(_SENT, {"messages": list(message_ids)}).all():
        if _lies_in_app(family, delivery) or _was_noticed(family, delivery):
            climb(work, delivery, Status.READ, None)
        elif _went_elsewhere(family, thread, delivery, work.now):
            delivery.mark_once(SEEN_IN_APP)
        else:
            continue
        work.ring(LIVE, delivery.message_id)
