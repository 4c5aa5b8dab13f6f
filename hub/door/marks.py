"""The log of the door: what staff said of each child there, and when. A child's day itself stands in hub/school/attendance.py.

Two times are kept: `at`, when it was, and `said_at`, when somebody said so. An undo takes nothing away here: it is a row of its
own. Source: security rules S8.1 and S8.2.
"""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.school.attendance import Attendance

CODE_LENGTH = 16
LOST_FOR = timedelta(days=30)
"""So long a mark by which a child is missing waits for a person; by then nobody learns of it from a list."""


class Way(StrEnum):
    """What was said of a child. The last two come of a roll call."""

    COMING = "coming"
    LEAVING = "leaving"
    AWAY = "away"
    NOT_COME = "not_come"
    NOT_LEFT = "not_left"
    NOT_AWAY = "not_away"
    SEEN = "seen"
    MISSING = "missing"


class Why(StrEnum):
    """Why another time or way counts than what the touch says."""

    TOUCHED_LATE = "touched_late"
    FORGOTTEN = "forgotten"
    WRONG_TOUCH = "wrong_touch"
    CLOCK = "clock"


class Clash(StrEnum):
    """Why a person must look: what was said does not go with what others have said meanwhile, or leaves something open."""

    MISSING = "missing"
    OTHERWISE = "otherwise"
    NOT_HERE = "not_here"
    WHO_FETCHED = "who_fetched"
    OTHER_PERSON = "other_person"


class DoorMark(Base):
    """One thing said of one child. `tap_id` is the touch it came of; `reader_id` the phone it was said on, and `number` that
    phone's own count where it was kept there without network, so that it counts once.

    While `looked_at` is None, a row with a `clash` waits for a person.
    """

    __tablename__ = "door_marks"
    __table_args__ = (
        sa.UniqueConstraint("reader_id", "number"),
        sa.Index(None, "unit_id", "day"),
        sa.Index(None, "child_id", "day"),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    way: Mapped[str] = mapped_column(sa.String(CODE_LENGTH))
    at: Mapped[Moment]
    said_at: Mapped[Moment]
    said_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    reader_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("tag_readers.id"), default=None)
    number: Mapped[int | None] = mapped_column(sa.BigInteger, default=None)
    tap_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    attendance_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    why: Mapped[str | None] = mapped_column(sa.String(CODE_LENGTH), default=None)
    clash: Mapped[str | None] = mapped_column(sa.String(CODE_LENGTH), default=None)
    looked_at: Mapped[Moment | None] = mapped_column(default=None)
    looked_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


_OF_DAY = (
    sa.select(DoorMark)
    .where(
        DoorMark.unit_id == sa.bindparam("unit"),
        DoorMark.day == sa.bindparam("day", type_=sa.Date),
        DoorMark.child_id.in_(sa.bindparam("children", expanding=True)),
    )
    .order_by(DoorMark.id)
)
_OPEN = QuickSelect(_OF_DAY.where(DoorMark.clash.is_not(None), DoorMark.looked_at.is_(None)))
_LOST_BEFORE = (
    sa.select(DoorMark)
    .where(
        DoorMark.unit_id == sa.bindparam("unit"),
        DoorMark.day < sa.bindparam("day", type_=sa.Date),
        DoorMark.day >= sa.bindparam("since", type_=sa.Date),
        DoorMark.child_id.in_(sa.bindparam("children", expanding=True)),
        DoorMark.clash == Clash.MISSING,
        DoorMark.looked_at.is_(None),
        ~sa.exists().where(Attendance.child_id == DoorMark.child_id, Attendance.marked_at > DoorMark.said_at),
    )
    .order_by(DoorMark.id)
)
_BY_TAP = (
    sa.select(DoorMark)
    .where(
        DoorMark.unit_id == sa.bindparam("unit"),
        DoorMark.day == sa.bindparam("day", type_=sa.Date),
        DoorMark.tap_id == sa.bindparam("tap"),
    )
    .order_by(DoorMark.id)
)
_NUMBERED = sa.select(DoorMark).where(
    DoorMark.reader_id == sa.bindparam("reader"), DoorMark.number == sa.bindparam("number")
)


def keep_mark(work: Work, mark: DoorMark) -> DoorMark:
    """Keep what was said."""
    work.session.add(mark)
    work.session.flush()
    work.ring(LIVE, mark.child_id)
    return mark


def list_said(look: Look, unit: Unit, day: date, child_ids: Collection[str]) -> list[DoorMark]:
    """All that was said of these children on a day, oldest first. It asks no rights of the reader: its callers have."""
    return list(look.session.scalars(_OF_DAY, {"unit": unit.id, "day": day, "children": list(child_ids)}))


def list_open(look: Look, unit: Unit, day: date, child_ids: Collection[str]) -> list[DoorMark]:
    """What waits for a person to look, of these children."""
    return [mark for (mark,) in _OPEN.rows(look, unit=unit.id, day=day, children=list(child_ids))]


def list_lost_before(look: Look, unit: Unit, day: date, child_ids: Collection[str]) -> list[DoorMark]:
    """Of these children the marks of days before by which they are missing: midnight finds nobody. Whom staff have seen come
    since is found."""
    asked = {"unit": unit.id, "day": day, "since": day - LOST_FOR, "children": list(child_ids)}
    return list(look.session.scalars(_LOST_BEFORE, asked))


def list_by_tap(look: Look, unit: Unit, day: date, tap_id: str) -> list[DoorMark]:
    """What was said by a touch on a day, oldest first. It asks no rights of the reader: its callers do."""
    return list(look.session.scalars(_BY_TAP, {"unit": unit.id, "day": day, "tap": tap_id}))


def find_numbered(look: Look, reader_id: str, number: int) -> DoorMark | None:
    """What was kept of a phone's own count."""
    return look.session.scalars(_NUMBERED, {"reader": reader_id, "number": number}).one_or_none()
