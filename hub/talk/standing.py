"""What stands between a thread and an address: the open question, what was told, what waits, what may still be undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from hub.ahead_select import AheadSelect, is_unwritten
from hub.clock import first_id
from hub.database import Utc
from hub.desk import Look
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Message, Thread
from hub.quick_select import QuickSelect
from hub.talk.conversations import Conversation, ConversationState, unpack_heard
from hub.talk.dialogue import ANSWERS

T = TypeVar("T")
UNDOABLE = timedelta(hours=24)
LATELY = timedelta(minutes=30)
TOLD_AGAIN = "told_again"
"""Among what an UNDO needs: nothing of it was new."""
TOLD_WHEN = "told_when"
"""The step of a message that was met with when staff read again."""

_OF_ADDRESS = sa.select(Conversation).where(
    Conversation.thread_id == sa.bindparam("thread"), Conversation.asked_of == sa.bindparam("asked_of")
)
WENT_ON = sa.exists().where(
    Delivery.message_id == Conversation.began_with,
    Delivery.recipient == sa.bindparam("asked_of"),
    Delivery.guardian_id.is_not(None),
)
"""What was asked or told on one way, and went on by another for want of a sign, is answered on either."""
_STATES = [ConversationState.OPEN, ConversationState.TOLD, ConversationState.QUEUED]
_STANDS = AheadSelect(sa.select(Conversation.id).where(Conversation.state.in_(_STATES)), Conversation.thread_id)
_STANDING = QuickSelect(
    sa.select(Conversation)
    .where(
        Conversation.thread_id == sa.bindparam("thread"),
        sa.or_(Conversation.asked_of == sa.bindparam("asked_of"), WENT_ON),
        Conversation.state.in_(_STATES),
    )
    .order_by(Conversation.id)
)
_LATELY_SETTLED = QuickSelect(
    _OF_ADDRESS.where(
        Conversation.state == ConversationState.SETTLED, Conversation.ended_at > sa.bindparam("since", type_=Utc)
    )
    .order_by(Conversation.ended_at.desc(), Conversation.id.desc())
    .limit(10)
)


@dataclass(slots=True)
class Standing:
    """What stands between a thread and an address: the open question, what was told, what waits for its turn."""

    conversations: list[Conversation]

    def newest(self, state: ConversationState) -> Conversation | None:
        """Past its time or not."""
        return next((c for c in reversed(self.conversations) if c.state == state), None)

    def asked(self, of_bot: str = "") -> Conversation | None:
        """The question that words may answer now: the open one, else the newest that the hub has asked and others passed by.

        Words that can only be an answer to one bot's are one to its newest.
        """
        if of_bot:
            waiting = (c for c in reversed(self.conversations) if c.state != ConversationState.TOLD)
            return next((c for c in waiting if c.bot == of_bot and c.ended_at is None), None)
        queued = (c for c in reversed(self.conversations) if c.state == ConversationState.QUEUED and c.prompted)
        return self.newest(ConversationState.OPEN) or next(queued, None)

    def make_way(self, asked: Conversation | None) -> None:
        """What is open waits its turn behind this one."""
        for conversation in self.conversations:
            if conversation.state == ConversationState.OPEN and conversation is not asked:
                conversation.state = ConversationState.QUEUED

    def told_together(self) -> list[Conversation]:
        """What was told last: all that one text told of, the newest first; past its time or not."""
        newest = self.newest(ConversationState.TOLD)
        told = (c for c in reversed(self.conversations) if c.state == ConversationState.TOLD)
        return [c for c in told if newest is not None and c.opened_at == newest.opened_at]

    def list_queued(self) -> list[Conversation]:
        """What waits for its turn, the longest first."""
        return [c for c in self.conversations if c.state == ConversationState.QUEUED]


def read_standing_ahead(look: Look, threads: Iterable[Thread]) -> None:
    """In which of these threads anything stands."""
    _STANDS.read_ahead(look, {thread.id for thread in threads})


_STANDS_IN = QuickSelect(
    sa.select(Conversation.thread_id).where(
        Conversation.thread_id.in_(sa.bindparam("threads", expanding=True)), Conversation.state.in_(_STATES)
    )
)


def list_standing_in(look: Look, thread_ids: Sequence[str]) -> set[str]:
    """Those of these threads in which anything stands; by their ids."""
    return {thread_id for (thread_id,) in _STANDS_IN.rows(look, threads=list(thread_ids))}


def get_standing(look: Look, thread_id: str, asked_of: str) -> Standing:
    """Everything between a thread and an address that has not ended."""
    if is_unwritten(look, thread_id) or _STANDS.knows_none(look, thread_id):
        return Standing([])
    return Standing([found for (found,) in _STANDING.rows(look, thread=thread_id, asked_of=asked_of)])


def _last_put(what: InstrumentedAttribute[T]) -> QuickSelect[T]:
    """Of the message that put a conversation's question last."""
    return QuickSelect(
        sa.select(what)
        .where(Message.conversation_id == sa.bindparam("conversation"), Message.author == Author.BOT)
        .order_by(Message.id.desc())
        .limit(1)
    )


_LAST_ASKED = _last_put(Message.at)


def last_asked_at(look: Look, conversation: Conversation) -> datetime:
    """When its question was last put."""
    found = _LAST_ASKED.rows(look, conversation=conversation.id)
    return max(conversation.opened_at, found[0][0]) if found else conversation.opened_at


_PUT_LAST = _last_put(Message.id)
_SAID_BEFORE = QuickSelect(
    sa.select(Message.conversation_id)
    .where(
        Message.thread_id == sa.bindparam("thread"),
        Message.author == Author.GUARDIAN,
        Message.id < sa.bindparam("before"),
    )
    .order_by(Message.id.desc())
    .limit(1)
)
_BEGAN_WITH = QuickSelect(sa.select(Message.author).where(Message.id == sa.bindparam("id")))


def is_put_last(look: Look, conversation: Conversation, message_id: str) -> bool:
    """Whether this message is the one that put its question last."""
    return [found for (found,) in _PUT_LAST.rows(look, conversation=conversation.id)] == [message_id]


def was_put(look: Look, conversation: Conversation) -> bool:
    """Whether its question stands on the phone already, while it waits for its turn."""
    by_itself = _BEGAN_WITH.rows(look, id=conversation.began_with)
    return by_itself[0][0] == Author.BOT or was_put_in_reply(look, conversation)


def was_put_in_reply(look: Look, conversation: Conversation) -> bool:
    """Whether its question was put in answer to something they wrote."""
    return bool(_PUT_LAST.rows(look, conversation=conversation.id))


def find_answered_before(look: Look, asked: Conversation) -> str | None:
    """The id of what was answered by the text that this question was put behind, where there is one."""
    put = _PUT_LAST.rows(look, conversation=asked.id)
    said = _SAID_BEFORE.rows(look, thread=asked.thread_id, before=put[0][0]) if put else []
    return said[0][0] if said else None


_LAST_TWO = QuickSelect(
    sa.select(Message)
    .where(Message.thread_id == sa.bindparam("thread"), Message.id < sa.bindparam("before"), ~Message.note)
    .order_by(Message.id.desc())
    .limit(2)
)


def was_passed_on(look: Look, message: Message) -> bool:
    """Whether a matter of theirs came just before this message, and was met with no more than that staff will read it."""
    before = [found for (found,) in _LAST_TWO.rows(look, thread=message.thread_id, before=message.id)]
    if len(before) < 2 or before[0].author != Author.BOT or before[0].conversation_id is not None:
        return False
    matter = before[1].heard if before[1].author == Author.GUARDIAN and before[0].at > look.now - LATELY else None
    return matter is not None and any(act.intent not in ANSWERS for act in unpack_heard(matter).acts)


_STORIES = QuickSelect(
    sa.select(Message.story).where(
        Message.thread_id == sa.bindparam("thread"),
        Message.author == Author.GUARDIAN,
        Message.at >= sa.bindparam("since", type_=Utc),
    )
)


def was_told_when(look: Look, thread_id: str, since: datetime) -> bool:
    """Whether something that they wrote since then was met with when staff read again."""
    return has_step_since(look, thread_id, TOLD_WHEN, since)


def has_step_since(look: Look, thread_id: str, code: str, since: datetime) -> bool:
    """Whether something that they wrote since then has this step in its story."""
    stories = _STORIES.rows(look, thread=thread_id, since=since)
    return any(step["code"] == code for (story,) in stories for step in story or ())


_BY_STAFF = QuickSelect(
    sa.select(Message.id)
    .where(
        Message.thread_id == sa.bindparam("thread"),
        Message.author == Author.STAFF,
        ~Message.note,
        Message.id > sa.bindparam("first"),
    )
    .limit(1)
)


def has_staff_written(look: Look, asked: Conversation) -> bool:
    """Whether staff have written to them since the question was last put."""
    return bool(_BY_STAFF.rows(look, thread=asked.thread_id, first=first_id(last_asked_at(look, asked))))


def list_undoable(look: Look, thread_id: str, asked_of: str, began_with: str | None = None) -> list[Conversation]:
    """What one UNDO takes back: everything settled from the thread's latest settled message, within a day; or from the
    message `began_with`, where that is named."""
    settled = _LATELY_SETTLED.rows(look, thread=thread_id, asked_of=asked_of, since=look.now - UNDOABLE)
    undoable = [c for (c,) in settled if c.undo is not None]
    return [c for c in undoable if c.began_with == (began_with or undoable[0].began_with)]


def without_told_again(undoable: Sequence[Conversation]) -> list[Conversation]:
    """Without what one text only told again, where it changed something besides: an UNDO passes that by, now and later."""
    changed = any(one.undo and not one.undo.get(TOLD_AGAIN) for one in undoable)
    again = [one for one in undoable if changed and one.undo and one.undo.get(TOLD_AGAIN)]
    for one in again:
        one.undo = None
    return [one for one in undoable if one not in again]


_SETTLED_SINCE = QuickSelect(
    sa.select(Conversation.id)
    .where(
        Conversation.thread_id == sa.bindparam("thread"),
        Conversation.asked_of == sa.bindparam("asked_of"),
        Conversation.id > sa.bindparam("id"),
        Conversation.state.in_([ConversationState.SETTLED, ConversationState.UNDONE]),
    )
    .limit(1)
)


def is_newest_act(look: Look, settled: Conversation) -> bool:
    """Whether nothing has been settled, or undone, with the same address since: an UNDO can only mean this."""
    return not _SETTLED_SINCE.rows(look, thread=settled.thread_id, asked_of=settled.asked_of, id=settled.id)


def find_amendable(look: Look, thread_id: str, asked_of: str) -> Conversation | None:
    """What was settled so lately that a few words may be meant to change it."""
    latest = list_undoable(look, thread_id, asked_of)[:1]
    return next((c for c in latest if c.ended_at is not None and c.ended_at > look.now - LATELY), None)


def is_overtaken(look: Look, asked: Conversation) -> bool:
    """Whether something was settled a moment ago, long after the hub put this question of its own: what is denied now, or
    told in a few words, is meant of that."""
    if not asked.prompted or last_asked_at(look, asked) > look.now - LATELY:
        return False
    return find_amendable(look, asked.thread_id, asked.asked_of) is not None
