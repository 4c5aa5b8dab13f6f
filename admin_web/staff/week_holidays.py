"""Holiday questions on the page *Week*: what was asked, how many have answered, how many come on which day; and asking anew."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from admin_web.staff.week_acts import gather_rules
from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.safety.access import get_reach, list_children
from hub.school.care_holidays import (
    HolidayQuestion,
    Step,
    Unanswered,
    ask_about,
    count_days,
    list_answers,
    list_days,
    list_questions,
)

pages = Pages()
ASKS_AT, CLOSES_AT = time(17, 0), time(18, 0)


class UnitAsked(Asked):
    unit_id: PublicId


class AskAsked(UnitAsked):
    name: Annotated[str, Field(min_length=1, max_length=60)]
    first: date
    last: date
    asks: date
    closes: date
    unanswered: Unanswered


@dataclass(frozen=True, slots=True)
class Shown:
    """A question and what came of it. `counts` are how many children come on each of its days."""

    question: HolidayQuestion
    asks_at: datetime
    closes_at: datetime
    answered: int
    children: int
    counts: tuple[tuple[date, int], ...]

    @property
    def is_over(self) -> bool:
        return self.question.done == Step.CLOSE


@dataclass(frozen=True, slots=True)
class Holidays:
    unit: Unit
    today: date
    shown: tuple[Shown, ...]


def gather_holidays(look: Look, unit_id: str) -> Holidays:
    """For whoever leads the unit. Raises: NotThereError."""
    unit, _ = gather_rules(look, unit_id)
    return Holidays(
        unit, unit.today(look.now), tuple(_shown(look, unit, question) for question in list_questions(look, unit.id))
    )


def _shown(look: Look, unit: Unit, question: HolidayQuestion) -> Shown:
    seen = {child.id for child, _ in list_children(look, get_reach(look), unit, question.first)}
    answers = [row for row in list_answers(look, question.id) if row.child_id in seen]
    counts = count_days(answers)
    return Shown(
        question,
        unit.local(question.asks_at),
        unit.local(question.closes_at),
        len({row.child_id for row in answers if row.told_kind == "guardian"}),
        len(seen),
        tuple((day, counts.get(day, 0)) for day in list_days(look, unit, question)),
    )


def ask_families(work: Work, asked: AskAsked) -> None:
    """Raises: NotThereError, HolidayDatesError."""
    unit, _ = gather_rules(work, asked.unit_id)
    ask_about(
        work,
        unit,
        asked.name.strip(),
        asked.first,
        asked.last,
        asks_at=unit.moment(asked.asks, ASKS_AT),
        closes_at=unit.moment(asked.closes, CLOSES_AT),
        unanswered=asked.unanswered,
        by=get_reach(work).staff_id,
    )


@pages.get("/week/{unit_id}/holidays")
async def show_holidays(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """A unit's holiday questions."""
    return await _show(visit, asked.unit_id)


@pages.post("/week/{unit_id}/holidays", fresh=True)
async def ask(visit: Visit, asked: AskAsked) -> web.StreamResponse:
    """Ask the families when the day comes."""
    done = await visit.try_work(ask_families, asked)
    if isinstance(done, Refusal):
        return await _show(visit, asked.unit_id, asked, done)
    return visit.go(f"/week/{asked.unit_id}/holidays")


async def _show(
    visit: Visit, unit_id: str, typed: AskAsked | None = None, wrong: Refusal | None = None
) -> web.Response:
    holidays = await visit.look(gather_holidays, unit_id)
    await visit.note_reading([unit_id, *(shown.question.id for shown in holidays.shown)])
    path = f"/week/{unit_id}/holidays"
    return visit.show(
        "staff/week_holidays.j2",
        status=422 if wrong else 200,
        holidays=holidays,
        path=path,
        here=path,
        typed=typed.model_dump() if typed else {},
        wrong="" if wrong is None else visit.explain(wrong),
    )
