"""How many children are at a unit in each quarter of an hour, and how many adults they need by its ratios."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time

from hub.people.families import Child
from hub.school.care_hours import DAY_MINUTES, QUARTER, Hours, clock_of
from hub.school.care_plans import Plan
from hub.school.care_rules import Rules, children_per_adult

QUARTERS = DAY_MINUTES // QUARTER


@dataclass(frozen=True, slots=True)
class QuarterHour:
    """`at` is the wall-clock time at which it begins."""

    at: time
    children: int
    adults: int


def count_quarters(plans: Iterable[Plan], children: Mapping[str, Child], day: date, rules: Rules) -> list[QuarterHour]:
    """All quarters of a day, from midnight. Give the plans of the day before too: a night goes on into the morning.

    A quarter counts a child who is there in any of its minutes. The adults of all ages together are rounded up once.
    """
    ratios = {id_: children_per_adult(rules, child, day) for id_, child in children.items()}
    stays = ((plan.day, plan.hours, ratios[plan.child_id]) for plan in plans if plan.comes and plan.child_id in ratios)
    return [
        QuarterHour(clock_of(at * QUARTER), by_ratio.total(), adults_for(by_ratio))
        for at, by_ratio in enumerate(count_by_ratio(stays, day))
    ]


def count_by_ratio(stays: Iterable[tuple[date, Hours, int]], day: date) -> list[Counter[int]]:
    """For each quarter of a day, how many children there are of whom one adult may have so many. Each of the `stays` is a
    child's: the day it is of, its hours, and of how many such children one adult may take care."""
    there: list[Counter[int]] = [Counter() for _ in range(QUARTERS)]
    for (on, hours, ratio), n in Counter(stays).items():
        for quarter in _quarters_of(on, hours, day):
            there[quarter][ratio] += n
    return there


def adults_for(by_ratio: Mapping[int, int]) -> int:
    """How many adults these children need, by how many of each one adult may have."""
    whole = math.lcm(*by_ratio)
    return -(-sum(n * (whole // children) for children, n in by_ratio.items()) // whole)


def _quarters_of(on: date, hours: Hours, day: date) -> set[int]:
    offset = (on - day).days * DAY_MINUTES
    found: set[int] = set()
    for period in hours:
        start, end = (minute + offset for minute in period.minutes)
        found.update(range(max(0, start // QUARTER), min(QUARTERS, -(-end // QUARTER))))
    return found


def within(quarters: Sequence[QuarterHour], opens: time, closes: time) -> list[QuarterHour]:
    """The quarters from opening to closing, and beyond where children are there, in whole hours."""
    busy = [at for at, quarter in enumerate(quarters) if quarter.children]
    first = min([opens.hour, *(at // 4 for at in busy)])
    last = max([closes.hour + (1 if closes.minute else 0), *(at // 4 + 1 for at in busy)])
    return list(quarters[first * 4 : last * 4])
