"""Which guardians wish to hear that their child came and left: off until they say so themselves, or staff on their behalf.

A wish gives no right: whether they may know is asked anew for each child whenever something is told.
"""

from collections.abc import Collection
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import Guardian
from hub.safety.audit import note


class Moved(StrEnum):
    """What a mark says that a child did."""

    CAME = "came"
    LEFT = "left"


class AttendanceWish(Base):
    """What one guardian wishes to hear of, of marks made from `changed_at` on."""

    __tablename__ = "attendance_wishes"
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    came: Mapped[bool]
    left: Mapped[bool]
    changed_at: Mapped[Moment]
    changed_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))


def list_wished(look: Look, guardian_id: str) -> frozenset[Moved]:
    """What this guardian wishes to hear of."""
    wish = look.session.get(AttendanceWish, guardian_id)
    if wish is None:
        return frozenset()
    return frozenset(moved for moved, is_on in ((Moved.CAME, wish.came), (Moved.LEFT, wish.left)) if is_on)


def wish_to_hear(work: Work, guardian: Guardian, moved: Collection[Moved], by: str) -> None:
    """From now on the guardian is told of these and of nothing else; what is wished already changes nothing. Audited."""
    work.take_turns([guardian.id])
    if frozenset(moved) == list_wished(work, guardian.id):
        return
    came, left = Moved.CAME in moved, Moved.LEFT in moved
    wish = work.session.get(AttendanceWish, guardian.id)
    if wish is None:
        wish = AttendanceWish(
            guardian_id=guardian.id,
            owner_id=guardian.owner_id,
            came=came,
            left=left,
            changed_at=work.now,
            changed_by=by,
        )
        work.session.add(wish)
    wish.came, wish.left, wish.changed_at, wish.changed_by = came, left, work.now, by
    note(work, "attendance.wish", [guardian.id], " ".join(sorted(moved)) or "nothing")
