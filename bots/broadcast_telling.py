"""Tells one family what a broadcast says, and finds who reads it with them."""

from collections.abc import Sequence
from datetime import timedelta

from bots.broadcast_duties import ANSWERED_WITHIN
from bots.broadcast_told import BroadcastFacts, Told, make_facts
from hub.desk import Work
from hub.people.families import Guardian
from hub.people.places import Unit
from hub.post.audience import list_addresses
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState, list_of_guardians
from hub.post.broadcasts import Broadcast, Reply
from hub.post.messages import Lane
from hub.post.placeholders import names_anybody
from hub.talk.bot import Bot
from hub.talk.conversations import ConversationState, open_conversation
from hub.talk.dialogue import Say
from hub.talk.prompting import Notice, Prompt, Prompted, prompt, tell
from hub.talk.standing import get_standing

THANKED_WITHIN = timedelta(hours=18)


def tell_one(
    bot: Bot,
    work: Work,
    broadcast: Broadcast,
    unit: Unit,
    guardian: Guardian,
    said: Say,
    child_ids: Sequence[str],
    told: Told,
) -> Prompted:
    """Tell or ask a guardian about these children, from the seat that it is sent from."""
    facts, ids, role = make_facts(broadcast, said, child_ids), list(child_ids), told.roles.get(unit.id)
    if broadcast.reply == Reply.CHOICES:
        question = Prompt(bot, facts, ids, ANSWERED_WITHIN, Lane.BULK, files=told.files)
        return prompt(work, unit, guardian, question, role)
    notice = Notice(said.utterance, said.parameters, ids, Lane.BULK, author=bot.name, files=told.files)
    outcome = tell(work, unit, guardian, notice, role)
    if broadcast.reply == Reply.BULLETIN:
        _thank_for_yes(bot, work, facts, outcome)
    return outcome


def _thank_for_yes(bot: Bot, work: Work, facts: BroadcastFacts, told: Prompted) -> None:
    """A bare yes or no to a bulletin is answered, but only where it cannot be meant for anything else that waits."""
    if told.message is None or told.address is None or told.why_not is not None:
        return
    if not get_standing(work, told.message.thread_id, told.address).conversations:
        open_conversation(work, bot, facts, told.message, told.address, ConversationState.TOLD, lasts=THANKED_WITHIN)


def find_mates(
    work: Work, broadcast: Broadcast, receiver: BroadcastReceiver, told: Prompted
) -> list[BroadcastReceiver]:
    """The others who read it at the same address, and for whom it names everybody whom it is about: they are told too."""
    assert told.message is not None
    assert told.address is not None
    people = list_addresses(work, told.message.channel, told.address, broadcast.owner_id)
    others = [guardian.id for _, guardian in people if guardian.id != receiver.guardian_id]
    if not others:
        return []
    names_children = names_anybody(broadcast.texts)
    return [
        mate
        for mate in list_of_guardians(work, broadcast.id, others)
        if mate.state == ReceiverState.WAITING
        and (not names_children or set(mate.child_ids) <= set(receiver.child_ids))
    ]
