"""The form of the rules of care times, wherever they are set: what may be typed, how it is read, and how it is shown."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import Field

from admin_web.parameters import Asked
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.people.places import Unit
from hub.school.care_rules import WEEK, Counts, FeeStep, Lock, Over, Ratio, Rules, first_open_week
from hub.spoken import say_clock, say_weekday

Lines = Annotated[str, Field(max_length=500)]
YES = "yes"
_MONDAY = date(2025, 1, 6)


class RatiosUnreadableError(Refusal):
    """What was typed is no list of pairs of numbers, or of numbers and names."""

    words = "refusals.lines_unreadable"


class RulesTyped(Asked):
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
    counts: Counts = Counts.LARGER
    ratios: Lines
    fee_steps: Lines = ""
    sure: str = ""


def read_rules(asked: RulesTyped, before: Rules) -> Rules:
    """What was typed. Raises: RatiosUnreadableError, also when no ratio is left."""
    ratios = tuple(Ratio(years, _number(children, 1, 99)) for years, children in _pairs(asked.ratios))
    if not ratios:
        raise RatiosUnreadableError
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
        counts=asked.counts,
        ratios=ratios,
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


@dataclass(frozen=True, slots=True)
class Timing:
    """When things happen at a unit by some rules, for the first week whose time has not come; in the unit's own time."""

    monday: date
    locks_at: datetime
    asked_at: datetime
    reminded_at: datetime
    today: date


def foresee_timing(unit: Unit, rules: Rules, now: datetime) -> Timing:
    """Of the first week that is neither locked nor asked about."""
    monday = first_open_week(rules, unit, now)
    while rules.asks and rules.asked_at(unit, monday) <= now:
        monday += WEEK
    return Timing(
        monday,
        unit.local(rules.lock.moment(unit, monday)),
        unit.local(rules.asked_at(unit, monday)),
        unit.local(rules.reminded_at(unit, monday)),
        unit.today(now),
    )


def show_form(visit: Visit, rules: Rules, typed: RulesTyped | None = None) -> dict[str, Any]:
    """What the form is filled with; lines as they were typed, where they were."""
    return {
        "rules": rules,
        "ratios": typed.ratios if typed else "\n".join(f"{one.under_years}: {one.children}" for one in rules.ratios),
        "fee_steps": typed.fee_steps if typed else "\n".join(f"{one.hours}: {one.name}" for one in rules.fee_steps),
        "clock": lambda at: say_clock(at, visit.language),
        "weekdays": [(str(at), say_weekday(_MONDAY + timedelta(days=at), visit.language)) for at in range(7)],
        "yes": YES,
    }
