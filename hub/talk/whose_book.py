"""In whose books words stand: of the children they name, else of those whom the question they answer was about.

In doubt in the book of each child they may be about, so that nobody misses them there.
"""

import sqlalchemy as sa

from hub.post.messages import Author, Message, MessageChild
from hub.quick_select import QuickSelect
from hub.talk.answers import WhichChild
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.exchange import Exchange
from hub.talk.heard import FRAGMENT_LETTERS, Heard
from hub.talk.reply import Reply
from hub.talk.routing import Route
from hub.talk.speaker import Speaker

_ASKED_LAST = (
    sa.select(Message.id)
    .where(
        Message.thread_id == sa.bindparam("thread"),
        Message.id >= sa.bindparam("began_with"),
        Message.author == Author.BOT,
        sa.or_(Message.conversation_id == sa.bindparam("conversation"), Message.id == sa.bindparam("began_with")),
    )
    .order_by(Message.id.desc())
    .limit(1)
    .scalar_subquery()
)
_ASKED_ABOUT = QuickSelect(sa.select(MessageChild.child_id).where(MessageChild.message_id == _ASKED_LAST))


def list_meant(speaker: Speaker, route: Route, heard: Heard | None) -> list[str]:
    """The children here whom the words name, else all whom they may write about here."""
    here = [place.child.id for place in speaker.known if place.unit_id == route.unit.id]
    named = heard.children if heard is not None else frozenset()
    return [child_id for child_id in here if child_id in named] or here


def list_spoken_of(exchange: Exchange, heard: Heard | None) -> list[str]:
    """The same once the message is taken care of: a few words that were an answer and no more are about whom they answered."""
    here = list_meant(exchange.speaker, exchange.route, heard)
    if heard is None or len(here) < 2 or heard.children or not _is_plain(heard, exchange.message.text):
        return here
    about = _list_answered(exchange, heard)
    return [child_id for child_id in here if child_id in about] or here


def list_told_of(speaker: Speaker, reply: Reply) -> list[str]:
    """Whom the reply is about; a question that names none of them alone may be about each whom they may report for here."""
    asked = _list_asked(speaker, reply) if reply.asks else []
    return list(dict.fromkeys([*reply.child_ids, *asked]))


def _is_plain(heard: Heard, text: str) -> bool:
    """Whether nothing can stand in it but the answer."""
    is_named = any(act.unknown_name for act in heard.acts)
    return len(text) <= FRAGMENT_LETTERS and "?" not in text and not is_named and not heard.sensitive


def _list_answered(exchange: Exchange, heard: Heard) -> set[str]:
    """Empty where it is not sure."""
    answered, settled = exchange.answered, set(exchange.reply.child_ids)
    if exchange.has_begun or not (answered or exchange.is_taken_back):
        return set()
    if exchange.is_taken_back:
        return settled
    is_settled = all(one.state == ConversationState.SETTLED for one in answered)
    if is_settled and settled and (heard.options or exchange.was_told):
        return settled
    asked = [_list_asked_about(exchange, one) for one in answered]
    return set().union(*asked) if all(asked) else set()


def _list_asked_about(exchange: Exchange, conversation: Conversation) -> set[str]:
    """Whom the hub's own message was about that put the question; nobody where it is not found."""
    rows = _ASKED_ABOUT.rows(
        exchange.work,
        thread=conversation.thread_id,
        conversation=conversation.id,
        began_with=conversation.began_with,
    )
    return {child_id for (child_id,) in rows}


def _list_asked(speaker: Speaker, reply: Reply) -> list[str]:
    children = {child.name: child.id for child in speaker.named_children()}
    names = reply.question.parameters.get("children", ()) if reply.question is not None else ()
    is_sure = bool(names) and not isinstance(reply.asked, WhichChild) and set(names) <= children.keys()
    return [children[name] for name in names] if is_sure else list(children.values())
