"""The bot of the day: a child comes later than usual."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from hub.desk import Look, Work
from hub.people.families import Child
from hub.school.attendance import get_late, report_late, take_back_late
from hub.talk.answers import Named, WhichChild
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker


@dataclass(frozen=True, slots=True)
class LateFacts:
    """`meant` is empty where the words left it open; `comes_at` is None when no time was told."""

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]
    comes_at: time | None
    today: date


@dataclass(frozen=True, slots=True)
class LateAgreed:
    """These children come later on these days."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    comes_at: time | None


class TodayBot:
    """Notes late arrivals."""

    name = "today"
    intents = frozenset({Intent.LATE})
    answered_by: frozenset[Intent] = frozenset()
    facts = LateFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> LateFacts | None:
        children = speaker.named_children()
        meant = tuple(child for child in children if child.id in act.children)
        days = tuple(day for day in act.days if day >= speaker.today)
        if not children or act.unknown_name or len(meant) < len(act.children) or not days:
            return None
        if not act.children and len(children) == 1:
            meant = children
        return LateFacts(children, meant, days, act.start, speaker.today)

    def may_go_on(self, look: Look, speaker: Speaker, facts: LateFacts) -> bool:
        return speaker.may_report_for(child.id for child in facts.children)

    def dialogue(self, facts: LateFacts) -> Dialogue[LateAgreed]:
        children = facts.meant or (
            yield from ask("today.which_child_late", WhichChild(facts.children), days=facts.days, today=facts.today)
        )
        return LateAgreed(children, facts.days, facts.comes_at)

    def settle(self, work: Work, speaker: Speaker, outcome: LateAgreed, occasion: Occasion) -> Settled:
        kept = [
            report_late(
                work,
                work.session.get_one(Child, named.id),
                day,
                outcome.comes_at,
                told_by=speaker.guardians[0].id,
                message_id=occasion.message_id,
            )
            for named in outcome.children
            for day in outcome.days
        ]
        names = [child.name for child in outcome.children]
        said = say(
            "today.late_noted", children=names, days=outcome.days, comes_at=outcome.comes_at, today=speaker.today
        )
        return Settled((said,), tuple(c.id for c in outcome.children), {"late": [late.id for late in kept]})

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        told = get_late(work, memory["late"])
        if not speaker.may_report_for(late.child_id for late in told):
            return None
        ended = take_back_late(work, told)
        names = {child.id: child.name for child in speaker.named_children()}
        concerned = [child_id for child_id in dict.fromkeys(late.child_id for late in ended) if child_id in names]
        if not concerned:
            return None
        said = say("today.late_undone", children=[names[child_id] for child_id in concerned])
        return Settled((said,), tuple(concerned))

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> LateFacts | None:
        return None
