"""A guardian's side of what a pupil told of themselves: a yes is the guardian's own report, a no brings it to staff."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from bots.absence_facts import gather_facts
from hub.desk import Look, Work
from hub.talk.answers import Named, YesNo
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker

ABSENCE = "absence"


@dataclass(frozen=True, slots=True)
class PupilEchoFacts:
    """What the pupil told: on which days they say they are away."""

    child: Named
    days: tuple[date, ...]
    ill: bool | None


@dataclass(frozen=True, slots=True)
class PupilEchoAnswered:
    """Whether the guardian says that it is so."""

    told: PupilEchoFacts
    agreed: bool


class PupilEchoBot:
    """Takes no intents of its own: it only answers what it told."""

    name = "pupil_echo"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = PupilEchoFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> PupilEchoFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: PupilEchoFacts) -> bool:
        return not speaker.is_pupil and speaker.may_report_for([facts.child.id])

    def dialogue(self, facts: PupilEchoFacts) -> Dialogue[PupilEchoAnswered]:
        today = facts.days[0]
        agreed = yield from ask("pupil_echo.away", YesNo(), children=[facts.child.name], days=facts.days, today=today)
        return PupilEchoAnswered(facts, agreed)

    def settle(self, work: Work, speaker: Speaker, outcome: PupilEchoAnswered, occasion: Occasion) -> Settled:
        told = outcome.told
        if not outcome.agreed:
            said = say("pupil_echo.denied", child=told.child.name)
            return Settled((said,), (told.child.id,), hand_over="pupil_denied")
        act = Act(Intent.ABSENCE, (told.child.id,), tuple(d for d in told.days if d >= speaker.today), ill=told.ill)
        facts = gather_facts(work, speaker, act) if act.days else None
        if facts is None:
            return Settled((say("pupil_echo.too_late", child=told.child.name),), hand_over="pupil_denied")
        return Settled((), (told.child.id,), further=Further(facts, bot=ABSENCE))

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> PupilEchoFacts | None:
        return None
