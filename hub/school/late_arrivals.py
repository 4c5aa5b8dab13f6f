"""Late arrivals: a guardian, or staff, told that a child comes later than usual."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import Base, after
from hub.desk import Look, Work
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestStay
from hub.post.messages import Message
from hub.quick_select import QuickSelect
from hub.safety.access import DAY
from hub.school import told
from hub.school.told import ToldOfDay


class LateArrival(ToldOfDay, Base):
    """The child comes later than usual that day; `comes_at` is a wall-clock time at the unit, None when nobody told."""

    __tablename__ = "late_arrivals"
    __table_args__ = (sa.Index(None, "child_id", "day"),)
    comes_at: Mapped[time | None] = mapped_column(sa.Time)
    message: Mapped[Message | None] = after(Message)


def _late_in(place: type[Placement]) -> "QuickSelect[LateArrival]":
    return QuickSelect(
        sa.select(LateArrival)
        .join(place, place.child_id == LateArrival.child_id)
        .where(place.unit_id == sa.bindparam("unit"), LateArrival.day == DAY, LateArrival.taken_back_at.is_(None))
        .order_by(LateArrival.id)
    )


_LATE, _LATE_GUESTS = _late_in(Placement), _late_in(GuestStay)
_LATE_OF_CHILD = (
    sa.select(LateArrival)
    .where(LateArrival.child_id == sa.bindparam("child"), LateArrival.day == DAY, LateArrival.taken_back_at.is_(None))
    .order_by(LateArrival.id)
)
_LATE_SINCE = (
    sa.select(LateArrival)
    .where(LateArrival.child_id == sa.bindparam("child"), LateArrival.day >= DAY, LateArrival.taken_back_at.is_(None))
    .order_by(LateArrival.day, LateArrival.id)
)


def list_late(look: Look, unit_id: str, day: date) -> list[LateArrival]:
    """Who of a unit comes late on a day; the latest telling of each child last."""
    asked: dict[str, Any] = {"unit": unit_id, "day": day}
    return [late for (late,) in (*_LATE.rows(look, **asked), *_LATE_GUESTS.rows(look, **asked))]


def find_late(look: Look, child_id: str, day: date) -> LateArrival | None:
    """What was told last of a child's coming late that day, where that still holds."""
    late = look.session.scalars(_LATE_OF_CHILD, {"child": child_id, "day": day}).all()
    return late[-1] if late else None


def list_late_since(look: Look, child_id: str, day: date) -> list[LateArrival]:
    """When a child comes late on a day or later, by day."""
    return list(look.session.scalars(_LATE_SINCE, {"child": child_id, "day": day}))


def report_late(
    work: Work,
    child: Child,
    day: date,
    comes_at: time | None,
    *,
    told_by: str,
    message_id: str | None,
    trust: Trust = Trust.CLAIMED,
) -> LateArrival:
    """The child comes later that day. What was told before of the same day ceases. Audited."""
    late = LateArrival(
        id=work.new_id(),
        owner_id=child.owner_id,
        child_id=child.id,
        day=day,
        comes_at=comes_at,
        told_by=told_by,
        told_at=work.now,
        trust=trust,
        message_id=message_id,
    )
    told.tell(work, [late], "late.report")
    return late


def get_late(look: Look, ids: Sequence[str]) -> list[LateArrival]:
    """Those of the ids that there are, whether they still hold or not."""
    return told.get_told(look, LateArrival, ids)


def take_back_late(work: Work, rows: Sequence[LateArrival], by: str) -> list[LateArrival]:
    """Those of the late arrivals that still held, now taken back. Audited."""
    return told.take_back(work, rows, by, "late.take_back")
