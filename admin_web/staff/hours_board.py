"""What *Hours* shows: of each child of a unit what was booked, used and counted in a month, and what is left of its hours; of a
month that was handed over for fees what it said then, and beside it what it comes to since."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from admin_web.staff.week_board import get_booked_unit
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Group, Unit
from hub.safety.access import NotThereError, get_reach, list_children_between, list_groups, list_units
from hub.school.care_decisions import Per, span_of
from hub.school.care_rules import Rules, get_rules, takes_bookings
from hub.school.handed_hours import Change, HandedHours, hand_over, list_changes, list_handed
from hub.school.used_hours import Figures, UsedMonth, read_month, sum_month

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChildMonth:
    """A row. `month` is what the days come to now; `figures` what stands, which is what was `handed` over, where it was."""

    child: Child
    group: Group
    month: UsedMonth
    figures: Figures
    handed: HandedHours | None = None

    @property
    def has_changed(self) -> bool:
        """What was handed over is not what it comes to since."""
        return self.handed is not None and self.handed.figures != self.month.figures

    @property
    def name(self) -> str:
        return f"{self.child.called} {self.child.last_name}"


@dataclass(frozen=True, slots=True)
class Hours:
    """One month of one unit, or of the `chosen` of the reader's groups, as far as the reach covers its children. `names` are
    those of whoever handed it over, or said something of it since; `changes` are those of one child; `is_led` by the viewer."""

    unit: Unit
    units: tuple[Unit, ...]
    rules: Rules
    today: date
    first: date
    rows: tuple[ChildMonth, ...]
    all_groups: tuple[Group, ...] = ()
    chosen: str | None = None
    changes: tuple[Change, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    is_led: bool = False

    @property
    def handed(self) -> HandedHours | None:
        """The last hand-over of any of it."""
        return max((row.handed for row in self.rows if row.handed is not None), key=lambda row: row.at, default=None)

    @property
    def changed(self) -> list[ChildMonth]:
        return [row for row in self.rows if row.has_changed]

    @property
    def may_be_handed(self) -> bool:
        """It is over, and something of it waits."""
        waits = any(row.handed is None or row.has_changed for row in self.rows)
        return self.is_led and self.today >= self.after and waits

    @property
    def overrun(self) -> list[ChildMonth]:
        """Who used most beyond what was decided first."""
        return sorted((row for row in self.rows if row.figures.beyond), key=lambda row: -row.figures.beyond)

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
    handed = list_handed(look, unit, [child.id for child, _ in placed], first)
    rows = [_row(child, groups[group], month, handed) for (child, group), month in zip(placed, months, strict=True)]
    changes = [change for row in handed.values() for change in list_changes(look, row)] if child_id is not None else []
    return Hours(
        unit=unit,
        units=tuple(one for one in list_units(look, reach) if takes_bookings(one)),
        rules=get_rules(look, unit),
        today=today,
        first=first,
        rows=tuple(sorted(rows, key=lambda row: row.group.name)),
        all_groups=tuple(groups.values()),
        chosen=group_id,
        changes=tuple(changes),
        names=names_of(look, staff={row.by for row in handed.values()} | {change.by for change in changes}),
        is_led=unit.id in reach.leads,
    )


def _row(child: Child, group: Group, month: UsedMonth, handed: Mapping[str, HandedHours]) -> ChildMonth:
    then = handed.get(child.id)
    return ChildMonth(child, group, month, month.figures if then is None else then.figures, then)


def hand_month_over(work: Work, unit_id: str, day: date) -> None:
    """The month of a day, of all children of a unit whom the reach covers.

    Raises: NotThereError, also for whoever does not lead the unit; MonthNotOverError.
    """
    reach = get_reach(work)
    unit = get_booked_unit(work, reach, unit_id)
    if unit.id not in reach.leads:
        raise NotThereError
    first, last = span_of(day, Per.MONTH)
    placed = list_children_between(work, reach, unit, first, last)
    hand_over(work, unit, [child.id for child, _ in placed], first, reach.staff_id)
