"""The holiday question: which days of a holiday a family needs. What holds without an answer is said first."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bots.care_asking import Phones, ask_newly
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.audience import entitled_pairs, list_entitled, list_guardians_for
from hub.school.care_bookings import Teller, get_bookings, take_back
from hub.school.care_holidays import (
    HolidayAnswer,
    HolidayQuestion,
    Step,
    Unanswered,
    answer,
    close,
    find_other_answer,
    list_answers,
    list_days,
    list_days_of,
    list_due,
    list_questions,
    list_unanswered,
)
from hub.school.care_plans import list_placed
from hub.school.weekly import list_held, list_told_lately, mark
from hub.talk.answers import NOT_UNDERSTOOD, Named, NotUnderstood, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.duties import Duty
from hub.talk.heard import About, Act, Heard, Intent
from hub.talk.prompting import Prompt
from hub.talk.speaker import Speaker, has_right

MOST_DAYS = 10
"""A longer holiday is asked about week by week."""
AFTERWARDS = timedelta(hours=12)
BARE = frozenset({Intent.YES, Intent.NO})


@dataclass(frozen=True, slots=True)
class HolidayFacts:
    """`parts` are what can be picked by number: single days, or the open days of a week. `comes` is the default."""

    question: str
    child: Named
    name: str
    parts: tuple[tuple[date, ...], ...]
    closes: date
    comes: bool
    today: date
    reminds: bool = False
    weeks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class HolidayAgreed:
    """The child comes on these days of the holiday."""

    facts: HolidayFacts
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class WhichParts:
    """Any of the parts by number, yes for all of them, no for none."""

    parts: tuple[tuple[date, ...], ...]

    def about(self) -> About:
        return About("which_days", day=self.parts[0][0], options=tuple(self.options()))

    def options(self) -> Sequence[str]:
        return [part[0].isoformat() for part in self.parts]

    def read(self, heard: Heard) -> tuple[int, ...] | NotUnderstood:
        if heard.options:
            picked = tuple(sorted(set(heard.options)))
            return picked if all(1 <= number <= len(self.parts) for number in picked) else NOT_UNDERSTOOD
        intents = {act.intent for act in heard.acts}
        if len(intents) != 1 or not intents <= BARE:
            return NOT_UNDERSTOOD
        return tuple(range(1, len(self.parts) + 1)) if intents == {Intent.YES} else ()


class CareHolidayBot:
    """Takes no intents of its own: it asks, reminds, and writes what holds when its time is over."""

    name = "care_holiday"
    prompts_in_round = False
    due_at_once = 1
    """What is due is a question to all families of a unit."""
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = HolidayFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> HolidayFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: HolidayFacts) -> bool:
        """While the child has its place here on the first of the days."""
        may_tell = has_right(look, speaker, Right.CARE_TIME, [facts.child.id])
        return speaker.is_fresh and may_tell and facts.child.id in list_placed(look, speaker.unit, facts.parts[0][0])

    def dialogue(self, facts: HolidayFacts) -> Dialogue[HolidayAgreed]:
        """A pick with a gap in it is said back first: "1-5" may be five days, or two."""
        while True:
            question = "care_holiday.remind" if facts.reminds else "care_holiday.which_days"
            picked = yield from ask(
                question,
                WhichParts(facts.parts),
                child=facts.child.name,
                name=facts.name,
                parts=[(part[0], part[-1]) for part in facts.parts],
                closes=facts.closes,
                comes=facts.comes,
                today=facts.today,
            )
            days = tuple(day for number in picked for day in facts.parts[number - 1])
            has_gap = bool(picked) and picked[-1] - picked[0] >= len(picked)
            if not has_gap or (
                yield from ask(
                    "care_holiday.is_this_right", YesNo(), child=facts.child.name, days=days, today=facts.today
                )
            ):
                return HolidayAgreed(facts, days)

    def settle(self, work: Work, speaker: Speaker, outcome: HolidayAgreed, occasion: Occasion) -> Settled:
        facts = outcome.facts
        question = work.session.get_one(HolidayQuestion, facts.question)
        if work.now >= question.closes_at:
            said = say("care_holiday.too_late", child=facts.child.name, name=facts.name)
            return Settled((said,), (facts.child.id,), hand_over="care_time_locked")
        open_days = [day for part in facts.parts for day in part]
        teller_id = speaker.guardians[0].id
        if find_other_answer(work, speaker.unit, question, facts.child.id, teller_id, outcome.days, open_days):
            said = say("care_holiday.other_answered", child=facts.child.name, name=facts.name)
            return Settled((said,), (facts.child.id,), hand_over="care_time_clash")
        child = work.session.get_one(Child, facts.child.id)
        teller = Teller(teller_id, "guardian", Trust.CONFIRMED, occasion.message_id)
        row, booked = answer(work, speaker.unit, question, child, outcome.days, open_days, teller)
        said = say(
            "care_holiday.noted",
            child=facts.child.name,
            name=facts.name,
            days=outcome.days,
            today=speaker.today,
            weeks=facts.weeks,
        )
        return Settled((said,), (child.id,), {"answer": row.id, "booked": [each.id for each in booked]})

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        row = work.session.get(HolidayAnswer, memory["answer"])
        if row is None or row.ceased_at is not None:
            return None
        entitled = list_entitled(work, speaker.guardian_ids, Right.CARE_TIME, speaker.today)
        question = work.session.get_one(HolidayQuestion, row.question_id)
        if work.now >= question.closes_at or row.child_id not in entitled.get(speaker.guardians[0].id, set()):
            return None
        row.ceased_at = work.now
        take_back(work, get_bookings(work, memory["booked"]), speaker.guardians[0].id)
        child = work.session.get_one(Child, row.child_id)
        guardian, days = speaker.guardians[0], list_days(work, speaker.unit, question)
        facts = self._make_facts(work, speaker.unit, question, child, guardian.id, days, days)
        if facts is not None:
            self._ask(work, speaker.unit, guardian, facts, question)
        return Settled((say("care_holiday.undone", child=child.called, name=question.name),), (child.id,))

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> HolidayFacts | None:
        return None

    def list_due(self, look: Look) -> Sequence[str]:
        due = list_due(look)
        held = list_held(look) if due else set()
        now = [(one, step) for one, step in due if step is not Step.ASK or one.owner_id not in held]
        return [f"{question.id} {step}" for question, step in now]

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        work.take_turns(due)
        for question, step in list_due(work):
            if f"{question.id} {step}" not in due:
                continue
            unit = work.session.get_one(Unit, question.unit_id)
            if step is Step.CLOSE:
                close(work, unit, question)
            else:
                self._ask_all(work, unit, question, reminds=step is Step.REMIND)
            question.done = step

    def _ask_all(self, work: Work, unit: Unit, question: HolidayQuestion, *, reminds: bool) -> None:
        """One question for each child that nobody has answered for, to each who may tell."""
        days, answers = list_days(work, unit, question), list_answers(work, question.id)
        phones = Phones(work)
        told = {} if reminds else list_told_lately(work, unit.owner_id)
        for child_id in list_placed(work, unit, question.first) if days else ():
            child, open_days = (
                work.session.get_one(Child, child_id),
                list_unanswered(work, unit, child_id, answers, days),
            )
            for guardian in list_guardians_for(work, child.id, Right.CARE_TIME, unit.today(work.now)):
                facts = self._make_facts(work, unit, question, child, guardian.id, days, open_days, reminds=reminds)
                is_told = mark(self.name, question.id, child.id) in told.get(guardian.id, ())
                if facts is not None and not is_told and not phones.has_asked(guardian, [child.id]):
                    self._ask(work, unit, guardian, facts, question)

    def list_duties(self, look: Look, unit: Unit, guardian_ids: Collection[str]) -> Sequence[Duty]:
        """The questions that are open, for each child that nobody has answered for."""
        begun = [one for one in list_questions(look, unit.id) if one.asks_at <= look.now < one.closes_at]
        return [duty for question in begun for duty in self._list_of(look, unit, question, guardian_ids)]

    def _list_of(
        self, look: Look, unit: Unit, question: HolidayQuestion, guardian_ids: Collection[str]
    ) -> Iterator[Duty]:
        days, answers = list_days(look, unit, question), list_answers(look, question.id)
        placed = list_placed(look, unit, question.first) if days else []
        waits = {id_: list_unanswered(look, unit, id_, answers, days) for id_ in placed}
        asked = [id_ for id_, left in waits.items() if left]
        for guardian_id, child_id in sorted(
            entitled_pairs(look, guardian_ids, asked, Right.CARE_TIME, unit.today(look.now))
        ):
            child = look.session.get_one(Child, child_id)
            facts = self._make_facts(look, unit, question, child, guardian_id, days, waits[child_id])
            if facts is None:
                continue
            until = unit.local(question.closes_at)
            yield Duty(
                bot=self.name,
                key=question.id,
                unit=unit,
                guardian_id=guardian_id,
                children=(facts.child,),
                until=question.closes_at,
                line=say(
                    "weekly.holiday", children=[facts.child.name], name=question.name, at=until, today=facts.today
                ),
                facts=facts,
                lasts=question.closes_at - look.now + AFTERWARDS,
                same=("question", "child"),
            )

    def _make_facts(
        self,
        look: Look,
        unit: Unit,
        question: HolidayQuestion,
        child: Child,
        guardian_id: str,
        days: Sequence[date],
        open_days: Sequence[date],
        *,
        reminds: bool = False,
    ) -> HolidayFacts | None:
        """What a guardian is asked of the open ones of the days; None where none of them is theirs to answer for."""
        theirs = list_days_of(look, unit, child.id, guardian_id, open_days)
        if not theirs:
            return None
        alone = theirs if len(list_days_of(look, unit, child.id, guardian_id, days)) < len(days) else ()
        return HolidayFacts(
            question.id,
            Named(child.id, child.called),
            question.name,
            make_parts(theirs),
            unit.local(question.closes_at).date(),
            question.unanswered == Unanswered.COMES,
            unit.today(look.now),
            reminds,
            tuple(dict.fromkeys(day.isocalendar().week for day in alone)),
        )

    def _ask(self, work: Work, unit: Unit, guardian: Guardian, facts: HolidayFacts, question: HolidayQuestion) -> None:
        lasts = question.closes_at - work.now + AFTERWARDS
        ask_newly(work, unit, guardian, Prompt(self, facts, [facts.child.id], lasts), ("question", "child"))


def make_parts(days: Sequence[date]) -> tuple[tuple[date, ...], ...]:
    """Each day, or where they are many, each week's days."""
    if len(days) <= MOST_DAYS:
        return tuple((day,) for day in days)
    weeks: dict[tuple[int, int], list[date]] = {}
    for day in days:
        weeks.setdefault(day.isocalendar()[:2], []).append(day)
    return tuple(tuple(week) for week in weeks.values())
