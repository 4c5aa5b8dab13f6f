"""Adults and children of a day, group by group: now, and in each quarter hour to come, with an early warning where adults will
be too few, and whom to move where another group has room.

It is reckoned from who is here, what is booked, who was told away, late or early, and the adults planned.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise

from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.adult_plans import AdultPlan, count_adults, list_adult_plans
from hub.school.care_hours import DAY_MINUTES, QUARTER, Hours, Period, clock_of, minute_of
from hub.school.care_plans import Plan, Standing
from hub.school.care_rules import Rules, get_rules
from hub.school.care_staffing import QUARTERS, QuarterHour, adults_for, count_by_ratio
from hub.school.day_board import OnBoard, Presence
from hub.school.going_home import GoingHome


@dataclass(frozen=True, slots=True)
class Ahead:
    """A group's day. `there` are the children of each quarter by how many of them one adult may have, `here` those who are
    here now; `planned` are the adults, None where nobody has told of them."""

    group_id: str
    there: tuple[Counter[int], ...]
    here: Counter[int]
    planned: tuple[int, ...] | None = None

    @property
    def needed_now(self) -> int:
        """By those who are here."""
        return adults_for(self.here)

    def needed(self, at: int) -> int:
        return adults_for(self.there[at])

    @property
    def quarters(self) -> list[QuarterHour]:
        return [QuarterHour(clock_of(at * QUARTER), by.total(), adults_for(by)) for at, by in enumerate(self.there)]

    def is_short(self, at: int) -> bool:
        return self.planned is not None and self.needed(at) > self.planned[at]


@dataclass(frozen=True, slots=True)
class Move:
    """So many children go over to another group for as long as it takes: then both have adults enough."""

    to_group_id: str
    children: int
    per_adult: int


@dataclass(frozen=True, slots=True)
class Shortage:
    """From a time to another a group lacks adults, at its worst `needed` against `planned`. `move` is what helps."""

    group_id: str
    start: time
    end: time
    needed: int
    planned: int
    move: Move | None = None


@dataclass(frozen=True, slots=True)
class DayAhead:
    """What is known of a unit's day from a quarter on."""

    groups: Mapping[str, Ahead]
    plans: Mapping[str, AdultPlan]
    shortages: tuple[Shortage, ...]
    now: int


def look_ahead(
    look: Look,
    unit: Unit,
    board: Sequence[OnBoard],
    plans: Mapping[str, Plan],
    homes: Mapping[str, GoingHome],
    *,
    is_closed: bool = False,
) -> DayAhead:
    """Of today, as far as this board shows it. `plans` are today's, by child."""
    local = unit.local(look.now)
    day, now = local.date(), local.hour * 4 + local.minute // QUARTER
    rules, adults = get_rules(look, unit), list_adult_plans(look, unit, day)
    stays: dict[str, list[tuple[OnBoard, Hours]]] = {}
    for on in board:
        hours = expect(unit, day, look.now, on, plans.get(on.child.id), homes.get(on.child.id), is_closed=is_closed)
        stays.setdefault(on.group_id, []).append((on, hours))
    groups = {id_: _ahead(id_, those, day, rules, adults.get(id_)) for id_, those in stays.items()}
    return DayAhead(groups, adults, tuple(find_shortages(groups, now)), now)


def expect(
    unit: Unit,
    day: date,
    now: datetime,
    on: OnBoard,
    plan: Plan | None,
    home: GoingHome | None,
    *,
    is_closed: bool = False,
) -> Hours:
    """When a child is, and will be, here on a day that is today. Who is here stays until its care was told to end, or until the
    unit closes, and no shorter than now; who has left comes back where a later time is booked."""
    minute = minute_of(unit.local(now).time())
    spans = [period.minutes for period in _told(unit, plan, is_closed=is_closed)]
    if on.presence is Presence.AWAY:
        return ()
    leaves = None if home is None or home.leaves_at is None else minute_of(home.leaves_at)
    if on.presence is Presence.LEFT:
        return _periods((start, end) for start, end in spans if start > minute)
    if on.presence is Presence.HERE:
        came = 0 if on.came_at is None or on.came_on != day else minute_of(unit.local(on.came_at).time())
        ends = next((end for _, end in spans if end > minute), max(minute_of(unit.closes), minute + 1))
        rest = [(start, end) for start, end in spans if start > minute and end != ends]
        return _periods([(min(came, minute), max(leaves or ends, minute + 1)), *rest])
    comes = minute_of(on.comes_at) if on.presence is Presence.LATE and on.comes_at is not None else 0
    return _periods((max(start, comes), min(end, leaves or end)) for start, end in spans)


def _told(unit: Unit, plan: Plan | None, *, is_closed: bool) -> Hours:
    """What is booked; the unit's hours where nobody books, or nobody told."""
    if plan is not None and plan.standing in (Standing.BOOKED, Standing.CLASH):
        return plan.hours
    is_off = plan is not None and plan.standing in (Standing.OFF, Standing.CLOSED, Standing.AWAY)
    return () if is_closed or is_off else (Period(unit.opens, unit.closes),)


def _periods(spans: Iterable[tuple[int, int]]) -> Hours:
    """Within the day; a night goes on until its end."""
    return tuple(
        Period(clock_of(start), clock_of(min(end, DAY_MINUTES) % DAY_MINUTES)) for start, end in spans if start < end
    )


def _ahead(
    group_id: str, stays: Sequence[tuple[OnBoard, Hours]], day: date, rules: Rules, adults: AdultPlan | None
) -> Ahead:
    children: dict[str, Child] = {on.child.id: on.child for on, _ in stays}
    there = count_by_ratio(_as_plans(stays, day), children, day, rules)
    here = [(on, (Period(time(0), time(0)),)) for on, _ in stays if on.presence is Presence.HERE]
    (now, *_) = count_by_ratio(_as_plans(here, day), children, day, rules)
    return Ahead(group_id, tuple(there), now, None if adults is None else tuple(count_adults(adults.adults)))


def _as_plans(stays: Iterable[tuple[OnBoard, Hours]], day: date) -> list[Plan]:
    return [Plan(on.child.id, day, Standing.BOOKED, hours) for on, hours in stays]


def find_shortages(groups: Mapping[str, Ahead], now: int) -> list[Shortage]:
    """Where adults will be too few from a quarter on, the first to come first, each with what helps."""
    found = []
    for ahead in groups.values():
        short = [at for at in range(now, QUARTERS) if ahead.is_short(at)]
        for first, last in _runs(short):
            span = range(first, last + 1)
            worst = max(span, key=lambda at: ahead.needed(at) - (ahead.planned or ())[at])
            found.append(
                Shortage(
                    ahead.group_id,
                    clock_of(first * QUARTER),
                    clock_of((last + 1) * QUARTER),
                    ahead.needed(worst),
                    (ahead.planned or ())[worst],
                    propose(ahead, [other for other in groups.values() if other is not ahead], span),
                )
            )
    return sorted(found, key=lambda one: (one.start, one.group_id))


def _runs(quarters: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of those that follow each other."""
    breaks = [at for at, (before, after) in enumerate(pairwise(quarters), 1) if after != before + 1]
    bounds = [0, *breaks, len(quarters)]
    return [(quarters[first], quarters[last - 1]) for first, last in pairwise(bounds) if first < last]


def propose(short: Ahead, others: Sequence[Ahead], span: range) -> Move | None:
    """The fewest children, the oldest first, who may go over to a group so that both have adults enough all the while; in a
    quarter in which fewer of them are there, those."""
    most = Counter[int]()
    for at in span:
        most |= short.there[at]
    for children in range(1, max(most.values(), default=0) + 1):
        for ratio in sorted(most, reverse=True):
            for other in others:
                if all(_is_enough(short, other, at, ratio, children) for at in span):
                    return Move(other.group_id, children, ratio)
    return None


def _is_enough(short: Ahead, other: Ahead, at: int, ratio: int, children: int) -> bool:
    going = min(children, short.there[at][ratio])
    return _fits(short, at, -going, ratio) and _fits(other, at, going, ratio)


def _fits(group: Ahead, at: int, more: int, ratio: int) -> bool:
    if group.planned is None:
        return False
    then = Counter(group.there[at])
    then[ratio] += more
    return adults_for(then) <= group.planned[at]
