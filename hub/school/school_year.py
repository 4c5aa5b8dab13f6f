"""A pupil's school year as they and their family see it: the days away, each lesson that was missed or remarked on, and what
their teachers found. What was taken back, what stood before a correction, and a remark that no teacher shared are the staff's
to see. Words and marks of teachers are read after a strong sign-in only.

Source: S6.1.
"""

from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit, UnitKind
from hub.post.family import Family
from hub.safety.access import NotThereError
from hub.school.absences import Absence
from hub.school.assessments import Assessed, list_assessed
from hub.school.lessons import InLesson, LessonMark, list_told, year_of


@dataclass(frozen=True, slots=True)
class Missed:
    """A lesson that a pupil missed or was late for, or in which there was a remark, which is empty where the reader may not
    read it. `is_told`: somebody told of the day."""

    mark: LessonMark
    remark: str
    is_told: bool


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """`away` are the days on which an absence stands that nobody denied, `names` of the staff who gave an assessment, by id.
    `withheld` is how many assessments and remarks a strong sign-in would show."""

    child: Child
    today: date
    away: list[date]
    lessons: list[Missed]
    assessed: list[Assessed]
    names: dict[str, str]
    withheld: int

    @property
    def read_ids(self) -> list[str]:
        return [self.child.id, *(one.mark.id for one in self.lessons), *(one.newest.id for one in self.assessed)]


def is_pupil_of_school(family: Family, child_id: str) -> bool:
    """Whether a child of theirs goes to a school, and so has such a year."""
    return _find_school(family, child_id) is not None


def _find_school(family: Family, child_id: str) -> Unit | None:
    units = (family.units[place.unit_id] for place in family.knows if place.child.id == child_id)
    return next((unit for unit in units if unit.kind == UnitKind.SCHOOL), None)


def read_school_year(look: Look, family: Family, child_id: str, *, is_strong: bool) -> SchoolYear:
    """From its first day until today, and every assessment that stands.

    Raises: NotThereError, also where the child goes to no school.
    """
    child, school = family.places_of(child_id)[0].child, _find_school(family, child_id)
    if school is None:
        raise NotThereError
    today = school.today(look.now)
    first = year_of(today)
    lessons = _list_missed(look, child_id, first, today)
    assessed = [one for one in list_assessed(look, child_id) if one.stands is not None]
    withheld = 0
    if not is_strong:
        withheld = len(assessed) + sum(bool(one.remark) for one in lessons)
        lessons = [replace(one, remark="") for one in lessons if one.mark.state != InLesson.HERE]
        assessed = []
    return SchoolYear(
        child=child,
        today=today,
        away=_list_away(look, child_id, first, today),
        lessons=lessons,
        assessed=assessed,
        names=names_of(look, staff={one.newest.given_by for one in assessed}),
        withheld=withheld,
    )


def _list_away(look: Look, child_id: str, first: date, last: date) -> list[date]:
    asked = sa.select(Absence.day).where(
        Absence.child_id == child_id,
        Absence.day.between(first, last),
        Absence.ceased_at.is_(None),
        Absence.disputed_at.is_(None),
    )
    return list(look.session.scalars(asked.distinct().order_by(Absence.day.desc())))


def _list_missed(look: Look, child_id: str, first: date, last: date) -> list[Missed]:
    asked = sa.select(LessonMark).where(
        LessonMark.child_id == child_id,
        LessonMark.day.between(first, last),
        LessonMark.ceased_at.is_(None),
        sa.or_(LessonMark.state != InLesson.HERE, LessonMark.is_shared),
    )
    marks = look.session.scalars(asked.order_by(LessonMark.day.desc(), LessonMark.lesson.desc())).all()
    told = list_told(look, [child_id], first, last)
    return [Missed(mark, mark.remark if mark.is_shared else "", (child_id, mark.day) in told) for mark in marks]
