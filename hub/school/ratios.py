"""Adults and children of a day, group by group: now, and in each quarter hour to come, with an early warning where adults will
be too few, and whom to move where another group has room.

It is reckoned from who is here, what is booked, who was told away, late or early, and the adults planned.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from hub.desk import Look
from hub.people.places import Unit
from hub.school.adult_plans import AdultPlan, count_adults, list_adult_plans
from hub.school.care_hours import DAY_MINUTES, QUARTER, Hours, Period, clock_of, minute_of
from hub.school.care_plans import Plan, Standing
from hub.school.care_rules import Rules, get_rules, per_adult_on
from hub.school.care_staffing import QUARTERS, QuarterHour, adults_for, count_by_ratio, read_quarters
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
        return read_quarters(self.there)

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
    expecting = Expecting(unit, look.now, is_closed=is_closed)
    stays: dict[str, list[tuple[OnBoard, Hours]]] = {}
    for on in board:
        hours = expecting.expect(on, plans.get(on.child_id), homes.get(on.child_id))
        stays.setdefault(on.group_id, []).append((on, hours))
    groups = {id_: _ahead(id_, those, day, rules, adults.get(id_)) for id_, those in stays.items()}
    return DayAhead(groups, adults, tuple(find_shortages(groups, now)), now)


class Expecting:
    """Tells when children of a unit are, and will be, here today; `is_closed` where nobody is expected."""

    def __init__(self, unit: Unit, now: datetime, *, is_closed: bool = False) -> None:
        self._zone = ZoneInfo(unit.zone)
        local = now.astimezone(self._zone)
        self._day, self._minute = local.date(), minute_of(local.time())
        self._closes = max(minute_of(unit.closes), self._minute + 1)
        self._usual: Hours = () if is_closed else (Period(unit.opens, unit.closes),)

    def expect(self, on: OnBoard, plan: Plan | None, home: GoingHome | None) -> Hours:
        """Who is here stays until its care was told to end, or until the unit closes, and no shorter than now; who has left
        comes back where a later time is booked."""
        presence, minute = on.presence, self._minute
        if presence in (Presence.AWAY, Presence.ELSEWHERE):
            return ()
        spans = [period.minutes for period in self._told(plan)]
        leaves = None if home is None or home.leaves_at is None else minute_of(home.leaves_at)
        if presence is Presence.LEFT:
            return _periods((start, end) for start, end in spans if start > minute)
        if presence is Presence.HERE:
            ends = next((end for _, end in spans if end > minute), self._closes)
            now = _period(min(self._came(on), minute), max(leaves or ends, minute + 1))
            return now, *_periods((start, end) for start, end in spans if start > minute and end != ends)
        comes = minute_of(on.comes_at) if presence is Presence.LATE and on.comes_at is not None else 0
        return _periods((max(start, comes), min(end, leaves or end)) for start, end in spans)

    def _came(self, on: OnBoard) -> int:
        """In which minute of the day; in its first, where it has stayed over midnight."""
        if on.came_at is None or on.came_on != self._day:
            return 0
        at = on.came_at.astimezone(self._zone)
        return at.hour * 60 + at.minute

    def _told(self, plan: Plan | None) -> Hours:
        """What is booked; the unit's hours where nobody books, or nobody told."""
        if plan is not None and plan.standing in (Standing.BOOKED, Standing.CLASH):
            return plan.hours
        is_off = plan is not None and plan.standing in (Standing.OFF, Standing.CLOSED, Standing.AWAY)
        return () if is_off else self._usual


def _periods(spans: Iterable[tuple[int, int]]) -> Hours:
    """Within the day; a night goes on until its end."""
    return tuple(_period(start, end) for start, end in spans if start < end)


@lru_cache(maxsize=4096)
def _period(start: int, end: int) -> Period:
    """From a minute of the day to another."""
    return Period(clock_of(start), clock_of(min(end, DAY_MINUTES) % DAY_MINUTES))


def _ahead(
    group_id: str, stays: Sequence[tuple[OnBoard, Hours]], day: date, rules: Rules, adults: AdultPlan | None
) -> Ahead:
    per_adult = per_adult_on(rules, day)
    counted = [(on.presence, hours, per_adult(on.child)) for on, hours in stays]
    there = count_by_ratio(((day, hours, ratio) for _, hours, ratio in counted), day)
    here = Counter([ratio for presence, _, ratio in counted if presence is Presence.HERE])
    return Ahead(group_id, tuple(there), here, None if adults is None else tuple(count_adults(adults.adults)))


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
