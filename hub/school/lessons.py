"""Lesson by lesson: which pupils of a class were there, came late or were away, with a remark. What a teacher notes takes the
place of what was noted before, and nothing is overwritten.

Whether an absence was told of is not noted: it is a question to what families and staff told of the day, whenever they did.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.places import Group, Unit
from hub.safety.audit import note
from hub.school.absences import Absence, Reason
from hub.school.early_pickups import EarlyPickup
from hub.school.late_arrivals import LateArrival

MOST_LESSONS = 12
SUBJECT_LENGTH = 40
REMARK_LENGTH = 200
YEAR_BEGINS = 8
"""The month in which a school year begins."""


class LessonAheadError(Refusal):
    """A lesson of a day to come: nobody was there yet."""

    words = "refusals.lesson_ahead"


class InLesson(StrEnum):
    HERE = "here"
    LATE = "late"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a teacher saw of one pupil in a lesson. `is_shared`: the pupil and the family may read the remark."""

    state: InLesson
    remark: str = ""
    is_shared: bool = False


class LessonMark(Base):
    """One pupil in one lesson of a class, which are counted from 1 each day. `ceased_at` is set when another took its place."""

    __tablename__ = "lesson_marks"
    __table_args__ = (sa.Index(None, "group_id", "day"), sa.Index(None, "child_id", "day"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    group_id: Mapped[Ref] = mapped_column(sa.ForeignKey("groups.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    lesson: Mapped[int] = mapped_column(sa.SmallInteger)
    subject: Mapped[str] = mapped_column(sa.String(SUBJECT_LENGTH))
    state: Mapped[str] = mapped_column(sa.String(5))
    remark: Mapped[str] = mapped_column(sa.String(REMARK_LENGTH))
    is_shared: Mapped[bool]
    marked_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    marked_at: Mapped[Moment]
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def seen(self) -> Seen:
        return Seen(InLesson(self.state), self.remark, self.is_shared)


@dataclass(frozen=True, slots=True)
class LessonCount:
    """Of one pupil over some days: lessons that were noted, away with and without a word of the day, and late."""

    noted: int = 0
    away_told: int = 0
    away_untold: int = 0
    late: int = 0

    @property
    def away(self) -> int:
        return self.away_told + self.away_untold


@dataclass(frozen=True, slots=True)
class LessonSaid:
    """What is said of one lesson: its subject, and of pupils, by id, what was seen."""

    subject: str
    seen: Mapping[str, Seen]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a teacher changes of a lesson. What a colleague has noted since the teacher read it, and otherwise than the teacher
    now, stands: of the pupils in `theirs`, and of the subject where it `is_theirs`."""

    said: LessonSaid
    theirs: tuple[str, ...] = ()
    is_theirs: bool = False


def find_changes(work: Work, group: Group, day: date, lesson: int, said: LessonSaid, shown: LessonSaid) -> Changes:
    """What is said now and is not what was shown, as far as nobody else has noted something in place of that meanwhile. Until
    this work is over nobody else notes a lesson of the class."""
    work.take_turns([group.id])
    marks = list_marks(work, group.id, day, lesson)
    stands: dict[str, Seen] = {mark.child_id: mark.seen for mark in marks}
    changed = {id_: now for id_, now in said.seen.items() if now not in (shown.seen.get(id_), stands.get(id_))}
    theirs = tuple(id_ for id_ in changed if stands.get(id_) != shown.seen.get(id_))
    seen = {id_: now for id_, now in changed.items() if id_ not in theirs}
    subject = marks[0].subject if marks else ""
    is_other = said.subject not in (shown.subject, subject)
    is_theirs = is_other and subject != shown.subject
    return Changes(LessonSaid(said.subject if is_other and not is_theirs else subject, seen), theirs, is_theirs)


def keep_lesson(
    work: Work, unit: Unit, group: Group, day: date, lesson: int, subject: str, seen: Mapping[str, Seen], by: str
) -> list[LessonMark]:
    """These pupils, by id, were seen so in a lesson; of the others what was noted stands, with the new subject.

    Answers the rows that are new. Audited. Raises: LessonAheadError.
    """
    if day > unit.today(work.now):
        raise LessonAheadError
    work.take_turns([group.id])
    known = {mark.child_id: mark for mark in list_marks(work, group.id, day, lesson)}
    wanted = {child_id: mark.seen for child_id, mark in known.items()} | dict(seen)
    fresh = []
    for child_id, now in wanted.items():
        before = known.get(child_id)
        if before is not None and (before.seen, before.subject) == (now, subject):
            continue
        if before is not None:
            before.ceased_at = work.now
        mark = LessonMark(
            id=work.new_id(),
            owner_id=unit.owner_id,
            unit_id=unit.id,
            group_id=group.id,
            child_id=child_id,
            day=day,
            lesson=lesson,
            subject=subject,
            state=now.state,
            remark=now.remark,
            is_shared=now.is_shared,
            marked_by=by,
            marked_at=work.now,
        )
        work.session.add(mark)
        fresh.append(mark)
    if fresh:
        note(work, "lesson.mark", [group.id, *(mark.id for mark in fresh)])
    return fresh


def list_marks(look: Look, group_id: str, day: date, lesson: int | None = None) -> list[LessonMark]:
    """What holds of a class's lessons on a day, or of one of them, the earliest lesson first."""
    asked = sa.select(LessonMark).where(
        LessonMark.group_id == group_id, LessonMark.day == day, LessonMark.ceased_at.is_(None)
    )
    if lesson is not None:
        asked = asked.where(LessonMark.lesson == lesson)
    return list(look.session.scalars(asked.order_by(LessonMark.lesson, LessonMark.id)))


def year_of(day: date) -> date:
    """The first day of the school year that a day is in."""
    return date(day.year if day.month >= YEAR_BEGINS else day.year - 1, YEAR_BEGINS, 1)


def last_of_year(day: date) -> date:
    """The last day of the school year that a day is in."""
    return year_of(day).replace(year=year_of(day).year + 1) - timedelta(days=1)


def count_lessons(
    look: Look, unit_id: str, child_ids: Collection[str], first: date, last: date
) -> dict[str, LessonCount]:
    """Of each pupil at a unit, both days included. Who has no lesson noted is not among them."""
    rows = look.session.execute(
        sa.select(LessonMark.child_id, LessonMark.day, LessonMark.state).where(
            LessonMark.child_id.in_(child_ids),
            LessonMark.unit_id == unit_id,
            LessonMark.day.between(first, last),
            LessonMark.ceased_at.is_(None),
        )
    ).all()
    told = list_told(look, child_ids, first, last)
    counts: dict[str, LessonCount] = {}
    for child_id, day, state in rows:
        before = counts.get(child_id, LessonCount())
        is_away, is_told = state == InLesson.AWAY, (child_id, day) in told
        counts[child_id] = LessonCount(
            before.noted + 1,
            before.away_told + (is_away and is_told),
            before.away_untold + (is_away and not is_told),
            before.late + (state == InLesson.LATE),
        )
    return counts


def list_told(look: Look, child_ids: Iterable[str], first: date, last: date) -> set[tuple[str, date]]:
    """For which of the children somebody who knows told of which days: that it is away, comes late or leaves early."""
    ids = list(child_ids)
    away = sa.select(Absence.child_id, Absence.day).where(
        Absence.child_id.in_(ids),
        Absence.day.between(first, last),
        Absence.ceased_at.is_(None),
        Absence.disputed_at.is_(None),
        Absence.reason != Reason.UNTOLD,
    )
    others = [
        sa.select(table.child_id, table.day).where(
            table.child_id.in_(ids),
            table.day.between(first, last),
            table.taken_back_at.is_(None),
            table.disputed_at.is_(None),
        )
        for table in (LateArrival, EarlyPickup)
    ]
    return {(child_id, day) for child_id, day in look.session.execute(sa.union(away, *others))}
