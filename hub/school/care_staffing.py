"""How many children are at a unit in each quarter of an hour, and how many adults they need by its ratios."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from typing import NamedTuple

from hub.people.families import Child
from hub.school.care_hours import DAY_MINUTES, QUARTER, Hours, clock_of
from hub.school.care_plans import Plan
from hub.school.care_rules import Rules, per_adult_on

QUARTERS = DAY_MINUTES // QUARTER
CLOCKS = tuple(clock_of(at * QUARTER) for at in range(QUARTERS))


class QuarterHour(NamedTuple):
    """`at` is the wall-clock time at which it begins. A tuple, since hundreds are made at once."""

    at: time
    children: int
    adults: int


def count_quarters(plans: Iterable[Plan], children: Mapping[str, Child], day: date, rules: Rules) -> list[QuarterHour]:
    """All quarters of a day, from midnight. Give the plans of the day before too: a night goes on into the morning.

    A quarter counts a child who is there in any of its minutes. The adults of all ages together are rounded up once.
    """
    per_adult = per_adult_on(rules, day)
    ratios = {id_: per_adult(child) for id_, child in children.items()}
    stays = ((plan.day, plan.hours, ratios[plan.child_id]) for plan in plans if plan.comes and plan.child_id in ratios)
    return read_quarters(count_by_ratio(stays, day))


def count_by_ratio(stays: Iterable[tuple[date, Hours, int]], day: date) -> list[Counter[int]]:
    """For each quarter of a day, how many children there are of whom one adult may have so many; one object for quarters in a
    row that are alike. Each of the `stays` is a child's: the day it is of, its hours, and of how many such children one adult
    may take care. A quarter that two periods of a child share counts it once."""
    changes: list[Counter[int]] = [Counter() for _ in range(QUARTERS + 1)]
    for on, hours, ratio in stays:
        offset, until = (on - day).days * DAY_MINUTES, 0
        for period in hours:
            start, end = period.minutes
            first, last = max(until, (start + offset) // QUARTER), min(QUARTERS, -(-(end + offset) // QUARTER))
            if first < last:
                changes[first][ratio] += 1
                changes[last][ratio] -= 1
                until = last
    there, now = list[Counter[int]](), Counter[int]()
    for change in changes[:QUARTERS]:
        if change:
            now = Counter({ratio: n for ratio in now | change if (n := now[ratio] + change[ratio])})
        there.append(now)
    return there


def read_quarters(there: Sequence[Counter[int]]) -> list[QuarterHour]:
    """All quarters of a day, from midnight, as count_by_ratio() tells them."""
    found: list[QuarterHour] = []
    before, children, adults = None, 0, 0
    for at, by_ratio in enumerate(there):
        if by_ratio is not before:
            before, children, adults = by_ratio, by_ratio.total(), adults_for(by_ratio)
        found.append(QuarterHour(CLOCKS[at], children, adults))
    return found


def adults_for(by_ratio: Mapping[int, int]) -> int:
    """How many adults these children need, by how many of each one adult may have."""
    whole = math.lcm(*by_ratio)
    return -(-sum(n * (whole // children) for children, n in by_ratio.items()) // whole)


def within(quarters: Sequence[QuarterHour], opens: time, closes: time) -> list[QuarterHour]:
    """The quarters from opening to closing, and beyond where children are there, in whole hours."""
    busy = [at for at, quarter in enumerate(quarters) if quarter.children]
    first = min([opens.hour, *(at // 4 for at in busy)])
    last = max([closes.hour + (1 if closes.minute else 0), *(at // 4 + 1 for at in busy)])
    return list(quarters[first * 4 : last * 4])
