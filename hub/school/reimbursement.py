"""What a family day carer gets back for what the children's care costs: each child's day reckoned by the rates of that day, and
a month as lines that anybody can reckon again.

Of one child and day each amount has two places; a line is a sum of those, and so the month is exact to the cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from hub.school.meals import MealKind
from hub.school.reimbursement_rates import Dated, Rates, Schedule

NOTHING = Decimal("0.00")
Ages = tuple[int, int | None]


class What(StrEnum):
    """What a line pays for."""

    MEAL = "meal"
    DIET = "diet"
    WHOLE_DAY = "whole_day"
    PART_DAY = "part_day"


class Gap(StrEnum):
    """Why something of a day is not reckoned."""

    NO_RATES = "no_rates"
    NO_AGE = "no_age"
    NO_LEAVING = "no_leaving"
    NOT_HERE = "not_here"
    NOT_PAID = "not_paid"


@dataclass(frozen=True, slots=True)
class Eaten:
    """One meal of a child's day."""

    kind: MealKind
    is_special: bool


@dataclass(frozen=True, slots=True)
class CareDay:
    """One child's day in the home, what was `eaten` in the order of the day. `minutes` are those of the stays that began then,
    None where nobody knows yet when it left; `is_here`: it was seen that day, or is here since the night before.
    """

    child_id: str
    born: date | None
    day: date
    minutes: int | None
    eaten: tuple[Eaten, ...] = ()
    is_here: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One amount of one child's day. `rate` is what one costs; `minutes` are those of a part of a day."""

    what: What
    amount: Decimal
    rate: Decimal
    kind: MealKind | None = None
    ages: Ages | None = None
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class ReckonedDay:
    """A child's day, and what of it is paid for by which rates. `gaps` are what could not be reckoned."""

    care: CareDay
    dated: Dated | None
    parts: tuple[Part, ...]
    gaps: tuple[Gap, ...] = ()

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.parts), NOTHING)


@dataclass(frozen=True, slots=True)
class Line:
    """So many of one thing under the same rates. `minutes` are those of all parts of days together."""

    from_day: date
    what: What
    rate: Decimal
    count: int
    amount: Decimal
    kind: MealKind | None = None
    ages: Ages | None = None
    minutes: int = 0


def reckon_day(care: CareDay, schedule: Schedule) -> ReckonedDay:
    """Meals of a day on which the child was not seen are not paid for."""
    dated = schedule.on(care.day)
    if not care.is_here:
        return ReckonedDay(care, dated, (), (Gap.NOT_HERE,))
    if dated is None:
        return ReckonedDay(care, None, (), (Gap.NO_RATES,))
    parts, gaps = [], []
    if care.minutes is None:
        gaps.append(Gap.NO_LEAVING)
    elif care.minutes:
        parts.append(_day(dated.rates, care.minutes))
    if care.born is None and care.eaten and dated.rates.ages:
        gaps.append(Gap.NO_AGE)
    else:
        age_class = 0 if care.born is None else dated.rates.age_class(care.born, care.day)
        for eaten in care.eaten:
            meal = _meal(dated.rates, eaten, age_class)
            parts += meal
            gaps += [] if meal else [Gap.NOT_PAID]
    return ReckonedDay(care, dated, tuple(parts), tuple(dict.fromkeys(gaps)))


def _day(rates: Rates, minutes: int) -> Part:
    if minutes >= rates.whole_minutes:
        return Part(What.WHOLE_DAY, rates.other_per_day, rates.other_per_day, minutes=minutes)
    return Part(What.PART_DAY, rates.of_day(minutes), rates.other_per_day, minutes=minutes)


def _meal(rates: Rates, eaten: Eaten, age_class: int) -> list[Part]:
    """Empty where the meal is not one that is paid for."""
    amount = rates.of_meal(eaten.kind, age_class)
    if amount is None:
        return []
    ages = rates.bounds(age_class)
    more = rates.of_diet(eaten.kind, age_class)
    diet = [Part(What.DIET, more, more, eaten.kind, ages)] if eaten.is_special else []
    return [Part(What.MEAL, amount, amount, eaten.kind, ages), *diet]


def sum_up(days: Iterable[ReckonedDay]) -> list[Line]:
    """One line for each thing and rate, by the day the rates hold from: meals in the order of the day, the youngest first, then
    special diets, then days."""
    found: dict[tuple[date, What, MealKind | None, Ages | None, Decimal], list[Part]] = {}
    for day in days:
        for part in day.parts:
            assert day.dated is not None  # what is reckoned is reckoned by rates
            found.setdefault((day.dated.from_day, part.what, part.kind, part.ages, part.rate), []).append(part)
    lines = [
        Line(
            from_day=from_day,
            what=what,
            rate=rate,
            count=len(parts),
            amount=sum((part.amount for part in parts), NOTHING),
            kind=kind,
            ages=ages,
            minutes=sum(part.minutes for part in parts) if what is What.PART_DAY else 0,
        )
        for (from_day, what, kind, ages, rate), parts in found.items()
    ]
    return sorted(lines, key=_in_order)


def _in_order(line: Line) -> tuple[date, int, int, int]:
    kind = -1 if line.kind is None else list(MealKind).index(line.kind)
    return line.from_day, list(What).index(line.what), kind, -1 if line.ages is None else line.ages[0]


def total(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in lines), NOTHING)
