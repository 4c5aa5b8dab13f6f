"""What *Week* says: what its templates are given, and hours as staff read and type them."""

from datetime import date
from functools import lru_cache, partial
from typing import Any

from admin_web.staff.visiting import Visit
from admin_web.staff.week_board import Board
from admin_web.staff.week_chart import runs
from hub.school.care_hours import Hours, unpack
from hub.spoken import say_clock, say_hours, say_weekday

ALL = "all"


def typed_hours(plan: Any) -> str:
    """As staff would type it."""
    if plan.booking is None and plan.pattern is None:
        return ""
    return _plain_hours(plan.hours) or "-"


def _plain_hours(hours: Any) -> str:
    return ", ".join(f"{_plain_clock(period.start)}-{_plain_clock(period.end)}" for period in hours)


def _plain_clock(at: Any) -> str:
    return f"{at.hour}.{at:%M}" if at.minute else str(at.hour)


def hours_said(language: str, hours: Hours) -> str:
    """ "8-12 + 14-17", or that it is off."""
    said = say_hours([(date.min, [(p.start, p.end) for p in hours])], language, with_week=False)
    return said.partition(" ")[2]


def week_path(board: Board, monday: date, end: str = "", *, group: str | None = None) -> str:
    """Where a week of the unit is, of the group that is chosen or of another; "all" for all. `end` comes behind the unit."""
    chosen = board.chosen if group is None else None if group == ALL else group
    of_group = f"&group={chosen}" if chosen is not None else ""
    return f"/week/{board.unit.id}{end}?day={monday}{of_group}"


def week_facts(visit: Visit, board: Board) -> dict[str, Any]:
    """What the templates of a unit's week are given."""
    path = f"/week/{board.unit.id}"
    peak = board.peak
    return {
        "board": board,
        "path": path,
        "here": week_path(board, board.monday),
        "to": partial(week_path, board),
        "answer": visit.say(
            "week.answer",
            week=board.monday.isocalendar().week,
            children=0 if peak is None else peak.peak.children,
            adults=max((quarter.adults for need in board.needs for quarter in need.quarters), default=0),
        ),
        "lead": visit.say(
            "week.lead",
            untold=len(board.untold),
            clashes=len({row.child.id for row, _ in board.clashes}),
            locks_at=board.locks_at,
            is_locked=board.is_locked,
            today=board.today,
        ),
        "runs": runs,
        "day_words": [say_weekday(day, visit.language) for day in board.days],
        **hour_facts(visit),
        "hours_said": lru_cache(maxsize=None)(partial(hours_said, visit.language)),
    }


def hour_facts(visit: Visit) -> dict[str, Any]:
    """How every template of *Week* says a clock time, a weekday, hours, and the hours of whoever told otherwise."""
    return {
        "clock": lambda at: say_clock(at, visit.language),
        "weekday": lambda day: say_weekday(day, visit.language),
        "hours_said": partial(hours_said, visit.language),
        "rival_said": lambda cell: hours_said(visit.language, unpack(cell.plan.rival.hours)),
    }
