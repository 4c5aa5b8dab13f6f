"""What a pupil's teachers found: grades, written assessments, and marks for order and conduct.

Each stands until a better one takes its place or staff take it back, and what stood before is kept beside it. Which marks there
are is the country's to say. Nobody is told of it anywhere: it is read on the pupil's own page. Of staff only those who teach
the pupil, or lead the school, write and read it, and of another school's they read nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.places import Group, Owner, Unit, UnitKind
from hub.people.staff import TEACHES
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.school.care_notes import get_caring

SUBJECT_LENGTH = 40
PERIOD_LENGTH = 40
WORDS_LENGTH = 1000


class AssessmentKind(StrEnum):
    """In the order in which they are read."""

    GRADE = "grade"
    WRITTEN = "written"
    ORDER = "order"
    CONDUCT = "conduct"


Scales = Mapping[AssessmentKind, Sequence[str]]
_NONE_BUT_WORDS: Scales = {AssessmentKind.WRITTEN: ("",)}
_BEHAVED = ("G", "Ng", "Lg")
_NUMBERS_FI = ("10", "9", "8", "7", "6", "5", "4")
SCALES: Mapping[str, Scales] = {
    "NO": {
        AssessmentKind.GRADE: ("6", "5", "4", "3", "2", "1", "IV"),
        **_NONE_BUT_WORDS,
        AssessmentKind.ORDER: _BEHAVED,
        AssessmentKind.CONDUCT: _BEHAVED,
    },
    "SE": {AssessmentKind.GRADE: ("A", "B", "C", "D", "E", "F", "-"), **_NONE_BUT_WORDS},
    "FI": {AssessmentKind.GRADE: (*_NUMBERS_FI, "S", "H"), **_NONE_BUT_WORDS, AssessmentKind.CONDUCT: _NUMBERS_FI},
    "DK": {AssessmentKind.GRADE: ("12", "10", "7", "4", "02", "00", "-3"), **_NONE_BUT_WORDS},
}
"""By country, the best mark first."""
WITHOUT_SUBJECT = frozenset({AssessmentKind.ORDER, AssessmentKind.CONDUCT})


class NotOnScaleError(Refusal):
    """A mark that the owner's country does not give for this."""

    words = "refusals.not_on_scale"


class AssessmentLacksError(Refusal):
    """A grade without its subject, or a written assessment without words."""

    words = "refusals.assessment_lacks"


class AssessmentChangedError(Refusal):
    """It was corrected or taken back since it was read."""

    words = "refusals.assessment_changed"


class Assessment(Base):
    """One assessment as it was given. `first_id` is the one that it corrects, through all corrections, and its own where it
    corrects none. `value` is empty where there are only words. `ceased_at` is set when another took its place, or none."""

    __tablename__ = "assessments"
    __table_args__ = (sa.Index(None, "child_id", "day"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    first_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    day: Mapped[date] = mapped_column(sa.Date)
    kind: Mapped[str] = mapped_column(sa.String(10))
    subject: Mapped[str] = mapped_column(sa.String(SUBJECT_LENGTH))
    period: Mapped[str] = mapped_column(sa.String(PERIOD_LENGTH))
    value: Mapped[str] = mapped_column(sa.String(4))
    words: Mapped[str] = mapped_column(sa.String(WORDS_LENGTH))
    given_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    given_at: Mapped[Moment]
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)
    ceased_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)

    @property
    def finding(self) -> "Finding":
        return Finding(AssessmentKind(self.kind), self.value, self.subject, self.period, self.words)


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of a pupil, before it is kept. `period` is what it is about, in the school's own words: a term, a test."""

    kind: AssessmentKind
    value: str
    subject: str
    period: str
    words: str


@dataclass(frozen=True, slots=True)
class Assessed:
    """One assessment with what stood in its place before, the newest first. It was taken back where `stands` is None."""

    stands: Assessment | None
    before: tuple[Assessment, ...]

    @property
    def newest(self) -> Assessment:
        return self.stands or self.before[0]

    @property
    def versions(self) -> tuple[Assessment, ...]:
        return self.before if self.stands is None else (self.stands, *self.before)

    def has(self, assessment_id: str | None) -> bool:
        return any(row.id == assessment_id for row in self.versions)


def find_school(look: Look, reach: Reach, places: Iterable[tuple[Unit, Group]]) -> Unit | None:
    """The school, among the places of a pupil within the reach, where the asker teaches the pupil or leads."""
    teaches = get_caring(look, reach, TEACHES)
    schools = (place for place in places if place[0].kind == UnitKind.SCHOOL)
    return next((unit for unit, group in schools if teaches.covers(unit.id, group.id)), None)


def scales_of(look: Look, owner_id: str) -> Scales:
    """The marks that an owner's schools give, for each kind of assessment; for words alone there is one, which is empty."""
    return SCALES.get(look.session.get_one(Owner, owner_id).country, _NONE_BUT_WORDS)


def give_assessment(
    work: Work, unit: Unit, child: Child, found: Finding, by: str, corrects: str | None = None
) -> Assessment:
    """Keep it, in the place of the one that it `corrects`. The same once more on one day, or as the same correction, changes
    nothing. Audited, without the words.

    Raises: NotOnScaleError, AssessmentLacksError; NotThereError and AssessmentChangedError for what it corrects.
    """
    if found.value not in scales_of(work, child.owner_id).get(found.kind, ()):
        raise NotOnScaleError
    if not (found.words if found.kind is AssessmentKind.WRITTEN else found.subject or found.kind in WITHOUT_SUBJECT):
        raise AssessmentLacksError
    work.take_turns([child.id])
    today = unit.today(work.now)
    for one in list_assessed(work, child.id, unit.id):
        is_again = one.has(corrects) if corrects is not None else one.newest.day == today
        if one.stands is not None and one.stands.finding == found and is_again:
            return one.stands
    before = _get_standing(work, unit, child, corrects) if corrects is not None else None
    id_ = work.new_id()
    fresh = Assessment(
        id=id_,
        owner_id=child.owner_id,
        unit_id=unit.id,
        child_id=child.id,
        first_id=before.first_id if before is not None else id_,
        day=today,
        kind=found.kind,
        subject=found.subject,
        period=found.period,
        value=found.value,
        words=found.words,
        given_by=by,
        given_at=work.now,
    )
    if before is not None:
        before.ceased_at, before.ceased_by = work.now, by
    work.session.add(fresh)
    note(work, "assessment.give", [child.id, fresh.id, *([before.id] if before is not None else [])])
    return fresh


def take_back_assessment(work: Work, unit: Unit, child: Child, assessment_id: str, by: str) -> None:
    """It holds no more, and nothing takes its place; staff of its school still see that it stood. Audited.

    Raises: NotThereError, AssessmentChangedError.
    """
    work.take_turns([child.id])
    row = _get_standing(work, unit, child, assessment_id)
    row.ceased_at, row.ceased_by = work.now, by
    note(work, "assessment.take_back", [child.id, row.id])


def _get_standing(look: Look, unit: Unit, child: Child, id_: str) -> Assessment:
    row = look.session.get(Assessment, id_)
    if row is None or (row.child_id, row.unit_id) != (child.id, unit.id):
        raise NotThereError
    if row.ceased_at is not None:
        raise AssessmentChangedError
    return row


def list_assessed(look: Look, child_id: str, unit_id: str | None = None) -> list[Assessed]:
    """All of a pupil, or those of one school, what was taken back too, the newest first. It asks no rights of the reader: its
    callers have."""
    asked = sa.select(Assessment).where(Assessment.child_id == child_id)
    if unit_id is not None:
        asked = asked.where(Assessment.unit_id == unit_id)
    rows = look.session.scalars(asked.order_by(Assessment.id.desc()))
    found: dict[str, list[Assessment]] = {}
    for row in rows:
        found.setdefault(row.first_id, []).append(row)
    return [
        Assessed(
            next((row for row in versions if row.ceased_at is None), None),
            tuple(row for row in versions if row.ceased_at is not None),
        )
        for versions in found.values()
    ]
