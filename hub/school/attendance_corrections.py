"""A time that was wrong is put right with a reason; what stood before is kept, with who changed it and when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.safety.audit import note
from hub.school.attendance import LONGEST_NIGHTS, Attendance, list_between, list_of_day, read_anew
from hub.school.attendance_times import TooFarAheadError, check_coming, check_leaving
from hub.school.attendance_undoing import unleave
from hub.school.care_decisions import Shift, find_agreed

REASON_LENGTH = 200


class UnexplainedCorrectionError(Refusal):
    """A time is changed with a reason, so that the next reader knows why."""

    words = "refusals.no_reason"


class AnotherDayError(Refusal):
    """A child came on the day it came, and left on it or after the night."""

    words = "refusals.another_day"


class CameAgainError(Refusal):
    """It would have left after it had come again."""

    words = "refusals.came_again"


class TimesChangedError(Refusal):
    """Somebody has changed the times since they were shown."""

    words = "refusals.times_changed"


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


def correct(
    work: Work, unit: Unit, row: Attendance, times: Times, reason: str, by: str, *, before: Times | None = None
) -> AttendanceCorrection | None:
    """From now on these times stand; None when they stood already and somebody had seen the leaving. Audited.

    `before` are those that stood when whoever corrects them saw them last.

    Raises: TimesChangedError, UnexplainedCorrectionError, AnotherDayError, TooFarAheadError, BeforeItLeftError,
    LeftBeforeItCameError, CameAgainError.
    """
    read_anew(work, [row])
    if row.taken_back_at is not None or before not in (None, Times(row.came_at, row.left_at)):
        raise TimesChangedError
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
    if times.left_at is None:
        unleave(work, [row] if row.left_at is not None else [])
    elif times.left_at != row.left_at or row.left_unseen:
        row.left_at, row.left_marked_at, row.left_marked_by = times.left_at, work.now, by
    note(work, "attendance.correct", [row.child_id, row.id, kept.id])
    work.ring(LIVE, row.child_id)
    return kept


def _check(look: Look, unit: Unit, row: Attendance, times: Times) -> None:
    if unit.local(times.came_at).date() != row.day or not _may_leave_then(look, unit, row, times.left_at):
        raise AnotherDayError
    before = [other for other in _list_beside(look, unit, row) if other.came_at < row.came_at and not other.left_unseen]
    check_coming(times.came_at, [other.left_at for other in before], look.now)
    back_at = find_back_at(look, unit, row)
    if back_at is not None and (times.left_at is None or times.left_at > back_at):
        raise CameAgainError
    if times.left_at is not None:
        check_leaving(times.came_at, times.left_at)
        if times.left_at > look.now:
            raise TooFarAheadError


def _may_leave_then(look: Look, unit: Unit, row: Attendance, left_at: datetime | None) -> bool:
    """Whether a child of that day may have left then, or be here still."""
    if left_at is None:
        today = list_of_day(look, unit, row.child_id, unit.today(look.now))
        return row.id in {standing.id for standing in today}
    return unit.local(left_at).date() <= row.day + timedelta(days=LONGEST_NIGHTS)


def list_days_to_leave(look: Look, unit: Unit, row: Attendance) -> list[date]:
    """On which days until today the child of a mark may have left: the one it came on, and the next ones where it stays
    overnight."""
    agreed = find_agreed(look, row.child_id, unit.id, row.day)
    stays = agreed is not None and agreed.shift != Shift.NONE
    left_after = row.left_at is not None and not row.left_unseen and unit.local(row.left_at).date() > row.day
    nights = LONGEST_NIGHTS if stays or left_after else 0
    days = [row.day + timedelta(days=n) for n in range(nights + 1)]
    return [day for day in days if day <= unit.today(look.now)]


def find_back_at(look: Look, unit: Unit, row: Attendance) -> datetime | None:
    """When the child of a mark came next, on the same day or after the night. A mark that was made in place of another, since
    a guardian had told otherwise, is no other coming."""
    return min((other.came_at for other in _list_beside(look, unit, row) if other.came_at > row.came_at), default=None)


def _list_beside(look: Look, unit: Unit, row: Attendance) -> list[Attendance]:
    """The other marks of the same child that lie so near that it may have left over midnight between them."""
    nights = timedelta(days=LONGEST_NIGHTS)
    near = list_between(look, unit, [row.child_id], row.day - nights, row.day + nights)
    return [other for other in near if other.id != row.id]


def list_corrections(look: Look, mark_ids: Collection[str]) -> list[AttendanceCorrection]:
    """What was changed of these marks, in its order."""
    asked = sa.select(AttendanceCorrection).where(AttendanceCorrection.attendance_id.in_(mark_ids))
    return list(look.session.scalars(asked.order_by(AttendanceCorrection.id)))
