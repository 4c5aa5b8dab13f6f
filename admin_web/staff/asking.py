"""Where a leader sets when families are asked about children who have not arrived, with what it would do today, and the unit's
closed days."""

from dataclasses import dataclass
from datetime import date, time
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.calendars import REGISTER, ClosedDay, ClosedDays, close, list_closed, list_own_days, reopen
from hub.desk import Look, Refusal, Work
from hub.people.naming import PLAIN_LETTER
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_reach, get_unit
from hub.school.day_board import OnBoard, list_board
from hub.school.ladders import LONGEST, SHORTEST, LadderTimes, Step, get_times, set_times
from hub.school.waking import foresee

pages = Pages()

Minutes = Annotated[int, Field(ge=0, le=999)]


class AskingAsked(Asked):
    unit_id: PublicId


class TimesSet(AskingAsked):
    asks_at: time
    second_after: Minutes
    list_after: Minutes
    leader_after: Minutes
    is_on: bool = False

    def times(self) -> LadderTimes:
        return LadderTimes(self.is_on, self.asks_at, self.second_after, self.list_after, self.leader_after)


class DaysClosed(AskingAsked):
    first_day: date
    last_day: date | None = None
    name: Annotated[str, Field(min_length=1, max_length=100, pattern=f"^{PLAIN_LETTER}+$")]


class DaysOpened(AskingAsked):
    closed_id: PublicId


@dataclass(frozen=True, slots=True)
class Asking:
    """What is set, what it would do today, and which days are closed. `has_left`: today's time has passed."""

    unit: Unit
    today: date
    times: LadderTimes
    closed: ClosedDay | None
    has_left: bool
    foreseen: tuple[OnBoard, ...]
    days: tuple[ClosedDays, ...]

    @property
    def child_ids(self) -> list[str]:
        return sorted({on.child.id for on in self.foreseen})

    @property
    def is_of_register(self) -> dict[str, bool]:
        return {row.id: row.made_by == REGISTER or row.unit_id != self.unit.id for row in self.days}


def gather_asking(look: Look, unit_id: str) -> Asking:
    """Raises: NotThereError."""
    reach, unit = get_led(look, unit_id)
    today, times = unit.today(look.now), get_times(look, unit)
    board = {on.child.id: on for on in list_board(look, reach, unit, today)}
    return Asking(
        unit=unit,
        today=today,
        times=times,
        closed=list_closed(look, unit, today, today).get(today),
        has_left=unit.moment(today, times.asks_at) <= look.now,
        foreseen=tuple(foresee(look, unit, today, times, list(board.values()))),
        days=tuple(list_own_days(look, unit, today)),
    )


def get_led(look: Look, unit_id: str) -> tuple[Reach, Unit]:
    """A unit that the asker leads. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if unit.id not in reach.leads:
        raise NotThereError
    return reach, unit


@pages.get("/morning/{unit_id}/asking")
async def show_asking(visit: Visit, asked: AskingAsked) -> web.StreamResponse:
    """The times, today's preview, and the closed days."""
    return await _show(visit, asked.unit_id)


async def _show(
    visit: Visit, unit_id: str, refusal: Refusal | None = None, typed: TimesSet | DaysClosed | None = None
) -> web.Response:
    asking = await visit.look(gather_asking, unit_id)
    await visit.note_reading([asking.unit.id, *asking.child_ids])
    times = typed.times() if isinstance(typed, TimesSet) else asking.times
    return visit.show(
        "staff/asking.j2",
        status=422 if refusal is not None else 200,
        here=f"/morning/{unit_id}/asking",
        asking=asking,
        times=times,
        typed=typed if isinstance(typed, DaysClosed) else None,
        wrong_times=visit.explain(refusal) if refusal is not None and isinstance(typed, TimesSet) else "",
        wrong_days=visit.explain(refusal) if refusal is not None and isinstance(typed, DaysClosed) else "",
        steps={"second": times.at(Step.SECOND), "list": times.at(Step.LIST), "leader": times.at(Step.LEADER)},
        bounds=(SHORTEST, LONGEST),
        is_fresh=visit.signed_in.is_fresh,
    )


@pages.post("/morning/{unit_id}/asking", fresh=True)
async def set_asking(visit: Visit, asked: TimesSet) -> web.StreamResponse:
    """From now on at these times, or not at all."""
    done = await visit.try_work(set_by_page, asked.unit_id, asked.times())
    if isinstance(done, Refusal):
        return await _show(visit, asked.unit_id, done, asked)
    return visit.go(f"/morning/{asked.unit_id}/asking")


@pages.post("/morning/{unit_id}/asking/days", fresh=True)
async def close_days(visit: Visit, asked: DaysClosed) -> web.StreamResponse:
    """The unit is closed on these days."""
    last = asked.last_day or asked.first_day
    done = await visit.try_work(close_by_page, asked.unit_id, asked.first_day, last, asked.name)
    if isinstance(done, Refusal):
        return await _show(visit, asked.unit_id, done, asked)
    return visit.go(f"/morning/{asked.unit_id}/asking#closed")


@pages.post("/morning/{unit_id}/asking/days/{closed_id}/open", fresh=True)
async def open_days(visit: Visit, asked: DaysOpened) -> web.StreamResponse:
    """It is open then after all."""
    await visit.work(open_by_page, asked.unit_id, asked.closed_id)
    return visit.go(f"/morning/{asked.unit_id}/asking#closed")


def set_by_page(work: Work, unit_id: str, times: LadderTimes) -> None:
    """Raises: NotThereError, LadderTimesError."""
    reach, unit = get_led(work, unit_id)
    set_times(work, unit, times, reach.staff_id)


def close_by_page(work: Work, unit_id: str, first: date, last: date, name: str) -> None:
    """Raises: NotThereError, DaysBackwardError."""
    reach, unit = get_led(work, unit_id)
    close(work, unit, first, last, name, reach.staff_id)


def open_by_page(work: Work, unit_id: str, closed_id: str) -> None:
    """Raises: NotThereError."""
    _, unit = get_led(work, unit_id)
    if not reopen(work, unit, closed_id):
        raise NotThereError
