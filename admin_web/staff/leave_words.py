"""How staff read where an application for leave stands, how far a letter about it has come, and what was answered to that."""

from datetime import date

from admin_web.staff.visiting import Visit
from hub.people.places import Unit
from hub.school.leave import LeaveApplication, LeaveState
from hub.school.leave_answers import code_of
from hub.school.leave_decisions import LeaveDecision, Outcome
from hub.school.leave_letters import NOT_BEGUN, LeaveLetter

PILLS = {Outcome.GRANTED: "here", Outcome.PARTLY: "late", Outcome.REFUSED: "away"}


def pill_of(
    application: LeaveApplication, decision: LeaveDecision | None, *, waits_for_others: bool = False
) -> tuple[str, str]:
    """The look of its state, and the code of its word."""
    if application.state == LeaveState.WAITS:
        return "waiting", "waits_for_other" if waits_for_others else "waits"
    if application.state == LeaveState.DECIDED and decision is not None:
        outcome = Outcome(decision.outcome)
        return PILLS[outcome], outcome.value
    return "unheard", application.state


def say_fate(visit: Visit, unit: Unit, letter: LeaveLetter, today: date) -> str:
    """How far a letter has come."""
    if letter.opened_at is not None:
        return visit.say("leave_page.letter_opened", day=unit.today(letter.opened_at), today=today)
    if letter.why_not is not None:
        on_paper = letter.why_not == NOT_BEGUN
        return visit.say("leave_page.letter_on_paper" if on_paper else "leave_page.letter_not_told")
    if letter.told_at is None:
        return visit.say("leave_page.letter_leaves")
    code = "letter_told_again" if letter.told_again_at is not None else "letter_told"
    return visit.say(f"leave_page.{code}", day=unit.today(letter.told_again_at or letter.told_at), today=today)


def say_answer(visit: Visit, unit: Unit, decision: LeaveDecision | None, letter: LeaveLetter, today: date) -> str:
    """What its guardian answered to it, and when; empty where they have not."""
    if decision is None or letter.answer is None or letter.answered_at is None:
        return ""
    at = unit.local(letter.answered_at)
    moment = visit.say("threads.moment", at=at, day=at.date(), today=today)
    return visit.say("letter_answer.staff", code=code_of(decision.outcome, letter.answer), at=moment)
