"""Hours used against hours booked and decided, of a child and a month: what was told, what was attended, and what counts.

Of each day what is used is booked and attended time together, each minute once; what counts is that, or what was booked
alone where the owner's rules say so. Source: the same days and the same lock as the forecast of the care decisions.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from hub.desk import Look
from hub.people.places import Unit
from hub.school.attendance import Attendance
from hub.school.attendance_read import Stay, list_guest_stays, list_stays
from hub.school.care_decisions import AgreedHours, Per, list_agreed, span_of
from hub.school.care_hours import Hours, Period
from hub.school.care_plans import Plan, gather_told, is_counted
from hub.school.care_rules import Counts, Rules, get_rules, monday_of

MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime]


class UsedDay(NamedTuple):
    """One child's day, in minutes; a tuple, for thousands are made at once. `attended` is None while the child is here, and
    where it `is_unseen` when it left: then what was booked is all that is known."""

    day: date
    plan: Plan
    booked: int
    attended: int | None
    used: int
    counted: int
    is_unseen: bool = False


class Figures(NamedTuple):
    """What a month comes to, in minutes but for the `unseen` days; `decided` are hours a month or week."""

    booked: int
    attended: int
    used: int
    counted: int
    decided: int | None
    per: Per | None
    left: int | None
    unseen: int

    @property
    def beyond(self) -> int:
        return max(0, -(self.left or 0))


@dataclass(frozen=True, slots=True)
class UsedMonth:
    """A child's month, in minutes. `weeks` is what counts of each week that begins in the month, to its end; the decided hours
    of a week are held against those. Days may be left out on which nothing was told and nobody came."""

    child_id: str
    days: tuple[UsedDay, ...]
    agreed: AgreedHours | None
    weeks: tuple[int, ...] = ()

    @property
    def booked(self) -> int:
        return sum(day.booked for day in self.days)

    @property
    def attended(self) -> int:
        return sum(day.attended or 0 for day in self.days)

    @property
    def used(self) -> int:
        return sum(day.used for day in self.days)

    @property
    def counted(self) -> int:
        return sum(day.counted for day in self.days)

    @property
    def left(self) -> int | None:
        """What of the decided hours is not used, below zero where more is: of hours a week, as much as all weeks together went
        beyond. None where none are decided."""
        if self.agreed is None:
            return None
        decided = self.agreed.hours * 60
        if self.agreed.per == Per.MONTH:
            return decided - self.counted
        beyond = sum(max(0, counted - decided) for counted in self.weeks)
        return -beyond if beyond else sum(decided - counted for counted in self.weeks)

    @property
    def unseen(self) -> int:
        return sum(day.is_unseen for day in self.days)

    @property
    def figures(self) -> Figures:
        decided, per = (None, None) if self.agreed is None else (self.agreed.hours, Per(self.agreed.per))
        return Figures(self.booked, self.attended, self.used, self.counted, decided, per, self.left, self.unseen)


def read_month(look: Look, unit: Unit, child_ids: Sequence[str], day: date) -> list[UsedMonth]:
    """The month of a day, each of its days, for these children of a unit, in their order. It asks no rights of the reader: its
    callers have.

    Of days to come only what is booked is known.
    """
    return _read(look, unit, child_ids, day, is_whole=True)


def sum_month(look: Look, unit: Unit, child_ids: Sequence[str], day: date) -> list[UsedMonth]:
    """The same without the days on which nothing was told and nobody came: what the month comes to is told as well by the rest,
    and of most children's days in a month there is nothing to tell."""
    return _read(look, unit, child_ids, day, is_whole=False)


def _read(look: Look, unit: Unit, child_ids: Sequence[str], day: date, *, is_whole: bool) -> list[UsedMonth]:
    if not child_ids:
        return []
    first, last = span_of(day, Per.MONTH)
    sunday = monday_of(last) + timedelta(days=6)
    days = [first + timedelta(days=n) for n in range((sunday - first).days + 1)]
    mondays = [day for day in days if day.weekday() == 0]
    reckoning = Reckoning(unit, get_rules(look, unit))
    marks = _list_marks(look, unit, child_ids, first, sunday)
    agreed = list_agreed(look, unit.id, child_ids, min(last, max(first, unit.today(look.now))))
    told = gather_told(look, unit, child_ids, first, sunday)
    months = []
    for child_id in child_ids:
        own = marks.get(child_id, {})
        is_all = is_whole or child_id in told.patterns
        asked = days if is_all else sorted(told.list_days(child_id) | own.keys())
        reckoned = [reckoning.reckon(plan, own.get(plan.day, ())) for plan in told.plan_days(child_id, asked)]
        months.append(_month(child_id, reckoned, agreed.get(child_id), mondays, last))
    return months


def _month(
    child_id: str, reckoned: Sequence[UsedDay], agreed: AgreedHours | None, mondays: Sequence[date], last: date
) -> UsedMonth:
    weeks = dict.fromkeys(mondays, 0)
    for used in reckoned:
        monday = monday_of(used.day)
        if monday in weeks:
            weeks[monday] += used.counted
    return UsedMonth(child_id, tuple(used for used in reckoned if used.day <= last), agreed, tuple(weeks.values()))


class Reckoning:
    """Reckons days of a unit by its rules; what is alike for many children is worked out once."""

    def __init__(self, unit: Unit, rules: Rules) -> None:
        self._unit, self._rules = unit, rules
        self._days: dict[date, tuple[bool, datetime]] = {}
        self._spans: dict[tuple[date, Hours], tuple[list[Span], int]] = {}

    def reckon(self, plan: Plan, marks: Collection[Attendance | Stay]) -> UsedDay:
        """A day by its clock on the wall: a night in which clocks change is as long as it was."""
        booked, told = self._read_booked(plan)
        seen, is_open, is_unseen = _read_seen(marks)
        here = length(seen)
        used = length([*booked, *seen]) if booked and seen else told + here
        return UsedDay(
            day=plan.day,
            plan=plan,
            booked=told,
            attended=None if is_open else here,
            used=used,
            counted=told if self._rules.counts is Counts.BOOKED else used,
            is_unseen=is_unseen,
        )

    def _read_booked(self, plan: Plan) -> tuple[list[Span], int]:
        """What counts of it as booked, and its minutes."""
        day, hours = plan.day, plan.hours
        if not hours:
            return [], 0
        if day not in self._days:
            self._days[day] = self._rules.is_practice(day), self._rules.lock.moment(self._unit, monday_of(day))
        is_practice, lock = self._days[day]
        if is_practice or plan.is_practice or not is_counted(plan, lock):
            return [], 0
        if (day, hours) not in self._spans:
            spans = [_span_of(self._unit, day, period) for period in hours]
            self._spans[day, hours] = spans, length(spans)
        return self._spans[day, hours]


def _read_seen(marks: Iterable[Attendance | Stay]) -> tuple[list[Span], bool, bool]:
    """The spans of which both ends are known, whether some end is not, and whether that is since nobody saw it."""
    seen, is_open, is_unseen = [], False, False
    for row in marks:
        left = row.left_at
        if left is not None and not row.left_unseen:
            seen.append((row.came_at, left))
        else:
            is_open, is_unseen = True, is_unseen or left is not None
    return seen, is_open, is_unseen


def _span_of(unit: Unit, day: date, period: Period) -> Span:
    ends_on = day if period.end > period.start else day + timedelta(days=1)
    return unit.moment(day, period.start), unit.moment(ends_on, period.end)


def length(spans: Iterable[Span]) -> int:
    """Whole minutes that lie in any of the spans, each once."""
    total, until = timedelta(), None
    for start, end in sorted(spans):
        if until is None or start > until:
            total, until = total + (end - start), end
        elif end > until:
            total, until = total + (end - until), end
    return total // MINUTE


def _list_marks(
    look: Look, unit: Unit, child_ids: Collection[str], first: date, last: date
) -> dict[str, dict[date, list[Stay]]]:
    found: dict[str, dict[date, list[Stay]]] = {}
    rows = [*list_stays(look, unit, child_ids, first, last), *list_guest_stays(look, unit, child_ids, first, last)]
    for row in rows:
        found.setdefault(row.child_id, {}).setdefault(row.day, []).append(row)
    return found
