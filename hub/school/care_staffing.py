"""How many children are at a unit in each quarter of an hour, and how many adults they need by its ratios."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from fractions import Fraction

from hub.people.families import Child
from hub.school.care_hours import DAY_MINUTES, QUARTER, clock_of
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
    return [
        QuarterHour(clock_of(at * QUARTER), by_ratio.total(), adults_for(by_ratio))
        for at, by_ratio in enumerate(count_by_ratio(plans, children, day, rules))
    ]


def count_by_ratio(plans: Iterable[Plan], children: Mapping[str, Child], day: date, rules: Rules) -> list[Counter[int]]:
    """For each quarter of a day, how many children there are of whom one adult may have so many."""
    ratios = {child.id: children_per_adult(rules, child, day) for child in children.values()}
    there: list[Counter[int]] = [Counter() for _ in range(QUARTERS)]
    for plan in plans:
        if plan.comes and plan.child_id in ratios:
            for quarter in _quarters_of(plan, day):
                there[quarter][ratios[plan.child_id]] += 1
    return there


def adults_for(by_ratio: Mapping[int, int]) -> int:
    """How many adults these children need, by how many of each one adult may have."""
    return math.ceil(sum((Fraction(n, children) for children, n in by_ratio.items()), Fraction()))


def _quarters_of(plan: Plan, day: date) -> set[int]:
    offset = (plan.day - day).days * DAY_MINUTES
    found: set[int] = set()
    for period in plan.hours:
        start, end = (minute + offset for minute in period.minutes)
        found.update(range(max(0, start // QUARTER), min(QUARTERS, -(-end // QUARTER))))
    return found


def within(quarters: Sequence[QuarterHour], opens: time, closes: time) -> list[QuarterHour]:
    """The quarters from opening to closing, and beyond where children are there, in whole hours."""
    busy = [at for at, quarter in enumerate(quarters) if quarter.children]
    first = min([opens.hour, *(at // 4 for at in busy)])
    last = max([closes.hour + (1 if closes.minute else 0), *(at // 4 + 1 for at in busy)])
    return list(quarters[first * 4 : last * 4])
