"""What *Week* does: each act asks for the right to it, does it, and is kept in the audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from admin_web.staff.week_board import get_booked_unit
from hub.asker import Trust
from hub.calendars import list_open_days
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, Right
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.post.audience import list_guardians_for
from hub.safety.access import NotThereError, Reach, get_child, get_reach
from hub.school.care_bookings import CareBooking, Teller, ToldHours, book, list_of_child, take_back
from hub.school.care_decisions import AgreedHours, Forecast, Per, Shift, decide_hours, find_agreed, forecast
from hub.school.care_hours import OFF, Hours, read_hours
from hub.school.care_patterns import (
    Pattern,
    end_week,
    find_pick_up,
    get_week,
    is_hand_over,
    list_patterns,
    set_week,
)
from hub.school.care_plans import Plan, Standing, list_plans_of
from hub.school.care_rules import WEEK, Rules, get_rules, monday_of

DAY_OFF = "-"


@dataclass(frozen=True, slots=True)
class ToldDay:
    """A day of one child. `booking` and `rival` come with the name of whoever told them, and when by the unit's clock.

    `fetched_by` is the home that fetches on the day of a hand-over, "" on other days.
    """

    plan: Plan
    told_by: str
    told_at: datetime | None
    rival_by: str
    fetched_by: str


@dataclass(frozen=True, slots=True)
class ChildPage:
    """One child's week, to be changed. `may_decide`: whether the asker may also set decided hours."""

    unit: Unit
    child: Child
    group: str
    monday: date
    today: date
    days: tuple[ToldDay, ...]
    agreed: AgreedHours | None
    forecast: Forecast
    patterns: tuple[tuple[Pattern, str], ...]
    guardians: tuple[Guardian, ...]
    may_decide: bool


def gather_child(look: Look, unit_id: str, child_id: str, day: date | None) -> ChildPage:
    """Raises: NotThereError."""
    reach, unit, child, group = _reach_child(look, unit_id, child_id)
    today = unit.today(look.now)
    monday = monday_of(day or today)
    week = [monday + timedelta(days=n) for n in range(7)]
    plans = list_plans_of(look, unit, child.id, week)
    patterns = list_patterns(look, unit.id, child.id)
    ids = {row.told_by for plan in plans for row in (plan.booking, plan.rival) if row is not None}
    ids |= {pattern.guardian_id for pattern in patterns if pattern.guardian_id is not None}
    names = names_of(look, guardians=ids, staff=ids)
    rules = get_rules(look, unit)
    return ChildPage(
        unit=unit,
        child=child,
        group=group,
        monday=monday,
        today=today,
        days=tuple(_told_day(unit, plan, names, patterns) for plan in plans),
        agreed=find_agreed(look, child.id, unit.id, monday),
        forecast=forecast(look, unit, child.id, monday, rules),
        patterns=tuple((pattern, names.get(pattern.guardian_id or "", "")) for pattern in patterns),
        guardians=tuple(list_guardians_for(look, child.id, Right.CARE_TIME, today)),
        may_decide=unit.id in reach.whole_units,
    )


def _told_day(unit: Unit, plan: Plan, names: Mapping[str, str], patterns: Sequence[Pattern]) -> ToldDay:
    def name(row: CareBooking | ToldHours | None) -> str:
        return "" if row is None else names.get(row.told_by, "")

    booked = plan.booking
    told_at = None if booked is None else unit.local(booked.told_at)
    home = find_pick_up(patterns, plan.day) if is_hand_over(patterns, plan.day) else None
    return ToldDay(plan, name(booked), told_at, name(plan.rival), names.get(home or "", ""))


def _reach_child(look: Look, unit_id: str, child_id: str) -> tuple[Reach, Unit, Child, str]:
    """Raises: NotThereError when the reach does not cover the child at this unit today."""
    reach = get_reach(look)
    unit = get_booked_unit(look, reach, unit_id)
    child, places = get_child(look, reach, child_id)
    group = next((group.name for at, group in places if at.id == unit.id), None)
    if group is None:
        raise NotThereError
    return reach, unit, child, group


def book_week(work: Work, unit_id: str, child_id: str, monday: date, typed: Mapping[int, str]) -> None:
    """Staff write a child's week: hours, DAY_OFF, or nothing, which takes back what was booked. What is as it was stays.

    Raises: NotThereError, HoursUnreadableError, HoursOverlapError.
    """
    reach, unit, child, _ = _reach_child(work, unit_id, child_id)
    rules = get_rules(work, unit)
    days = [monday + timedelta(days=n) for n in range(7)]
    before = {plan.day: plan for plan in list_plans_of(work, unit, child.id, days)}
    wished: dict[date, Hours] = {}
    emptied: list[date] = []
    for at, day in enumerate(days):
        hours = read_typed(typed.get(at, ""))
        plan = before[day]
        if hours is None:
            emptied.append(day)
        elif plan.rival is not None or plan.hours != hours or (plan.booking is None and plan.pattern is None):
            wished[day] = hours
    gone = list(list_of_child(work, child.id, unit.id, emptied))
    take_back(work, gone, reach.staff_id)
    book(work, unit, child, wished, Teller(reach.staff_id, "staff", Trust.STRONG), rules)


def repeat_week(work: Work, unit_id: str, child_id: str, monday: date, weeks: int) -> None:
    """Staff book a child's next weeks as this one is. A day that told nothing here, or is closed there, is left as it is.

    Raises: NotThereError.
    """
    reach, unit, child, _ = _reach_child(work, unit_id, child_id)
    week = list_plans_of(work, unit, child.id, [monday + timedelta(days=n) for n in range(7)])
    told = [plan for plan in week if plan.standing in (Standing.BOOKED, Standing.OFF)]
    wished = {plan.day + WEEK * n: plan.hours for n in range(1, weeks + 1) for plan in told}
    open_days = list_open_days(work, unit, wished)
    rules = get_rules(work, unit)
    teller = Teller(reach.staff_id, "staff", Trust.STRONG)
    book(work, unit, child, {day: wished[day] for day in open_days}, teller, rules)


def read_typed(text: str) -> Hours | None:
    """None for an empty line. Raises: HoursUnreadableError, HoursOverlapError."""
    plain = text.strip()
    if not plain:
        return None
    return OFF if plain in (DAY_OFF, "\N{EN DASH}", "0") else read_hours(plain)


def decide(work: Work, unit_id: str, child_id: str, hours: int, per: Per, shift: Shift, from_day: date) -> None:
    """Raises: NotThereError, also for who may not; NoSuchHoursError."""
    reach, unit, child, _ = _reach_child(work, unit_id, child_id)
    if unit.id not in reach.whole_units:
        raise NotThereError
    decide_hours(work, unit, child, hours, per, from_day=from_day, by=reach.staff_id, shift=shift)


def write_base_week(
    work: Work,
    unit_id: str,
    child_id: str,
    typed: Mapping[int, str],
    guardian_id: str | None,
    every_weeks: int,
    from_day: date,
    hands_over: int = 0,
) -> None:
    """Raises: NotThereError, HoursUnreadableError, HoursOverlapError."""
    reach, unit, child, _ = _reach_child(work, unit_id, child_id)
    entitled = {one.id for one in list_guardians_for(work, child.id, Right.CARE_TIME, unit.today(work.now))}
    if guardian_id is not None and guardian_id not in entitled:
        raise NotThereError
    week = [read_typed(typed.get(at, "")) for at in range(7)]
    set_week(
        work,
        unit,
        child,
        week,
        from_day=from_day,
        by=reach.staff_id,
        guardian_id=guardian_id,
        every_weeks=every_weeks,
        hands_over=hands_over,
    )


def end_base_week(work: Work, unit_id: str, child_id: str, week_id: str) -> None:
    """Raises: NotThereError."""
    _, unit, child, _ = _reach_child(work, unit_id, child_id)
    row = get_week(work, unit.id, week_id)
    if row is None or row.child_id != child.id:
        raise NotThereError
    end_week(work, row)


def gather_rules(look: Look, unit_id: str) -> tuple[Unit, Rules]:
    """For whoever leads the unit. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_booked_unit(look, reach, unit_id)
    if unit.id not in reach.leads:
        raise NotThereError
    return unit, get_rules(look, unit)
