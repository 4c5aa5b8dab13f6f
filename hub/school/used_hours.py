"""Hours used against hours booked and decided, of a child and a month: what was told, what was attended, and what counts.

Of each day what is used is booked and attended time together, each minute once; what counts is that, or what was booked
alone where the owner's rules say so. Source: the same days and the same lock as the forecast of the care decisions.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from hub.desk import Look
from hub.people.places import Unit
from hub.school.attendance import Attendance, list_between
from hub.school.care_decisions import AgreedHours, Per, list_agreed, span_of
from hub.school.care_hours import Hours
from hub.school.care_plans import Plan, is_counted, list_plans
from hub.school.care_rules import Counts, Rules, get_rules, monday_of

MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class UsedDay:
    """One child's day, in minutes. `attended` is None while the child is here, and where it `is_unseen` when it left: then what
    was booked is all that is known."""

    day: date
    plan: Plan
    booked: int
    attended: int | None
    used: int
    counted: int
    is_unseen: bool = False


@dataclass(frozen=True, slots=True)
class UsedMonth:
    """A child's month, in minutes. `weeks` is what counts of each week that begins in the month, to its end; the decided hours
    of a week are held against those."""

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
    def beyond(self) -> int:
        return max(0, -(self.left or 0))

    @property
    def unseen(self) -> int:
        return sum(day.is_unseen for day in self.days)


def read_month(look: Look, unit: Unit, child_ids: Sequence[str], day: date) -> list[UsedMonth]:
    """The month of a day for these children of a unit, in their order. It asks no rights of the reader: its callers have.

    Of days to come only what is booked is known.
    """
    first, last = span_of(day, Per.MONTH)
    sunday = monday_of(last) + timedelta(days=6)
    days = [first + timedelta(days=n) for n in range((sunday - first).days + 1)]
    rules = get_rules(look, unit)
    marks = _list_marks(look, unit, child_ids, first, sunday)
    agreed = list_agreed(look, unit.id, child_ids, min(last, max(first, unit.today(look.now))))
    of_child: dict[str, list[UsedDay]] = {}
    for plan in list_plans(look, unit, list(child_ids), days):
        own = marks.get((plan.child_id, plan.day), ())
        of_child.setdefault(plan.child_id, []).append(reckon_day(unit, rules, plan, own))
    return [_month(id_, of_child.get(id_, []), agreed.get(id_), first, last) for id_ in child_ids]


def _month(child_id: str, days: Sequence[UsedDay], agreed: AgreedHours | None, first: date, last: date) -> UsedMonth:
    weeks: Counter[date] = Counter()
    for day in days:
        weeks[monday_of(day.day)] += day.counted
    own = tuple(counted for monday, counted in weeks.items() if monday >= first)
    return UsedMonth(child_id, tuple(day for day in days if day.day <= last), agreed, own)


def reckon_day(unit: Unit, rules: Rules, plan: Plan, marks: Collection[Attendance]) -> UsedDay:
    """A day by its clock on the wall: a night in which clocks change is as long as it was."""
    lock = rules.lock.moment(unit, monday_of(plan.day))
    is_told = is_counted(plan, lock) and not rules.is_practice(plan.day) and not plan.is_practice
    booked = _spans_of(unit, plan.day, plan.hours) if is_told else []
    is_open = any(row.left_at is None or row.left_unseen for row in marks)
    seen = [(row.came_at, row.left_at) for row in marks if row.left_at is not None and not row.left_unseen]
    used, told = length([*booked, *seen]), length(booked)
    return UsedDay(
        day=plan.day,
        plan=plan,
        booked=told,
        attended=None if is_open else length(seen),
        used=used,
        counted=told if rules.counts is Counts.BOOKED else used,
        is_unseen=any(row.left_unseen for row in marks),
    )


def _spans_of(unit: Unit, day: date, hours: Hours) -> list[Span]:
    spans = []
    for period in hours:
        ends_on = day if period.end > period.start else day + timedelta(days=1)
        spans.append((unit.moment(day, period.start), unit.moment(ends_on, period.end)))
    return spans


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
) -> dict[tuple[str, date], list[Attendance]]:
    found: dict[tuple[str, date], list[Attendance]] = {}
    for row in list_between(look, unit, child_ids, first, last):
        found.setdefault((row.child_id, row.day), []).append(row)
    return found
