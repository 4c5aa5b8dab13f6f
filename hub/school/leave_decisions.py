"""Decisions about leave: made once, by whom the rules name, with a letter to each guardian who may know, as it was worded.

What is granted is marked in the day as absences of the kind leave, and whatever ends the leave takes the marks back.
Sources: administration acts on reasons and appeals; the regulation on electronic notice, section 8 (opened within a week).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, Right
from hub.people.places import Owner, Unit
from hub.people.staff import Staff
from hub.post.audience import list_guardians_for
from hub.safety.audit import note
from hub.school.absences import Absence, Reason, get_absences, list_of_child, report, take_back
from hub.school.leave import (
    LeaveApplication,
    LeaveOverError,
    LeaveState,
    end,
    lock,
    ring,
)
from hub.school.leave_rules import say_appeal, terms_of

OPENED_WITHIN = timedelta(days=7)
LONGEST_REASON = 2000
_UNDATED = date.min
"""Told as today where a letter names days, so that none of them is called tomorrow."""


class Outcome(StrEnum):
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class AlreadyDecidedError(Refusal):
    """Somebody was quicker."""

    words = "refusals.leave_already_decided"


class ReasonMissingError(Refusal):
    """A no, or half a yes, is explained."""

    words = "refusals.leave_reason_missing"


class DaysWrongError(Refusal):
    """The days are none of those applied for, or all of them."""

    words = "refusals.leave_days_wrong"


class LeaveDecision(Base):
    """What was decided. `days` are the granted ones, ISO. `marks` are the absences made, and those that gave way to them."""

    __tablename__ = "leave_decisions"
    __table_args__ = (sa.UniqueConstraint("application_id"), sa.Index(None, "child_id"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    application_id: Mapped[Ref] = mapped_column(sa.ForeignKey("leave_applications.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    decided_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    decided_at: Mapped[Moment]
    outcome: Mapped[str] = mapped_column(sa.String(10))
    days: Mapped[Json]
    reason: Mapped[str] = mapped_column(sa.Text)
    marks: Mapped[Json]
    application: Mapped[LeaveApplication] = after(LeaveApplication)

    @property
    def days_granted(self) -> tuple[date, ...]:
        return tuple(date.fromisoformat(day) for day in self.days)


class LeaveLetter(Base):
    """The decision as one guardian's letter: in their language, as it was worded, with the SHA-256 of its UTF-8 in hex.

    `told_at` is when they were told of it, or found to be beyond telling (`why_not` is a code); `told_again_at` when once
    more; `opened_at` when they first opened it.
    """

    __tablename__ = "leave_letters"
    __table_args__ = (sa.UniqueConstraint("decision_id", "guardian_id"), sa.Index(None, "told_at", "made_at"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    decision_id: Mapped[Ref] = mapped_column(sa.ForeignKey("leave_decisions.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), index=True)
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    language: Mapped[str] = mapped_column(sa.String(8))
    text: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[Moment]
    told_at: Mapped[Moment | None] = mapped_column(default=None)
    why_not: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    told_again_at: Mapped[Moment | None] = mapped_column(default=None)
    opened_at: Mapped[Moment | None] = mapped_column(default=None)
    decision: Mapped[LeaveDecision] = after(LeaveDecision)

    @property
    def is_as_made(self) -> bool:
        return digest(self.text) == self.sha256


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody decides. `days` are those granted when it is partly."""

    outcome: Outcome
    reason: str = ""
    days: Sequence[date] = ()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
    if verdict.outcome is not Outcome.REFUSED and application.replaces is not None:
        _end_replaced(work, application.replaces)
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
        marks=_mark(work, child, days),
    )
    application.state, application.granted = LeaveState.DECIDED, decision.days or None
    work.session.add(decision)
    _write_letters(work, application, decision, child, unit)
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


def _mark(work: Work, child: Child, days: Sequence[date]) -> dict[str, list[str]]:
    """Mark the days as leave. Who is ill on one of them stays ill; what else was told of one gives way."""
    before = list_of_child(work, child.id, days)
    ill = {absence.day for absence in before if absence.reason == Reason.SICK and absence.disputed_at is None}
    made = report(
        work,
        child,
        [day for day in days if day not in ill],
        Reason.LEAVE,
        told_by=work.asker.id,
        told_kind="staff",
        trust=Trust.STRONG,
    )
    return {
        "made": [absence.id for absence in made],
        "gave_way": [absence.id for absence in before if absence.ceased_at is not None],
    }


def _write_letters(
    work: Work, application: LeaveApplication, decision: LeaveDecision, child: Child, unit: Unit
) -> None:
    """One for each guardian who may know by rights as they are now."""
    terms = terms_of(work, unit)
    owner = work.session.get_one(Owner, unit.owner_id)
    decider = work.session.get(Staff, decision.decided_by)
    for guardian in list_guardians_for(work, child.id, Right.INFORM, unit.today(work.now)):
        names = {"child": child.name, "unit": unit.name, "owner": owner.name}
        text = work.words.in_language(guardian.language).say(
            "leave_letter.decision",
            **names,
            outcome=decision.outcome,
            asked=application.days_off,
            granted=decision.days_granted,
            applied_on=unit.today(application.applied_at),
            decided_on=unit.today(work.now),
            decider=decider.name if decider is not None else unit.name,
            reason=decision.reason,
            appeal=say_appeal(work, unit, terms, guardian.language, names),
            undated=_UNDATED,
        )
        letter = LeaveLetter(
            id=work.new_id(),
            owner_id=child.owner_id,
            decision_id=decision.id,
            child_id=child.id,
            guardian_id=guardian.id,
            language=guardian.language,
            text=text,
            sha256=digest(text),
            made_at=work.now,
        )
        work.session.add(letter)


def withdraw(work: Work, application: LeaveApplication, by: str) -> list[date]:
    """It is wanted no longer. Answers the granted days from today on that were given back. Audited.

    Raises: LeaveOverError when there is nothing to withdraw: over already, or refused.
    """
    application = lock(work, application.id)
    if application.state not in (LeaveState.WAITS, LeaveState.DECIDED) or (
        application.state == LeaveState.DECIDED and not application.granted
    ):
        raise LeaveOverError
    given_back = _give_back(work, application, by)
    end(work, application, LeaveState.WITHDRAWN, by)
    note(work, "leave.withdraw", [application.child_id, application.id])
    return given_back


def _end_replaced(work: Work, application_id: str) -> None:
    """The granted one in whose place another is granted now."""
    before = lock(work, application_id)
    if before.state == LeaveState.DECIDED:
        _give_back(work, before, work.asker.id)
        end(work, before, LeaveState.REPLACED, work.asker.id)
        before.end_told_at = work.now


def _give_back(work: Work, application: LeaveApplication, by: str) -> list[date]:
    """Take the marks from today on back, and let hold again what had given way to them."""
    decision = find_decision(work, application.id)
    if decision is None:
        return []
    today = work.session.get_one(Unit, decision.unit_id).today(work.now)
    taken = take_back(work, [a for a in get_absences(work, decision.marks["made"]) if a.day >= today], by)
    given_back = [day for day in application.days_granted if day >= today]
    application.granted = [day.isoformat() for day in application.days_granted if day < today] or None
    free = {absence.day for absence in taken}
    for absence in get_absences(work, decision.marks["gave_way"]):
        if absence.day in free:
            _report_again(work, absence)
    return given_back


def _report_again(work: Work, absence: Absence) -> None:
    report(
        work,
        work.session.get_one(Child, absence.child_id),
        [absence.day],
        Reason(absence.reason),
        told_by=absence.told_by,
        told_kind=absence.told_kind,
        trust=Trust(absence.trust),
        message_id=absence.message_id,
    )


def take_up_again(work: Work, application: LeaveApplication) -> bool:
    """One that had made room for another waits again; whether it could. Audited."""
    application = lock(work, application.id)
    if application.state != LeaveState.REPLACED or find_decision(work, application.id) is not None:
        return False
    application.state, application.ended_at = LeaveState.WAITS, None
    application.ended_by, application.end_told_at = None, None
    note(work, "leave.take_up_again", [application.child_id, application.id])
    ring(work, application)
    return True


def open_letter(work: Work, letter: LeaveLetter) -> None:
    """A guardian opened it; only the first time counts. Audited."""
    if letter.opened_at is None:
        letter.opened_at = work.now
        note(work, "leave.open_letter", [letter.id, letter.guardian_id])


_DECISION = sa.select(LeaveDecision).where(LeaveDecision.application_id == sa.bindparam("application"))


def find_decision(look: Look, application_id: str) -> LeaveDecision | None:
    return look.session.scalars(_DECISION, {"application": application_id}).one_or_none()


def list_letters(look: Look, decision_id: str) -> list[LeaveLetter]:
    return list(
        look.session.scalars(
            sa.select(LeaveLetter).where(LeaveLetter.decision_id == decision_id).order_by(LeaveLetter.id)
        )
    )
