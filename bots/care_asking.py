"""Asks what was asked before once more, so that only the newest question of a matter waits for an answer."""

from collections.abc import Sequence

from hub.desk import Work
from hub.people.families import Guardian
from hub.people.places import Unit
from hub.talk.conversations import ConversationState, get_standing
from hub.talk.prompting import Prompt, prompt


def ask_newly(work: Work, unit: Unit, guardian: Guardian, what: Prompt, keys: Sequence[str]) -> None:
    """Ask, and end the same bot's earlier questions to this guardian whose facts agree in these keys."""
    asked = prompt(work, unit, guardian, what)
    if asked.conversation is None or asked.address is None:
        return
    fresh = asked.conversation
    for each in get_standing(work, fresh.thread_id, asked.address).conversations:
        is_older = each.id != fresh.id and each.bot == fresh.bot and each.prompted
        if is_older and all(each.facts.get(key) == fresh.facts.get(key) for key in keys):
            each.end(ConversationState.LEFT, work.now)
