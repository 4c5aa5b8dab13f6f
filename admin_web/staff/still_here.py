"""Children who are still here after their time: what one tap on *Diary* and *Morning* does about it, and where a leader sets
when families are asked."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.asking import get_led
from admin_web.staff.visiting import Visit
from hub.calendars import ClosedDay, list_closed
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import get_reach, get_unit
from hub.school.care_rules import takes_bookings
from hub.school.day_board import list_board
from hub.school.fetch_ladders import FetchTimes, get_fetch_times, set_fetch_times
from hub.school.fetch_waking import foresee_home
from hub.school.ladders import LONGEST, SHORTEST
from hub.school.still_here import note_spoken
from hub.spoken import say_clock

pages = Pages()

Minutes = Annotated[int, Field(ge=0, le=999)]


class UnitAsked(Asked):
    unit_id: PublicId


class StillAsked(UnitAsked):
    still_id: PublicId


class FetchTimesSet(UnitAsked):
    first_after: Minutes
    second_after: Minutes
    list_after: Minutes
    leader_after: Minutes
    is_on: bool = False

    def times(self) -> FetchTimes:
        return FetchTimes(self.is_on, self.first_after, self.second_after, self.list_after, self.leader_after)


@dataclass(frozen=True, slots=True)
class FetchAsking:
    """What is set, and when each who is here now is to go home. `takes_marks`: who leaves is marked at such a unit."""

    unit: Unit
    today: date
    times: FetchTimes
    closed: ClosedDay | None
    takes_marks: bool
    foreseen: tuple[tuple[datetime, Child], ...]


def gather_fetch_asking(look: Look, unit_id: str) -> FetchAsking:
    """Raises: NotThereError."""
    reach, unit = get_led(look, unit_id)
    today = unit.today(look.now)
    board = {on.child.id: on for on in list_board(look, reach, unit, today)}
    home = foresee_home(look, unit, today, list(board.values()))
    by_time = sorted(home.items(), key=lambda found: (found[1], board[found[0]].child.called))
    return FetchAsking(
        unit,
        today,
        get_fetch_times(look, unit),
        list_closed(look, unit, today, today).get(today),
        takes_bookings(unit),
        tuple((unit.local(at), board[child_id].child) for child_id, at in by_time),
    )


@pages.get("/diary/{unit_id}/still")
async def show_fetch_asking(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The times, and whom they are about today."""
    return await _show(visit, asked.unit_id)


async def _show(
    visit: Visit, unit_id: str, refusal: Refusal | None = None, typed: FetchTimes | None = None
) -> web.Response:
    found = await visit.look(gather_fetch_asking, unit_id)
    await visit.note_reading([found.unit.id, *sorted(child.id for _, child in found.foreseen)])
    return visit.show(
        "staff/still_here.j2",
        status=422 if refusal is not None else 200,
        here=f"/diary/{unit_id}/still",
        found=found,
        times=typed or found.times,
        wrong="" if refusal is None else visit.explain(refusal),
        bounds=(SHORTEST, LONGEST),
        clock=lambda at: say_clock(at, visit.language),
        is_fresh=visit.signed_in.is_fresh,
    )


@pages.post("/diary/{unit_id}/still", fresh=True)
async def set_fetch_asking(visit: Visit, asked: FetchTimesSet) -> web.StreamResponse:
    """From now on at these times, or not at all."""
    done = await visit.try_work(set_by_page, asked.unit_id, asked.times())
    if isinstance(done, Refusal):
        return await _show(visit, asked.unit_id, done, asked.times())
    return visit.go(f"/diary/{asked.unit_id}/still")


@pages.post("/diary/{unit_id}/still/{still_id}/spoken")
async def has_spoken(visit: Visit, asked: StillAsked) -> web.StreamResponse:
    """Somebody has spoken with the family."""
    await visit.work(speak_by_page, asked.unit_id, asked.still_id, takes_back=False)
    return visit.go(f"/diary/{asked.unit_id}#still")


@pages.post("/diary/{unit_id}/still/{still_id}/not-spoken")
async def has_not_spoken(visit: Visit, asked: StillAsked) -> web.StreamResponse:
    """The tap was wrong."""
    await visit.work(speak_by_page, asked.unit_id, asked.still_id, takes_back=True)
    return visit.go(f"/diary/{asked.unit_id}#still")


def set_by_page(work: Work, unit_id: str, times: FetchTimes) -> None:
    """Raises: NotThereError, FetchTimesError, NobodyMarkedGoneError."""
    reach, unit = get_led(work, unit_id)
    set_fetch_times(work, unit, times, reach.staff_id)


def speak_by_page(work: Work, unit_id: str, still_id: str, *, takes_back: bool) -> None:
    """Raises: NotThereError."""
    reach = get_reach(work)
    note_spoken(work, reach, get_unit(work, reach, unit_id), still_id, takes_back=takes_back)
