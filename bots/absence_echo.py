"""The other guardian's side of an absence: they are told of it, and one "no" brings the matter to staff at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hub.desk import Look, Work
from hub.people.families import Child, Right
from hub.people.staff import Role
from hub.school.absences import Absence, dispute, get_absences
from hub.talk.answers import Named, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, ask, say
from hub.talk.echo import Echo, tell_others
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker, has_right


@dataclass(frozen=True, slots=True)
class EchoFacts:
    """What was told of whom."""

    children: tuple[Named, ...]
    absences: tuple[str, ...]
    days: tuple[date, ...]
    today: date


@dataclass(frozen=True, slots=True)
class EchoAnswered:
    """`agreed` is False when the other guardian says it is not so."""

    children: tuple[Named, ...]
    absences: tuple[str, ...]
    agreed: bool


class AbsenceEchoBot:
    """Takes no intents of its own: it only answers what it told."""

    name = "absence_echo"
    intents: frozenset[Intent] = frozenset()
    answered_by: frozenset[Intent] = frozenset()
    facts = EchoFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> EchoFacts | None:
        return None

    def may_go_on(self, look: Look, speaker: Speaker, facts: EchoFacts) -> bool:
        return has_right(look, speaker, Right.INFORM, (child.id for child in facts.children))

    def dialogue(self, facts: EchoFacts) -> Dialogue[EchoAnswered]:
        names = [child.name for child in facts.children]
        agreed = yield from ask("absence_echo.told", YesNo(), children=names, days=facts.days, today=facts.today)
        return EchoAnswered(facts.children, facts.absences, agreed)

    def settle(self, work: Work, speaker: Speaker, outcome: EchoAnswered, occasion: Occasion) -> Settled:
        if outcome.agreed:
            return Settled((say("absence_echo.agreed"),))
        dispute(work, get_absences(work, outcome.absences))
        said = say("absence_echo.disputed", children=[child.name for child in outcome.children])
        return Settled((said,), tuple(child.id for child in outcome.children), hand_over="absence_disputed")

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> EchoFacts | None:
        return None


def tell_of(work: Work, speaker: Speaker, occasion: Occasion, rows: Sequence[Absence], echo: str) -> list[Named]:
    """Tell the others of these absences, those of the same days together; the children they are about."""
    names = {child.id: child for child in speaker.named_children()}
    by_days: dict[tuple[date, ...], list[Named]] = {}
    for child_id in dict.fromkeys(row.child_id for row in rows if row.child_id in names):
        days = tuple(sorted(row.day for row in rows if row.child_id == child_id))
        by_days.setdefault(days, []).append(names[child_id])
    for days, children in by_days.items():
        tell(work, speaker, occasion, echo, children, days)
    return [child for children in by_days.values() for child in children]


def tell(
    work: Work,
    speaker: Speaker,
    occasion: Occasion,
    utterance: str,
    concerned: Sequence[Named],
    days: tuple[date, ...],
    told: Sequence[Absence] = (),
) -> None:
    """Tell the other guardians. With `told` they may answer that these absences are not so."""
    role_id = occasion.thread.role_id
    if role_id is None or not concerned:
        return

    def facts(children: Sequence[Child]) -> EchoFacts:
        ids = {child.id for child in children}
        named = tuple(Named(child.id, child.called) for child in children)
        return EchoFacts(named, tuple(row.id for row in told if row.child_id in ids), days, speaker.today)

    echo = Echo(
        utterance,
        {"days": days, "today": speaker.today},
        [work.session.get_one(Child, named.id) for named in concerned],
        AbsenceEchoBot() if told else None,
        facts,
        to_own=bool(told),
    )
    tell_others(work, speaker, work.session.get_one(Role, role_id), echo)
