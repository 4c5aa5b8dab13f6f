"""The bot of the day: a child comes later than usual; what is told later of the same day takes its place, and what was
told of being away ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from bots.absence_echo import tell_of
from bots.absence_ended import end_run, report_again
from bots.day_echo import echo_day
from bots.meant import NotMeant, read_meant
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.safety.demands import needs
from hub.school.absences import Absence, get_absences, list_of_child
from hub.school.contradicted import dispute_what_follows
from hub.school.late_arrivals import LateArrival, get_late, report_late, take_back_late
from hub.school.told import list_holding, list_standing, tell_again
from hub.talk.answers import Named, WhichChild, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker


@dataclass(frozen=True, slots=True)
class LateFacts:
    """`meant` is empty where the words left it open; `comes_at` is None when no time was told. `asks_back`: the owner
    demands that they say it twice."""

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]
    comes_at: time | None
    today: date
    asks_back: bool = False


@dataclass(frozen=True, slots=True)
class LateAgreed:
    """These children come later on these days."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    comes_at: time | None
    trust: Trust = Trust.CLAIMED


class TodayBot:
    """Notes late arrivals; the other entitled guardians are told each time."""

    name = "today"
    intents = frozenset({Intent.LATE})
    answered_by: frozenset[Intent] = frozenset()
    facts = LateFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> LateFacts | None:
        meant = read_meant(speaker, act)
        if meant is None:
            return None
        asks_back = needs(look, speaker.unit.owner_id, "late") > Trust.CLAIMED
        return LateFacts(meant.children, meant.meant, meant.days, act.start, speaker.today, asks_back)

    def may_go_on(self, look: Look, speaker: Speaker, facts: LateFacts) -> bool:
        return speaker.may_report_for(child.id for child in facts.children)

    def dialogue(self, facts: LateFacts) -> Dialogue[LateAgreed | NotMeant]:
        children = facts.meant or (
            yield from ask("today.which_child_late", WhichChild(facts.children), days=facts.days, today=facts.today)
        )
        if not facts.asks_back:
            return LateAgreed(children, facts.days, facts.comes_at)
        names, about = [child.name for child in children], {"days": facts.days, "today": facts.today}
        is_right = yield from ask("today.is_this_right", YesNo(), children=names, comes_at=facts.comes_at, **about)
        return LateAgreed(children, facts.days, facts.comes_at, Trust.CONFIRMED) if is_right else NotMeant()

    def settle(self, work: Work, speaker: Speaker, outcome: LateAgreed | NotMeant, occasion: Occasion) -> Settled:
        if isinstance(outcome, NotMeant):
            return Settled((say("reception.left"),))
        before = [row for named in outcome.children for row in list_holding(work, LateArrival, named.id, outcome.days)]
        kept = [
            report_late(
                work,
                work.session.get_one(Child, named.id),
                day,
                outcome.comes_at,
                told_by=speaker.guardians[0].id,
                trust=speaker.believe(outcome.trust),
                message_id=occasion.message_id,
            )
            for named in outcome.children
            for day in outcome.days
        ]
        dispute_what_follows(work, kept)
        ended, onward = _end_absences(work, speaker, occasion, outcome)
        echo_day(work, speaker, occasion, "day_echo.late_told", kept)
        return Settled(
            (_say("today.late_noted", outcome.children, outcome.days, outcome.comes_at, speaker.today), *onward),
            tuple(child.id for child in outcome.children),
            {
                "late": [late.id for late in kept],
                "replaced": [late.id for late in before],
                "taken_back": [absence.id for absence in ended],
            },
        )

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """Takes back what was told, and what it had taken the place of holds again: an earlier time, or an absence."""
        told, before = get_late(work, memory["late"]), get_late(work, memory["replaced"])
        if not speaker.may_report_for(late.child_id for late in told):
            return None
        ended = take_back_late(work, list_standing(work, told), speaker.guardians[0].id)
        again = tell_again(work, before, ended, speaker.today, "late.report")
        before_late = get_absences(work, memory.get("taken_back", ())) if ended else []
        away = report_again(work, speaker, before_late, occasion)
        names = {child.id: child for child in speaker.named_children()}
        back = {(row.child_id, row.day) for row in again} | {(row.child_id, row.day) for row in away}
        unless_back = [row for row in ended if (row.child_id, row.day) not in back]
        echo_day(work, speaker, occasion, "day_echo.late_undone", unless_back)
        echo_day(work, speaker, occasion, "day_echo.late_told", again)
        usual = dict.fromkeys(row.child_id for row in unless_back)
        said = [say("today.late_undone", children=[names[child_id].name for child_id in usual])] if usual else []
        said += [
            _say("today.late_again", [names[row.child_id]], [row.day], row.comes_at, speaker.today) for row in again
        ]
        for child in tell_of(work, speaker, occasion, away, "absence_echo.away_again"):
            days = tuple(row.day for row in away if row.child_id == child.id)
            said.append(say("absence.away_again", children=[child.name], days=days, today=speaker.today))
        return Settled(tuple(said), tuple(dict.fromkeys(row.child_id for row in ended))) if said else None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> LateFacts | None:
        return None


def _say(utterance: str, children: Sequence[Named], days: Sequence[date], comes_at: time | None, today: date) -> Say:
    names = [child.name for child in children]
    return say(utterance, children=names, days=tuple(days), comes_at=comes_at, today=today)


def _end_absences(
    work: Work, speaker: Speaker, occasion: Occasion, agreed: LateAgreed
) -> tuple[list[Absence], list[Say]]:
    """Who comes late is not away: takes back what was told of it and nobody has disputed, so that the child is asked for if it
    does not come. Answers that, and what is said of the days after."""
    ended: list[Absence] = []
    for day in agreed.days:
        away = [child for child in agreed.children if _is_told_away(work, child, day)]
        ended += end_run(work, speaker, away, day)
    after = [row for row in ended if row.day not in agreed.days]
    says: list[Say] = []
    for child in tell_of(work, speaker, occasion, after, "absence_echo.undone"):
        day = next(row.day for row in after if row.child_id == child.id)
        says.append(say("absence.comes", children=[child.name], day=day, today=speaker.today))
    return ended, says


def _is_told_away(look: Look, child: Named, day: date) -> bool:
    told = list_of_child(look, child.id, [day])
    return bool(told) and all(row.disputed_at is None for row in told)
