"""The absence bot: a guardian tells that a child is away, or comes after all. One clear message is enough."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from bots.absence_echo import AbsenceEchoBot, EchoFacts
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.staff import Role
from hub.post.messages import Thread
from hub.school.absences import Absence, Reason, get_absences, list_since, report, take_back
from hub.talk.answers import Days, Named, WhichChild, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.echo import Echo, tell_others
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker

MANY_DAYS = 10
FAR_AHEAD = timedelta(days=120)


@dataclass(frozen=True, slots=True)
class AbsenceFacts:
    """`meant` and `days` are empty where the words left them open. `comes` when the child comes after all."""

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]
    today: date
    ill: bool | None
    comes: bool


@dataclass(frozen=True, slots=True)
class AbsenceAgreed:
    """These children are away on these days."""

    children: tuple[Named, ...]
    days: tuple[date, ...]
    ill: bool | None


@dataclass(frozen=True, slots=True)
class ReturnAgreed:
    """These children come from this day on."""

    children: tuple[Named, ...]
    day: date


@dataclass(frozen=True, slots=True)
class ChangedTheirMind:
    """Nothing is to be noted after all."""


class AbsenceBot:
    """Reports absences and takes them back; the other entitled guardians are told each time."""

    name = "absence"
    intents = frozenset({Intent.ABSENCE, Intent.ABSENCE_CANCEL})
    facts = AbsenceFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> AbsenceFacts | None:
        """None when there is no child to report for, a name fits none of them, or the words are about days gone by."""
        children = speaker.named_children()
        meant = tuple(child for child in children if child.id in act.children)
        days = tuple(day for day in act.days if day >= speaker.today)
        if not children or act.unknown_name or len(meant) < len(act.children) or (act.days and not days):
            return None
        if not act.children and len(children) == 1:
            meant = children
        return AbsenceFacts(children, meant, days, speaker.today, act.ill, act.intent is Intent.ABSENCE_CANCEL)

    def dialogue(self, facts: AbsenceFacts) -> Dialogue[AbsenceAgreed | ReturnAgreed | ChangedTheirMind]:
        question = "absence.which_child_comes" if facts.comes else "absence.which_child"
        children = facts.meant or (
            yield from ask(question, WhichChild(facts.children), days=facts.days, today=facts.today)
        )
        names = [child.name for child in children]
        if facts.comes:
            days = facts.days or (yield from ask("absence.which_day_comes", Days(facts.today), children=names))
            return ReturnAgreed(children, days[0])
        days = facts.days or (yield from ask("absence.which_days", Days(facts.today), children=names))
        in_doubt = len(days) > MANY_DAYS or days[-1] - facts.today > FAR_AHEAD
        if in_doubt and not (
            yield from ask("absence.is_this_right", YesNo(), children=names, days=days, today=facts.today)
        ):
            return ChangedTheirMind()
        return AbsenceAgreed(children, days, facts.ill)

    def settle(
        self,
        work: Work,
        speaker: Speaker,
        outcome: AbsenceAgreed | ReturnAgreed | ChangedTheirMind,
        occasion: Occasion,
    ) -> Settled:
        match outcome:
            case AbsenceAgreed():
                return self._settle_absence(work, speaker, outcome, occasion)
            case ReturnAgreed():
                return self._settle_return(work, speaker, outcome, occasion)
            case _:
                return Settled((say("absence.nothing_changed"),))

    def _settle_absence(self, work: Work, speaker: Speaker, agreed: AbsenceAgreed, occasion: Occasion) -> Settled:
        reason = {True: Reason.SICK, False: Reason.OTHER, None: Reason.UNTOLD}[agreed.ill]
        fresh: list[str] = []
        for named in agreed.children:
            rows = report(
                work,
                work.session.get_one(Child, named.id),
                agreed.days,
                reason,
                told_by=speaker.guardians[0].id,
                told_kind="guardian",
                trust=Trust(speaker.trust),
                message_id=occasion.message_id,
            )
            fresh.extend(row.id for row in rows)
            if rows:
                facts = EchoFacts(named, tuple(row.id for row in rows), agreed.days, speaker.today)
                words = say("absence_echo.told", child=named.name, days=agreed.days, today=speaker.today)
                self._tell(work, speaker, occasion, named, words, facts)
        names = [child.name for child in agreed.children]
        said = say("absence.noted", children=names, days=agreed.days, today=speaker.today, ill=agreed.ill)
        return Settled((said,), tuple(c.id for c in agreed.children), {"reported": fresh} if fresh else None)

    def _settle_return(self, work: Work, speaker: Speaker, agreed: ReturnAgreed, occasion: Occasion) -> Settled:
        ended: list[Absence] = []
        for named in agreed.children:
            run = _run_from(list_since(work, named.id, agreed.day), agreed.day)
            ended.extend(take_back(work, run, speaker.guardians[0].id))
            if run:
                words = say("absence_echo.comes", child=named.name, day=agreed.day, today=speaker.today)
                self._tell(work, speaker, occasion, named, words, None)
        names = [child.name for child in agreed.children]
        ids = tuple(child.id for child in agreed.children)
        if not ended:
            said = say("absence.was_not_noted", children=names, day=agreed.day, today=speaker.today)
            return Settled((said,), ids, hand_over="comes_without_absence")
        said = say("absence.comes", children=names, day=agreed.day, today=speaker.today)
        return Settled((said,), ids, {"taken_back": [absence.id for absence in ended]})

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """Takes back what was reported, or reports again what was taken back."""
        if "reported" in memory:
            ended = take_back(work, get_absences(work, memory["reported"]), speaker.guardians[0].id)
            return self._undone(work, speaker, occasion, ended, "absence.undone", "absence_echo.undone")
        again = [absence for absence in get_absences(work, memory["taken_back"]) if absence.day >= speaker.today]
        for child_id, rows in groupby(sorted(again, key=lambda row: row.child_id), key=lambda row: row.child_id):
            kept = list(rows)
            report(
                work,
                work.session.get_one(Child, child_id),
                [row.day for row in kept],
                Reason(kept[0].reason),
                told_by=speaker.guardians[0].id,
                told_kind="guardian",
                trust=Trust(speaker.trust),
                message_id=occasion.message_id,
            )
        return self._undone(work, speaker, occasion, again, "absence.away_again", "absence_echo.away_again")

    def _undone(
        self, work: Work, speaker: Speaker, occasion: Occasion, rows: Sequence[Absence], word: str, echo: str
    ) -> Settled | None:
        names = {child.id: child for child in speaker.named_children()}
        concerned = [names[child_id] for child_id in dict.fromkeys(row.child_id for row in rows) if child_id in names]
        if not concerned:
            return None
        for named in concerned:
            days = tuple(row.day for row in rows if row.child_id == named.id)
            words = say(echo, child=named.name, days=days, today=speaker.today)
            self._tell(work, speaker, occasion, named, words, None)
        days = tuple(sorted({row.day for row in rows}))
        said = say(word, children=[child.name for child in concerned], days=days, today=speaker.today)
        return Settled((said,), tuple(child.id for child in concerned))

    def _tell(
        self, work: Work, speaker: Speaker, occasion: Occasion, named: Named, words: Say, facts: EchoFacts | None
    ) -> None:
        role_id = work.session.get_one(Thread, occasion.thread_id).role_id
        if role_id is None:
            return
        child = work.session.get_one(Child, named.id)
        bot = AbsenceEchoBot() if facts is not None else None
        tell_others(work, speaker, work.session.get_one(Role, role_id), Echo(words, child, bot, facts))


def _run_from(absences: Sequence[Absence], day: date) -> list[Absence]:
    """The absences that follow each other from a day on, weekends passed over."""
    run: list[Absence] = []
    expected = day
    for absence in absences:
        gap = [expected + timedelta(days=n) for n in range((absence.day - expected).days)]
        if any(each.weekday() < 5 for each in gap):
            break
        run.append(absence)
        expected = absence.day + timedelta(days=1)
    return run
