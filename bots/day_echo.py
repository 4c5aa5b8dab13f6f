"""The other guardian's side of when a child comes and goes, and with whom: they are told, and one "no" brings it to staff."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from hub.desk import Look, Work
from hub.people.families import Child, Right
from hub.people.staff import Role
from hub.post.audience import list_entitled
from hub.school.attendance import LateArrival
from hub.school.early_pickups import EarlyPickup
from hub.school.fetching import Fetching
from hub.school.told import ToldOfDay, dispute, get_told
from hub.talk.answers import Named, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.echo import Echo, tell_others
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker


@dataclass(frozen=True, slots=True)
class DayEchoFacts:
    """What was told of whom: late arrivals, early pickups, or a person who fetches."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    today: date
    early: tuple[str, ...] = ()
    fetching: tuple[str, ...] = ()
    leaves_at: time | None = None
    person: str = ""
    late: tuple[str, ...] = ()
    comes_at: time | None = None


@dataclass(frozen=True, slots=True)
class DayEchoAnswered:
    """`agreed` is False when the other guardian says it is not so."""

    told: DayEchoFacts
    agreed: bool


class DayEchoBot:
    """Takes no intents of its own: it only answers what it told."""

    name = "day_echo"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = DayEchoFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> DayEchoFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: DayEchoFacts) -> bool:
        entitled = list_entitled(look, speaker.guardian_ids, Right.INFORM, speaker.today)
        told = {child.id for child in facts.children}
        return all(told <= entitled.get(guardian_id, set()) for guardian_id in speaker.guardian_ids)

    def dialogue(self, facts: DayEchoFacts) -> Dialogue[DayEchoAnswered]:
        about: dict[str, Any] = {
            "children": [child.name for child in facts.children],
            "days": facts.days,
            "today": facts.today,
        }
        if facts.fetching:
            agreed = yield from ask("day_echo.fetching_told", YesNo(), person=facts.person, **about)
        elif facts.late:
            agreed = yield from ask("day_echo.late_told", YesNo(), comes_at=facts.comes_at, **about)
        else:
            agreed = yield from ask("day_echo.early_told", YesNo(), leaves_at=facts.leaves_at, **about)
        return DayEchoAnswered(facts, agreed)

    def settle(self, work: Work, speaker: Speaker, outcome: DayEchoAnswered, occasion: Occasion) -> Settled:
        if outcome.agreed:
            return Settled((say("day_echo.agreed"),))
        told = outcome.told
        dispute(work, get_told(work, LateArrival, told.late), "late.dispute")
        dispute(work, get_told(work, EarlyPickup, told.early), "early.dispute")
        dispute(work, get_told(work, Fetching, told.fetching), "fetch.dispute")
        names, ids = [child.name for child in told.children], tuple(child.id for child in told.children)
        if told.late:
            return Settled((say("day_echo.late_disputed", children=names),), ids, hand_over="late_disputed")
        return Settled((say("day_echo.disputed", children=names),), ids, hand_over="pickup_disputed")

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> DayEchoFacts | None:
        return None


def echo_late(work: Work, speaker: Speaker, occasion: Occasion, utterance: str, rows: Sequence[LateArrival]) -> None:
    """Tell the other guardians when these children come, or that they come at the usual time after all."""
    for comes_at in dict.fromkeys(row.comes_at for row in rows):
        these = [row for row in rows if row.comes_at == comes_at]
        says_time = {"comes_at": comes_at} if these[0].taken_back_at is None else {}

        def facts(children: Sequence[Child], told: Sequence[LateArrival] = these) -> DayEchoFacts:
            return _facts(children, told, speaker.today, comes_at=told[0].comes_at, late=_ids_of(children, told))

        _echo(work, speaker, occasion, utterance, these, says_time, facts)


def echo_early(work: Work, speaker: Speaker, occasion: Occasion, utterance: str, rows: Sequence[EarlyPickup]) -> None:
    """Tell the other guardians when these children leave, or that they leave at the usual time after all."""
    for leaves_at in dict.fromkeys(row.leaves_at for row in rows):
        these = [row for row in rows if row.leaves_at == leaves_at]
        says_time = {"leaves_at": leaves_at} if these[0].taken_back_at is None else {}

        def facts(children: Sequence[Child], told: Sequence[EarlyPickup] = these) -> DayEchoFacts:
            return _facts(children, told, speaker.today, leaves_at=told[0].leaves_at, early=_ids_of(children, told))

        _echo(work, speaker, occasion, utterance, these, says_time, facts)


def echo_fetching(work: Work, speaker: Speaker, occasion: Occasion, utterance: str, rows: Sequence[Fetching]) -> None:
    """Tell the other guardians who fetches these children, or that this person does not after all."""
    for person in dict.fromkeys(row.person for row in rows):
        these = [row for row in rows if row.person == person]

        def facts(children: Sequence[Child], told: Sequence[Fetching] = these) -> DayEchoFacts:
            return _facts(children, told, speaker.today, person=told[0].person, fetching=_ids_of(children, told))

        _echo(work, speaker, occasion, utterance, these, {"person": person}, facts)


def _echo(
    work: Work,
    speaker: Speaker,
    occasion: Occasion,
    utterance: str,
    rows: Sequence[ToldOfDay],
    said_with: Mapping[str, Any],
    facts: Callable[[Sequence[Child]], DayEchoFacts],
) -> None:
    """Those who are told that something holds may answer that it is not so."""
    role_id = occasion.thread.role_id
    if role_id is None:
        return
    days = tuple(sorted({row.day for row in rows}))
    echo = Echo(
        utterance,
        {"days": days, "today": speaker.today, **said_with},
        [work.session.get_one(Child, id_) for id_ in dict.fromkeys(row.child_id for row in rows)],
        DayEchoBot() if rows[0].taken_back_at is None else None,
        facts,
    )
    tell_others(work, speaker, work.session.get_one(Role, role_id), echo)


def _ids_of(children: Sequence[Child], rows: Sequence[ToldOfDay]) -> tuple[str, ...]:
    meant = {child.id for child in children}
    return tuple(row.id for row in rows if row.child_id in meant)


def _facts(children: Sequence[Child], rows: Sequence[ToldOfDay], today: date, **told: Any) -> DayEchoFacts:
    named = tuple(Named(child.id, child.called) for child in children)
    return DayEchoFacts(named, tuple(sorted({row.day for row in rows})), today, **told)
