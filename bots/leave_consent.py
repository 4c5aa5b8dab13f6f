"""The other guardian's side of leave: asked whether they agree, they may say yes or no for as long as it waits.

Who may not be asked is not: then a person sees to it, and nobody is told anything. Source: security rules S4.1 and S4.3.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, Right
from hub.people.places import Unit
from hub.post.audience import list_entitled
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.leave_voices import LeaveVoice, answer, list_unanswered, note_asked
from hub.school.leave_wishes import Applied
from hub.talk.answers import Named, YesNo
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.conversations import Conversation, ConversationState
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.duties import Duty
from hub.talk.heard import Act, Intent
from hub.talk.prompting import Prompt, prompt
from hub.talk.speaker import Speaker, has_right

SHORTEST = timedelta(hours=2)
CHANGED_WITHIN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ConsentFacts:
    """What the other guardian applies for, and for whom."""

    children: tuple[Named, ...]
    applications: tuple[str, ...]
    days: tuple[date, ...]
    today: date


@dataclass(frozen=True, slots=True)
class Answered:
    asked: ConsentFacts
    agrees: bool


class LeaveConsentBot:
    """Takes no intents of its own: it only answers what it asked."""

    name = "leave_consent"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = ConsentFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> ConsentFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: ConsentFacts) -> bool:
        """Whether each behind the phone still may decide about these children and know of them."""
        return speaker.is_fresh and _may(look, speaker, {child.id for child in facts.children})

    def dialogue(self, facts: ConsentFacts) -> Dialogue[Answered]:
        names = [child.name for child in facts.children]
        agrees = yield from ask("leave_consent.agrees", YesNo(), children=names, days=facts.days, today=facts.today)
        return Answered(facts, agrees)

    def settle(self, work: Work, speaker: Speaker, outcome: Answered, occasion: Occasion) -> Settled:
        """While it waits, another yes or no soon after changes what was answered."""
        asked = outcome.asked
        states = {answer(work, id_, speaker.guardian_ids, agrees=outcome.agrees) for id_ in asked.applications}
        child_ids = tuple(child.id for child in asked.children)
        if LeaveState.WAITS in states:
            said = say("leave_consent.noted_yes" if outcome.agrees else "leave_consent.noted_no")
            memory = {"applications": list(asked.applications)}
            return Settled((said,), child_ids, memory, told=Further(asked, CHANGED_WITHIN))
        if LeaveState.DECIDED in states:
            why = None if outcome.agrees else "leave_disputed"
            return Settled((say("leave_consent.decided_already", agreed=outcome.agrees),), child_ids, hand_over=why)
        return Settled((say("leave_consent.no_longer"),), child_ids)

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """The answer is taken back while nobody has decided; the application waits without it."""
        applications = [work.session.get_one(LeaveApplication, id_) for id_ in memory.get("applications", ())]
        if not _may(work, speaker, {one.child_id for one in applications}):
            return None
        states = [answer(work, one.id, speaker.guardian_ids, agrees=None) for one in applications]
        if LeaveState.WAITS not in states:
            return None
        return Settled((say("leave_consent.taken_back"),), tuple(one.child_id for one in applications))

    def list_duties(self, look: Look, unit: Unit, guardian_ids: Collection[str]) -> Sequence[Duty]:
        """The applications of others that wait for a word of one of these, those for the same days together."""
        asked: dict[tuple[str, tuple[date, ...]], list[LeaveApplication]] = {}
        may = list_entitled(look, guardian_ids, Right.LEAVE, unit.today(look.now)) if guardian_ids else {}
        for voice, application in list_unanswered(look, unit.id, guardian_ids):
            if application.child_id not in may.get(voice.guardian_id, ()):
                continue
            asked.setdefault((voice.guardian_id, application.days_off), []).append(application)
        return [self._duty(look, unit, who, days, waiting) for (who, days), waiting in asked.items()]

    def _duty(
        self, look: Look, unit: Unit, guardian_id: str, days: tuple[date, ...], waiting: Sequence[LeaveApplication]
    ) -> Duty:
        children = [look.session.get_one(Child, one.child_id) for one in waiting]
        named = tuple(Named(child.id, child.called) for child in children)
        until = min(one.waits_until for one in waiting if one.waits_until is not None)
        names, today = [child.name for child in named], unit.today(look.now)
        return Duty(
            bot=self.name,
            key=" ".join(one.id for one in waiting),
            unit=unit,
            guardian_id=guardian_id,
            children=named,
            until=until,
            line=say("weekly.leave", children=names, days=days, at=unit.local(until), today=today),
            facts=ConsentFacts(named, tuple(one.id for one in waiting), days, today),
            lasts=max(SHORTEST, unit.moment(days[-1], unit.closes) - look.now),
            answered=YesNo().about(),
            takes_yes=True,
            same=("applications",),
        )

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> ConsentFacts | None:
        return None


def _may(look: Look, speaker: Speaker, child_ids: set[str]) -> bool:
    return all(has_right(look, speaker, right, child_ids) for right in (Right.LEAVE, Right.INFORM))


_ASKED = sa.select(Conversation).where(
    Conversation.thread_id == sa.bindparam("thread"),
    Conversation.bot == LeaveConsentBot.name,
    Conversation.state.in_([ConversationState.OPEN, ConversationState.QUEUED]),
    Conversation.asked_of.in_(
        sa.select(GuardianAddress.value).where(
            GuardianAddress.guardian_id.in_(sa.bindparam("guardians", expanding=True))
        )
    ),
)


def close_question(work: Work, speaker: Speaker, occasion: Occasion, applications: Collection[str]) -> None:
    """What was asked of the speaker about these, by whichever way, has its answer: they applied for the same themselves."""
    asked = work.session.scalars(_ASKED, {"thread": occasion.thread.id, "guardians": speaker.guardian_ids})
    for conversation in asked.all():
        if set(conversation.facts["applications"]) <= set(applications):
            conversation.end(ConversationState.LEFT, work.now)


def ask_others(work: Work, applied: Sequence[tuple[Named, Applied]], today: date) -> None:
    """Ask each other guardian once about all the children; who cannot be asked is noted for whoever decides."""
    asked: dict[str, tuple[Guardian, list[tuple[Named, LeaveApplication, LeaveVoice]]]] = {}
    for named, one in applied:
        for guardian, voice in one.to_ask:
            if one.application is not None:
                asked.setdefault(guardian.id, (guardian, []))[1].append((named, one.application, voice))
    for guardian, about in asked.values():
        why_not = _ask(work, guardian, [(named, application) for named, application, _ in about], today)
        for _, application, voice in about:
            note_asked(work, application, voice, why_not)


def _ask(work: Work, guardian: Guardian, about: Sequence[tuple[Named, LeaveApplication]], today: date) -> str | None:
    """Why it could not be asked, as a code."""
    unit = work.session.get_one(Unit, about[0][1].unit_id)
    days = tuple(sorted({day for _, application in about for day in application.days_off}))
    facts = ConsentFacts(
        tuple(named for named, _ in about), tuple(application.id for _, application in about), days, today
    )
    ends = unit.moment(days[-1], unit.closes)
    lasts = max(SHORTEST, ends - work.now)
    return prompt(
        work, unit, guardian, Prompt(LeaveConsentBot(), facts, [named.id for named, _ in about], lasts)
    ).why_not
