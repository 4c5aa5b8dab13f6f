"""The bot of early pickups: a child leaves earlier than usual; what is told later of the same day takes its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from bots.day_echo import echo_day
from bots.meant import NotMeant, read_meant
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.demands import needs
from hub.school.absences import list_of_child
from hub.school.early_pickups import EarlyPickup, report_early, take_back_early
from hub.school.told import get_told, list_standing, tell_again
from hub.talk.answers import Named, WhichChild, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker


@dataclass(frozen=True, slots=True)
class EarlyFacts:
    """`meant` is empty where the words left it open; `leaves_at` is None when no time was told. `asks_back`: the owner
    demands that they say it twice."""

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]
    leaves_at: time | None
    today: date
    asks_back: bool = False


@dataclass(frozen=True, slots=True)
class EarlyAgreed:
    """These children leave early on these days."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    leaves_at: time | None
    trust: Trust = Trust.CLAIMED


class EarlyPickupBot:
    """Notes early pickups; the other entitled guardians are told each time."""

    name = "early_pickup"
    intents = frozenset({Intent.EARLY_PICKUP})
    answered_by: frozenset[Intent] = frozenset()
    facts = EarlyFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> EarlyFacts | None:
        """None too for a time that is over, or when everything is closed: a person must read that."""
        meant = read_meant(speaker, act)
        leaves_at = act.end or act.start
        if meant is None or (leaves_at is not None and _is_no_such_time(look, speaker, meant.days, leaves_at)):
            return None
        asks_back = needs(look, speaker.unit.owner_id, "early_pickup") > Trust.CLAIMED
        return EarlyFacts(meant.children, meant.meant, meant.days, leaves_at, speaker.today, asks_back)

    def may_go_on(self, look: Look, speaker: Speaker, facts: EarlyFacts) -> bool:
        return speaker.may_report_for(child.id for child in facts.children)

    def dialogue(self, facts: EarlyFacts) -> Dialogue[EarlyAgreed | NotMeant]:
        children = facts.meant or (
            yield from ask("early_pickup.which_child", WhichChild(facts.children), days=facts.days, today=facts.today)
        )
        if not facts.asks_back:
            return EarlyAgreed(children, facts.days, facts.leaves_at)
        names, about = [child.name for child in children], {"days": facts.days, "today": facts.today}
        question = "early_pickup.is_this_right"
        is_right = yield from ask(question, YesNo(), children=names, leaves_at=facts.leaves_at, **about)
        return EarlyAgreed(children, facts.days, facts.leaves_at, Trust.CONFIRMED) if is_right else NotMeant()

    def settle(self, work: Work, speaker: Speaker, outcome: EarlyAgreed | NotMeant, occasion: Occasion) -> Settled:
        if isinstance(outcome, NotMeant):
            return Settled((say("reception.left"),))
        fresh, replaced = report_early(
            work,
            [work.session.get_one(Child, named.id) for named in outcome.children],
            outcome.days,
            outcome.leaves_at,
            told_by=speaker.guardians[0].id,
            trust=speaker.believe(outcome.trust),
            message_id=occasion.message_id,
        )
        echo_day(work, speaker, occasion, "day_echo.early_told", fresh)
        away = [c for c in outcome.children if list_of_child(work, c.id, outcome.days)]
        said = [_say("early_pickup.noted", outcome.children, outcome.days, outcome.leaves_at, speaker.today)]
        if away:
            said.append(say("early_pickup.is_away", children=[child.name for child in away]))
        return Settled(
            tuple(said),
            tuple(child.id for child in outcome.children),
            {"told": [row.id for row in fresh], "replaced": [row.id for row in replaced]},
            hand_over="fetched_while_away" if away else None,
        )

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """Takes back what was told, and what it had taken the place of holds again."""
        told, before = get_told(work, EarlyPickup, memory["told"]), get_told(work, EarlyPickup, memory["replaced"])
        if not speaker.may_report_for(row.child_id for row in told):
            return None
        ended = take_back_early(work, list_standing(work, told), speaker.guardians[0].id)
        again = tell_again(work, before, ended, speaker.today, "early.report")
        usual = [row for row in ended if (row.child_id, row.day) not in {(new.child_id, new.day) for new in again}]
        echo_day(work, speaker, occasion, "day_echo.early_undone", usual)
        echo_day(work, speaker, occasion, "day_echo.early_told", again)
        names = {child.id: child for child in speaker.named_children()}
        said = []
        if usual:
            children = [names[id_] for id_ in dict.fromkeys(row.child_id for row in usual)]
            said.append(say("early_pickup.undone", children=[child.name for child in children]))
        said += [
            _say("early_pickup.again", [names[row.child_id]], [row.day], row.leaves_at, speaker.today) for row in again
        ]
        return Settled(tuple(said), tuple(dict.fromkeys(row.child_id for row in ended))) if said else None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> EarlyFacts | None:
        return None


def _is_no_such_time(look: Look, speaker: Speaker, days: Sequence[date], at: time) -> bool:
    """Has it passed already today, or has every place of theirs closed by then?"""
    passed = speaker.today in days and speaker.unit.moment(speaker.today, at) < look.now
    places = {place.unit_id for place in speaker.children} | {speaker.unit.id}
    return passed or all(at > look.session.get_one(Unit, unit_id).closes for unit_id in places)


def _say(utterance: str, children: Sequence[Named], days: Sequence[date], leaves_at: time | None, today: date) -> Say:
    names = [child.name for child in children]
    return say(utterance, children=names, days=tuple(days), leaves_at=leaves_at, today=today)
