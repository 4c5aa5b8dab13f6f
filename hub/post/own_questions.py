"""What a guardian asked of late, and by which way: staff's answer to it is no notice, and goes back by that way though they
said no to all but what is urgent there. Where they said no to everything, nothing goes, and a person rings.

Source: security rule S5.4.
"""

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.database import Utc
from hub.desk import Look
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Lane, Message
from hub.quick_select import QuickSelect

ANSWERED_WITHIN = timedelta(days=7)
"""So long what staff write counts as the answer."""

_ASKED = QuickSelect(
    sa.select(Message.author_id, Message.channel).where(
        Message.thread_id == sa.bindparam("thread"),
        Message.author == Author.GUARDIAN,
        Message.at > sa.bindparam("since", type_=Utc),
    )
)


def kinds_asked_by(look: Look, thread_id: str, guardian_id: str) -> set[str]:
    """By which kinds of address they wrote in the thread of late. Of several on one phone each may have."""
    found = _ASKED.rows(look, thread=thread_id, since=look.now - ANSWERED_WITHIN)
    return {kind for author_id, kind in found if author_id in (None, guardian_id)}


_ANSWER = aliased(Message)
_ANSWERED = QuickSelect(
    sa.select(_ANSWER.id, _ANSWER.at, Message.at, Message.author_id, Message.channel)
    .join(Message, Message.thread_id == _ANSWER.thread_id)
    .where(
        _ANSWER.id.in_(sa.bindparam("messages", expanding=True)),
        _ANSWER.author == Author.STAFF,
        Message.author == Author.GUARDIAN,
        Message.id < _ANSWER.id,
        Message.at > sa.bindparam("since", type_=Utc),
    )
)
_LONGEST_HELD = timedelta(days=2)
"""Between staff's writing and its going."""


def find_answers(look: Look, due: Collection[Delivery]) -> set[str]:
    """Those of the deliveries, by id, that are staff's answers on the way their guardian asked by."""
    asked = [each for each in due if each.lane == Lane.REPLY and not each.automatic and each.guardian_id]
    if not asked:
        return set()
    since = look.now - ANSWERED_WITHIN - _LONGEST_HELD
    rows = _ANSWERED.rows(look, messages=list({each.message_id for each in asked}), since=since)
    ways = {(id_, who, kind) for id_, at, before, who, kind in rows if before > at - ANSWERED_WITHIN}
    return {each.id for each in asked for who in (each.guardian_id, None) if (each.message_id, who, each.kind) in ways}
