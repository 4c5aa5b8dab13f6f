"""Answers "what have you noted?" with the coming days of the family's children.

Each source tells what one book holds; a new matter is one function beside its own bot, and one line in SOURCES.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from bots.noted_consents import list_meant, tell_consents
from hub.desk import Look, Work
from hub.people.families import Right
from hub.post.audience import list_children_for
from hub.school.absences import list_since
from hub.school.care_plans import Standing, list_booking_units, list_plans_of
from hub.school.care_rules import WEEK, get_rules, monday_of
from hub.school.early_pickups import EarlyPickup
from hub.school.fetching import Fetching
from hub.school.late_arrivals import list_late_since
from hub.school.told import list_since_day
from hub.talk.answers import Named
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, say
from hub.talk.heard import OF_CONSENTS, Act, Intent
from hub.talk.speaker import Speaker, name_apart

COMING = timedelta(days=400)
"""Further ahead than anything is noted."""
AT_MOST = 5
"""What is told of one child: more makes no text message."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days that are asked about, both included, and the day it is."""

    first: date
    last: date
    today: date


Source = Callable[[Look, str, Span], list[tuple[date, Say]]]
"""What a book holds of a child in a span: each thing with its first day, and how it is said."""


def list_absences(look: Look, child_id: str, span: Span) -> list[tuple[date, Say]]:
    """Days away, those that follow each other together."""
    days = sorted({row.day for row in list_since(look, child_id, span.first) if row.day <= span.last})
    return [(days[0], say("noted.away", days=tuple(days), today=span.today))] if days else []


def list_late(look: Look, child_id: str, span: Span) -> list[tuple[date, Say]]:
    """Days on which the child comes later, those at the same time together."""
    rows = [row for row in list_late_since(look, child_id, span.first) if row.day <= span.last]
    told = []
    for at, same in groupby(sorted(rows, key=lambda row: (str(row.comes_at), row.day)), key=lambda row: row.comes_at):
        days = tuple(dict.fromkeys(row.day for row in same))
        told.append((days[0], say("noted.late", days=days, at=at, today=span.today)))
    return told


def list_early(look: Look, child_id: str, span: Span) -> list[tuple[date, Say]]:
    """Days on which the child leaves earlier."""
    rows = list_since_day(look, EarlyPickup, child_id, span.first, span.last)
    return [(row.day, say("noted.early", day=row.day, at=row.leaves_at, today=span.today)) for row in rows]


def list_fetched(look: Look, child_id: str, span: Span) -> list[tuple[date, Say]]:
    """Who fetches the child on which day."""
    rows = list_since_day(look, Fetching, child_id, span.first, span.last)
    return [(row.day, say("noted.fetched", day=row.day, person=row.person, today=span.today)) for row in rows]


def list_care(look: Look, child_id: str, span: Span) -> list[tuple[date, Say]]:
    """The care times week by week, as far as they can be booked, wherever the child has a place that takes bookings."""
    told = []
    for unit in list_booking_units(look, child_id, span.today):
        last = min(
            span.last, monday_of(span.today) + (get_rules(look, unit).weeks_ahead + 1) * WEEK - timedelta(days=1)
        )
        days = [span.first + timedelta(days=n) for n in range((last - span.first).days + 1)]
        plans = list_plans_of(look, unit, child_id, days)
        known = [plan for plan in plans if plan.standing in (Standing.BOOKED, Standing.OFF)]
        for _, week in groupby(known, key=lambda plan: monday_of(plan.day)):
            booked = [(plan.day, [(period.start, period.end) for period in plan.hours]) for plan in week]
            told.append((booked[0][0], say("noted.care", hours=booked)))
    return told


SOURCES: tuple[Source, ...] = (list_absences, list_late, list_early, list_fetched, list_care)


@dataclass(frozen=True, slots=True)
class NotedFacts:
    """The children that are asked about, and the days; none means the coming ones. Or the consents given, and no days."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    of_consents: bool = False


class NotedBot:
    """Tells what holds, to whoever may know it; nothing is asked."""

    name = "noted"
    intents = frozenset({Intent.NOTED})
    answered_by: frozenset[Intent] = frozenset()
    facts = NotedFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> NotedFacts | None:
        """None when there is nobody whom they may know of, a name fits none of them, or one of theirs is protected."""
        if act.change == OF_CONSENTS:
            decided = () if speaker.is_guarded or act.unknown_name else list_meant(look, speaker, act)
            return NotedFacts(decided, (), of_consents=True) if decided else None
        [places] = list_children_for(look, speaker.guardian_ids, (Right.INFORM,), speaker.today)
        children = name_apart([place for place in places if place.unit_id == speaker.unit.id])
        meant = tuple(child for child in children if child.id in act.children)
        if speaker.is_guarded or not children or act.unknown_name or len(meant) < len(act.children):
            return None
        return NotedFacts(meant or children, act.days)

    def may_go_on(self, look: Look, speaker: Speaker, facts: NotedFacts) -> bool:
        return True

    def dialogue(self, facts: NotedFacts) -> Dialogue[NotedFacts]:
        yield from ()
        return facts

    def settle(self, work: Work, speaker: Speaker, outcome: NotedFacts, occasion: Occasion) -> Settled:
        if outcome.of_consents:
            told = tell_consents(work, speaker, outcome.children)
            return Settled(told, tuple(child.id for child in outcome.children))
        span = _span(outcome.days, speaker.today)
        said = [_tell(work, child, span) for child in outcome.children]
        empty = [child.name for child, told in zip(outcome.children, said, strict=True) if told is None]
        says = [told for told in said if told is not None]
        if empty:
            says.append(
                say(
                    "noted.nothing",
                    children=empty,
                    days=tuple(d for d in outcome.days if d >= span.today),
                    today=span.today,
                )
            )
        return Settled(tuple(says), tuple(child.id for child in outcome.children))

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> NotedFacts | None:
        return None


def _span(days: Sequence[date], today: date) -> Span:
    coming = [day for day in days if day >= today]
    return Span(min(coming), max(coming), today) if coming else Span(today, today + COMING, today)


def _tell(look: Look, child: Named, span: Span) -> Say | None:
    told = sorted((item for source in SOURCES for item in source(look, child.id, span)), key=lambda item: item[0])
    if not told:
        return None
    more = told[AT_MOST][0] if len(told) > AT_MOST else None
    return say("noted.child", name=child.name, parts=[each for _, each in told[:AT_MOST]], more=more, today=span.today)
