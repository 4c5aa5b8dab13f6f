"""A time that was wrong is put right with a reason; what stood before is kept, with who changed it and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.safety.audit import note
from hub.school.attendance import Attendance
from hub.school.attendance_times import TooFarAheadError, check_coming, check_leaving

REASON_LENGTH = 200


class UnexplainedCorrectionError(Refusal):
    """A time is changed with a reason, so that the next reader knows why."""

    words = "refusals.no_reason"


class AnotherDayError(Refusal):
    """A child came on the day it came."""

    words = "refusals.another_day"


class AttendanceCorrection(Base):
    """One change of the times of a mark: what stood before, what stands since, who said so, and why."""

    __tablename__ = "attendance_corrections"
    __table_args__ = (sa.Index(None, "attendance_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    attendance_id: Mapped[Ref] = mapped_column(sa.ForeignKey(Attendance.id))
    came_before: Mapped[Moment]
    left_before: Mapped[Moment | None]
    came_at: Mapped[Moment]
    left_at: Mapped[Moment | None]
    reason: Mapped[str] = mapped_column(sa.String(REASON_LENGTH))
    by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    at: Mapped[Moment]
    attendance: Mapped[Attendance] = after(Attendance)


@dataclass(frozen=True, slots=True)
class Times:
    """When a child came and left; `left_at` is None while it is here."""

    came_at: datetime
    left_at: datetime | None


def correct(work: Work, unit: Unit, row: Attendance, times: Times, reason: str, by: str) -> AttendanceCorrection | None:
    """From now on these times stand; None when they stood already and somebody had seen the leaving. Audited.

    Raises: UnexplainedCorrectionError, AnotherDayError, TooFarAheadError, BeforeItLeftError, LeftBeforeItCameError.
    """
    _check(work, unit, row, times)
    if not reason.strip():
        raise UnexplainedCorrectionError
    if (row.came_at, row.left_at) == (times.came_at, times.left_at) and not row.left_unseen:
        return None
    kept = AttendanceCorrection(
        id=work.new_id(),
        owner_id=row.owner_id,
        attendance_id=row.id,
        came_before=row.came_at,
        left_before=row.left_at,
        came_at=times.came_at,
        left_at=times.left_at,
        reason=" ".join(reason.split())[:REASON_LENGTH],
        by=by,
        at=work.now,
    )
    work.session.add(kept)
    row.came_at = times.came_at
    if times.left_at != row.left_at or row.left_unseen:
        row.left_at = times.left_at
        row.left_marked_at, row.left_marked_by = (None, None) if times.left_at is None else (work.now, by)
    note(work, "attendance.correct", [row.child_id, row.id, kept.id])
    work.ring(LIVE, row.child_id)
    return kept


def _check(look: Look, unit: Unit, row: Attendance, times: Times) -> None:
    if unit.local(times.came_at).date() != row.day or (times.left_at is None and row.day != unit.today(look.now)):
        raise AnotherDayError
    check_coming(
        times.came_at, [other.left_at for other in list_of_day(look, unit, row.child_id, row.day, row)], look.now
    )
    if times.left_at is not None:
        check_leaving(times.came_at, times.left_at)
        if times.left_at > look.now:
            raise TooFarAheadError


def list_of_day(look: Look, unit: Unit, child_id: str, day: date, before: Attendance | None = None) -> list[Attendance]:
    """A child's marks of a day that stand, in their order; with `before`, those that were made before it."""
    asked = sa.select(Attendance).where(
        Attendance.unit_id == unit.id,
        Attendance.child_id == child_id,
        Attendance.day == day,
        Attendance.taken_back_at.is_(None),
    )
    if before is not None:
        asked = asked.where(Attendance.id < before.id)
    return list(look.session.scalars(asked.order_by(Attendance.id)))


def list_corrections(look: Look, mark_ids: Collection[str]) -> list[AttendanceCorrection]:
    """What was changed of these marks, in its order."""
    asked = sa.select(AttendanceCorrection).where(AttendanceCorrection.attendance_id.in_(mark_ids))
    return list(look.session.scalars(asked.order_by(AttendanceCorrection.id)))
