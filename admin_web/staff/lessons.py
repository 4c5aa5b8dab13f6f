"""*Lessons*: who of a class was there in each lesson of a day, who came late, who was away, and what the year came to."""

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, BadInputError, Day, PublicId
from admin_web.staff.lessons_board import ClassDay, Noted, gather_class, list_asked, note_lesson
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal
from hub.school.lessons import MOST_LESSONS, REMARK_LENGTH, SUBJECT_LENGTH, InLesson, LessonSaid, Seen

pages = Pages()

LESSON = "/lessons/{unit_id}/groups/{group_id}/{lesson}"
Subject = Annotated[str, Field(max_length=SUBJECT_LENGTH, pattern=r"^[^\x00-\x1f]*$")]
States = tuple[InLesson | Literal[""], ...]
Line = Annotated[str, Field(max_length=REMARK_LENGTH, pattern=r"^[^\x00-\x1f]*$")]


class DayAsked(Asked):
    """`theirs` are pupils of whom a colleague's word was left as it is, and so was the subject where it is "theirs"."""

    day: Day | None = None
    group: PublicId | None = None
    theirs: tuple[PublicId, ...] = ()
    subject: Literal["theirs"] | None = None


class UnitDayAsked(DayAsked):
    unit_id: PublicId


class LessonAsked(Asked):
    unit_id: PublicId
    group_id: PublicId
    lesson: Annotated[int, Field(ge=1, le=MOST_LESSONS)]
    day: Day | None = None


class LessonNoted(LessonAsked):
    """`pupil`, `state` and `remark` go pupil by pupil; an empty state says nothing. `noted` and `noted_remark` are what the
    form showed as noted of each, and `noted_subject` of the lesson. `shared` are those of whom the family may read the
    remark, and `noted_shared` those of whom it already might."""

    subject: Subject = ""
    noted_subject: Subject = ""
    pupil: tuple[PublicId, ...] = ()
    state: States = ()
    remark: tuple[Line, ...] = ()
    noted: States = ()
    noted_remark: tuple[Line, ...] = ()
    shared: tuple[PublicId, ...] = ()
    noted_shared: tuple[PublicId, ...] = ()
    rest: Literal["here"] | None = None

    def seen(self) -> dict[str, Seen | None]:
        """Raises: BadInputError."""
        return self._of_pupils(self.state, self.remark, self.shared)

    def shown(self) -> LessonSaid:
        """Raises: BadInputError."""
        noted = self._of_pupils(self.noted, self.noted_remark, self.noted_shared)
        return LessonSaid(self.noted_subject.strip(), {id_: one for id_, one in noted.items() if one is not None})

    def _of_pupils(self, states: States, remarks: tuple[Line, ...], shared: tuple[str, ...]) -> dict[str, Seen | None]:
        if not len(self.pupil) == len(states) == len(remarks) == len(set(self.pupil)):
            raise BadInputError(["pupil"])
        rows = zip(self.pupil, states, (remark.strip() for remark in remarks), strict=True)
        return {
            pupil: Seen(state, remark, bool(remark) and pupil in shared) if state else None
            for pupil, state, remark in rows
        }


@pages.get("/lessons")
async def show_mine(visit: Visit, asked: DayAsked) -> web.StreamResponse:
    """The day of my first class."""
    return await _show(visit, None, asked)


@pages.get("/lessons/{unit_id}")
async def show_class(visit: Visit, asked: UnitDayAsked) -> web.StreamResponse:
    """The day of a class."""
    return await _show(visit, asked.unit_id, asked)


async def _show(visit: Visit, unit_id: str | None, asked: DayAsked) -> web.Response:
    shown = await visit.look(gather_class, unit_id, asked.group, asked.day)
    await _note_reading(visit, shown)
    theirs = [pupil.child.called for pupil in shown.pupils if pupil.child.id in asked.theirs]
    return visit.show(
        "staff/lessons.j2",
        shown=shown,
        path=f"/lessons/{shown.unit.id}",
        theirs=theirs,
        subject_is_theirs=asked.subject is not None,
    )


@pages.get(LESSON)
async def show_lesson(visit: Visit, asked: LessonAsked) -> web.StreamResponse:
    """One lesson of a class, to be noted or put right."""
    return await _show_lesson(visit, asked)


async def _show_lesson(visit: Visit, asked: LessonAsked, wrong: Refusal | None = None) -> web.Response:
    def gather(look: Look) -> dict[str, object]:
        shown = gather_class(look, asked.unit_id, asked.group_id, asked.day)
        return {"shown": shown, "asked": list_asked(look, shown, asked.lesson)}

    found = await visit.look(gather)
    shown = found["shown"]
    assert isinstance(shown, ClassDay)
    await _note_reading(visit, shown)
    return visit.show(
        "staff/lessons_one.j2",
        status=422 if wrong else 200,
        lesson=asked.lesson,
        subject=shown.lessons.get(asked.lesson, ""),
        wrong="" if wrong is None else visit.explain(wrong),
        states=list(InLesson),
        longest=REMARK_LENGTH,
        longest_subject=SUBJECT_LENGTH,
        path=f"/lessons/{shown.unit.id}",
        **found,
    )


@pages.post(LESSON)
async def keep(visit: Visit, asked: LessonNoted) -> web.StreamResponse:
    """Keep what was seen in a lesson."""
    kept = await visit.try_work(
        note_lesson,
        asked.unit_id,
        asked.group_id,
        asked.day,
        asked.lesson,
        asked.subject.strip(),
        asked.seen(),
        asked.shown(),
        rest_is_here=asked.rest is not None,
    )
    if isinstance(kept, Refusal):
        return await _show_lesson(visit, asked, kept)
    return visit.go(_path(asked, kept))


def _path(asked: LessonAsked, kept: Noted) -> str:
    theirs = "".join(f"&theirs={id_}" for id_ in kept.theirs) + ("&subject=theirs" if kept.is_theirs else "")
    return f"/lessons/{asked.unit_id}?group={asked.group_id}&day={kept.day}{theirs}"


async def _note_reading(visit: Visit, shown: ClassDay) -> None:
    await visit.note_reading([shown.group.id, *(pupil.child.id for pupil in shown.pupils)])
