"""The pupil bot: a pupil's own words about what others decide are taken kindly, read by staff, and noted by nobody.

Where a pupil under age tells that they are away, each guardian who may know is asked; until one says yes they are expected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bots.pupil_echo import PupilEchoBot, PupilEchoFacts
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.staff import Role
from hub.post.pupil_threads import list_reading_along
from hub.school.absences import list_of_child
from hub.talk.answers import Named
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, say
from hub.talk.echo import Echo, tell_others
from hub.talk.heard import Act, Intent
from hub.talk.pupils import PUPIL
from hub.talk.speaker import Speaker

MOST_DAYS = 10


@dataclass(frozen=True, slots=True)
class PupilFacts:
    """Who wrote. `days` are those on which they say they are away and nobody else has, none where it is about something else.
    `readable`: their guardians may read along."""

    child: Named
    days: tuple[date, ...]
    ill: bool | None
    readable: bool


class PupilBot:
    """It is begun for pupils alone, in place of the bot that guardians would be answered by."""

    name = PUPIL
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = PupilFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> PupilFacts | None:
        own = next((place.child for place in speaker.known if place.unit_id == speaker.unit.id), None)
        if own is None or len(speaker.guardians) > 1:
            return None
        days = tuple(day for day in act.days if day >= speaker.today) or (() if act.days else (speaker.today,))
        known = {row.day for row in list_of_child(look, own.id, days)}
        days = tuple(day for day in days if day not in known)
        is_away = act.intent is Intent.ABSENCE and act.unknown_name is None and len(days) <= MOST_DAYS
        readable = bool(list_reading_along(look, speaker.guardians[0], speaker.today, speaker.unit.id))
        return PupilFacts(Named(own.id, own.called), days if is_away else (), act.ill, readable)

    def may_go_on(self, look: Look, speaker: Speaker, facts: PupilFacts) -> bool:
        return any(place.child.id == facts.child.id for place in speaker.known)

    def dialogue(self, facts: PupilFacts) -> Dialogue[PupilFacts]:
        yield from ()
        return facts

    def settle(self, work: Work, speaker: Speaker, outcome: PupilFacts, occasion: Occasion) -> Settled:
        child, ids = outcome.child, (outcome.child.id,)
        if not outcome.days:
            said = say("pupil.passed_on", child=child.name, readable=outcome.readable)
            return Settled((said,), ids, hand_over="pupil_writes")
        asked = self._ask(work, speaker, outcome, occasion)
        said = say("pupil.asked" if asked else "pupil.nobody_asked", child=child.name, readable=outcome.readable)
        return Settled((said,), ids, hand_over="pupil_away")

    def _ask(self, work: Work, speaker: Speaker, outcome: PupilFacts, occasion: Occasion) -> bool:
        """Ask the guardians; whether there was anybody to ask."""
        if occasion.thread.role_id is None:
            return False

        def facts(children: Sequence[Child]) -> PupilEchoFacts:
            return PupilEchoFacts(outcome.child, outcome.days, outcome.ill)

        echo = Echo(
            "pupil_echo.away",
            {"days": outcome.days, "today": speaker.today},
            [work.session.get_one(Child, outcome.child.id)],
            PupilEchoBot(),
            facts,
        )
        return bool(tell_others(work, speaker, work.session.get_one(Role, occasion.thread.role_id), echo))

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> PupilFacts | None:
        return None
