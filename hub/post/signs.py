"""Whether a guardian has given a sign of a message, on whichever way: it arrived, was read, or they have written since.

That it lies in the app is none: whoever has no phone any more to sign in with never sees it there. Nor is it that a browser has
shown that something came.
"""

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from hub.address import APP, PUSH
from hub.desk import Look
from hub.post.deliveries import Delivery, Status
from hub.post.messages import Author, Message, Thread, ThreadKind
from hub.post.reach_plans import Sign, get_plans
from hub.post.topics import Topic

Column = InstrumentedAttribute[str]
NEXT_WAY = "next_way"
"""Marks a delivery that goes where an earlier one gave no sign."""
SEEN_IN_APP = "seen_in_app"
"""Marks a delivery to a phone, mailbox or chat whose words were opened in the app meanwhile."""
_DELIVERIES = sa.select(Delivery.status, Delivery.marks).where(
    Delivery.message_id == sa.bindparam("message"),
    Delivery.guardian_id == sa.bindparam("guardian"),
    sa.or_(Delivery.kind.not_in((APP, PUSH)), Delivery.status == Status.READ),
)
_WROTE = (
    sa.select(Message.id)
    .where(
        Message.thread_id
        == sa.select(Message.thread_id).where(Message.id == sa.bindparam("message")).scalar_subquery(),
        Message.author == Author.GUARDIAN,
        sa.or_(Message.author_id.is_(None), Message.author_id == sa.bindparam("guardian")),
        Message.id > sa.bindparam("message"),
    )
    .limit(1)
)
"""Of several who write from one phone nobody knows which it was: a word from any of them counts."""


def arrived_at(message_id: Column, guardian_id: Column, topic: Column) -> sa.ColumnElement[bool]:
    """That a message's own delivery to somebody tells as much as the plan of its topic waits for, as a condition on a question
    that is bound `signs_of` the owner. Most signs are such; `has_sign` knows all."""
    enough = sa.or_(
        sa.and_(Delivery.status == Status.DELIVERED, topic.in_(sa.bindparam("until_delivered", expanding=True))),
        sa.and_(Delivery.status == Status.READ, topic.in_(sa.bindparam("until_read", expanding=True))),
    )
    own = (Delivery.message_id == message_id, Delivery.guardian_id == guardian_id)
    return sa.exists().where(*own, sa.or_(Delivery.kind.not_in((APP, PUSH)), Delivery.status == Status.READ), enough)


def signs_of(look: Look, owner_id: str) -> dict[str, list[str]]:
    """What `arrived_at` needs to be told of the owner's plans."""
    plans = get_plans(look, owner_id).values()
    return {
        "until_delivered": [plan.topic.value for plan in plans if plan.until is Sign.DELIVERED],
        "until_read": [plan.topic.value for plan in plans if plan.until is not Sign.ANSWERED],
    }


def has_sign(look: Look, message_id: str, guardian_id: str, until: Sign) -> bool:
    """Whether the guardian has given this sign, or a stronger one, of the message."""
    asked = {"message": message_id, "guardian": guardian_id}
    found = look.session.execute(_DELIVERIES, asked).all()
    statuses = {status for status, _ in found}
    is_read = Status.READ in statuses or any(SEEN_IN_APP in (marks or ()) for _, marks in found)
    if is_read and until is not Sign.ANSWERED:
        return True
    if Status.DELIVERED in statuses and until is Sign.DELIVERED:
        return True
    return look.session.scalars(_WROTE, asked).first() is not None


def is_needless(look: Look, delivery: Delivery) -> bool:
    """Whether a sign came while a further way waited to be taken; a notice is needless only once the message was read."""
    if delivery.kind == PUSH and delivery.guardian_id is not None:
        return has_sign(look, delivery.message_id, delivery.guardian_id, Sign.READ)
    if NEXT_WAY not in (delivery.marks or ()) or delivery.guardian_id is None:
        return False
    until = get_plans(look, delivery.owner_id)[Topic(delivery.topic or Topic.DAILY)].until
    return has_sign(look, delivery.message_id, delivery.guardian_id, until)


def told_by(thread: Thread, delivery: Delivery) -> list[str]:
    """The ids of the guardians whom a delivery told: all behind a phone that they share, though it bears the name of the first;
    a further way is the first one's own."""
    first = delivery.guardian_id
    if first is None:
        return []
    is_shared = thread.kind == ThreadKind.SHARED_PHONE and first in thread.guardian_ids
    return list(thread.guardian_ids) if is_shared and NEXT_WAY not in (delivery.marks or ()) else [first]
