"""The week as files for a program that plans shifts: how many adults each quarter hour needs, and who is booked when.

Cells that a spreadsheet could take for a formula are made text. Source: security rule S7.9.
"""

import csv
import io
from collections.abc import Iterable

from admin_web.staff.week_board import Board
from hub.school.care_hours import clock_of, minute_of, pack
from hub.school.care_plans import Standing

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_quarters(board: Board) -> str:
    """One row for each quarter hour of each day: ISO day, from, to, children, adults."""
    rows = (
        (
            need.day.isoformat(),
            f"{quarter.at:%H:%M}",
            f"{clock_of(minute_of(quarter.at) + 15):%H:%M}",
            str(quarter.children),
            str(quarter.adults),
        )
        for need in board.needs
        for quarter in need.quarters
    )
    return _write(("day", "from", "to", "children", "adults"), rows)


def write_bookings(board: Board) -> str:
    """One row for each child and day: ISO day, group, name, state, hours, who told."""
    rows = (
        (
            cell.plan.day.isoformat(),
            group.group.name,
            row.name,
            cell.plan.standing.value,
            "" if cell.plan.standing is Standing.AWAY else pack(cell.plan.hours),
            cell.told_by,
        )
        for group in board.groups
        for row in group.rows
        for cell in row.cells
    )
    return _write(("day", "group", "child", "state", "hours", "told_by"), rows)


def _write(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(head)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue()


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
