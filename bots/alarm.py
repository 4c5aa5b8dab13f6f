"""Tells families of an alarm, and takes their answers: who is safe is counted, and who needs help comes before leaders at once.

An answer may change for as long as the talk lasts: whoever was safe and needs help says so by the same number. Nothing that is
answered to a drill reaches anybody but its page, except that a child is missing: that is never for practice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bots.broadcast_told import Told
from hub.address import shown_phone
from hub.desk import Look, Work
from hub.people.families import Guardian, Right
from hub.people.places import Unit
from hub.post.alarm_answers import keep_safety
from hub.post.alarms import CHILD_MISSING, CHOICES, NEED_HELP, SAFE, Alarm, AlarmKind, find_alarm
from hub.post.audience import list_entitled
from hub.post.broadcasts import Broadcast, Scope
from hub.post.messages import wait_for_person
from hub.post.sender_pools import find_pools
from hub.talk.alarm_saying import UTTERANCES
from hub.talk.bot import Further, Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.leaders import list_leaders, text_leaders
from hub.talk.prompting import Notice, Prompt, Prompted, prompt, tell
from hub.talk.safety_answers import SafeOrHelp, SafetyAnswer
from hub.talk.speaker import Speaker

ANSWERED_WITHIN = timedelta(hours=24)
_OVER_UNNAMED = {False: "alarm.over_unnamed", True: "alarm.drill_over_unnamed"}
WAITS_WHY = {NEED_HELP: "needs_help", CHILD_MISSING: "child_missing"}
"""Why a thread waits for a person, by what was answered."""


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """What one family was told; `answer` is what they said last, `missing` the children who are."""

    broadcast_id: str
    sender: str
    text: str
    tongue: str | None
    is_drill: bool
    child_ids: tuple[str, ...]
    answer: int | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SaidOfSafety:
    facts: AlarmFacts
    answer: SafetyAnswer


class AlarmBot:
    """Takes no intents of its own: it asks who is safe."""

    name = "alarm"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset({Intent.HELP})
    facts = AlarmFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> AlarmFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: AlarmFacts) -> bool:
        """Whether any of them may still know of the children it was about: what somebody needs is never turned away."""
        known = list_entitled(look, speaker.guardian_ids, Right.INFORM, speaker.today)
        return any(set(facts.child_ids) <= known.get(id_, set()) for id_ in speaker.guardian_ids)

    def dialogue(self, facts: AlarmFacts) -> Dialogue[SaidOfSafety]:
        said = {"sender": facts.sender, "text": facts.text, "tongue": facts.tongue}
        if facts.answer is None:
            asks = "alarm.drill_asks" if facts.is_drill else "alarm.asks"
            answer = yield from ask(asks, SafeOrHelp(is_drill=facts.is_drill), **said)
        elif facts.answer == CHILD_MISSING:
            answer = yield from ask("alarm.missing_noted", SafeOrHelp(is_drill=facts.is_drill))
        elif facts.is_drill:
            answer = yield from ask("alarm.drill_noted", SafeOrHelp(is_drill=True), help=facts.answer == NEED_HELP)
        elif facts.answer == SAFE:
            answer = yield from ask("alarm.safe_noted", SafeOrHelp())
        else:
            answer = yield from ask("alarm.help_noted", SafeOrHelp())
        return SaidOfSafety(facts, answer)

    def say_unnamed(self, facts: AlarmFacts) -> Say:
        choices = list(CHOICES)
        if facts.answer is None:
            return say("alarm.drill_asks_unnamed" if facts.is_drill else "alarm.asks_unnamed", choices=choices)
        if facts.is_drill and facts.answer != CHILD_MISSING:
            return say("alarm.drill_unnamed", choices=choices, help=facts.answer == NEED_HELP)
        return say("alarm.safe_unnamed" if facts.answer == SAFE else "alarm.help_unnamed", choices=choices)

    def settle(self, work: Work, speaker: Speaker, outcome: SaidOfSafety, occasion: Occasion) -> Settled:
        facts, answered = outcome.facts, _with_answer(outcome.facts, outcome.answer)
        is_counted_besides = keep_safety(
            work,
            facts.broadcast_id,
            speaker.guardian_ids,
            facts.child_ids,
            answered.answer or SAFE,
            is_drill=facts.is_drill,
        )
        reaches_nobody = facts.is_drill and answered.answer != CHILD_MISSING and not is_counted_besides
        if answered.answer in WAITS_WHY and not reaches_nobody:
            wait_for_person(work, occasion.thread, WAITS_WHY[answered.answer])
            if answered != facts:
                _text_leaders(work, speaker, answered)
        return Settled((), facts.child_ids, further=Further(answered, ANSWERED_WITHIN))

    def may_repeat(self, look: Look, facts: AlarmFacts) -> bool:
        """Not when it is over."""
        alarm = find_alarm(look, facts.broadcast_id)
        return alarm is not None and alarm.over_at is None

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> AlarmFacts | None:
        return None


def _with_answer(facts: AlarmFacts, answer: SafetyAnswer) -> AlarmFacts:
    """A child who is missing is until they are safe, whatever help they need besides."""
    if answer.what == SAFE:
        return replace(facts, answer=SAFE, missing=())
    what = max(answer.what, facts.answer or NEED_HELP)
    return replace(facts, answer=what, missing=tuple(sorted({*facts.missing, *answer.missing})))


def _text_leaders(work: Work, speaker: Speaker, facts: AlarmFacts) -> None:
    """Those of the unit that asked; where the alarm is for all of an owner, those of each unit where they have a child, of whom
    only its own are named. Of a family who has to do with a protected child no other unit hears."""
    units = [speaker.unit]
    is_of_all = work.session.get_one(Broadcast, facts.broadcast_id).scope == Scope.OWNER
    if is_of_all and not facts.missing and not speaker.is_guarded:
        others = dict.fromkeys(place.unit_id for place in speaker.known if place.unit_id != speaker.unit.id)
        units += [work.session.get_one(Unit, id_) for id_ in others]
    told: set[str] = set()
    for unit in units:
        text_leaders(work, unit, _call(speaker, facts, unit), but=told)
        told.update(leader.id for leader in list_leaders(work, unit))


def _call(speaker: Speaker, facts: AlarmFacts, unit: Unit) -> Say:
    """Of a family who has to do with a protected child nobody is named in a text. Source: security rule S4.4."""
    is_missing = facts.answer == CHILD_MISSING
    if speaker.is_guarded:
        return say("staff_alarm.child_missing_unnamed" if is_missing else "staff_alarm.needs_help_unnamed")
    here = [place.child.id for place in speaker.known if place.unit_id == unit.id]
    meant = facts.missing or (facts.child_ids if unit.id == speaker.unit.id else here)
    return say(
        "staff_alarm.child_missing" if is_missing else "staff_alarm.needs_help",
        name=" / ".join(guardian.name for guardian in speaker.guardians),
        children=list(dict.fromkeys(place.child.called for place in speaker.known if place.child.id in meant)),
        number=shown_phone(speaker.addresses[0].value),
    )


class AlarmSender:
    """Tells the families of one alarm, some in a work: in its lane, over the unit's numbers in turn."""

    def __init__(self, work: Work, broadcast: Broadcast, alarm: Alarm, told: Told) -> None:
        self._work = work
        self._broadcast = broadcast
        self._alarm = alarm
        self._roles = told.roles
        self._pools = find_pools(work, list(told.units), broadcast.role_id)
        self._bot = AlarmBot()

    def tell(self, unit: Unit, guardian: Guardian, said: Say, child_ids: Sequence[str]) -> Prompted:
        """`said` is what the broadcast says to this guardian."""
        alarm, work = self._alarm, self._work
        role, number = self._roles.get(unit.id), self._pools[unit.id].take_turn()
        about = said.parameters
        if alarm.asks:
            facts = AlarmFacts(
                self._broadcast.id, about["sender"], about["text"], about["tongue"], alarm.is_drill, tuple(child_ids)
            )
            asked = Prompt(
                self._bot,
                facts,
                child_ids,
                ANSWERED_WITHIN,
                alarm.lane,
                of=alarm.topic,
                number=number,
                climbs=not alarm.is_drill,
            )
            return prompt(work, unit, guardian, asked, role)
        notice = Notice(
            UTTERANCES[AlarmKind(alarm.kind), alarm.is_drill],
            {key: about[key] for key in ("sender", "text", "tongue")},
            child_ids,
            alarm.lane,
            alarm.topic,
            author=self._bot.name,
            number=number,
            climbs=not alarm.is_drill,
            unnamed=say(_OVER_UNNAMED[alarm.is_drill]) if alarm.kind == AlarmKind.OVER else None,
        )
        return tell(work, unit, guardian, notice, role)
