"""A guardian says that what staff marked at the door is not so: an alarm at the unit, until somebody has found out and says
what.

It is shown to those who see the child, and ends only by a word of theirs. It keeps what the guardian had been told, for the
mark may say otherwise by now; a further no to the very same is the same alarm.
Source: security rules S0.1, S3.3 and S4.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.families import Known, list_known
from hub.post.messages import Message
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.safety.guests import list_at_unit, visible_at_unit
from hub.school.attendance import FETCHED_LENGTH, Attendance
from hub.school.attendance_wishes import Moved
from hub.school.call_list import NOT_CALLED, may_call

WORD_LENGTH = 200


class AttendanceDenial(Base):
    """One mark that a guardian denies, by what they were told of it: `moved`, `said_at` and `person` are as in WasTold. `word`
    is what staff found out."""

    __tablename__ = "attendance_denials"
    __table_args__ = (
        sa.Index(None, "unit_id", "closed_at"),
        sa.Index(None, "attendance_id"),
        sa.Index(None, "message_id"),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    attendance_id: Mapped[Ref] = mapped_column(sa.ForeignKey(Attendance.id))
    moved: Mapped[str] = mapped_column(sa.String(4))
    said_at: Mapped[Moment | None]
    person: Mapped[str] = mapped_column(sa.String(FETCHED_LENGTH))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    raised_at: Mapped[Moment]
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    closed_at: Mapped[Moment | None] = mapped_column(default=None)
    closed_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    word: Mapped[str | None] = mapped_column(sa.String(WORD_LENGTH), default=None)
    attendance: Mapped[Attendance] = after(Attendance)
    message: Mapped[Message | None] = after(Message)


@dataclass(frozen=True, slots=True)
class WasTold:
    """What a guardian had been told of a mark, and denies: that the child came or left at `said_at`, or that it has not where
    that is None; `person` took it along, "" where nobody was named."""

    moved: Moved
    said_at: datetime | None = None
    person: str = ""


@dataclass(frozen=True, slots=True)
class Denied:
    """One alarm as a member of staff sees it; `guardians` whom they may call, the one who said no first."""

    denial: AttendanceDenial
    mark: Attendance
    child: Child
    group_id: str
    guardians: tuple[Known, ...] = ()

    @property
    def was_told(self) -> WasTold:
        return WasTold(Moved(self.denial.moved), self.denial.said_at, self.denial.person)


def deny(work: Work, row: Attendance, told: WasTold, guardian_id: str, message_id: str) -> AttendanceDenial:
    """A guardian says that it is not so. One that is open already stays the one alarm. Audited."""
    work.take_turns([row.child_id])
    standing = sa.select(AttendanceDenial).where(
        AttendanceDenial.attendance_id == row.id,
        AttendanceDenial.moved == told.moved,
        AttendanceDenial.said_at.is_not_distinct_from(told.said_at),
        AttendanceDenial.person == told.person,
        AttendanceDenial.closed_at.is_(None),
    )
    denial = work.session.scalars(standing).first()
    if denial is None:
        denial = AttendanceDenial(
            id=work.new_id(),
            owner_id=row.owner_id,
            child_id=row.child_id,
            unit_id=row.unit_id,
            attendance_id=row.id,
            moved=told.moved,
            said_at=told.said_at,
            person=told.person,
            guardian_id=guardian_id,
            raised_at=work.now,
            message_id=message_id,
        )
        work.session.add(denial)
    note(work, "attendance.deny", [row.child_id, row.id, denial.id, guardian_id], told.moved)
    work.ring(LIVE, row.child_id)
    return denial


def is_denied(look: Look, unit: Unit, child_id: str) -> bool:
    """Whether nobody has found out yet how it was. It asks no rights of the reader: its callers show nobody."""
    open_one = sa.select(AttendanceDenial.id).where(
        AttendanceDenial.unit_id == unit.id,
        AttendanceDenial.closed_at.is_(None),
        AttendanceDenial.child_id == child_id,
    )
    return look.session.scalars(open_one.limit(1)).first() is not None


_OPEN_AT = QuickSelect(
    sa.select(AttendanceDenial, Attendance)
    .join(Attendance, Attendance.id == AttendanceDenial.attendance_id)
    .where(AttendanceDenial.unit_id == sa.bindparam("unit"), AttendanceDenial.closed_at.is_(None))
    .order_by(AttendanceDenial.id)
)


def list_denied(look: Look, reach: Reach, unit: Unit) -> list[Denied]:
    """What nobody has found out yet at a unit, of the children whom the reader sees there today; the earliest first."""
    rows = _OPEN_AT.rows(look, unit=unit.id)
    if not rows:
        return []
    today = unit.today(look.now)
    seen = {child.id: (child, group_id) for child, group_id in list_at_unit(look, reach, unit, today)}
    calls = may_call(look, reach, unit)
    found = []
    for denial, mark in rows:
        if denial.child_id in seen:
            child, group_id = seen[denial.child_id]
            known = list_known(look, child, today) if calls else []
            found.append(Denied(denial, mark, child, group_id, _to_call(known, denial.guardian_id)))
    return found


def _to_call(known: Sequence[Known], first_id: str) -> tuple[Known, ...]:
    may = [one for one in known if one.phone and one.warning not in NOT_CALLED]
    return tuple(sorted(may, key=lambda one: one.id != first_id))


def close_denial(work: Work, reach: Reach, unit: Unit, denial_id: str, word: str) -> None:
    """Somebody knows how it was. A second closing changes nothing. Audited. Raises: NotThereError."""
    denial = work.session.get(AttendanceDenial, denial_id)
    if denial is None or denial.unit_id != unit.id:
        raise NotThereError
    if not visible_at_unit(work, reach, [denial.child_id], unit.id, unit.today(work.now)):
        raise NotThereError
    work.session.refresh(denial, with_for_update=True)
    if denial.closed_at is not None:
        return
    denial.closed_at, denial.closed_by, denial.word = work.now, reach.staff_id, word[:WORD_LENGTH]
    note(work, "attendance.deny_close", [denial.child_id, denial.id])
    work.ring(LIVE, denial.child_id)
