"""Who was seen here on a day at a unit, and who was seen to leave: what staff mark, and take back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, Utc
from hub.desk import Look, Work
from hub.doorbell import LIVE, MARKS
from hub.people.families import Child
from hub.people.guest_places import GuestPlace
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.access import DAY, NotThereError
from hub.safety.audit import note
from hub.school.absences import Absence, list_of_child
from hub.school.attendance_times import check_coming, check_leaving
from hub.school.care_decisions import AgreedHours, Shift

FETCHED_LENGTH = 120
CLOCK = "clock"
"""In place of a member of staff: nobody saw the child leave, and the day was over."""
LONGEST_NIGHTS = 3
"""For so many nights in a row a child with shift care may be here without anybody marking anything."""


_IS_OPEN = sa.text("left_at IS NULL AND taken_back_at IS NULL")


class Attendance(Base):
    """Staff saw the child here on a day, and perhaps go. Taking it back keeps the row.

    `phone_id` is the registered phone that a text about it came from; None where it was marked on a page. Of a tag's touch
    `came_at` and `left_at` are when it was, `marked_at` and `left_marked_at` when staff confirmed it; `tap_id` and
    `left_tap_id` name the taps. `fetched_by` is who took the child along: the id of a guardian or of a trusted person, or None;
    and `fetched_name` the name that staff saw then. `day` is the one it came on, also where it stays over midnight.
    """

    __tablename__ = "attendance"
    __table_args__ = (
        sa.Index(None, "unit_id", "day"),
        sa.Index(None, "child_id", "day"),
        sa.Index(None, "left_marked_at"),
        sa.Index("ix_attendance_open", "unit_id", "day", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    came_at: Mapped[Moment]
    marked_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    phone_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    marked_at: Mapped[Moment | None] = mapped_column(default=None)
    tap_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    left_at: Mapped[Moment | None] = mapped_column(default=None)
    left_marked_at: Mapped[Moment | None] = mapped_column(default=None)
    left_marked_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    left_tap_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    fetched_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    fetched_name: Mapped[str | None] = mapped_column(sa.String(FETCHED_LENGTH), default=None)
    taken_back_at: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def left_unseen(self) -> bool:
        """The row was closed by itself: nobody knows yet when the child left, or with whom."""
        return self.left_marked_by == CLOCK


@dataclass(frozen=True, slots=True)
class Departure:
    """How children leave. `left_at` is when they did, `by` who of the staff saw it; `fetched_by` is the id of a guardian or a
    trusted person, and None where `fetched_name` is all that is known, or they go by themselves."""

    left_at: datetime
    by: str
    fetched_by: str | None = None
    fetched_name: str | None = None
    tap_id: str | None = None


HERE = (
    sa.select(Attendance)
    .where(Attendance.unit_id == sa.bindparam("unit"), Attendance.day == DAY, Attendance.taken_back_at.is_(None))
    .order_by(Attendance.id)
)
"""The latest coming of each child last."""
_HOMES = (
    sa.select(GuestPlace.home_unit_id)
    .where(
        GuestPlace.child_id == Attendance.child_id,
        GuestPlace.unit_id == Attendance.unit_id,
        GuestPlace.accepted_at.is_not(None),
        GuestPlace.from_day <= Attendance.day,
        GuestPlace.seen_to >= Attendance.day,
    )
    .correlate(Attendance)
)
IN_SHIFT_CARE = sa.exists().where(
    AgreedHours.child_id == Attendance.child_id,
    sa.or_(AgreedHours.unit_id == Attendance.unit_id, AgreedHours.unit_id.in_(_HOMES)),
    AgreedHours.shift != Shift.NONE,
    AgreedHours.from_day <= Attendance.day,
    sa.or_(AgreedHours.to_day.is_(None), AgreedHours.to_day >= Attendance.day),
)
"""Whether the child of a mark was in shift care on its day; a guest is as at home."""
OVERNIGHT = (
    sa.select(Attendance)
    .where(
        Attendance.unit_id == sa.bindparam("unit"),
        Attendance.day < DAY,
        Attendance.day >= sa.bindparam("first", type_=sa.Date),
        Attendance.taken_back_at.is_(None),
        sa.or_(
            sa.and_(Attendance.left_at.is_(None), IN_SHIFT_CARE),
            Attendance.left_at >= sa.bindparam("midnight", type_=Utc),
        ),
    )
    .order_by(Attendance.id)
)
"""Those who were here at midnight: they are here still, or left since."""
OF_SPAN = sa.select(Attendance).where(
    Attendance.unit_id == sa.bindparam("unit"),
    Attendance.child_id.in_(sa.bindparam("children", expanding=True)),
    Attendance.day.between(sa.bindparam("first", type_=sa.Date), sa.bindparam("last", type_=sa.Date)),
    Attendance.taken_back_at.is_(None),
)
_BETWEEN = QuickSelect(OF_SPAN.order_by(Attendance.id))
_HERE_OF_CHILD = HERE.where(Attendance.child_id == sa.bindparam("child"))
_OVERNIGHT_OF_CHILD = OVERNIGHT.where(Attendance.child_id == sa.bindparam("child"))

_HERE_NOW = QuickSelect(
    sa.select(Attendance.child_id).where(
        Attendance.child_id.in_(sa.bindparam("children", expanding=True)),
        Attendance.day <= sa.bindparam("day", type_=sa.Date),
        Attendance.day >= sa.bindparam("first", type_=sa.Date),
        sa.or_(Attendance.day == sa.bindparam("day", type_=sa.Date), IN_SHIFT_CARE),
        Attendance.taken_back_at.is_(None),
        Attendance.left_at.is_(None),
    )
)


def is_told_since(absence: Absence, mark_id: str) -> bool:
    """Whether a guardian told that the child is away after staff had seen it here, by the mark of this id."""
    return absence.told_kind == "guardian" and absence.id > mark_id


def find_standing(look: Look, child: Child, unit: Unit, day: date) -> Attendance | None:
    """The latest mark of one child on a day; of today, that of a night before where there is no other."""
    asked = {"child": child.id, "unit": unit.id, "day": day}
    here = look.session.scalars(_HERE_OF_CHILD, asked).all()
    if not here and day == unit.today(look.now):
        here = look.session.scalars(_OVERNIGHT_OF_CHILD, asked | night_before(unit, day)).all()
    return here[-1] if here else None


def list_of_day(look: Look, unit: Unit, child_id: str, day: date) -> list[Attendance]:
    """A child's marks of a day, after those of the nights before where it was still here as the day began."""
    asked = {"child": child_id, "unit": unit.id, "day": day}
    has_begun = day <= unit.today(look.now)
    stayed = look.session.scalars(_OVERNIGHT_OF_CHILD, asked | night_before(unit, day)).all() if has_begun else ()
    return [*stayed, *look.session.scalars(_HERE_OF_CHILD, asked)]


def list_between(look: Look, unit: Unit, child_ids: Collection[str], first: date, last: date) -> list[Attendance]:
    """The marks of these children that were made of days from the first to the last, in their order."""
    rows = _BETWEEN.rows(look, unit=unit.id, children=list(child_ids), first=first, last=last)
    return [row for (row,) in rows]


def night_before(unit: Unit, day: date) -> dict[str, date | datetime]:
    """What OVERNIGHT must be told of a day."""
    return {"first": _first_night(day), "midnight": unit.moment(day, time())}


def _first_night(day: date) -> date:
    return day - timedelta(days=LONGEST_NIGHTS)


def list_here_now(look: Look, child_ids: Collection[str], day: date) -> set[str]:
    """Those of the children whom staff have marked here, at whichever unit, and not as gone."""
    asked = {"children": list(child_ids), "day": day, "first": _first_night(day)}
    found = _HERE_NOW.rows(look, **asked) if child_ids else []
    return {child_id for (child_id,) in found}


def mark_here(
    work: Work,
    unit: Unit,
    children: Sequence[Child],
    by: str,
    *,
    came_at: datetime | None = None,
    phone_id: str | None = None,
    tap_id: str | None = None,
) -> list[Attendance]:
    """Staff see these children here today, since `came_at` or now. Marking twice changes nothing; whoever had left is back
    by a row of its own, and so is whoever was told to be away meanwhile, from when it came. Audited.

    Raises: TooFarAheadError, BeforeItLeftError.
    """
    today = unit.today(work.now)
    latest = _find_latest(work, unit, [child.id for child in children])
    if came_at is not None:
        check_coming(came_at, [latest[child.id].left_at for child in children if child.id in latest], work.now)
    there = {id_: row for id_, row in latest.items() if row.left_at is None}
    seen_again = {child.id for child in children if child.id in there and _is_doubted(work, there[child.id])}
    known = there.keys() - seen_again
    fresh = [
        Attendance(
            id=work.new_id(),
            owner_id=unit.owner_id,
            child_id=child.id,
            unit_id=unit.id,
            day=today,
            came_at=there[child.id].came_at if child.id in seen_again else came_at or work.now,
            marked_by=by,
            phone_id=phone_id,
            marked_at=work.now,
            tap_id=tap_id,
        )
        for child in children
        if child.id not in known
    ]
    work.session.add_all(fresh)
    if fresh:
        work.session.flush()
        note(work, "attendance.mark", [row.id for row in fresh])
    for row in fresh:
        work.ring(LIVE, row.child_id)
        work.ring(MARKS)
    return fresh


def _is_doubted(look: Look, here: Attendance) -> bool:
    return any(is_told_since(absence, here.id) for absence in list_of_child(look, here.child_id, [here.day]))


def mark_left(work: Work, unit: Unit, child_ids: Sequence[str], departure: Departure) -> list[Attendance]:
    """Those of the children who are here today have left; who was never seen here cannot leave. Audited.

    Raises: LeftBeforeItCameError.
    """
    latest = _find_latest(work, unit, child_ids)
    leaving = [latest[id_] for id_ in child_ids if id_ in latest and latest[id_].left_at is None]
    for row in leaving:
        check_leaving(row.came_at, departure.left_at)
    for row in leaving:
        row.left_at, row.left_marked_at, row.left_marked_by = departure.left_at, work.now, departure.by
        row.fetched_by, row.fetched_name, row.left_tap_id = (
            departure.fetched_by,
            departure.fetched_name,
            departure.tap_id,
        )
        work.ring(LIVE, row.child_id)
    if leaving:
        note(work, "attendance.leave", [row.id for row in leaving])
        work.ring(MARKS)
    return leaving


def tell_fetcher(work: Work, unit: Unit, child: Child, by: str | None, name: str | None) -> Attendance:
    """With whom a child left that has left today is known only now: `by` and `name` as a departure tells them. Audited.

    Raises: NotThereError, where it has not left.
    """
    row = find_standing(work, child, unit, unit.today(work.now))
    if row is None or row.left_at is None:
        raise NotThereError
    row.fetched_by, row.fetched_name = by, name
    work.ring(LIVE, child.id)
    note(work, "attendance.fetched", [row.id])
    return row


def get_marks(look: Look, ids: Sequence[str]) -> list[Attendance]:
    """Those of the marks that there are, taken back or not."""
    return list(look.session.scalars(sa.select(Attendance).where(Attendance.id.in_(ids)).order_by(Attendance.id)))


def read_anew(work: Work, marks: Sequence[Attendance]) -> None:
    """The marks are as the store has them now, and of their children every other work is kept by now, and none begins."""
    work.take_turns({mark.child_id for mark in marks})
    work.session.flush()
    for mark in marks:
        work.session.refresh(mark)


def _find_latest(work: Work, unit: Unit, child_ids: Sequence[str]) -> dict[str, Attendance]:
    """The latest mark of each child of the unit today. Of these children every other work is kept by now, and none begins."""
    work.take_turns(child_ids)
    work.session.flush()
    day = unit.today(work.now)
    asked = {"unit": unit.id, "day": day} | night_before(unit, day)
    afresh = {"populate_existing": True}
    rows = (
        row for select in (OVERNIGHT, HERE) for row in work.session.scalars(select, asked, execution_options=afresh)
    )
    return {row.child_id: row for row in rows}
