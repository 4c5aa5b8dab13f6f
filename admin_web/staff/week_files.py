"""The week as files for a program that plans shifts: how many adults each quarter hour needs, and who is booked when."""

from admin_web.staff.csv_cells import Table
from admin_web.staff.week_board import Board
from hub.school.care_hours import clock_of, minute_of, pack
from hub.school.care_plans import Standing


def list_quarters(board: Board) -> Table:
    """One row for each quarter hour of each day: ISO day, from, to, children, adults."""
    rows = [
        (
            need.day.isoformat(),
            f"{quarter.at:%H:%M}",
            f"{clock_of(minute_of(quarter.at) + 15):%H:%M}",
            str(quarter.children),
            str(quarter.adults),
        )
        for need in board.needs
        for quarter in need.quarters
    ]
    return Table(("day", "from", "to", "children", "adults"), rows)


def list_bookings(board: Board) -> Table:
    """One row for each child and day on which this unit has it: ISO day, group, name, state, hours, who told."""
    rows = [
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
        if not cell.out
    ]
    return Table(("day", "group", "child", "state", "hours", "told_by"), rows)
