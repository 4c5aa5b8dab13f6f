"""The bot of the not-arrived ladder: it asks where a child is; an answer explains the child, or brings it to staff at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from bots.absence import AbsenceBot
from bots.absence_facts import AbsenceAgreed
from bots.asking_families import ChildrenAsked, EachMinute, by_unit, list_asked, quieten
from bots.today import LateAgreed, TodayBot
from bots.whereabouts_answers import Part, Said, Where, Whereabouts
from bots.whereabouts_climbing import NAME, Climbing
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.staff import Role
from hub.school.absences import dispute, list_of_child
from hub.school.attendance_read import list_here
from hub.school.guest_asking import list_units_asking
from hub.school.late_arrivals import LateArrival
from hub.school.not_arrived import Answer, NotArrived, answer, list_cases
from hub.school.told import dispute as dispute_late
from hub.school.told import list_holding
from hub.school.waking import read_waking
from hub.talk.answers import Named, WhichChild
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.echo import Echo, tell_others
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker


@dataclass(frozen=True, slots=True)
class WhereaboutsTold:
    """What was answered about these children. `told`: when another guardian had explained it already."""

    children: tuple[Named, ...]
    said: Said
    told: bool


class WhereaboutsBot:
    """Speaks first, once a minute at most; takes no intents of its own."""

    name = NAME
    intents: frozenset[Intent] = frozenset()
    answered_by = frozenset({Intent.ABSENCE, Intent.ABSENCE_CANCEL, Intent.LATE})
    facts = ChildrenAsked

    def __init__(self) -> None:
        self._rounds = EachMinute(list_units_asking, lambda look, unit: read_waking(look, unit).child_ids)
        self._absence = AbsenceBot()
        self._late = TodayBot()

    def list_due(self, look: Look) -> Sequence[str]:
        """A unit and a child each, "unit.child"."""
        return self._rounds.list_due(look)

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        for unit_id, child_ids in by_unit(due).items():
            Climbing(work, self, unit_id, child_ids).climb()

    def gather(self, look: Look, speaker: Speaker, act: Act) -> None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: ChildrenAsked) -> bool:
        return speaker.may_report_for(child.id for child in facts.children)

    def dialogue(self, facts: ChildrenAsked) -> Dialogue[WhereaboutsTold]:
        names = [child.name for child in facts.children]
        question = Whereabouts(facts.children, facts.day, facts.told)
        asks = "whereabouts.where_still" if facts.again else "whereabouts.where"
        said = yield from ask(asks, question, children=names, unit=facts.unit)
        if said.is_unclear and not facts.told:
            said = yield from ask("whereabouts.which_of_these", question, children=names)
        if len(facts.children) > 1 and any(part.open_about_child for part in said.parts):
            meant = yield from ask("whereabouts.which_child", WhichChild(facts.children))
            ids = tuple(child.id for child in meant)
            parts = (replace(part, child_ids=ids) if part.open_about_child else part for part in said.parts)
            said = replace(said, parts=tuple(parts))
        return WhereaboutsTold(facts.children, said, facts.told)

    def is_answered(self, look: Look, speaker: Speaker, facts: ChildrenAsked) -> bool:
        """Somebody has explained them, or all have come since."""
        if facts.told or facts.day != speaker.today:
            return True
        ids = [child.id for child in facts.children]
        return len(list_here(look, speaker.unit, speaker.today, ids)) == len(ids)

    def settle(self, work: Work, speaker: Speaker, outcome: WhereaboutsTold, occasion: Occasion) -> Settled:
        return _Settling(work, speaker, outcome, occasion, self._absence, self._late).settle()

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """What was taken back explains nothing any more: the ladder goes on by itself."""
        parts = [
            bot.undo(work, speaker, kept, occasion)
            for bot, kept in ((self._absence, memory.get("absence")), (self._late, memory.get("late")))
            if kept is not None
        ]
        undone = [part for part in parts if part is not None]
        if not undone:
            return None
        return Settled(
            tuple(each for part in undone for each in part.says),
            tuple(child_id for part in undone for child_id in part.child_ids),
        )

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> None:
        return None


class _Settling:
    """One answer being settled: part by part, each child by what is known of it at this moment."""

    def __init__(
        self,
        work: Work,
        speaker: Speaker,
        told: WhereaboutsTold,
        occasion: Occasion,
        absence: AbsenceBot,
        late: TodayBot,
    ) -> None:
        self._work = work
        self._speaker = speaker
        self._told = told
        self._occasion = occasion
        self._absence = absence
        self._late = late
        self._names = {child.id: child for child in (*speaker.named_children(), *told.children)}
        self._cases = self._find_cases()
        self._says: list[Say] = []
        self._concerned: list[str] = []
        self._undo: dict[str, Any] = {}
        self._hand_over: str | None = "message" if told.said.more else None

    def _find_cases(self) -> dict[str, NotArrived]:
        found = list_cases(self._work, self._speaker.unit, self._speaker.today, list(self._names))
        return {case.child_id: case for case in found}

    def settle(self) -> Settled:
        for part in self._told.said.parts:
            self._settle_part(part)
        hand_over = self._hand_over
        return Settled(tuple(self._says), tuple(dict.fromkeys(self._concerned)), self._undo or None, hand_over)

    def _settle_part(self, part: Part) -> None:
        if part.where is Where.AGREES:
            return
        known = [key for key in part.child_ids if key in self._names]
        if part.child_ids and not known:  # it is about somebody else, so those who were asked about are not explained
            self._pass_to_staff(self._told.children)
            return
        ids = known or [child.id for child in self._told.children]
        here = list_here(self._work, self._speaker.unit, self._speaker.today, ids)
        for child_id, came_at in here.items():
            self._say_here(part, child_id, came_at)
        children = tuple(self._names[child_id] for child_id in ids if child_id not in here)
        if not children:
            return
        self._concerned += [child.id for child in children]
        match self._judge(part, children):
            case Where.AWAY:
                self._settle_absence(part, children)
            case Where.COMES:
                self._settle_late(part, children)
            case Where.SHOULD_BE_HERE:
                self._raise_alarm(children)
            case _:
                self._pass_to_staff(children)

    def _judge(self, part: Part, children: Sequence[Named]) -> Where:
        """What may be taken from it: an explanation only from who may give it, and of today."""
        explains = part.where in (Where.AWAY, Where.COMES)
        may = self._speaker.is_fresh and self._speaker.may_report_for(child.id for child in children)
        if explains and not may:
            return Where.UNCLEAR
        if part.where is Where.COMES and part.days and self._speaker.today not in part.days:
            return Where.UNCLEAR
        if part.where is Where.COMES and part.comes_at is not None:
            is_past = part.comes_at < self._speaker.unit.local(self._work.now).time()
            return Where.SHOULD_BE_HERE if is_past else Where.COMES
        return part.where

    def _say_here(self, part: Part, child_id: str, came_at: datetime) -> None:
        """Whoever is told to be away and is marked here may be marked by mistake: a person looks."""
        at = self._speaker.unit.local(came_at)
        self._says.append(say("whereabouts.is_here", children=[self._names[child_id].name], at=at))
        self._concerned.append(child_id)
        if part.where is Where.AWAY:
            self._hand_over = "here_but_away"

    def _settle_absence(self, part: Part, children: tuple[Named, ...]) -> None:
        days = tuple(day for day in part.days if day >= self._speaker.today)
        agreed = AbsenceAgreed(children, days or (self._speaker.today,), part.ill)
        settled = self._absence.settle(self._work, self._speaker, agreed, self._occasion)
        self._take(settled, "absence")
        if self._speaker.today in agreed.days:
            self._explained(children, Answer.AWAY)
        else:
            self._pass_to_staff(children)

    def _settle_late(self, part: Part, children: tuple[Named, ...]) -> None:
        agreed = LateAgreed(children, (self._speaker.today,), part.comes_at)
        self._take(self._late.settle(self._work, self._speaker, agreed, self._occasion), "late")
        self._explained(children, Answer.COMES)

    def _raise_alarm(self, children: tuple[Named, ...]) -> None:
        """It outweighs an absence or a late arrival that somebody else told of."""
        for child in children:
            away = list_of_child(self._work, child.id, [self._speaker.today])
            if away:
                dispute(self._work, away)
            late = list_holding(self._work, LateArrival, child.id, [self._speaker.today])
            if late:
                dispute_late(self._work, late, "late.dispute")
        self._answer(children, Answer.SHOULD_BE_HERE)
        self._tell_others("whereabouts.other_we_look", children)
        self._says.append(say("whereabouts.we_look", children=[child.name for child in children]))
        self._hand_over = "should_be_here"

    def _pass_to_staff(self, children: tuple[Named, ...]) -> None:
        self._answer(children, Answer.UNCLEAR)
        self._says.append(say("whereabouts.we_read", children=[child.name for child in children]))
        self._hand_over = self._hand_over or "not_understood"

    def _explained(self, children: Sequence[Named], said: Answer) -> None:
        self._answer(children, said)
        ids = {child.id for child in children}
        asked = list_asked(self._work, NAME, self._speaker.unit, ids)
        quieten(conversation for conversation in asked if conversation.id != self._occasion.conversation_id)

    def _answer(self, children: Sequence[Named], said: Answer) -> None:
        for child in children:
            case = self._cases.get(child.id)
            if case is not None:
                guardian_id, message_id = self._speaker.guardians[0].id, self._occasion.message_id
                answer(self._work, case, said, guardian_id, message_id, against=self._told.told)

    def _tell_others(self, utterance: str, children: Sequence[Named], **parameters: Any) -> None:
        role_id = self._occasion.thread.role_id
        if role_id is None:
            return
        concerned = [self._work.session.get_one(Child, child.id) for child in children]
        tell_others(
            self._work,
            self._speaker,
            self._work.session.get_one(Role, role_id),
            Echo(utterance, parameters, concerned, is_alarm=True),
        )

    def _take(self, settled: Settled, what: str) -> None:
        self._says += settled.says
        self._hand_over = self._hand_over or settled.hand_over
        if settled.undo is not None:
            self._undo[what] = dict(settled.undo)
