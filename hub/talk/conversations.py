"""A conversation is one performance of a dialogue: its facts are kept, its answers are the thread's own messages."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Json, Moment, Ref, after
from hub.desk import Look, Work
from hub.post.messages import Author, Message, Thread, ThreadGuardian
from hub.talk.bot import Outdated, Script
from hub.talk.dialogue import ANSWERS, Played, play
from hub.talk.heard import Heard, Intent
from hub.talk.speaker import Speaker

TALK = timedelta(hours=2)


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


def is_answered(look: Look, bot: object, speaker: Speaker, conversation: Conversation) -> bool:
    """Whether somebody has answered meanwhile what it asks."""
    if not isinstance(bot, Outdated):
        return False
    try:
        facts = _adapter(bot.facts).validate_python(conversation.facts)
    except ValidationError:
        return False
    return bot.is_answered(look, speaker, facts)


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
