"""Questions that nobody answered in time: what the guardian wanted is not lost, a person takes over."""

from datetime import timedelta

import sqlalchemy as sa

from hub.clock import IdMaker
from hub.desk import Work
from hub.post.messages import Thread, wait_for_person
from hub.talk.conversations import Conversation, ConversationState

LOOK_BACK = timedelta(days=3)
AT_ONCE = 200


def hand_over_unanswered(work: Work) -> int:
    """End the conversations whose time is over and hand their threads to staff; how many that was.

    Only those of the last three days are looked at: ids sort by time, so the question costs the same however long the
    book is. What was told and needs no answer just ends when somebody writes, and so does what the hub asked by itself.
    """
    since = IdMaker().make(work.now - LOOK_BACK)
    over = list(
        work.session.scalars(
            sa.select(Conversation)
            .where(
                Conversation.id > since,
                Conversation.state.in_([ConversationState.OPEN, ConversationState.QUEUED]),
                ~Conversation.prompted,
                Conversation.expires_at <= work.now,
            )
            .order_by(Conversation.id)
            .limit(AT_ONCE)
        )
    )
    for conversation in over:
        conversation.end(ConversationState.EXPIRED, work.now)
        wait_for_person(work, work.session.get_one(Thread, conversation.thread_id), "unanswered")
    return len(over)
