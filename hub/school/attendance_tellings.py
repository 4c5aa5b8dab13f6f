"""Which guardian was told which mark: once for each, with what was said, so that what proves wrong can be told again.

What is due is a question about marks and wishes: a coming at once, a leaving when the time is over in which staff may undo it.
A mark that nobody told of in time is written down as stale, and never told.
Source: security rules S9.2 and S9.5.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import first_id
from hub.database import Base, Moment, Ref, Utc, after
from hub.desk import Look
from hub.people.families import Guardian, Guardianship
from hub.quick_select import QuickSelect
from hub.school.attendance import CLOCK, FETCHED_LENGTH, Attendance
from hub.school.attendance_undoing import UNDONE_WITHIN
from hub.school.attendance_wishes import AttendanceWish, Moved

LATEST = timedelta(minutes=30)
"""So long after a child came or left it is still news."""
LOOKED_BACK = timedelta(hours=1)
"""Marks older than this are not looked at any more: a hub that was away for longer has nothing fresh to tell."""
CORRECTED_FOR = timedelta(hours=18)
AT_ONCE = 200


class AttendanceTelling(Base):
    """One guardian and one mark. `at` and `person` are what was said; `why_not` is a code where nothing was said, and
    `withdrawn_at` when they were told that it was not so."""

    __tablename__ = "attendance_tellings"
    __table_args__ = (sa.Index(None, "told_at"),)
    attendance_id: Mapped[Ref] = mapped_column(sa.ForeignKey(Attendance.id), primary_key=True)
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), primary_key=True)
    moved: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    told_at: Mapped[Moment]
    at: Mapped[Moment]
    person: Mapped[str] = mapped_column(sa.String(FETCHED_LENGTH), default="")
    why_not: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    withdrawn_at: Mapped[Moment | None] = mapped_column(default=None)
    attendance: Mapped[Attendance] = after(Attendance)


def said_at(telling: AttendanceTelling) -> datetime | None:
    """When the child came or left by what the guardian heard last; None where that was that it did not."""
    return telling.at if telling.withdrawn_at is None else None


def happened_at(row: Attendance, moved: Moved) -> datetime | None:
    """When the child came or left, as the mark says now; None where it says so no more, or only the clock does."""
    if row.taken_back_at is not None:
        return None
    if moved is Moved.CAME:
        return row.came_at
    return None if row.left_unseen else row.left_at


def _untold(moved: Moved, fresh: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """On a question about Attendance, Guardianship and AttendanceWish: what one who wishes it was not told yet."""
    wished = AttendanceWish.came if moved is Moved.CAME else AttendanceWish.left
    marked_at = Attendance.marked_at if moved is Moved.CAME else Attendance.left_marked_at
    told = sa.exists().where(
        AttendanceTelling.attendance_id == Attendance.id,
        AttendanceTelling.guardian_id == AttendanceWish.guardian_id,
        AttendanceTelling.moved == moved,
    )
    return sa.and_(
        fresh,
        wished.is_(True),
        Attendance.taken_back_at.is_(None),
        marked_at >= AttendanceWish.changed_at,
        ~told,
    )


_WAS_SEEN = Attendance.left_marked_by.is_distinct_from(CLOCK)
"""Of a leaving: a day that ended by itself says nothing of it, for nobody saw that child leave."""
_CAME = _untold(Moved.CAME, Attendance.id > sa.bindparam("first"))
_LEFT = _untold(
    Moved.LEFT,
    sa.and_(
        Attendance.left_marked_at > sa.bindparam("since", type_=Utc),
        Attendance.left_marked_at <= sa.bindparam("until", type_=Utc),
        _WAS_SEEN,
    ),
)
_TIED = (
    sa.select(Attendance.id)
    .join(Guardianship, Guardianship.child_id == Attendance.child_id)
    .join(AttendanceWish, AttendanceWish.guardian_id == Guardianship.guardian_id)
)
_UNTOLD = {
    Moved.CAME: QuickSelect(_TIED.where(_CAME).distinct().order_by(Attendance.id).limit(AT_ONCE)),
    Moved.LEFT: QuickSelect(_TIED.where(_LEFT).distinct().order_by(Attendance.id).limit(AT_ONCE)),
}


def list_untold(look: Look, moved: Moved) -> list[str]:
    """The ids of the marks that somebody who wishes to hear of them was not told yet; the earliest first."""
    return [id_ for (id_,) in _UNTOLD[moved].rows(look, **_fresh(look, moved))]


def list_waiting(look: Look, moved: Moved, rows: Collection[Attendance]) -> list[tuple[Attendance, Guardian]]:
    """Of these marks, each with every guardian who wishes to hear of it and was not told yet, whether they may know or not."""
    is_fresh = _CAME if moved is Moved.CAME else _LEFT
    found = look.session.execute(
        sa.select(Attendance, Guardian)
        .join(Guardianship, Guardianship.child_id == Attendance.child_id)
        .join(AttendanceWish, AttendanceWish.guardian_id == Guardianship.guardian_id)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .where(is_fresh, Attendance.id.in_([row.id for row in rows]))
        .order_by(Attendance.id, Guardian.id),
        _fresh(look, moved),
    )
    return [(row, guardian) for row, guardian in found]


def _fresh(look: Look, moved: Moved) -> dict[str, Any]:
    """The bounds of the marks that may be told now."""
    since = look.now - LOOKED_BACK
    if moved is Moved.CAME:
        return {"first": first_id(since)}
    return {"since": since, "until": look.now - UNDONE_WITHIN}


_AT = sa.case((AttendanceTelling.moved == Moved.CAME, Attendance.came_at), (_WAS_SEEN, Attendance.left_at))
_HAPPENED = sa.and_(Attendance.taken_back_at.is_(None), _AT.is_not(None))
_LEFT_ANEW = sa.and_(
    AttendanceTelling.moved == Moved.LEFT,
    AttendanceTelling.person != "",
    Attendance.left_marked_at >= AttendanceTelling.told_at,
)
"""The leaving was marked again since somebody was named: it may have been with another."""
_WRONG = QuickSelect(
    sa.select(AttendanceTelling.attendance_id, AttendanceTelling.guardian_id, AttendanceTelling.moved)
    .join(Attendance, Attendance.id == AttendanceTelling.attendance_id)
    .where(
        AttendanceTelling.told_at > sa.bindparam("since", type_=Utc),
        AttendanceTelling.why_not.is_(None),
        sa.or_(
            ~_HAPPENED,
            AttendanceTelling.moved == Moved.CAME,
            Attendance.left_marked_at <= sa.bindparam("until", type_=Utc),
        ),
        sa.or_(
            sa.and_(
                AttendanceTelling.withdrawn_at.is_(None), sa.or_(~_HAPPENED, AttendanceTelling.at != _AT, _LEFT_ANEW)
            ),
            sa.and_(AttendanceTelling.withdrawn_at.is_not(None), _HAPPENED),
        ),
    )
    .order_by(AttendanceTelling.told_at)
    .limit(AT_ONCE)
)


def list_wrong(look: Look) -> list[tuple[str, str, Moved]]:
    """The keys of what was told and is not so any more, or may not be, or is so again after it was taken back; the earliest
    first. A leaving that was marked anew waits as any does."""
    rows = _WRONG.rows(look, since=look.now - CORRECTED_FOR, until=look.now - UNDONE_WITHIN)
    return [(attendance_id, guardian_id, Moved(moved)) for attendance_id, guardian_id, moved in rows]


def was_said_before(look: Look, row: Attendance, guardian_id: str, moved: Moved, at: datetime) -> bool:
    """Whether this guardian heard the very same of the child by an earlier mark, which another has replaced since."""
    asked = (
        sa.select(AttendanceTelling.attendance_id)
        .join(Attendance, Attendance.id == AttendanceTelling.attendance_id)
        .where(
            Attendance.child_id == row.child_id,
            Attendance.day == row.day,
            Attendance.id != row.id,
            Attendance.taken_back_at.is_(None),
            AttendanceTelling.guardian_id == guardian_id,
            AttendanceTelling.moved == moved,
            AttendanceTelling.at == at,
            AttendanceTelling.why_not.is_(None),
        )
    )
    return look.session.scalars(asked.limit(1)).first() is not None


def get_tellings(look: Look, keys: Sequence[tuple[str, str, Moved]]) -> list[AttendanceTelling]:
    """Those of the keys that there are, as they are now, but for those that told nothing."""
    found = (look.session.get(AttendanceTelling, (*key[:2], key[2].value)) for key in keys)
    return [row for row in found if row is not None and row.why_not is None]
