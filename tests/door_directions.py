"""What staff do at the door, and who wishes to hear of it, for transcripts."""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Child, Guardian, Placement
from hub.people.places import Unit
from hub.school.attendance import Attendance, Departure, mark_left
from hub.school.attendance_denials import AttendanceDenial
from hub.school.attendance_undoing import take_marks_back, unleave
from hub.school.attendance_wishes import Moved, wish_to_hear
from hub.school.trusted_people import TrustedPerson, Whom, list_trusted, trust_person


def wishes(work: Work, *, how: str) -> None:
    """ "wishes Mor came left": what a guardian hears of from now on."""
    name, _, moved = how.partition(" ")
    guardian = work.session.scalars(sa.select(Guardian).where(Guardian.first_name == name)).one()
    wish_to_hear(work, guardian, [Moved(each) for each in moved.split()], guardian.id)


def trusts(work: Work, *, how: str) -> None:
    """ "trusts Ella Mormor": Mor has told that she may always fetch."""
    name, _, person = how.partition(" ")
    mother = work.session.scalars(sa.select(Guardian).where(Guardian.first_name == "Mor")).one()
    trust_person(work, _child(work, name), Whom(person), told_by=mother.id, trust=Trust.CONFIRMED)


def goes_home(work: Work, *, how: str) -> None:
    """ "goes_home Ella", "goes_home Ella Mormor", "goes_home Ella Far": now, with somebody or alone."""
    name, _, person = how.partition(" ")
    child = _child(work, name)
    guardian = work.session.scalars(sa.select(Guardian).where(Guardian.first_name == person)).first()
    listed: list[TrustedPerson] = list_trusted(work, [child.id]).get(child.id, [])
    trusted = next((row for row in listed if row.person == person), None)
    by = guardian or trusted
    departure = Departure(work.now, "staff", fetched_by=by.id if by else None, fetched_name=person or None)
    mark_left(work, _unit(work, child), [child.id], departure)


def not_here(work: Work, *, how: str) -> None:
    """The mark was wrong."""
    take_marks_back(work, _marks(work, how))


def not_left(work: Work, *, how: str) -> None:
    """It has not left after all."""
    unleave(work, _marks(work, how))


def came_at(work: Work, *, how: str) -> None:
    """ "came_at Ella 08:02": it came at another time than was marked."""
    name, _, at = how.partition(" ")
    for row in _marks(work, name):
        unit = work.session.get_one(Unit, row.unit_id)
        moment: datetime = unit.moment(row.day, time.fromisoformat(at))
        row.came_at = moment


def found_out(work: Work, *, how: str) -> None:
    """Somebody knows how it was, in these words."""
    for denial in work.session.scalars(sa.select(AttendanceDenial).where(AttendanceDenial.closed_at.is_(None))):
        denial.closed_at, denial.closed_by, denial.word = work.now, "staff", how


def _child(work: Work, name: str) -> Child:
    return work.session.scalars(sa.select(Child).where(Child.first_name == name)).one()


def _unit(work: Work, child: Child) -> Unit:
    at = sa.select(Unit).join(Placement, Placement.unit_id == Unit.id).where(Placement.child_id == child.id)
    return work.session.scalars(at).one()


def _marks(work: Work, name: str) -> list[Attendance]:
    child = _child(work, name)
    standing = sa.select(Attendance).where(Attendance.child_id == child.id, Attendance.taken_back_at.is_(None))
    return list(work.session.scalars(standing))


DIRECTIONS: Mapping[str, Any] = {
    "wishes": wishes,
    "trusts": trusts,
    "goes_home": goes_home,
    "not_here": not_here,
    "not_left": not_left,
    "came_at": came_at,
    "found_out": found_out,
}
