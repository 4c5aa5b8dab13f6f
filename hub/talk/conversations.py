"""A conversation is one performance of a dialogue: its facts are kept, its answers are the thread's own messages."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import first_id
from hub.database import Base, Id, Json, Moment, Ref, Utc, after
from hub.desk import Look, Work
from hub.post.messages import Author, Message, Thread, ThreadGuardian
from hub.quick_select import QuickSelect
from hub.talk.bot import Script
from hub.talk.dialogue import ANSWERS, Played, play
from hub.talk.heard import Heard, Intent

TALK = timedelta(hours=2)
UNDOABLE = timedelta(hours=24)
LATELY = timedelta(minutes=30)


class ConversationState(StrEnum):
    OPEN = "open"
    TOLD = "told"
    QUEUED = "queued"
    SETTLED = "settled"
    UNDONE = "undone"
    GIVEN_UP = "given_up"
    LEFT = "left"
    EXPIRED = "expired"


class Conversation(Base):
    """`facts` are the bot's, as JSON; `undo` is what an undoing needs. `asked_of` is the address whose answers count.

    At most one is open for an address in a thread. A told one has told something that may be answered, and asks nothing.
    A `prompted` one the hub began: it was asked once, and waits for an answer without asking again by itself.
    """

    __tablename__ = "conversations"
    __table_args__ = (sa.Index(None, "thread_id", "state"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    thread_id: Mapped[Ref] = mapped_column(sa.ForeignKey("threads.id"))
    bot: Mapped[str] = mapped_column(sa.String(40))
    facts: Mapped[Json]
    began_with: Mapped[Ref] = mapped_column(sa.ForeignKey("messages.id"))
    opened_at: Mapped[Moment]
    expires_at: Mapped[Moment]
    asked_of: Mapped[str] = mapped_column(sa.String(254))
    state: Mapped[str] = mapped_column(sa.String(12), default=ConversationState.OPEN)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    undo: Mapped[Json | None] = mapped_column(default=None)
    prompted: Mapped[bool] = mapped_column(default=False)
    message: Mapped[Message] = after(Message)

    def end(self, state: ConversationState, now: datetime) -> None:
        self.state = state
        self.ended_at = now


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}
_HEARD: TypeAdapter[Heard] = TypeAdapter(Heard)


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def pack_facts(bot: Script, facts: Any) -> Any:
    return _adapter(bot.facts).dump_python(facts, mode="json")


def unpack_facts(bot: Script, kept: Any) -> Any:
    """Raises: pydantic.ValidationError when the bot's script has changed meanwhile."""
    return _adapter(bot.facts).validate_python(kept)


def pack_heard(heard: Heard) -> Any:
    """As JSON values, without what is empty."""
    return _HEARD.dump_python(heard, mode="json", exclude_defaults=True)


def unpack_heard(kept: Any) -> Heard:
    return _HEARD.validate_python(kept)


_OF_ADDRESS = sa.select(Conversation).where(
    Conversation.thread_id == sa.bindparam("thread"), Conversation.asked_of == sa.bindparam("asked_of")
)
_STANDING = QuickSelect(
    _OF_ADDRESS.where(
        Conversation.state.in_([ConversationState.OPEN, ConversationState.TOLD, ConversationState.QUEUED])
    ).order_by(Conversation.id)
)
_LATELY_SETTLED = QuickSelect(
    _OF_ADDRESS.where(
        Conversation.state == ConversationState.SETTLED, Conversation.ended_at > sa.bindparam("since", type_=Utc)
    )
    .order_by(Conversation.ended_at.desc(), Conversation.id.desc())
    .limit(10)
)


AT_OTHER_UNITS = (
    sa.select(Conversation, Thread)
    .join(Thread, Thread.id == Conversation.thread_id)
    .join(ThreadGuardian, ThreadGuardian.thread_id == Thread.id)
    .where(
        ThreadGuardian.guardian_id == sa.bindparam("guardian"),
        Thread.owner_id == sa.bindparam("owner"),
        Thread.unit_id != sa.bindparam("unit"),
        Conversation.asked_of == sa.bindparam("asked_of"),
    )
)
"""What an address is or was talked with about at other units of an owner, by one of the guardians behind it."""


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
            waiting = (c for c in reversed(self.conversations) if c.state != ConversationState.TOLD and c.prompted)
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


def get_standing(look: Look, thread_id: str, asked_of: str) -> Standing:
    """Everything between a thread and an address that has not ended."""
    return Standing([found for (found,) in _STANDING.rows(look, thread=thread_id, asked_of=asked_of)])


_LAST_ASKED = QuickSelect(
    sa.select(Message.at)
    .where(Message.conversation_id == sa.bindparam("conversation"), Message.author == Author.BOT)
    .order_by(Message.id.desc())
    .limit(1)
)


def last_asked_at(look: Look, conversation: Conversation) -> datetime:
    """When its question was last put."""
    found = _LAST_ASKED.rows(look, conversation=conversation.id)
    return max(conversation.opened_at, found[0][0]) if found else conversation.opened_at


_PUT_LAST = QuickSelect(
    sa.select(Message.id)
    .where(Message.conversation_id == sa.bindparam("conversation"), Message.author == Author.BOT)
    .order_by(Message.id.desc())
    .limit(1)
)
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


def was_put(look: Look, conversation: Conversation) -> bool:
    """Whether its question stands on the phone already, while it waits for its turn."""
    by_itself = _BEGAN_WITH.rows(look, id=conversation.began_with)
    return by_itself[0][0] == Author.BOT or bool(_PUT_LAST.rows(look, conversation=conversation.id))


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


def end_told(work: Work, thread_id: str) -> None:
    """Staff have written there: a bare yes or no may now be to them, and is for them to read. Source: security rule S1.6."""
    told = Conversation.state == ConversationState.TOLD
    for conversation in work.session.scalars(sa.select(Conversation).where(Conversation.thread_id == thread_id, told)):
        conversation.end(ConversationState.LEFT, work.now)


def count_prompted(look: Look, unit_ids: Collection[str], since: datetime) -> int:
    """How many questions the hub has asked by itself at these units since then."""
    asked = (
        sa.select(sa.func.count())
        .select_from(Conversation)
        .join(Thread, Thread.id == Conversation.thread_id)
        .where(Conversation.prompted, Conversation.opened_at >= since, Thread.unit_id.in_(list(unit_ids)))
    )
    return look.session.scalar(asked) or 0


def list_undoable(look: Look, thread_id: str, asked_of: str, began_with: str | None = None) -> list[Conversation]:
    """What one UNDO takes back: everything settled from the thread's latest settled message, within a day; or from the
    message `began_with`, where that is named."""
    settled = _LATELY_SETTLED.rows(look, thread=thread_id, asked_of=asked_of, since=look.now - UNDOABLE)
    undoable = [c for (c,) in settled if c.undo is not None]
    return [c for c in undoable if c.began_with == (began_with or undoable[0].began_with)]


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


def open_conversation(
    work: Work,
    bot: Script,
    facts: Any,
    message: Message,
    asked_of: str,
    state: ConversationState = ConversationState.OPEN,
    lasts: timedelta = TALK,
) -> Conversation:
    conversation = Conversation(
        id=work.new_id(),
        owner_id=message.owner_id,
        thread_id=message.thread_id,
        bot=bot.name,
        facts=pack_facts(bot, facts),
        began_with=message.id,
        opened_at=work.now,
        expires_at=work.now + lasts,
        asked_of=asked_of,
        state=state,
    )
    work.session.add(conversation)
    return conversation


def list_answers(look: Look, conversation: Conversation) -> list[Heard]:
    """What was heard in answer since the conversation opened, oldest first; behind a number, the words."""
    messages: Sequence[Message] = look.session.scalars(
        sa.select(Message)
        .where(
            Message.thread_id == conversation.thread_id,
            Message.id > conversation.began_with,
            Message.conversation_id == conversation.id,
            Message.author.in_((Author.GUARDIAN, Author.STAFF)),
        )
        .order_by(Message.id)
    ).all()
    heard = [unpack_heard(message.heard) for message in messages if message.heard is not None]
    return [each.answer or each for each in heard]


def answers_to(bot: Script) -> frozenset[Intent]:
    """What counts as an answer while this bot asks."""
    return bot.intents | bot.answered_by | ANSWERS


def own_part(bot: Script, heard: Heard) -> Heard | None:
    """What of it may be an answer to this bot: not the acts that another takes care of. None when nothing is left."""
    acts = tuple(act for act in heard.acts if act.intent in answers_to(bot))
    return replace(heard, acts=acts) if acts else None


def replay(look: Look, bot: Script, conversation: Conversation, newest: Sequence[Heard] = ()) -> Played:
    """Play the conversation again from its facts and the thread's messages, with `newest` not yet kept."""
    answers = (own_part(bot, heard) for heard in [*list_answers(look, conversation), *newest])
    return play(bot.dialogue(unpack_facts(bot, conversation.facts)), [heard for heard in answers if heard is not None])
