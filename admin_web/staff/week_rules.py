"""The rules of care times on the page *Week*: when a week locks, whom the hub asks and when, how many adults are needed.

What is typed is shown with what it changes before it holds.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from admin_web.staff.week_acts import gather_rules
from admin_web.staff.week_board import gather_board
from hub.desk import Look, Refusal, Work
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.school.care_rules import (
    WEEK,
    FeeStep,
    Lock,
    Over,
    Ratio,
    Rules,
    first_open_week,
    set_rules,
)
from hub.words import say_clock, say_weekday

pages = Pages()

Lines = Annotated[str, Field(max_length=500)]
YES = "yes"
WEEKS_SHOWN = 4
_MONDAY = date(2025, 1, 6)


class RatiosUnreadableError(Refusal):
    """What was typed is no list of pairs of numbers, or of numbers and names."""

    words = "refusals.lines_unreadable"


class RulesAsked(Asked):
    unit_id: PublicId


class SetAsked(RulesAsked):
    lock_weeks: Annotated[int, Field(ge=1, le=8)]
    lock_weekday: Annotated[int, Field(ge=0, le=6)]
    lock_at: time
    asks: str = ""
    ask_days: Annotated[int, Field(ge=0, le=28)]
    ask_at: time
    remind_days: Annotated[int, Field(ge=0, le=28)]
    remind_at: time
    begins: date | None = None
    binding: date | None = None
    over: Over
    ratios: Lines
    fee_steps: Lines = ""
    sure: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the typed rules would do: to the first week whose time has not come, and to the adults of the next weeks."""

    monday: date
    locks_at: datetime
    asked_at: datetime
    reminded_at: datetime
    adults_now: int
    adults_then: int
    today: date


@pages.get("/week/{unit_id}/rules")
async def show_rules(visit: Visit, asked: RulesAsked) -> web.StreamResponse:
    """The rules as they are, to be changed by whoever leads the unit."""
    unit, rules = await visit.look(gather_rules, asked.unit_id)
    return _show(visit, unit, rules)


@pages.post("/week/{unit_id}/rules", fresh=True)
async def set_them(visit: Visit, asked: SetAsked) -> web.StreamResponse:
    """Show what they change; done a second time, they hold."""
    unit, before = await visit.look(gather_rules, asked.unit_id)
    try:
        rules = read_rules(asked, before)
        preview = await visit.look(gather_preview, asked.unit_id, rules)
        if asked.sure == YES:
            await visit.work(change_rules, asked.unit_id, rules)
            return visit.go(f"/week/{asked.unit_id}")
    except RatiosUnreadableError as wrong:
        return _show(visit, unit, before, asked, wrong=wrong)
    except Refusal as wrong:
        return _show(visit, unit, rules, asked, wrong=wrong)
    return _show(visit, unit, rules, asked, preview)


def read_rules(asked: SetAsked, before: Rules) -> Rules:
    """What was typed. Raises: RatiosUnreadableError."""
    return replace(
        before,
        lock=Lock(asked.lock_weeks, asked.lock_weekday, asked.lock_at),
        asks=asked.asks == YES,
        ask_days=asked.ask_days,
        ask_at=asked.ask_at,
        remind_days=asked.remind_days,
        remind_at=asked.remind_at,
        begins=asked.begins,
        binding=asked.binding,
        over=asked.over,
        ratios=tuple(Ratio(years, _number(children, 1, 99)) for years, children in _pairs(asked.ratios)),
        fee_steps=tuple(FeeStep(hours, name[:40]) for hours, name in _pairs(asked.fee_steps)),
    )


def _pairs(lines: str) -> list[tuple[int, str]]:
    """ "3: 4" a line."""
    pairs = [line.partition(":") for line in lines.splitlines() if line.strip()]
    if any(not mark or not name.strip() for _, mark, name in pairs):
        raise RatiosUnreadableError
    return [(_number(number, 1, 744), name.strip()) for number, _, name in pairs]


def _number(text: str, least: int, most: int) -> int:
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit() and least <= int(plain) <= most):
        raise RatiosUnreadableError
    return int(plain)


def gather_preview(look: Look, unit_id: str, rules: Rules) -> Preview:
    """Raises: NotThereError; RatiosUnreadableError when no ratio is left."""
    if not rules.ratios:
        raise RatiosUnreadableError
    unit, _ = gather_rules(look, unit_id)
    monday = first_open_week(rules, unit, look.now)
    while rules.asks and rules.asked_at(unit, monday) <= look.now:
        monday += WEEK
    return Preview(
        monday=monday,
        locks_at=unit.local(rules.lock.moment(unit, monday)),
        asked_at=unit.local(rules.asked_at(unit, monday)),
        reminded_at=unit.local(rules.reminded_at(unit, monday)),
        adults_now=_most_adults(look, unit_id, None),
        adults_then=_most_adults(look, unit_id, rules),
        today=unit.today(look.now),
    )


def _most_adults(look: Look, unit_id: str, rules: Rules | None) -> int:
    unit, _ = gather_rules(look, unit_id)
    weeks = [unit.today(look.now) + WEEK * n for n in range(WEEKS_SHOWN)]
    boards = [gather_board(look, unit_id, day, rules) for day in weeks]
    return max((quarter.adults for board in boards for need in board.needs for quarter in need.quarters), default=0)


def change_rules(work: Work, unit_id: str, rules: Rules) -> None:
    """Raises: NotThereError, AskedTooLateError."""
    unit, _ = gather_rules(work, unit_id)
    set_rules(work, unit, rules, get_reach(work).staff_id)


def _show(
    visit: Visit,
    unit: Unit,
    rules: Rules,
    typed: SetAsked | None = None,
    preview: Preview | None = None,
    wrong: Refusal | None = None,
) -> web.Response:
    return visit.show(
        "staff/week_rules.j2",
        status=422 if wrong else 200,
        unit=unit,
        rules=rules,
        path=f"/week/{unit.id}/rules",
        here=f"/week/{unit.id}/rules",
        ratios=typed.ratios if typed else "\n".join(f"{one.under_years}: {one.children}" for one in rules.ratios),
        fee_steps=typed.fee_steps if typed else "\n".join(f"{one.hours}: {one.name}" for one in rules.fee_steps),
        preview=preview,
        wrong="" if wrong is None else visit.explain(wrong),
        clock=lambda at: say_clock(at, visit.language),
        weekdays=[(str(at), say_weekday(_MONDAY + timedelta(days=at), visit.language)) for at in range(7)],
        yes=YES,
    )
