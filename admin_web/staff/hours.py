"""*Hours*: of each child and month what was booked, used and counted, what is left of the decided hours, and who used more; the
month is handed over for fees, and what it said then stands."""

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId
from admin_web.staff.csv_cells import Table, send_csv
from admin_web.staff.hours_board import ChildMonth, Hours, gather_hours, hand_month_over
from admin_web.staff.hours_rows import draw_groups
from admin_web.staff.visiting import Visit
from admin_web.staff.week_board import gather_units
from admin_web.staff.week_words import hour_facts
from hub.people.places import Unit
from hub.safety.export_wishes import ExportKind, Wish

pages = Pages()


class MonthAsked(Asked):
    unit_id: PublicId
    day: Day | None = None


class HandOverAsked(Asked):
    unit_id: PublicId
    day: Day


class HoursAsked(MonthAsked):
    group: PublicId | None = None


class ChildAsked(MonthAsked):
    child_id: PublicId


@pages.get("/hours")
async def show_mine(visit: Visit) -> web.StreamResponse:
    """The hours of my first unit that takes bookings."""
    units = await visit.look(gather_units)
    return visit.go(f"/hours/{units[0].id}") if units else visit.show("staff/week_none.j2")


@pages.get("/hours/{unit_id}")
async def show_hours(visit: Visit, asked: HoursAsked) -> web.StreamResponse:
    """One month of a unit, or of one of its groups."""
    hours = await visit.look(gather_hours, asked.unit_id, asked.day, None, asked.group)
    await _note(visit, hours)
    path = f"/hours/{hours.unit.id}"
    answer = visit.say("hours.answer", month=hours.first, over=len(hours.overrun))
    return visit.show(
        "staff/hours.j2",
        hours=hours,
        groups=list(draw_groups(visit, hours)),
        path=path,
        of_group=(of_group := f"&group={hours.chosen}" if hours.chosen is not None else ""),
        here=f"{path}?day={hours.first}{of_group}",
        answer=answer,
        **_told(visit, hours),
    )


@pages.post("/hours/{unit_id}/handed")
async def hand_over(visit: Visit, asked: HandOverAsked) -> web.StreamResponse:
    """The leader hands the month over for fees, or what has changed of it since."""
    await visit.work(hand_month_over, asked.unit_id, asked.day)
    return visit.go(f"/hours/{asked.unit_id}?day={asked.day}")


@pages.get("/hours/{unit_id}/month.csv", fresh=True)
async def download(visit: Visit, asked: HoursAsked) -> web.StreamResponse:
    """The month as a file."""
    hours = await visit.look(gather_hours, asked.unit_id, asked.day, None, asked.group)
    wish = Wish(ExportKind.HOURS, hours.unit.id, hours.first, hours.after - timedelta(days=1))
    return await send_csv(visit, wish, _lay_out(hours), _ids_of(hours), f"hours-{hours.first:%Y-%m}")


@pages.get("/hours/{unit_id}/children/{child_id}")
async def show_child(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """One child's month, day by day."""
    hours = await visit.look(gather_hours, asked.unit_id, asked.day, asked.child_id)
    await _note(visit, hours)
    path = f"/hours/{hours.unit.id}/children/{asked.child_id}"
    return visit.show(
        "staff/hours_child.j2",
        hours=hours,
        row=hours.rows[0],
        path=path,
        here=f"{path}?day={hours.first}",
        **_told(visit, hours),
        **hour_facts(visit),
    )


def _told(visit: Visit, hours: Hours) -> dict[str, Any]:
    """How the templates say who handed the month over, and who has changed it since."""

    def say_who(by: str, at: datetime) -> str:
        return visit.say("hours.who", who=hours.names.get(by, ""), at=hours.unit.local(at), today=hours.today)

    return {"who": say_who}


async def _note(visit: Visit, hours: Hours) -> None:
    await visit.note_reading(_ids_of(hours))


def _ids_of(hours: Hours) -> list[str]:
    return [hours.unit.id, *(row.child.id for row in hours.rows)]


HEAD = ("group", "child", "booked", "attended", "used", "counted", "decided", "left", "unclear_days")
HANDED = ("handed_over", "counted_before", "counted_now")


def _lay_out(hours: Hours) -> Table:
    """One row for each child: group, name, and minutes booked, attended, used, counted, decided, left; days unclear. They are
    as they were handed over, where they were: on which day, what had been told to count before, and what counts now."""
    rows = [[row.group.name, row.name, *_figures(row), *_handed(row, hours.unit)] for row in hours.rows]
    return Table((*HEAD, *HANDED), rows)


def _figures(row: ChildMonth) -> list[str]:
    month = row.figures
    decided = "" if month.decided is None else f"{month.decided * 60} per {month.per}"
    left = "" if month.left is None else str(month.left)
    return [str(n) for n in (month.booked, month.attended, month.used, month.counted)] + [
        decided,
        left,
        str(month.unseen),
    ]


def _handed(row: ChildMonth, unit: Unit) -> list[str]:
    handed = row.handed
    on = "" if handed is None else f"{unit.local(handed.at):%Y-%m-%d}"
    before = "" if handed is None or handed.counted_before is None else str(handed.counted_before)
    return [on, before, str(row.month.counted)]
