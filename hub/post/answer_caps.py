"""How many answers that nobody typed one address gets: so two machines that answer each other come to rest.

Source: security rule S5.6.
"""

from datetime import timedelta

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Lane, Message
from hub.quick_select import QuickSelect

IN_A_TALK = 20
OUTSIDE_A_TALK = 3
A_DAY = 10
SHORT_WHILE = timedelta(minutes=10)


def may_answer(look: Look, value: str, *, in_talk: bool) -> bool:
    """May one more automatic answer go to this address at once?"""
    return wait_to_answer(look, value, in_talk=in_talk) == timedelta()


def wait_to_answer(look: Look, value: str, *, in_talk: bool) -> timedelta | None:
    """How long one more automatic answer to this address has to wait: None when it has to be left to staff.

    At most 3 in ten minutes and 10 a day outside a talk, 20 in ten minutes within one. What belongs to a talk, and what the
    hub says by itself, takes nothing from the answers outside one; nor does a mail that brings staff what a family wrote, which
    answers nobody. An answer that waits already is enough. Source: S5.6.
    """
    sent = _AUTOMATIC.rows(look, recipient=value, since=look.now - timedelta(days=1), limit=IN_A_TALK + A_DAY)
    outside = [due for due, conversation_id, lane in sent if conversation_id is None and lane == Lane.REPLY]
    if not in_talk and len(outside) >= A_DAY:
        return None
    counted, most = ([due for due, _, _ in sent], IN_A_TALK) if in_talk else (outside, OUTSIDE_A_TALK)
    if len(counted) < most or counted[most - 1] <= look.now - SHORT_WHILE:
        return timedelta()
    return None if counted[0] > look.now else counted[most - 1] + SHORT_WHILE - look.now


_AUTOMATIC = QuickSelect(
    sa.select(Delivery.due, Message.conversation_id, Message.lane)
    .join(Message, Message.id == Delivery.message_id)
    .where(
        Delivery.recipient == sa.bindparam("recipient"),
        Delivery.due > sa.bindparam("since", type_=Utc),
        Delivery.automatic,
        Message.author != Author.GUARDIAN,
    )
    .order_by(Delivery.due.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
