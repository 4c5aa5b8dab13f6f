"""The bot of places: somebody writes of applying for a place, changing it or ending it; staff read what was said. It also tells
families where their child is looked after for some days instead."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots import guest_telling
from hub.desk import Look, Work
from hub.talk.answers import Asked, Named
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """Those of their children whom the words name."""

    children: tuple[Named, ...]


class PlaceBot:
    """Asks nothing: what was said goes to staff whole, with a word that nobody has to say it again."""

    name = "place"
    intents = frozenset({Intent.PLACE})
    answered_by: frozenset[Intent] = frozenset()
    facts = PlaceFacts

    def list_due(self, look: Look) -> Sequence[str]:
        """The guest places of which families are to be told."""
        return guest_telling.list_due(look)

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        guest_telling.tell_due(work, due)

    def gather(self, look: Look, speaker: Speaker, act: Act) -> PlaceFacts | None:
        return PlaceFacts(tuple(child for child in speaker.named_children() if child.id in act.children))

    def may_go_on(self, look: Look, speaker: Speaker, facts: PlaceFacts) -> bool:
        return speaker.may_report_for(child.id for child in facts.children)

    def dialogue(self, facts: PlaceFacts) -> Dialogue[PlaceFacts]:
        """There is nothing to ask."""
        unasked: tuple[Asked[Any], ...] = ()
        yield from unasked
        return facts

    def settle(self, work: Work, speaker: Speaker, outcome: PlaceFacts, occasion: Occasion) -> Settled:
        said = say("place.passed_on", children=[child.name for child in outcome.children], unit=speaker.unit.name)
        return Settled((said,), tuple(child.id for child in outcome.children), hand_over="place")

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> PlaceFacts | None:
        return None
