"""What *Week* shows: the care times of a unit's children, day by day, and how many adults they need in each quarter hour."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from admin_web.staff.week_chart import Chart, draw
from admin_web.staff.week_guests import WeekGuest, list_days_away, list_week_guests
from hub.calendars import list_closed
from hub.desk import Look
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Group, Unit
from hub.safety.access import NotThereError, Reach, get_reach, get_unit, list_children, list_groups, list_units
from hub.school.care_decisions import AgreedHours, Per, list_agreed
from hub.school.care_hours import length_of
from hub.school.care_plans import Plan, Standing, list_plans
from hub.school.care_rules import WEEK, Rules, get_rules, monday_of, takes_bookings
from hub.school.care_staffing import QuarterHour, count_quarters, within

ONE_DAY = timedelta(days=1)
WORKING_DAYS = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """A child's day. `told_by` is a name, "" where nobody's word stands behind it; `told_at` is wall-clock at the unit. `out`
    is the name of the unit that has it that day instead of this one, "" where this one has."""

    plan: Plan
    told_by: str = ""
    told_at: datetime | None = None
    rival_by: str = ""
    out: str = ""


@dataclass(frozen=True, slots=True)
class ChildWeek:
    """A row: one cell for each day shown. `minutes` are those of the week. `guest_of` is where a guest is at home, whose times
    are told and settled there."""

    child: Child
    group_id: str
    cells: tuple[Cell, ...]
    minutes: int
    agreed: AgreedHours | None
    guest_of: str = ""

    @property
    def name(self) -> str:
        return f"{self.child.called} {self.child.last_name}"

    @property
    def is_over(self) -> bool:
        return self.agreed is not None and self.agreed.per == Per.WEEK and self.minutes > self.agreed.hours * 60

    @property
    def tellers(self) -> list[tuple[str, datetime]]:
        """Who told, each with the latest time."""
        latest: dict[str, datetime] = {}
        for cell in self.cells:
            if cell.told_by and cell.told_at is not None:
                latest[cell.told_by] = max(cell.told_at, latest.get(cell.told_by, cell.told_at))
        return list(latest.items())


@dataclass(frozen=True, slots=True)
class GroupWeek:
    group: Group
    rows: tuple[ChildWeek, ...]


@dataclass(frozen=True, slots=True)
class DayNeed:
    """One day's quarter hours, drawn, and where they are highest."""

    day: date
    quarters: tuple[QuarterHour, ...]
    chart: Chart
    peak: QuarterHour


@dataclass(frozen=True, slots=True)
class Board:
    """One week of one unit, or of the `chosen` of the reader's groups. `days` are those shown: working days, and others on
    which somebody comes."""

    unit: Unit
    units: tuple[Unit, ...]
    all_groups: tuple[Group, ...]
    chosen: str | None
    rules: Rules
    today: date
    monday: date
    days: tuple[date, ...]
    closed: frozenset[date]
    needs: tuple[DayNeed, ...]
    groups: tuple[GroupWeek, ...]
    locks_at: datetime
    is_locked: bool
    leads: bool
    is_practice: bool

    @property
    def rows(self) -> list[ChildWeek]:
        return [row for group in self.groups for row in group.rows]

    @property
    def untold(self) -> list[ChildWeek]:
        return [row for row in self._own if any(c.plan.standing is Standing.UNTOLD for c in row.cells)]

    @property
    def clashes(self) -> list[tuple[ChildWeek, Cell]]:
        return [(row, cell) for row in self._own for cell in row.cells if cell.plan.standing is Standing.CLASH]

    @property
    def _own(self) -> list[ChildWeek]:
        return [row for row in self.rows if not row.guest_of]

    @property
    def peak(self) -> DayNeed | None:
        return max(self.needs, key=lambda need: need.peak.children, default=None)

    @property
    def before(self) -> date:
        return self.monday - WEEK

    @property
    def after(self) -> date:
        return self.monday + WEEK


def gather_units(look: Look) -> list[Unit]:
    """The units of the asker that take bookings. Raises: NotThereError."""
    return [unit for unit in list_units(look, get_reach(look)) if takes_bookings(unit)]


def get_booked_unit(look: Look, reach: Reach, unit_id: str) -> Unit:
    """Raises: NotThereError, also for a unit that takes no bookings."""
    unit = get_unit(look, reach, unit_id)
    if not takes_bookings(unit):
        raise NotThereError
    return unit


def gather_board(
    look: Look, unit_id: str, day: date | None, rules: Rules | None = None, group_id: str | None = None
) -> Board:
    """The week of a day; without one, of today. With other `rules`, as it would be by them; of one group where it is named.

    Raises: NotThereError, also for a group that is not the asker's.
    """
    reach = get_reach(look)
    unit = get_booked_unit(look, reach, unit_id)
    today = unit.today(look.now)
    monday = monday_of(day or today)
    rules = rules or get_rules(look, unit)
    week = [monday + ONE_DAY * n for n in range(7)]
    all_groups = tuple(list_groups(look, reach, unit.id))
    if group_id is not None and group_id not in {group.id for group in all_groups}:
        raise NotThereError
    span = [monday - ONE_DAY, *week]
    placed = _placed(look, reach, unit, week, group_id)
    guests = [one for one in list_week_guests(look, reach, unit, span) if one.child.id not in placed]
    guests = [one for one in guests if group_id in (None, one.group_id)]
    away = list_days_away(look, unit, span)
    own = list_plans(look, unit, list(placed), span)
    days_of = {one.child.id: one.days for one in guests}
    theirs = [plan for plan in list_plans(look, unit, list(days_of), span) if plan.day in days_of[plan.child_id]]
    plans = [*(plan for plan in own if (plan.child_id, plan.day) not in away), *theirs]
    closed = frozenset(list_closed(look, unit, monday, week[-1]))
    days = tuple(
        day
        for day in week
        if (day.weekday() < WORKING_DAYS and day not in closed) or any(p.comes for p in plans if p.day == day)
    )
    children = {child.id: child for child, _ in placed.values()} | {one.child.id: one.child for one in guests}
    rows = [*_rows(look, unit, placed, own, days, away), *_guest_rows(guests, theirs, days)]
    return Board(
        unit=unit,
        units=tuple(one for one in list_units(look, reach) if takes_bookings(one)),
        all_groups=all_groups,
        chosen=group_id,
        rules=rules,
        today=today,
        monday=monday,
        days=days,
        closed=closed,
        needs=_needs(plans, children, days, unit, rules),
        groups=tuple(
            GroupWeek(group, those)
            for group in all_groups
            if (those := tuple(r for r in rows if r.group_id == group.id))
        ),
        locks_at=unit.local(rules.lock.moment(unit, monday)),
        is_locked=rules.lock.moment(unit, monday) <= look.now,
        leads=unit.id in reach.leads,
        is_practice=rules.is_practice(monday),
    )


def _placed(
    look: Look, reach: Reach, unit: Unit, week: Sequence[date], only: str | None
) -> dict[str, tuple[Child, str]]:
    """The children of the week, each with its group, or of `only` one: also who begins or ends in the middle of it."""
    found: dict[str, tuple[Child, str]] = {}
    for day in (week[0], week[4]):
        for child, group_id in list_children(look, reach, unit, day):
            if only in (None, group_id):
                found.setdefault(child.id, (child, group_id))
    return dict(sorted(found.items(), key=lambda item: (item[1][0].first_name, item[1][0].last_name, item[0])))


def _needs(
    plans: Sequence[Plan], children: dict[str, Child], days: Sequence[date], unit: Unit, rules: Rules
) -> tuple[DayNeed, ...]:
    counted = {}
    for day in days:
        near = [plan for plan in plans if plan.day in (day, day - ONE_DAY)]
        counted[day] = within(count_quarters(near, children, day, rules), unit.opens, unit.closes)
    top = max((quarter.children for quarters in counted.values() for quarter in quarters), default=0)
    return tuple(
        DayNeed(day, tuple(quarters), draw(tuple(quarters), top), max(quarters, key=lambda q: (q.children, q.adults)))
        for day, quarters in counted.items()
    )


def _rows(
    look: Look,
    unit: Unit,
    placed: dict[str, tuple[Child, str]],
    plans: Sequence[Plan],
    days: Sequence[date],
    away: Mapping[tuple[str, date], str],
) -> Iterator[ChildWeek]:
    shown = [plan for plan in plans if plan.day in days]
    told_by = {row.told_by for plan in shown for row in (plan.booking, plan.rival) if row is not None}
    told_by |= {plan.pattern.guardian_id for plan in shown if plan.pattern is not None and plan.pattern.guardian_id}
    names = names_of(look, guardians=told_by, staff=told_by)
    agreed = list_agreed(look, unit.id, list(placed), days[0]) if days else {}
    cells: dict[str, list[Cell]] = {}
    for plan in shown:
        out = away.get((plan.child_id, plan.day), "")
        cells.setdefault(plan.child_id, []).append(replace(_cell(unit, plan, names), out=out))
    for child, group_id in placed.values():
        own = tuple(cells.get(child.id, ()))
        minutes = sum(length_of(cell.plan.hours) for cell in own if cell.plan.comes)
        yield ChildWeek(child, group_id, own, minutes, agreed.get(child.id))


def _guest_rows(guests: Sequence[WeekGuest], plans: Sequence[Plan], days: Sequence[date]) -> Iterator[ChildWeek]:
    """Who told of a guest's days is for those at home to know."""
    by_day = {(plan.child_id, plan.day): plan for plan in plans}
    for guest in guests:
        if not guest.is_named or guest.days.isdisjoint(days):
            continue
        id_ = guest.child.id
        plans_of = {day: by_day.get((id_, day)) for day in days}
        cells = tuple(
            Cell(Plan(id_, day, Standing.CLOSED), out=guest.home) if plan is None else Cell(plan)
            for day, plan in plans_of.items()
        )
        minutes = sum(length_of(cell.plan.hours) for cell in cells if cell.plan.comes)
        yield ChildWeek(guest.child, guest.group_id, cells, minutes, None, guest.home)


def _cell(unit: Unit, plan: Plan, names: dict[str, str]) -> Cell:
    booking, rival = plan.booking, plan.rival
    rival_by = "" if rival is None else names.get(rival.told_by, "")
    if booking is not None:
        return Cell(plan, names.get(booking.told_by, ""), unit.local(booking.told_at), rival_by)
    if plan.pattern is not None and plan.pattern.guardian_id is not None:
        return Cell(plan, names.get(plan.pattern.guardian_id, ""), None, rival_by)
    return Cell(plan, "", None, rival_by)
