"""The bot of care times: a guardian tells from when to when a child comes, unasked or in answer to the weekly question.

What comes unasked is asked back once; an answer to the hub's own question is not. Source: security rule S1.2.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from bots.care_booking import book_all, take_back_all
from bots.care_changes import AreTheseRight, WhoseTimes
from bots.care_copying import Like, gather_like
from bots.care_duties import list_weeks
from bots.care_facts import Bare, CareFacts, Told, WhichTimes, Wish, is_otherwise, shown, whole, wishes_of, with_besides
from bots.care_rounds import gather_free, prompt_round
from hub.calendars import list_open_days
from hub.desk import Look, Work
from hub.people.families import Right
from hub.people.places import Unit
from hub.post.audience import list_children_for
from hub.school.care_hours import clip, lies_within, pack
from hub.school.care_plans import list_plans_of
from hub.school.care_rounds import RoundKind, list_due_rounds
from hub.school.care_rules import WEEK, Rules, get_rules, is_locked, monday_of, takes_bookings
from hub.school.weekly import list_held
from hub.talk.answers import Named, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.duties import Duty
from hub.talk.heard import Act, Booking, Intent
from hub.talk.speaker import Speaker, name_apart


@dataclass(frozen=True, slots=True)
class CareAgreed:
    """These times are wished."""

    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class BeyondHours:
    """They need hours when the unit is closed: for staff."""

    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class ChangedTheirMind:
    """Nothing is to be booked."""


CareDialogue = Dialogue[CareAgreed | BeyondHours | ChangedTheirMind]


class CareTimeBot:
    """Books care times and takes them back; asks families for the coming week before it locks."""

    name = "care_time"
    prompts_in_round = True
    due_at_once = 1
    """What is due is a round of all families of a unit."""
    intents = frozenset({Intent.CARE_TIME})
    answered_by: frozenset[Intent] = frozenset()
    facts = CareFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> CareFacts | None:
        """None where no care is booked, a name fits none of the children, or the words tell no times that can be kept."""
        children = list_bookable(look, speaker)
        meant = tuple(child for child in children if child.id in act.children)
        if not children or not takes_bookings(speaker.unit) or act.unknown_name or len(meant) < len(act.children):
            return None
        meant = meant or (children if len(children) == 1 else ())
        rules = get_rules(look, speaker.unit)
        if act.same_as is not None:
            like = gather_like(look, speaker.unit, meant or children, act, rules)
            if like.lacking:
                return _ask_instead(look, speaker, meant or children, like, rules)
            told = like.told
        else:
            told = _gather_told(look, speaker, meant, act, rules)
        if not told:
            return None
        days = [wish.day for each in told for wish in each.wishes]
        return CareFacts(
            children=children,
            opens=speaker.unit.opens,
            closes=speaker.unit.closes,
            told=told,
            free=gather_free(look, speaker.unit, children, speaker.today),
            is_over=all(is_locked(rules, speaker.unit, day, look.now) for day in days),
        )

    def may_go_on(self, look: Look, speaker: Speaker, facts: CareFacts) -> bool:
        return speaker.is_fresh and {child.id for child in facts.children} <= {
            child.id for child in list_bookable(look, speaker)
        }

    def dialogue(self, facts: CareFacts) -> CareDialogue:
        told = facts.told if facts.week is None else (yield from self._ask_weeks(facts, facts.week))
        told = yield from self._ask_whose(facts, told)
        if facts.besides:
            said, told = told, tuple(with_besides(each, facts.besides) for each in told)
            if any(is_otherwise(before, each) for before, each in zip(said, told, strict=True)):
                return (yield from self._ask_whether(replace(facts, week=None), told))
        if facts.is_over:
            return CareAgreed(told)
        return (yield from self._ask_whether(facts, told))

    def _ask_whether(self, facts: CareFacts, told: tuple[Told, ...]) -> CareDialogue:
        """Those that are right: one question for each, where the children have different times. Other times in the answer
        are asked about anew, with those that they leave as they were."""
        if any(_is_beyond(facts, each) for each in told):
            return (yield from self._ask_within(facts, told))
        if facts.week is not None:
            return CareAgreed(told)
        right: tuple[Told, ...] = ()
        for place, each in enumerate(told):
            days = shown(each.wishes)
            answer = yield from ask("care_time.is_this_right", AreTheseRight(each), children=_names(each), days=days)
            if isinstance(answer, tuple):
                return (yield from self._ask_whether(facts, (*right, *answer, *told[place + 1 :])))
            right += (each,) if answer else ()
        return CareAgreed(right) if right else ChangedTheirMind()

    def _ask_weeks(self, facts: CareFacts, week: date) -> Dialogue[tuple[Told, ...]]:
        told = yield from (self._ask_instead_of_copying(facts, week) if facts.lacking else self._ask_week(facts, week))
        for later in facts.later_weeks:
            if all(monday_of(wish.day) != later for each in told for wish in each.wishes):
                told += yield from self._ask_when("care_time.then_when", facts, later)
        return told

    def _ask_instead_of_copying(self, facts: CareFacts, week: date) -> Dialogue[tuple[Told, ...]]:
        some = [child.name for child in facts.lacking if len(facts.lacking) < len(facts.children)]
        besides = shown(wish for wish in facts.besides if monday_of(wish.day) == week)
        return (yield from self._ask_when("care_time.nothing_to_copy", facts, week, lacking=some, besides=besides))

    def _ask_week(self, facts: CareFacts, week: date) -> Dialogue[tuple[Told, ...]]:
        names = [child.name for child in facts.children]
        same = facts.usual[0].wishes if len(facts.usual) == 1 else ()
        question = "care_time.remind_week" if facts.reminds else "care_time.ask_week"
        answer = yield from ask(
            question,
            WhichTimes(week, facts.children, has_usual=bool(facts.usual), is_first=True),
            children=names,
            week=week,
            has_usual=bool(facts.usual),
            usual=shown(same),
        )
        if answer is Bare.AS_USUAL:
            return facts.usual or (yield from self._ask_instead_of_copying(facts, week))
        return answer if isinstance(answer, tuple) else (yield from self._ask_when("care_time.then_when", facts, week))

    def _ask_when(self, question: str, facts: CareFacts, week: date, **parameters: Any) -> Dialogue[tuple[Told, ...]]:
        """The times of one week, where a mere yes tells none."""
        names = [child.name for child in facts.children]
        while True:
            which = WhichTimes(week, facts.children, has_usual=False)
            answer = yield from ask(question, which, children=names, week=week, **parameters)
            if isinstance(answer, tuple):
                return answer

    def _ask_whose(self, facts: CareFacts, told: tuple[Told, ...]) -> Dialogue[tuple[Told, ...]]:
        known: tuple[Told, ...] = ()
        for each in told:
            if each.children:
                known += (each,)
                continue
            whose = WhoseTimes(facts.children, each.wishes)
            answer = yield from ask("care_time.which_child", whose, days=shown(each.wishes))
            known += yield from self._ask_whose(facts, answer)
        return known

    def _ask_within(self, facts: CareFacts, told: tuple[Told, ...]) -> CareDialogue:
        """Some of it is outside the unit's hours: would those within do?"""
        within = tuple(_clipped(facts, each) for each in told)
        if all(
            wish.hours or not before.hours for a, b in zip(within, told, strict=True) for wish, before in _pairs(a, b)
        ):
            for each, before in zip(within, told, strict=True):
                if each != before and not (
                    yield from ask(
                        "care_time.within_hours",
                        YesNo(),
                        children=_names(each),
                        days=shown(each.wishes),
                        opens=facts.opens,
                        closes=facts.closes,
                    )
                ):
                    return BeyondHours(told)
            return CareAgreed(within)
        return BeyondHours(told)

    def settle(
        self, work: Work, speaker: Speaker, outcome: CareAgreed | BeyondHours | ChangedTheirMind, occasion: Occasion
    ) -> Settled:
        match outcome:
            case CareAgreed():
                return book_all(work, speaker, outcome.told, occasion)
            case BeyondHours():
                ids = tuple(child.id for each in outcome.told for child in each.children)
                unit = speaker.unit
                said = say("care_time.to_staff", opens=unit.opens, closes=unit.closes)
                return Settled((said,), ids, hand_over="care_time_beyond")
            case _:
                return Settled((say("care_time.nothing_booked"),))

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return take_back_all(work, speaker, memory, {child.id: child for child in list_bookable(work, speaker)})

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> CareFacts | None:
        return None

    def list_duties(self, look: Look, unit: Unit, guardian_ids: Collection[str]) -> Sequence[Duty]:
        return list_weeks(look, unit, guardian_ids, self.name)

    def list_due(self, look: Look) -> Sequence[str]:
        """A question waits for the weekly text that will tell of it; a reminder never does."""
        due = list_due_rounds(look)
        held = list_held(look) if due else set()
        return [each.id for each in due if each.kind is RoundKind.REMIND or each.unit.owner_id not in held]

    def prompt_due(self, work: Work, due: Sequence[str]) -> None:
        work.take_turns(due)
        for each in list_due_rounds(work, due):
            prompt_round(work, self, each)


def list_bookable(look: Look, speaker: Speaker) -> tuple[Named, ...]:
    """The children at the unit for whom each of those who speak may book."""
    (places,) = list_children_for(look, speaker.guardian_ids, (Right.CARE_TIME,), speaker.today)
    return name_apart([place for place in places if place.unit_id == speaker.unit.id])


def _gather_told(look: Look, speaker: Speaker, meant: tuple[Named, ...], act: Act, rules: Rules) -> tuple[Told, ...]:
    """The times that the words tell of coming days; none where one of them cannot be kept."""
    last = speaker.today + rules.weeks_ahead * WEEK
    coming = [one for one in act.bookings if speaker.today <= one.day <= last]
    bookings = [_complete(look, speaker, meant, one) for one in coming]
    return (Told(meant, wishes_of(bookings)),) if bookings and whole(bookings) else ()


def _ask_instead(
    look: Look, speaker: Speaker, children: tuple[Named, ...], like: Like, rules: Rules
) -> CareFacts | None:
    """There is nothing to copy: they are asked when the children come, for each week that is open and has not locked."""
    weeks = [
        monday
        for monday in like.weeks
        if not is_locked(rules, speaker.unit, monday, look.now)
        and list_open_days(look, speaker.unit, [monday + timedelta(days=n) for n in range(7)])
    ]
    if not weeks:
        return None
    return CareFacts(
        children=children,
        opens=speaker.unit.opens,
        closes=speaker.unit.closes,
        week=weeks[0],
        free=gather_free(look, speaker.unit, children, speaker.today),
        lacking=like.lacking,
        later_weeks=tuple(weeks[1:]),
        besides=tuple(wish for wish in like.besides if monday_of(wish.day) in weeks),
    )


def _complete(look: Look, speaker: Speaker, meant: Sequence[Named], booking: Booking) -> Booking:
    """With the bound that the words leave out, where the day has one already."""
    if booking.off or (booking.start is not None and booking.end is not None) or len(meant) != 1:
        return booking
    hours = list_plans_of(look, speaker.unit, meant[0].id, [booking.day])[0].hours
    if not hours:
        return booking
    return replace(booking, start=booking.start or hours[0].start, end=booking.end or hours[-1].end)


def _is_beyond(facts: CareFacts, told: Told) -> bool:
    free = all(child.id in facts.free for child in told.children)
    return not free and any(not lies_within(wish.periods, facts.opens, facts.closes) for wish in told.wishes)


def _clipped(facts: CareFacts, told: Told) -> Told:
    if not _is_beyond(facts, told):
        return told
    wishes = (Wish(wish.day, pack(clip(wish.periods, facts.opens, facts.closes))) for wish in told.wishes)
    return Told(told.children, tuple(wishes))


def _pairs(within: Told, told: Told) -> list[tuple[Wish, Wish]]:
    return list(zip(within.wishes, told.wishes, strict=True))


def _names(told: Told) -> list[str]:
    return [child.name for child in told.children]
