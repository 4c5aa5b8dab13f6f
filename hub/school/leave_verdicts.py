"""A verdict on leave becomes a decision: once, on the application as it is now, and with a reason for every no.

Source: administration acts on reasons.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.safety.audit import note
from hub.school.leave import LeaveApplication, LeaveOverError, LeaveState, lock, ring
from hub.school.leave_decisions import LeaveDecision, Outcome, end_replaced, find_decision, mark_days
from hub.school.leave_letters import write_letters

LONGEST_REASON = 2000


class AlreadyDecidedError(Refusal):
    """Somebody was quicker."""

    words = "refusals.leave_already_decided"


class ReasonMissingError(Refusal):
    """A no, or half a yes, is explained."""

    words = "refusals.leave_reason_missing"


class DaysWrongError(Refusal):
    """The days are none of those applied for, or all of them."""

    words = "refusals.leave_days_wrong"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decides. `days` are those granted when it is partly."""

    outcome: Outcome
    reason: str = ""
    days: Sequence[date] = ()


def decide(work: Work, application: LeaveApplication, unit: Unit, verdict: Verdict) -> LeaveDecision:
    """Decide as the asker, who may, at the unit that the child goes to now. Audited.

    Raises: AlreadyDecidedError, LeaveOverError, ReasonMissingError, DaysWrongError.
    """
    application = lock(work, application.id)
    _check_state(work, application)
    reason = verdict.reason.strip()[:LONGEST_REASON]
    if verdict.outcome is not Outcome.GRANTED and not reason:
        raise ReasonMissingError
    days = _granted(application, verdict)
    child = work.session.get_one(Child, application.child_id)
    for before in (application.replaces or ()) if verdict.outcome is not Outcome.REFUSED else ():
        end_replaced(work, before)
    decision = LeaveDecision(
        id=work.new_id(),
        owner_id=application.owner_id,
        application_id=application.id,
        child_id=child.id,
        unit_id=unit.id,
        decided_by=work.asker.id,
        decided_at=work.now,
        outcome=verdict.outcome,
        days=[day.isoformat() for day in days],
        reason=reason,
        marks=mark_days(work, child, days),
    )
    application.state, application.granted = LeaveState.DECIDED, decision.days or None
    work.session.add(decision)
    write_letters(work, application, decision, child, unit)
    note(work, "leave.decide", [child.id, application.id, decision.id], verdict.outcome)
    ring(work, application)
    return decision


def _check_state(look: Look, application: LeaveApplication) -> None:
    if application.state in (LeaveState.WITHDRAWN, LeaveState.REPLACED):
        raise LeaveOverError
    if application.state == LeaveState.DECIDED:
        decision = find_decision(look, application.id)
        by = look.session.get(Staff, decision.decided_by) if decision is not None else None
        raise AlreadyDecidedError(name=by.name if by is not None else "")


def _granted(application: LeaveApplication, verdict: Verdict) -> tuple[date, ...]:
    asked = application.days_off
    match verdict.outcome:
        case Outcome.GRANTED:
            return asked
        case Outcome.REFUSED:
            return ()
        case _:
            chosen = tuple(sorted(set(verdict.days)))
            if not chosen or not set(chosen) < set(asked):
                raise DaysWrongError
            return chosen
