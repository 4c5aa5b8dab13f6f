"""*Week*: when each child comes, who told it, and how many adults that needs, as it is booked now.

Staff may book for a family; leaders set when a week locks and how many children an adult may have, and see first what
that changes.
"""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.csv_cells import Table, send_csv
from admin_web.staff.visiting import Visit
from admin_web.staff.week_acts import (
    ChildPage,
    book_week,
    decide,
    end_base_week,
    gather_child,
    repeat_week,
    write_base_week,
)
from admin_web.staff.week_board import Board, gather_board, gather_units, get_booked_unit
from admin_web.staff.week_files import list_bookings, list_quarters
from admin_web.staff.week_words import hour_facts, typed_hours, week_facts, week_path
from hub.desk import Look, Refusal
from hub.safety.access import get_reach
from hub.safety.export_wishes import ExportKind, Wish
from hub.safety.guests import visible_at_unit
from hub.school.care_decisions import Per, Shift
from hub.school.care_rules import WEEK, monday_of
from hub.spoken import say_weekday

pages = Pages()

MOST_REPEATED = 12
Typed = Annotated[str, Field(max_length=60)]


class UnitWeekAsked(Asked):
    unit_id: PublicId
    day: date | None = None


class WeekAsked(UnitWeekAsked):
    group: PublicId | None = None


class ChildAsked(UnitWeekAsked):
    child_id: PublicId


class BookAsked(Asked):
    unit_id: PublicId
    child_id: PublicId
    day: date
    day0: Typed = ""
    day1: Typed = ""
    day2: Typed = ""
    day3: Typed = ""
    day4: Typed = ""
    day5: Typed = ""
    day6: Typed = ""

    @property
    def typed(self) -> dict[int, str]:
        return dict(enumerate((self.day0, self.day1, self.day2, self.day3, self.day4, self.day5, self.day6)))


class BaseAsked(BookAsked):
    guardian: PublicId | None = None
    every: Annotated[int, Field(ge=1, le=4)] = 1
    hands_over: Annotated[int, Field(ge=0, le=4)] = 0


class RepeatAsked(Asked):
    unit_id: PublicId
    child_id: PublicId
    day: date
    weeks: Annotated[int, Field(ge=1, le=MOST_REPEATED)]


class DecideAsked(Asked):
    unit_id: PublicId
    child_id: PublicId
    day: date
    hours: Annotated[int, Field(ge=0, le=9999)]
    per: Per
    shift: Shift = Shift.NONE
    from_day: date


class EndAsked(Asked):
    unit_id: PublicId
    child_id: PublicId
    week_id: PublicId


@pages.get("/week")
async def show_mine(visit: Visit) -> web.StreamResponse:
    """The week of my first unit that takes bookings."""
    units = await visit.look(gather_units)
    if units:
        return visit.go(f"/week/{units[0].id}")
    return visit.show("staff/week_none.j2")


@pages.get("/week/{unit_id}")
async def show_week(visit: Visit, asked: WeekAsked) -> web.StreamResponse:
    """One week of a unit."""
    board = await visit.look(gather_board, asked.unit_id, asked.day, None, asked.group)
    await visit.note_reading([board.unit.id, *(row.child.id for row in board.rows)])
    return visit.show("staff/week.j2", live=f"/week/{board.unit.id}/live", **week_facts(visit, board))


@pages.get("/week/{unit_id}/part")
async def show_part(visit: Visit, asked: WeekAsked) -> web.StreamResponse:
    """What changes on an open page; anyone else is led to the whole page."""
    board = await visit.look(gather_board, asked.unit_id, asked.day, None, asked.group)
    if not visit.is_partial:
        return visit.go(week_path(board, board.monday))
    await visit.note_reading([board.unit.id, *(group.group.id for group in board.groups)])
    return visit.show("staff/week_part.j2", **week_facts(visit, board))


@pages.live("/week/{unit_id}/live")
async def follow(visit: Visit, asked: WeekAsked) -> web.StreamResponse:
    """Tells an open page that something was booked at the unit."""
    return await visit.live(partial(concerns_week, unit_id=asked.unit_id))


def concerns_week(look: Look, ids: frozenset[str], unit_id: str) -> bool:
    """Whether any of these ids is about what the viewer sees. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_booked_unit(look, reach, unit_id)
    return unit_id in ids or bool(ids and visible_at_unit(look, reach, ids, unit_id, unit.today(look.now)))


@pages.get("/week/{unit_id}/quarters.csv", fresh=True)
async def download_quarters(visit: Visit, asked: WeekAsked) -> web.StreamResponse:
    """How many children and adults each quarter hour has, for a program that plans shifts."""
    return await _download(visit, asked, ExportKind.QUARTERS, list_quarters)


@pages.get("/week/{unit_id}/bookings.csv", fresh=True)
async def download_bookings(visit: Visit, asked: WeekAsked) -> web.StreamResponse:
    """Who is booked when."""
    return await _download(visit, asked, ExportKind.BOOKINGS, list_bookings)


async def _download(
    visit: Visit, asked: WeekAsked, kind: ExportKind, lay_out: Callable[[Board], Table]
) -> web.Response:
    board = await visit.look(gather_board, asked.unit_id, asked.day, None, asked.group)
    wish = Wish(kind, board.unit.id, board.monday, board.after - timedelta(days=1))
    ids = [board.unit.id, *(row.child.id for row in board.rows)]
    year, number, _ = board.monday.isocalendar()
    return await send_csv(visit, wish, lay_out(board), ids, f"{kind}-{year}-W{number:02}")


@pages.get("/week/{unit_id}/children/{child_id}")
async def show_child(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """One child's week, to be changed."""
    return await _show_child(visit, asked.unit_id, asked.child_id, asked.day)


@pages.post("/week/{unit_id}/children/{child_id}/book")
async def book(visit: Visit, asked: BookAsked) -> web.StreamResponse:
    """Staff book the week for the family."""
    done = await visit.try_work(book_week, asked.unit_id, asked.child_id, monday_of(asked.day), asked.typed)
    if isinstance(done, Refusal):
        return await _show_child(visit, asked.unit_id, asked.child_id, asked.day, "book", done, asked)
    return visit.go(f"/week/{asked.unit_id}?day={asked.day}#c-{asked.child_id}")


@pages.post("/week/{unit_id}/children/{child_id}/repeat")
async def repeat(visit: Visit, asked: RepeatAsked) -> web.StreamResponse:
    """The next weeks are booked as this one is."""
    monday = monday_of(asked.day)
    await visit.work(repeat_week, asked.unit_id, asked.child_id, monday, asked.weeks)
    return visit.go(f"/week/{asked.unit_id}/children/{asked.child_id}?day={monday + WEEK}")


@pages.post("/week/{unit_id}/children/{child_id}/base")
async def set_base(visit: Visit, asked: BaseAsked) -> web.StreamResponse:
    """The hours that hold for each week, or each second one, when nobody says otherwise."""
    done = await visit.try_work(
        write_base_week,
        asked.unit_id,
        asked.child_id,
        asked.typed,
        asked.guardian,
        asked.every,
        asked.day,
        asked.hands_over,
    )
    return await _go_on(visit, asked.unit_id, asked.child_id, asked.day, "base", done, asked)


@pages.post("/week/{unit_id}/children/{child_id}/base/{week_id}/end")
async def end_base(visit: Visit, asked: EndAsked) -> web.StreamResponse:
    """It holds no longer."""
    await visit.work(end_base_week, asked.unit_id, asked.child_id, asked.week_id)
    return visit.go(f"/week/{asked.unit_id}/children/{asked.child_id}")


@pages.post("/week/{unit_id}/children/{child_id}/hours")
async def set_hours(visit: Visit, asked: DecideAsked) -> web.StreamResponse:
    """So many hours are decided for the child."""
    done = await visit.try_work(
        decide, asked.unit_id, asked.child_id, asked.hours, asked.per, asked.shift, asked.from_day
    )
    return await _go_on(visit, asked.unit_id, asked.child_id, asked.day, "hours", done, asked)


async def _go_on(
    visit: Visit, unit_id: str, child_id: str, day: date, form: str, done: object, asked: Asked
) -> web.Response:
    if isinstance(done, Refusal):
        return await _show_child(visit, unit_id, child_id, day, form, done, asked)
    return visit.go(f"/week/{unit_id}/children/{child_id}?day={day}")


async def _show_child(
    visit: Visit,
    unit_id: str,
    child_id: str,
    day: date | None,
    form: str = "",
    wrong: Refusal | None = None,
    typed: Asked | None = None,
) -> web.Response:
    found: ChildPage = await visit.look(gather_child, unit_id, child_id, day)
    await visit.note_reading([unit_id, child_id, *(guardian.id for guardian in found.guardians)])
    path = f"/week/{unit_id}/children/{child_id}"
    return visit.show(
        "staff/week_child.j2",
        status=422 if wrong else 200,
        found=found,
        path=path,
        here=f"{path}?day={found.monday}",
        typed={form: typed.model_dump()} if typed else {},
        wrong={form: visit.explain(wrong)} if wrong else {},
        typed_hours=typed_hours,
        **hour_facts(visit),
        guardians=[(guardian.id, guardian.name) for guardian in found.guardians],
        most_repeated=MOST_REPEATED,
        work_days=[(str(at), say_weekday(found.monday + timedelta(days=at), visit.language)) for at in range(1, 5)],
        week_days=[found.monday + timedelta(days=n) for n in range(7)],
    )
