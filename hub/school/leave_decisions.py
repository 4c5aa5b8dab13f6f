"""Decisions about leave, and how they stand in the day: what is granted is marked as absences of the kind leave.

Whatever ends the leave takes the marks from today on back, and what had given way to them holds again.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref, after
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.audit import note
from hub.school.absences import Absence, Reason, get_absences, list_of_child, report, take_back
from hub.school.leave import LeaveApplication, LeaveOverError, LeaveState, end, list_standing, lock, ring

TAKEN_UP_WITHIN = timedelta(days=2)
"""So long one that made room for another may wait again; its guardian can undo the other for a day."""


class Outcome(StrEnum):
    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


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


def mark_days(work: Work, child: Child, days: Sequence[date]) -> dict[str, list[str]]:
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


def end_replaced(work: Work, application_id: str) -> None:
    """The granted one in whose place another is granted now."""
    before = lock(work, application_id)
    if before.state == LeaveState.DECIDED:
        _give_back(work, before, work.asker.id)
        end(work, before, LeaveState.REPLACED, work.asker.id)


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
    """One that had made room for another waits again; whether it could, and it was not too long ago. Audited."""
    application = lock(work, application.id)
    if application.state != LeaveState.REPLACED or find_decision(work, application.id) is not None:
        return False
    if application.ended_at is None or application.ended_at <= work.now - TAKEN_UP_WITHIN:
        return False
    application.state, application.ended_at = LeaveState.WAITS, None
    application.ended_by, application.end_told_at = None, None
    note(work, "leave.take_up_again", [application.child_id, application.id])
    ring(work, application)
    return True


def list_let_go(look: Look, application: LeaveApplication) -> tuple[date, ...]:
    """The days from today on that were granted by one which ended, and that no other grants."""
    decision = find_decision(look, application.id)
    if decision is None:
        return ()
    today = look.session.get_one(Unit, decision.unit_id).today(look.now)
    held = {day for one in list_standing(look, application.child_id) for day in one.days_granted}
    return tuple(day for day in decision.days_granted if day >= today and day not in held)


_DECISION = sa.select(LeaveDecision).where(LeaveDecision.application_id == sa.bindparam("application"))


def find_decision(look: Look, application_id: str) -> LeaveDecision | None:
    return look.session.scalars(_DECISION, {"application": application_id}).one_or_none()
