"""What goes to a chat: whether it still may, asked when it is due, and the buttons under a question.

Source: security rules S3.4, S4.4 and S6.1.
"""

from collections.abc import Collection

import sqlalchemy as sa

from hub.address import CHAT
from hub.desk import Look
from hub.post.channel import Choice
from hub.post.chats import Says, find_linked, road_of, what_may_be_said
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Message
from hub.quick_select import QuickSelect

_WORDS = QuickSelect(
    sa.select(Message.id, Message.text).where(
        Message.id.in_(sa.bindparam("messages", expanding=True)), Message.author != Author.SYSTEM
    )
)


_ASKED = QuickSelect(
    sa.select(Message.text, Message.choices).where(Message.id.in_(sa.bindparam("messages", expanding=True)))
)


def find_chat_hindrances(look: Look, due: Collection[Delivery]) -> dict[str, str]:
    """Those on their way to a chat that its person has no more, or with more words than may be said there now; by code.

    What the hub says about the chat itself may always be said.
    """
    to_chats = [delivery for delivery in due if delivery.kind == CHAT and delivery.guardian_id]
    if not to_chats:
        return {}
    found = _WORDS.rows(look, messages=[delivery.message_id for delivery in to_chats])
    words = dict(found)
    linked = find_linked(look, {delivery.recipient for delivery in to_chats})
    out: dict[str, str] = {}
    for delivery in to_chats:
        there = linked.get(delivery.recipient)
        if there is None or delivery.guardian_id not in {guardian.id for _, guardian in there.people}:
            out[delivery.id] = "address_over"
        elif delivery.text == words.get(delivery.message_id) and not _may_say_all(look, delivery):
            out[delivery.id] = "discretion"
    return out


def find_choices(look: Look, delivery: Delivery) -> tuple[Choice, ...]:
    """The buttons under a message, where its own words go out: a notice asks nothing."""
    found = _ASKED.rows(look, messages=[delivery.message_id])
    text, choices = found[0]
    return tuple(Choice(word, answer) for answer, word in choices or ()) if delivery.text == text else ()


def _may_say_all(look: Look, delivery: Delivery) -> bool:
    return what_may_be_said(look, road_of(delivery.recipient), delivery.owner_id) is Says.ALL
