"""Asks what was asked before once more, so that only the newest question of a matter waits for an answer; each phone once."""

from collections.abc import Iterable, Sequence

from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.people.places import Unit
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.talk.conversations import ConversationState
from hub.talk.prompting import Prompt, Prompted, prompt
from hub.talk.standing import get_standing


class Phones:
    """Which phones were asked what: several behind one are asked once, and their answer speaks for all of them."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._asked: set[tuple[str, frozenset[str]]] = set()

    def has_asked(self, guardian: Guardian, child_ids: Iterable[str]) -> bool:
        """Whether the guardian's phone was asked about these children already; now it is."""
        address = find_way(self._look, guardian.id, Topic.QUESTION)
        asked = None if address is None else (address.value, frozenset(child_ids))
        if asked is None or asked in self._asked:
            return asked is not None
        self._asked.add(asked)
        return False


def ask_newly(work: Work, unit: Unit, guardian: Guardian, what: Prompt, keys: Sequence[str]) -> Prompted:
    """Ask, and end the same bot's earlier questions to this guardian whose facts agree in these keys."""
    asked = prompt(work, unit, guardian, what)
    if asked.conversation is None or asked.address is None:
        return asked
    fresh = asked.conversation
    for each in get_standing(work, fresh.thread_id, asked.address).conversations:
        is_older = each.id != fresh.id and each.bot == fresh.bot and each.prompted
        if is_older and all(each.facts.get(key) == fresh.facts.get(key) for key in keys):
            each.end(ConversationState.LEFT, work.now)
    return asked
