"""Tells families what became of their leave: what was decided, that it was withdrawn, and once more what nobody opened.

An open channel is told the days and the outcome, never the reason. Who may know is asked when they are told.
Source: the regulation on electronic notice, section 8, on what was not opened within a week.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from hub.calendars import may_wait
from hub.database import Utc
from hub.desk import Look, Work
from hub.mailroom.ends import keep_end_untold
from hub.mailroom.ways import give_up_telling
from hub.people.families import Child, Guardian, Right
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.post.topics import Topic
from hub.safety.starts import Function, find_begins
from hub.school.care_plans import list_locked_without
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.leave_decisions import LeaveDecision, Outcome, list_let_go
from hub.school.leave_letters import NOT_BEGUN, OPENED_WITHIN, LeaveLetter
from hub.school.leave_voices import list_voices
from hub.school.letter_codes import Draw, give_code
from hub.talk.prompting import GUARDED, Notice, tell

AUTHOR = "leave"
NO_RIGHT, ENDED = "no_right", "ended"
LOOK_BACK = timedelta(days=30)
"""What was told longer ago is not told again, so that asking costs the same however many letters there are."""
_OUTCOMES = {
    Outcome.GRANTED: "leave.granted",
    Outcome.PARTLY: "leave.partly",
    Outcome.REFUSED: "leave.refused",
}
_UNTOLD = sa.select(LeaveLetter.id).where(LeaveLetter.told_at.is_(None)).order_by(LeaveLetter.id)
_UNOPENED = (
    sa.select(LeaveLetter.id, Unit)
    .join(LeaveDecision, LeaveDecision.id == LeaveLetter.decision_id)
    .join(Unit, Unit.id == LeaveDecision.unit_id)
    .where(
        LeaveLetter.told_at <= sa.bindparam("until", type_=Utc),
        LeaveLetter.told_at > sa.bindparam("since", type_=Utc),
        LeaveLetter.told_again_at.is_(None),
        LeaveLetter.opened_at.is_(None),
        sa.or_(LeaveLetter.why_not.is_(None), LeaveLetter.why_not == GUARDED),
    )
    .order_by(LeaveLetter.id)
)
_ENDED = (
    sa.select(LeaveApplication.id)
    .where(
        LeaveApplication.state.in_([LeaveState.WITHDRAWN, LeaveState.REPLACED]), LeaveApplication.end_told_at.is_(None)
    )
    .order_by(LeaveApplication.id)
)


def list_due(look: Look) -> list[str]:
    """The ids of letters and of applications that the family is to be told of. Nobody is reminded on a feast."""
    told = {"until": look.now - OPENED_WITHIN, "since": look.now - LOOK_BACK}
    unopened = [id_ for id_, unit in look.session.execute(_UNOPENED, told) if not may_wait(look, unit)]
    scalars = look.session.scalars
    return [*scalars(_UNTOLD), *unopened, *scalars(_ENDED)]


def tell_due(work: Work, due: Iterable[str], draw: Draw) -> None:
    """Tell of each that is still due; `draw` makes the codes that open the letters."""
    due = list(due)
    work.take_turns(due)
    still = set(list_due(work))
    for id_ in due:
        if id_ not in still:
            continue
        letter = work.session.get(LeaveLetter, id_)
        if letter is not None:
            _tell_letter(work, letter, draw)
        else:
            application = work.session.get_one(LeaveApplication, id_)
            tell_others(work, application, _list_replacing(work, application))


def _tell_letter(work: Work, letter: LeaveLetter, draw: Draw) -> None:
    """The first time of the decision, the second that there is a letter; each time with its code. A right that has ended
    is not told."""
    decision = work.session.get_one(LeaveDecision, letter.decision_id)
    application = work.session.get_one(LeaveApplication, decision.application_id)
    again = letter.told_at is not None
    if again:
        letter.told_again_at = work.now
    else:
        letter.told_at = work.now
    unit = work.session.get_one(Unit, decision.unit_id)
    entitled = list_guardians_for(work, letter.child_id, Right.INFORM, unit.today(work.now))
    guardian = next((one for one in entitled if one.id == letter.guardian_id), None)
    if guardian is None:
        letter.why_not = NO_RIGHT
        return
    if application.state != LeaveState.DECIDED:
        letter.why_not = letter.why_not or ENDED
        return
    if find_begins(work, unit, Function.DECISIONS) is not None:
        _keep_why_not(work, letter, NOT_BEGUN, again)
        return
    utterance = "leave.letter_waits" if again else _say_outcome(work, decision, guardian.id)
    values = {**_values(application, decision, again), "code": give_code(work, letter, draw)}
    why_not = _tell(work, unit, guardian, letter.child_id, utterance, values)
    _keep_why_not(work, letter, why_not, again)


def _keep_why_not(work: Work, letter: LeaveLetter, why_not: str | None, again: bool) -> None:
    """What stood in the way the first time is kept; whoever is not reached the second gets it on paper."""
    if not again:
        letter.why_not = why_not
    elif why_not not in (None, GUARDED):
        give_up_telling(work, letter)


def _say_outcome(look: Look, decision: LeaveDecision, guardian_id: str) -> str:
    """Whoever had said no is told that it was granted all the same."""
    outcome = Outcome(decision.outcome)
    voices = list_voices(look, [decision.application_id]) if outcome is Outcome.GRANTED else []
    if any(voice.guardian_id == guardian_id and voice.agrees is False for voice in voices):
        return "leave.granted_though"
    return _OUTCOMES[outcome]


def _values(application: LeaveApplication, decision: LeaveDecision, again: bool) -> dict[str, Any]:
    granted = decision.days_granted
    refused = tuple(day for day in application.days_off if day not in granted)
    if not again and decision.outcome == Outcome.PARTLY:
        return {"days": granted, "refused": refused}
    return {"days": application.days_off}


def _list_replacing(look: Look, application: LeaveApplication) -> list[str]:
    """The guardian who wanted the one that was granted in its place, where there is one."""
    if application.state != LeaveState.REPLACED:
        return []
    granted = (
        sa.select(LeaveApplication)
        .join(LeaveDecision, LeaveDecision.application_id == LeaveApplication.id)
        .where(LeaveApplication.child_id == application.child_id, LeaveDecision.outcome != Outcome.REFUSED)
    )
    return [one.applied_by for one in look.session.scalars(granted) if application.id in (one.replaces or ())]


def tell_others(work: Work, application: LeaveApplication, but_not: Sequence[str]) -> None:
    """Tell every guardian who may know, but for those who said it themselves, that it was withdrawn; whoever holds its letter
    and has no channel is for a person to tell. Of one in whose place another is granted, the days that this does not grant."""
    application.end_told_at = work.now
    unit = work.session.get_one(Unit, application.unit_id)
    is_replaced = application.state == LeaveState.REPLACED
    days: tuple[date, ...] = list_let_go(work, application) if is_replaced else application.days_off
    if not days:
        return
    without_care = [unit.name for unit in list_locked_without(work, application.child_id, days)]
    for guardian in list_guardians_for(work, application.child_id, Right.INFORM, unit.today(work.now)):
        if guardian.id in but_not:
            continue
        values = {"days": days, "without_care": without_care}
        why_not = _tell(work, unit, guardian, application.child_id, "leave.was_withdrawn", values)
        if why_not not in (None, GUARDED):
            keep_end_untold(work, application.id, guardian.id)


def _tell(
    work: Work, unit: Unit, guardian: Guardian, child_id: str, utterance: str, values: dict[str, Any]
) -> str | None:
    child = work.session.get_one(Child, child_id)
    parameters = {"children": [child.called], "today": unit.today(work.now), **values}
    notice = Notice(utterance, parameters, [child_id], topic=Topic.LETTER, author=AUTHOR)
    return tell(work, unit, guardian, notice).why_not
