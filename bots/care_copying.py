"""A week like another: what a child's times were in one week, wished for others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bots.care_facts import Told, Wish, Wishes, whole, wishes_of
from hub.calendars import list_open_days
from hub.desk import Look
from hub.people.places import Unit
from hub.school.care_hours import pack
from hub.school.care_plans import Plan, Standing, list_plans
from hub.school.care_rules import WEEK, Rules, first_open_week, monday_of
from hub.talk.answers import Named
from hub.talk.heard import Act


def list_as_before(
    look: Look, unit: Unit, children: Sequence[Named], days: Sequence[date], back: timedelta
) -> dict[Named, list[tuple[date, Plan]]]:
    """For each child the days with the plans of the days that lie so far back."""
    plans = list_plans(look, unit, [child.id for child in children], [day - back for day in days])
    by_id: dict[str, list[tuple[date, Plan]]] = {child.id: [] for child in children}
    for plan in plans:
        by_id[plan.child_id].append((plan.day + back, plan))
    return {child: by_id[child.id] for child in children}


def is_told(plan: Plan) -> bool:
    """A day when the child was away tells nothing unless it was booked too."""
    return plan.standing in (Standing.BOOKED, Standing.OFF) or (plan.standing is Standing.AWAY and bool(plan.hours))


def together(wishes: dict[Named, dict[date, Wish]]) -> tuple[Told, ...]:
    """Children with the same times told together."""
    by_wishes: dict[tuple[Wish, ...], list[Named]] = {}
    for child, by_day in wishes.items():
        by_wishes.setdefault(tuple(by_day[day] for day in sorted(by_day)), []).append(child)
    return tuple(Told(tuple(named), told) for told, named in by_wishes.items())


@dataclass(frozen=True, slots=True)
class Like:
    """What an act wishes that tells of another week; where `told` is empty, which of the children that week told nothing of.

    `weeks` are the Mondays of the weeks that are wished for, `besides` the days told to differ, in each of them.
    """

    weeks: tuple[date, ...]
    told: tuple[Told, ...] = ()
    lacking: tuple[Named, ...] = ()
    besides: Wishes = ()


def gather_like(look: Look, unit: Unit, children: Sequence[Named], act: Act, rules: Rules) -> Like:
    """Who says "last week" may mean the one before the week wished for: where there is nothing in the one, it is that."""
    today = unit.today(look.now)
    this = monday_of(today)
    targets = [day for day in act.days if this <= day <= this + rules.weeks_ahead * WEEK]
    if not act.days:
        targets = [first_open_week(rules, unit, look.now)]
    if act.same_as is None or not targets:
        return Like(())
    lacking: tuple[Named, ...] = ()
    besides = tuple(
        Wish(monday + timedelta(days=wish.day.weekday()), wish.hours)
        for monday in targets
        for wish in (wishes_of(act.bookings) if whole(act.bookings) else ())
    )
    for source in [act.same_as] + ([targets[0] - WEEK] if act.same_as == this - WEEK else []):
        wishes = _gather_from(look, unit, children, source, targets)
        lacking = tuple(child for child in children if not wishes[child])
        if not lacking:
            return Like(tuple(targets), _with(wishes, besides))
    return Like(tuple(targets), lacking=lacking, besides=besides)


def _gather_from(
    look: Look, unit: Unit, children: Sequence[Named], source: date, targets: Sequence[date]
) -> dict[Named, dict[date, Wish]]:
    wishes: dict[Named, dict[date, Wish]] = {child: {} for child in children}
    for monday in targets:
        days = list_open_days(look, unit, [monday + timedelta(days=n) for n in range(7)])
        for child, before in list_as_before(look, unit, children, days, monday - source).items():
            wishes[child].update((day, Wish(day, pack(plan.hours))) for day, plan in before if is_told(plan))
    return wishes


def _with(wishes: dict[Named, dict[date, Wish]], besides: Wishes) -> tuple[Told, ...]:
    for by_day in wishes.values():
        by_day.update((wish.day, wish) for wish in besides)
    return together(wishes)
