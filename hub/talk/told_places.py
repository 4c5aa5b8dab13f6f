"""What guardians were told of where their children are, and may deny in more words than a bare no.

It counts as long as it may be answered, also where they have agreed, said no, or had words of staff since: those who write
"she is not home" an hour after a yes are looking for a child. Source: security rules S0.1 and S1.6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from pydantic import ValidationError

from hub.database import Utc
from hub.desk import Look
from hub.quick_select import QuickSelect
from hub.talk.bot import Bot, Locating
from hub.talk.conversations import Conversation, ConversationState, unpack_facts
from hub.talk.dialogue import ANSWERS, play
from hub.talk.exchange import Exchange
from hub.talk.heard import Act, AtDoor, Heard, Intent, ToldOf
from hub.talk.standing import WENT_ON, Standing, get_standing, last_asked_at

_TELLINGS = QuickSelect(
    sa.select(Conversation)
    .where(
        Conversation.thread_id == sa.bindparam("thread"),
        sa.or_(Conversation.asked_of == sa.bindparam("asked_of"), WENT_ON),
        Conversation.bot.in_(sa.bindparam("bots", expanding=True)),
        Conversation.state.in_([ConversationState.TOLD, ConversationState.SETTLED, ConversationState.LEFT]),
        Conversation.expires_at > sa.bindparam("now", type_=Utc),
    )
    .order_by(Conversation.id.desc())
)


@dataclass(frozen=True, slots=True)
class _Telling:
    """One text that told where children are: `of` is what it told, of those of whom nothing newer was told."""

    conversation: Conversation
    bot: Bot
    of: Mapping[str, AtDoor | None]


def list_told(look: Look, bots: Mapping[str, Bot], thread_id: str, asked_of: str) -> dict[str, ToldOf]:
    """What was told last of each child, by its id."""
    tellings = _list_tellings(look, bots, thread_id, asked_of)
    if not tellings:
        return {}
    newest = tellings[0].conversation.opened_at
    heeds_no = _list_heeding(look, get_standing(look, thread_id, asked_of))
    return {
        id_: ToldOf(what, telling.conversation.opened_at == newest, telling.conversation.id in heeds_no)
        for telling in tellings
        for id_, what in telling.of.items()
    }


def deny_told(exchange: Exchange, heard: Heard) -> bool:
    """Take words that deny what was told of children as a no to it. False when they deny nothing.

    Nothing else in them is noted of those children: a person reads it. What is told of others is taken care of.
    """
    if not heard.denies:
        return False
    work, tellings = exchange.work, _list_tellings(exchange.work, exchange.bots, exchange.thread.id, exchange.asked_of)
    denied = [(one, tuple(id_ for id_ in one.of if id_ in heard.denies)) for one in tellings]
    has_denied = False
    for telling, ids in denied:
        bot, conversation = telling.bot, telling.conversation
        facts = unpack_facts(bot, conversation.facts)
        if not ids or not bot.may_go_on(work, exchange.speaker, facts):
            continue
        no = replace(heard, acts=(Act(Intent.NO),), options=(), denies=ids)
        exchange.message.conversation_id = conversation.id
        exchange.reply.in_talk = has_denied = True
        exchange.heed(play(bot.dialogue(facts), [no]), bot, conversation)
    if has_denied:
        _begin_for_others(exchange, heard)
    return has_denied


def _begin_for_others(exchange: Exchange, heard: Heard) -> None:
    for act in heard.acts:
        others = tuple(id_ for id_ in act.children if id_ not in heard.denies)
        if others and act.intent not in ANSWERS:
            exchange.begin(replace(act, children=others))


def _list_tellings(look: Look, bots: Mapping[str, Bot], thread_id: str, asked_of: str) -> list[_Telling]:
    """The newest first; what a script of before told is nothing any more."""
    names = [name for name, bot in bots.items() if isinstance(bot, Locating)]
    if not names:
        return []
    seen: set[str] = set()
    tellings = []
    for (conversation,) in _TELLINGS.rows(look, thread=thread_id, asked_of=asked_of, bots=names, now=look.now):
        bot = bots[conversation.bot]
        try:
            told = bot.told_of(look, unpack_facts(bot, conversation.facts)) if isinstance(bot, Locating) else {}
        except ValidationError:
            continue
        tellings.append(_Telling(conversation, bot, {id_: what for id_, what in told.items() if id_ not in seen}))
        seen.update(told)
    return tellings


def _list_heeding(look: Look, standing: Standing) -> Sequence[str]:
    """What was told last, where a no would be to that: nothing was asked since."""
    told = [each for each in standing.told_together() if each.expires_at > look.now]
    asked = standing.asked()
    if told and asked is not None and asked.expires_at > look.now and last_asked_at(look, asked) >= told[0].opened_at:
        return ()
    return [each.id for each in told]
