"""Climbs the ladder of children who are still here: shows them to staff, asks those who may fetch and may know, tells them when
a child has left or has not after all, and brings to staff whom nobody can be asked about."""

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
from hub.school.attendance_days import LAST_MINUTE
from hub.school.day_board import OnBoard
from hub.school.fetch_waking import DueHome, FetchWaking, begin_fetch, read_fetch_waking
from hub.school.ladders import TEXTS, Step
from hub.school.not_fetched import NotFetched, WhyCall, WhyOver, end_case, has_not_left, take_fetch_steps
from hub.talk.bot import Bot
from hub.talk.prompting import Notice, Prompted

NAME = "not_fetched"
RIGHTS = (Right.INFORM, Right.FETCH)
"""Who is asked: whoever may know where the child is, and may fetch it."""


@dataclass(slots=True)
class FetchClimbing:
    """The ladder of one unit, for these children and those who are asked about together with them."""

    work: Work
    bot: Bot
    unit_id: str
    child_ids: set[str]

    def climb(self) -> None:
        """All that is still due. What another waking has done meanwhile is not due any more."""
        self.work.take_turns(self.child_ids)
        unit = self.work.session.get_one(Unit, self.unit_id)
        waking = read_fetch_waking(self.work, unit)
        for case, on in waking.over:
            if case.child_id in self.child_ids:
                self._end(unit, case, on)
        for case, child in waking.not_left:
            if child.id in self.child_ids:
                self._tell_not_left(unit, child)
                has_not_left(self.work, case)
        self._ask(unit, waking)
        for due in waking.due:
            if due.child.id in self.child_ids and TEXTS.isdisjoint(due.steps):
                self._bring(unit, due, due.steps)

    def _ask(self, unit: Unit, waking: FetchWaking) -> None:
        texts = {due.child.id: due for due in waking.due if not TEXTS.isdisjoint(due.steps)}
        lasts = unit.moment(unit.today(self.work.now), LAST_MINUTE) - self.work.now
        outcomes = Asking(self.work, self.bot, unit, RIGHTS, self.child_ids, lasts).ask(texts)
        with self.work.session.no_autoflush:
            for child_id, prompted in outcomes.items():
                self._note_asked(unit, texts[child_id], prompted)

    def _note_asked(self, unit: Unit, due: DueHome, outcomes: Sequence[Prompted]) -> None:
        """Whom nobody could be asked about is for staff at once."""
        if any(prompted.conversation is not None for prompted in outcomes):
            self._bring(unit, due, due.steps)
            return
        case = begin_fetch(self.work, unit, due)
        case.why = case.why or (WhyCall.GUARDED if is_guarded(due.child, outcomes) else WhyCall.UNREACHABLE)
        steps = dict.fromkeys([*(step for step in due.steps if step not in TEXTS), Step.LIST])
        take_fetch_steps(self.work, case, [step for step in steps if step not in due.taken])

    def _bring(self, unit: Unit, due: DueHome, steps: Sequence[Step]) -> None:
        case = begin_fetch(self.work, unit, due)
        if steps:
            take_fetch_steps(self.work, case, steps)

    def _end(self, unit: Unit, case: NotFetched, on: OnBoard | None) -> None:
        quieten(list_asked(self.work, NAME, unit, [case.child_id]))
        if on is not None and on.left_at is not None:
            self._tell_left(unit, on.child, on.left_at)
            end_case(self.work, case, WhyOver.LEFT)
        else:
            end_case(self.work, case, WhyOver.CHANGED)

    def _tell_left(self, unit: Unit, child: Child, left_at: datetime) -> None:
        """Whoever was asked may breathe out, but for those who wrote since and so were told; and never with whom it left."""
        untold = list_phones_untold(self.work, NAME, unit, child.id, left_at)
        said = {"children": [child.called], "at": unit.local(left_at)}
        notice = Notice("not_fetched.has_left", said, [child.id], Lane.SAFETY, author=NAME)
        tell_asked(self.work, unit, child.id, RIGHTS, untold, notice)

    def _tell_not_left(self, unit: Unit, child: Child) -> None:
        """All who were asked have been told that it left, by themselves or in answer to what they wrote."""
        told = list_phones_asked(self.work, NAME, unit, child.id)
        said = {"children": [child.called], "unit": unit.name}
        notice = Notice("not_fetched.is_still_here", said, [child.id], Lane.SAFETY, author=NAME)
        tell_asked(self.work, unit, child.id, RIGHTS, told, notice)
