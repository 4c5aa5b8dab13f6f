"""The other guardian's side of when a child comes and goes, and with whom: they are told, and one "no" brings it to staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Any

from hub.desk import Look, Work
from hub.people.families import Child, Right
from hub.people.staff import Role
from hub.school.early_pickups import EarlyPickup
from hub.school.fetching import Fetching
from hub.school.late_arrivals import LateArrival
from hub.school.told import ToldOfDay, dispute, get_told
from hub.talk.answers import Named, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.echo import Echo, tell_others
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker, has_right

EARLY_TOLD, FETCHING_TOLD = "day_echo.early_told", "day_echo.fetching_told"


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
        return has_right(look, speaker, Right.INFORM, (child.id for child in facts.children))

    def dialogue(self, facts: DayEchoFacts) -> Dialogue[DayEchoAnswered]:
        about: dict[str, Any] = {
            "children": [child.name for child in facts.children],
            "days": facts.days,
            "today": facts.today,
        }
        if facts.fetching and facts.early:
            both = {"person": facts.person, "leaves_at": facts.leaves_at}
            agreed = yield from ask("day_echo.both_told", YesNo(), **both, **about)
        elif facts.fetching:
            agreed = yield from ask(FETCHING_TOLD, YesNo(), person=facts.person, **about)
        elif facts.late:
            agreed = yield from ask("day_echo.late_told", YesNo(), comes_at=facts.comes_at, **about)
        else:
            agreed = yield from ask(EARLY_TOLD, YesNo(), leaves_at=facts.leaves_at, **about)
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


_TELLS: Mapping[type[ToldOfDay], tuple[str, str]] = {
    LateArrival: ("late", "comes_at"),
    EarlyPickup: ("early", "leaves_at"),
    Fetching: ("fetching", "person"),
}
"""Where the facts keep the rows of each table, and what of a row is said."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What one settling has to tell: of each group of rows the same is said."""

    speaker: Speaker
    occasion: Occasion
    utterance: str
    groups: tuple[tuple[ToldOfDay, ...], ...]

    @property
    def about(self) -> set[tuple[str, date]]:
        return {(row.child_id, row.day) for row in self.groups[0]}


def echo_day(work: Work, speaker: Speaker, occasion: Occasion, utterance: str, rows: Sequence[ToldOfDay]) -> None:
    """Tell the other guardians what holds of these children, or that it does not after all; the same of several at once.

    They are told when all of the message is settled: when and with whom a child leaves is then one text.
    """
    by_said: dict[Any, list[ToldOfDay]] = {}
    for row in rows:
        by_said.setdefault(_what_is_said(row), []).append(row)
    for these in by_said.values():
        occasion.later.put(_tell_all, _Told(speaker, occasion, utterance, (tuple(these),)))


def _tell_all(work: Work, told: list[_Told]) -> None:
    for one in _joined([one for one in told if one.utterance not in _HOLDING or _stands(one)]):
        _echo(work, one)


_HOLDING = frozenset({"day_echo.late_told", EARLY_TOLD, FETCHING_TOLD})
"""What is told while it holds: where the same message took it back, there is nothing to tell."""


def _stands(told: _Told) -> bool:
    return all(row.taken_back_at is None for row in told.groups[0])


def _joined(told: Sequence[_Told]) -> list[_Told]:
    """Who fetches and when it leaves, of the same children on the same days, together."""
    early = [one for one in told if one.utterance == EARLY_TOLD]
    out: list[_Told] = []
    for one in told:
        beside = next((other for other in early if other.about == one.about), None)
        if one.utterance == FETCHING_TOLD and beside is not None:
            early.remove(beside)
            out = [each for each in out if each is not beside]
            out.append(replace(one, utterance="day_echo.both_told", groups=(*one.groups, *beside.groups)))
        elif one.utterance != EARLY_TOLD or one in early:
            out.append(one)
    return out


def _what_is_said(row: ToldOfDay) -> Any:
    return getattr(row, _TELLS[type(row)][1])


def _echo(work: Work, told: _Told) -> None:
    """Those who are told that something holds may answer that it is not so. Of a time that holds no more none is said."""
    speaker, rows = told.speaker, told.groups[0]
    role_id = told.occasion.thread.role_id
    if role_id is None:
        return
    holds = rows[0].taken_back_at is None
    days = tuple(sorted({row.day for row in rows}))
    said = {_TELLS[type(group[0])][1]: _what_is_said(group[0]) for group in told.groups}

    def facts(children: Sequence[Child]) -> DayEchoFacts:
        meant = {child.id: Named(child.id, child.called) for child in children}
        kept: dict[str, Any] = {
            _TELLS[type(group[0])][0]: tuple(row.id for row in group if row.child_id in meant) for group in told.groups
        }
        return DayEchoFacts(tuple(meant.values()), days, speaker.today, **kept, **said)

    echo = Echo(
        told.utterance,
        {
            "days": days,
            "today": speaker.today,
            **{name: value for name, value in said.items() if holds or name == "person"},
        },
        [work.session.get_one(Child, id_) for id_ in dict.fromkeys(row.child_id for row in rows)],
        DayEchoBot() if holds else None,
        facts,
        to_own=holds,
    )
    tell_others(work, speaker, work.session.get_one(Role, role_id), echo)
