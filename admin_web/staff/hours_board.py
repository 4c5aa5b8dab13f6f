"""What *Hours* shows: of each child of a unit what was booked, used and counted in a month, and what is left of its hours."""

from dataclasses import dataclass
from datetime import date, timedelta

from admin_web.staff.week_board import get_booked_unit
from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Group, Unit
from hub.safety.access import NotThereError, get_reach, list_children_between, list_groups, list_units
from hub.school.care_decisions import Per, span_of
from hub.school.care_rules import Rules, get_rules, takes_bookings
from hub.school.used_hours import UsedMonth, read_month, sum_month

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChildMonth:
    """A row."""

    child: Child
    group: Group
    month: UsedMonth

    @property
    def name(self) -> str:
        return f"{self.child.called} {self.child.last_name}"


@dataclass(frozen=True, slots=True)
class Hours:
    """One month of one unit, or of the `chosen` of the reader's groups, as far as the reach covers its children."""

    unit: Unit
    units: tuple[Unit, ...]
    rules: Rules
    today: date
    first: date
    rows: tuple[ChildMonth, ...]
    all_groups: tuple[Group, ...] = ()
    chosen: str | None = None

    @property
    def overrun(self) -> list[ChildMonth]:
        """Who used most beyond what was decided first."""
        return sorted((row for row in self.rows if row.month.beyond), key=lambda row: -row.month.beyond)

    @property
    def unseen(self) -> int:
        """Days on which nobody saw a child leave."""
        return sum(row.month.unseen for row in self.rows)

    @property
    def before(self) -> date:
        return (self.first - ONE_DAY).replace(day=1)

    @property
    def after(self) -> date:
        return span_of(self.first, Per.MONTH)[1] + ONE_DAY


def gather_hours(
    look: Look, unit_id: str, day: date | None, child_id: str | None = None, group_id: str | None = None
) -> Hours:
    """The month of a day, without one of today; of one child or group where one is named.

    Raises: NotThereError, also for a group that is not the asker's.
    """
    reach = get_reach(look)
    unit = get_booked_unit(look, reach, unit_id)
    today = unit.today(look.now)
    first, last = span_of(day or today, Per.MONTH)
    placed = list_children_between(look, reach, unit, first, last)
    if child_id is not None:
        placed = [(child, group) for child, group in placed if child.id == child_id]
        if not placed:
            raise NotThereError
    groups = {group.id: group for group in list_groups(look, reach, unit.id)}
    if group_id is not None:
        if group_id not in groups:
            raise NotThereError
        placed = [(child, group) for child, group in placed if group == group_id]
    read = sum_month if child_id is None else read_month
    months = read(look, unit, [child.id for child, _ in placed], first)
    rows = [ChildMonth(child, groups[group], month) for (child, group), month in zip(placed, months, strict=True)]
    return Hours(
        unit=unit,
        units=tuple(one for one in list_units(look, reach) if takes_bookings(one)),
        rules=get_rules(look, unit),
        today=today,
        first=first,
        rows=tuple(sorted(rows, key=lambda row: row.group.name)),
        all_groups=tuple(groups.values()),
        chosen=group_id,
    )
