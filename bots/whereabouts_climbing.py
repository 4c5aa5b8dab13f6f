"""Climbs the not-arrived ladder for some children of a unit: asks those who may answer, tells them when a child has come or has
not after all, and brings to staff whom nobody can be asked about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bots.asking_families import (
    Asking,
    is_guarded,
    list_asked,
    list_phones_asked,
    list_phones_untold,
    quieten,
    tell_asked,
)
from hub.desk import Work
from hub.people.families import Child, Right
from hub.people.places import Unit
from hub.post.messages import Lane
from hub.school.day_board import OnBoard
from hub.school.ladders import TEXTS, Step
from hub.school.not_arrived import Answer, NotArrived, Why, has_not_come, rest, take
from hub.school.waking import Due, Waking, begin, read_waking
from hub.talk.bot import Bot
from hub.talk.prompting import Notice, Prompted

NAME = "whereabouts"
RIGHTS = (Right.INFORM, Right.ABSENCE)
"""Who is asked: whoever may know, and may say that the child is away."""


@dataclass(slots=True)
class Climbing:
    """The ladder of one unit, for these children and those who are asked about together with them."""

    work: Work
    bot: Bot
    unit_id: str
    child_ids: set[str]

    def climb(self) -> None:
        """All that is still due. What another waking has done meanwhile is not due any more."""
        self.work.take_turns(self.child_ids)
        unit = self.work.session.get_one(Unit, self.unit_id)
        waking = read_waking(self.work, unit)
        for case, on in waking.explained:
            if on.child.id in self.child_ids:
                self._rest(unit, case, on)
        for case, child in waking.not_come:
            if child.id in self.child_ids:
                self._tell_not_come(unit, child)
                has_not_come(self.work, case)
        self._ask(unit, waking)
        for due in waking.due:
            if due.child.id in self.child_ids and TEXTS.isdisjoint(due.steps):
                self._bring(unit, due, due.steps)

    def _ask(self, unit: Unit, waking: Waking) -> None:
        texts = {due.child.id: due for due in waking.due if not TEXTS.isdisjoint(due.steps)}
        lasts = unit.moment(unit.today(self.work.now), unit.closes) - self.work.now
        outcomes = Asking(self.work, self.bot, unit, RIGHTS, self.child_ids, lasts).ask(texts)
        with self.work.session.no_autoflush:
            for child_id, prompted in outcomes.items():
                self._note_asked(unit, texts[child_id], prompted)

    def _note_asked(self, unit: Unit, due: Due, outcomes: Sequence[Prompted]) -> None:
        """Whom nobody could be asked about is for staff at once."""
        if any(prompted.conversation is not None for prompted in outcomes):
            self._bring(unit, due, due.steps)
            return
        steps = tuple(dict.fromkeys([*(step for step in due.steps if step not in TEXTS), Step.LIST]))
        case = begin(self.work, unit, due)
        case.why = case.why or (Why.GUARDED if is_guarded(due.child, outcomes) else Why.UNREACHABLE)
        take(self.work, case, [step for step in steps if step not in due.taken])

    def _bring(self, unit: Unit, due: Due, steps: Sequence[Step]) -> None:
        case = begin(self.work, unit, due)
        if steps:
            take(self.work, case, steps)

    def _rest(self, unit: Unit, case: NotArrived, on: OnBoard) -> None:
        quieten(list_asked(self.work, NAME, unit, [on.child.id]))
        was_open = case.alarm_at is not None or case.answer in (None, Answer.SHOULD_BE_HERE, Answer.UNCLEAR)
        if on.was_seen and on.came_at is not None and was_open:
            self._tell_come(unit, on.child, on.came_at)
            case.come_told_at = self.work.now
        rest(self.work, case, on)

    def _tell_come(self, unit: Unit, child: Child, came_at: datetime) -> None:
        """Whoever was asked may breathe out, but for those who wrote since and so were told."""
        untold = list_phones_untold(self.work, NAME, unit, child.id, came_at)
        said = {"children": [child.called], "at": unit.local(came_at)}
        notice = Notice("whereabouts.has_come", said, [child.id], Lane.SAFETY, author=NAME)
        tell_asked(self.work, unit, child.id, (Right.INFORM,), untold, notice)

    def _tell_not_come(self, unit: Unit, child: Child) -> None:
        """All who were asked have been told that it came, by themselves or in answer to what they wrote."""
        told = list_phones_asked(self.work, NAME, unit, child.id)
        notice = Notice("whereabouts.is_not_here", {"children": [child.called]}, [child.id], Lane.SAFETY, author=NAME)
        tell_asked(self.work, unit, child.id, (Right.INFORM,), told, notice)
