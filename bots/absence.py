"""The absence bot: a guardian tells that a child is away, or comes after all. One clear message is enough."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from bots.absence_echo import tell, tell_of
from bots.absence_ended import end_run, report_again, report_told
from bots.absence_facts import (
    AbsenceAgreed,
    AbsenceFacts,
    ChangedTheirMind,
    ReturnAgreed,
    amend_facts,
    gather_end,
    gather_facts,
)
from hub.asker import Trust
from hub.desk import Look, Work
from hub.school.absences import Absence, Reason, get_absences, list_of_child, take_back
from hub.school.attendance import list_here_now
from hub.school.contradicted import dispute_what_follows
from hub.school.knowing import list_knowing
from hub.talk.answers import Days, Named, WhichChild, YesNo
from hub.talk.bot import Occasion, Settled
from hub.talk.dialogue import Dialogue, Say, ask, say
from hub.talk.heard import Act, Intent
from hub.talk.speaker import Speaker

MANY_DAYS = 10
FAR_AHEAD = timedelta(days=120)


class AbsenceBot:
    """Reports absences and takes them back; the other entitled guardians are told each time."""

    name = "absence"
    intents = frozenset({Intent.ABSENCE, Intent.ABSENCE_CANCEL})
    answered_by: frozenset[Intent] = frozenset()
    facts = AbsenceFacts

    def gather(self, look: Look, speaker: Speaker, act: Act) -> AbsenceFacts | None:
        return gather_facts(look, speaker, act)

    def gather_end(self, look: Look, speaker: Speaker, act: Act) -> AbsenceFacts | None:
        return gather_end(look, speaker, act)

    def may_go_on(self, look: Look, speaker: Speaker, facts: AbsenceFacts) -> bool:
        return speaker.may_report_for(child.id for child in facts.children)

    def dialogue(self, facts: AbsenceFacts) -> Dialogue[AbsenceAgreed | ReturnAgreed | ChangedTheirMind]:
        question = "absence.which_child_comes" if facts.comes else "absence.which_child"
        children = facts.meant or (
            yield from ask(question, WhichChild(facts.children), days=facts.days, today=facts.today)
        )
        names = [child.name for child in children]
        if facts.comes:
            days = facts.days or (yield from ask("absence.which_day_comes", Days(facts.today), children=names))
            about = {"children": names, "day": days[0], "today": facts.today}
            if facts.asks_back and not (yield from ask("absence.comes_too", YesNo(), **about)):
                return ChangedTheirMind()
            return ReturnAgreed(children, days[0])
        days = facts.days or (yield from ask("absence.which_days", Days(facts.today), children=names))
        if facts.instead:
            return (yield from self._change(facts, names))
        if facts.opens is not None:
            about = {"children": names, "days": days, "opens_on": facts.opens, "today": facts.today}
            if not (yield from ask("absence.closed_then", YesNo(), **about)):
                return ChangedTheirMind()
            return AbsenceAgreed(children, (facts.opens,), facts.ill, trust=Trust.CONFIRMED)
        in_doubt = facts.asks_back or len(days) > MANY_DAYS or days[-1] - facts.today > FAR_AHEAD
        if not in_doubt:
            return AbsenceAgreed(children, days, facts.ill)
        if not (yield from ask("absence.is_this_right", YesNo(), children=names, days=days, today=facts.today)):
            return ChangedTheirMind()
        return AbsenceAgreed(children, days, facts.ill, trust=Trust.CONFIRMED)

    def _change(self, facts: AbsenceFacts, names: list[str]) -> Dialogue[AbsenceAgreed | ChangedTheirMind]:
        agreed = yield from ask(
            "absence.instead",
            YesNo(),
            children=names,
            days=facts.days,
            today=facts.today,
            not_away=list(facts.not_away),
        )
        if not agreed:
            return ChangedTheirMind(meant_something=True)
        return AbsenceAgreed(facts.meant, facts.days, facts.ill, facts.instead, Trust.CONFIRMED)

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
                why = "no_change_meant" if outcome.meant_something else None
                return Settled((say("absence.nothing_changed"),), hand_over=why)

    def _settle_absence(self, work: Work, speaker: Speaker, agreed: AbsenceAgreed, occasion: Occasion) -> Settled:
        reason = {True: Reason.SICK, False: Reason.OTHER, None: Reason.UNTOLD}[agreed.ill]
        ended = self._make_room(work, speaker, occasion, agreed)
        here = _list_here(work, speaker, agreed)
        before = _tell_anew(work, speaker, here)
        fresh: list[Absence] = []
        for named in agreed.children:
            known = before.get(named.id, reason) if reason is Reason.UNTOLD else reason
            fresh += report_told(work, speaker, occasion, named.id, agreed.days, known, agreed.trust)
        dispute_what_follows(work, fresh)
        told = {row.child_id for row in fresh}
        tell(
            work,
            speaker,
            occasion,
            "absence_echo.told",
            [c for c in agreed.children if c.id in told],
            agreed.days,
            fresh,
        )
        names = [child.name for child in agreed.children]
        said = say("absence.noted", children=names, days=agreed.days, today=speaker.today, ill=agreed.ill)
        ids = tuple(child.id for child in agreed.children)
        reported = fresh if fresh or ended else _list_told_before(work, ids, agreed.days)
        memory = {"reported": [row.id for row in reported], "taken_back": [row.id for row in ended]}
        undo = memory if reported or ended else None
        again = not (fresh or ended)
        if here:
            doubted = say("absence.seen_here", children=[child.name for child in here])
            return Settled((said, doubted), ids, undo, told_again=again, hand_over="here_but_away")
        return Settled((said, *_known_by(work, speaker, ids, agreed.days[0])), ids, undo, told_again=again)

    def _make_room(self, work: Work, speaker: Speaker, occasion: Occasion, agreed: AbsenceAgreed) -> list[Absence]:
        """Take back what this takes the place of, and tell of children who are not away any more."""
        stays = {child.id for child in agreed.children}
        before = get_absences(work, agreed.instead)
        gone = [row for row in before if row.child_id not in stays or row.day not in agreed.days]
        ended = take_back(work, gone, speaker.guardians[0].id)
        tell_of(work, speaker, occasion, [row for row in ended if row.child_id not in stays], "absence_echo.undone")
        return ended

    def _settle_return(self, work: Work, speaker: Speaker, agreed: ReturnAgreed, occasion: Occasion) -> Settled:
        ended = end_run(work, speaker, agreed.children, agreed.day)
        came = {row.child_id for row in ended}
        tell(work, speaker, occasion, "absence_echo.comes", [c for c in agreed.children if c.id in came], (agreed.day,))
        names = [child.name for child in agreed.children]
        ids = tuple(child.id for child in agreed.children)
        if not ended:
            said = say("absence.was_not_noted", children=names, day=agreed.day, today=speaker.today)
            return Settled((said,), ids, hand_over="comes_without_absence")
        said = say("absence.comes", children=names, day=agreed.day, today=speaker.today)
        known = _known_by(work, speaker, ids, agreed.day)
        return Settled((said, *known), ids, {"taken_back": [absence.id for absence in ended]})

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        """Takes back what was reported, and reports again what was taken back."""
        reported = get_absences(work, memory.get("reported", ()))
        before = get_absences(work, memory.get("taken_back", ()))
        if not speaker.may_report_for(row.child_id for row in [*reported, *before]):
            return None
        ended = take_back(work, reported, speaker.guardians[0].id)
        again = report_again(work, speaker, before, occasion)
        parts = (
            self._undone(work, speaker, occasion, ended, "absence.undone", "absence_echo.undone"),
            self._undone(work, speaker, occasion, again, "absence.away_again", "absence_echo.away_again"),
        )
        said = [part for part in parts if part is not None]
        if not said:
            return None
        return Settled(
            tuple(word for part in said for word in part.says), tuple(id_ for part in said for id_ in part.child_ids)
        )

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> AbsenceFacts | None:
        return amend_facts(look, speaker, get_absences(look, memory.get("reported", ())), act)

    def _undone(
        self, work: Work, speaker: Speaker, occasion: Occasion, rows: Sequence[Absence], word: str, echo: str
    ) -> Settled | None:
        concerned = tell_of(work, speaker, occasion, rows, echo)
        if not concerned:
            return None
        days = tuple(sorted({row.day for row in rows}))
        said = say(word, children=[child.name for child in concerned], days=days, today=speaker.today)
        return Settled((said,), tuple(child.id for child in concerned))


def _list_here(look: Look, speaker: Speaker, agreed: AbsenceAgreed) -> list[Named]:
    """Those told to be away today whom staff have marked here: one of the two is wrong, and a person looks."""
    if speaker.today not in agreed.days:
        return []
    here = list_here_now(look, [child.id for child in agreed.children], speaker.today)
    return [child for child in agreed.children if child.id in here]


def _list_told_before(look: Look, child_ids: Sequence[str], days: Sequence[date]) -> list[Absence]:
    """What guardians had told of these days already, where that is all there is to take back."""
    rows = [row for child_id in child_ids for row in list_of_child(look, child_id, days)]
    return [] if any(row.told_kind != "guardian" for row in rows) else rows


def _tell_anew(work: Work, speaker: Speaker, here: Sequence[Named]) -> dict[str, Reason]:
    """What was told before the mark ceases, so that what is told now comes after it; why each was to be away."""
    before = [row for child in here for row in list_of_child(work, child.id, [speaker.today])]
    if take_back(work, before, speaker.guardians[0].id):
        work.session.flush()
    return {row.child_id: Reason(row.reason) for row in before}


def _known_by(look: Look, speaker: Speaker, child_ids: Sequence[str], day: date) -> list[Say]:
    """Who knows it now, where that is more than the one place that was written to."""
    knowing = list_knowing(look, child_ids, day, speaker.today)
    return [say("absence.known_by", places=[knows.value for knows in knowing])] if len(knowing) > 1 else []
