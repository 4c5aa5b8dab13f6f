"""*Assessments* of one pupil: what stands, what stood before, and a form for one more, or for one in the place of another."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from aiohttp import web
from pydantic import BeforeValidator, Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_child, get_reach
from hub.school.assessments import (
    PERIOD_LENGTH,
    SUBJECT_LENGTH,
    WORDS_LENGTH,
    Assessed,
    Assessment,
    AssessmentKind,
    Finding,
    Scales,
    find_school,
    give_assessment,
    list_assessed,
    scales_of,
    take_back_assessment,
)

pages = Pages()

PATH = "/children/{child_id}/assessments"
LINE = r"^[^\x00-\x1f\x7f]*$"
Words = Annotated[str, BeforeValidator(lambda typed: typed.replace("\r\n", "\n")), Field(max_length=WORDS_LENGTH)]
"""As long as the page lets them be, which counts the end of a line once."""


class PupilAsked(Asked):
    """`corrects` is the one that the form is to take the place of."""

    child_id: PublicId
    corrects: PublicId | None = None


class AssessmentWritten(PupilAsked):
    """`assessed` is the kind and the mark together, as "grade:5" or "written:"."""

    assessed: Annotated[str, Field(pattern=r"^(grade|written|order|conduct):[A-Za-z0-9-]{0,4}$")]
    subject: Annotated[str, Field(max_length=SUBJECT_LENGTH, pattern=LINE)] = ""
    period: Annotated[str, Field(max_length=PERIOD_LENGTH, pattern=LINE)] = ""
    words: Words = ""

    @property
    def finding(self) -> Finding:
        kind, _, value = self.assessed.partition(":")
        return Finding(AssessmentKind(kind), value, self.subject.strip(), self.period.strip(), self.words.strip())


class OneAsked(Asked):
    child_id: PublicId
    assessment_id: PublicId


@dataclass(frozen=True, slots=True)
class PupilAssessed:
    """Of one pupil at one school. `names` are the staff's, by id; `corrects` is what the form begins with: what stands now in
    the place of the one that was asked for."""

    child: Child
    unit: Unit
    today: date
    scales: Scales
    assessed: list[Assessed]
    names: dict[str, str]
    corrects: Assessment | None

    @property
    def read_ids(self) -> list[str]:
        return [self.child.id, *(row.id for one in self.assessed for row in one.versions)]


def get_pupil(look: Look, child_id: str) -> tuple[Reach, Child, Unit]:
    """A pupil whom the asker teaches today, at the school where they do. Raises: NotThereError."""
    reach = get_reach(look)
    child, places = get_child(look, reach, child_id)
    school = find_school(look, reach, places)
    if school is None:
        raise NotThereError
    return reach, child, school


def gather_assessed(look: Look, child_id: str, corrects: str | None) -> PupilAssessed:
    """Raises: NotThereError."""
    _, child, unit = get_pupil(look, child_id)
    assessed = list_assessed(look, child.id, unit.id)
    by = {id_ for one in assessed for row in one.versions for id_ in (row.given_by, row.ceased_by) if id_}
    corrected = next((one for one in assessed if one.has(corrects)), None)
    return PupilAssessed(
        child=child,
        unit=unit,
        today=unit.today(look.now),
        scales=scales_of(look, child.owner_id),
        assessed=assessed,
        names=names_of(look, staff=by),
        corrects=corrected.stands if corrected is not None else None,
    )


def is_taught(look: Look, child_id: str) -> bool:
    """Whether the asker may see and write what was found of the child."""
    try:
        get_pupil(look, child_id)
    except NotThereError:
        return False
    return True


def give_by_page(work: Work, child_id: str, found: Finding, corrects: str | None) -> None:
    """Raises: NotThereError, and what `give_assessment` raises."""
    reach, child, unit = get_pupil(work, child_id)
    give_assessment(work, unit, child, found, reach.staff_id, corrects)


def take_back_by_page(work: Work, child_id: str, assessment_id: str) -> None:
    """Raises: NotThereError, AssessmentChangedError."""
    reach, child, unit = get_pupil(work, child_id)
    take_back_assessment(work, unit, child, assessment_id, reach.staff_id)


@pages.get(PATH)
async def show_assessed(visit: Visit, asked: PupilAsked) -> web.StreamResponse:
    """What stands, and the form."""
    return await _show(visit, asked)


@pages.post(PATH)
async def give(visit: Visit, asked: AssessmentWritten) -> web.StreamResponse:
    """Keep one; what was typed stays where it is refused."""
    done = await visit.try_work(give_by_page, asked.child_id, asked.finding, asked.corrects)
    if isinstance(done, Refusal):
        return await _show(visit, asked, asked.finding, done)
    return visit.go(PATH.format(child_id=asked.child_id))


@pages.post(f"{PATH}/{{assessment_id}}/take-back")
async def take_back(visit: Visit, asked: OneAsked) -> web.StreamResponse:
    """It holds no more."""
    await visit.work(take_back_by_page, asked.child_id, asked.assessment_id)
    return visit.go(PATH.format(child_id=asked.child_id))


async def _show(
    visit: Visit, asked: PupilAsked, typed: Finding | None = None, refusal: Refusal | None = None
) -> web.Response:
    shown = await visit.look(gather_assessed, asked.child_id, asked.corrects)
    await visit.note_reading(shown.read_ids)
    return visit.show(
        "staff/assessments.j2",
        status=422 if refusal is not None else 200,
        wrong="" if refusal is None else visit.explain(refusal),
        path=PATH.format(child_id=shown.child.id),
        child=shown.child,
        rows=[_row(visit, shown, one) for one in shown.assessed],
        options=[
            (f"{kind}:{value}", visit.say("assessments.mark", kind=kind.value, value=value))
            for kind, values in shown.scales.items()
            for value in values
        ],
        corrects=shown.corrects,
        typed=typed or (shown.corrects.finding if shown.corrects is not None else None),
        longest=(SUBJECT_LENGTH, PERIOD_LENGTH, WORDS_LENGTH),
    )


def _row(visit: Visit, shown: PupilAssessed, one: Assessed) -> dict[str, Any]:
    return {
        "stands": one.stands,
        "newest": one.newest,
        "given": _say_given(visit, shown, one.newest),
        "taken_back": _say_taken_back(visit, shown, one.before[0]) if one.stands is None else "",
        "before": [(row, _say_given(visit, shown, row)) for row in (one.before if one.stands else one.before[1:])],
    }


def _say_given(visit: Visit, shown: PupilAssessed, row: Assessment) -> str:
    return visit.say("assessments.given", name=shown.names.get(row.given_by, ""), day=row.day, today=shown.today)


def _say_taken_back(visit: Visit, shown: PupilAssessed, row: Assessment) -> str:
    day = shown.unit.local(row.ceased_at or row.given_at).date()
    name = shown.names.get(row.ceased_by or "", "")
    return visit.say("assessments.was_taken_back", name=name, day=day, today=shown.today)
