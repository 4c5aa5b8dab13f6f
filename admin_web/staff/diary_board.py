"""What *Diary* shows: the children of *Morning* with their booked times, and the adults each group has and needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from admin_web.staff.morning_board import BoardDay, GroupOnBoard, gather_day
from admin_web.staff.morning_rows import Row, Standing
from admin_web.staff.trips import OutNow, find_out_of
from admin_web.staff.week_chart import Chart, draw
from hub.desk import Look
from hub.door.confirming import list_touched_of
from hub.people.places import Unit
from hub.safety.access import get_reach, get_unit
from hub.safety.guests import visible_at_unit
from hub.school.adult_plans import Adults
from hub.school.care_hours import QUARTER, minute_of
from hub.school.care_plans import Plan, list_plans
from hub.school.care_rules import takes_bookings
from hub.school.care_staffing import QuarterHour, within
from hub.school.ratios import Ahead, DayAhead, Shortage, look_ahead


class Line(NamedTuple):
    """One child of a group; a tuple, for hundreds are made at once. `plan` is what is booked, None where nothing is booked at
    the unit."""

    row: Row
    plan: Plan | None

    @property
    def is_here(self) -> bool:
        return self.row.standing in (Standing.CONTRADICTED, Standing.HERE)

    @property
    def may_leave(self) -> bool:
        """One tap says that it left: whom it goes with is in no doubt."""
        return self.is_here and not self.row.rings


@dataclass(frozen=True, slots=True)
class Need:
    """A group's quarter hours of the day, drawn: children, the adults they need, and those planned where somebody told."""

    quarters: tuple[QuarterHour, ...]
    chart: Chart
    planned: str | None
    """A path of the chart."""


@dataclass(frozen=True, slots=True)
class DiaryGroup:
    """A group, its children, and its adults: how many are needed now, and how many are planned now, None where nobody told."""

    on_board: GroupOnBoard
    lines: tuple[Line, ...]
    here: int
    needed: int
    planned: int | None
    need: Need
    adults: tuple[Adults, ...]
    plan_is_weekly: bool
    planned_by_quarter: tuple[int, ...] | None

    def planned_at(self, quarter: QuarterHour) -> int | None:
        return None if self.planned_by_quarter is None else self.planned_by_quarter[minute_of(quarter.at) // QUARTER]


@dataclass(frozen=True, slots=True)
class Diary:
    """A unit's day; `groups` are those shown, one where one is `chosen`. `touches` is how many wait at the unit's door, `out`
    are the trips under way."""

    board: BoardDay
    groups: tuple[DiaryGroup, ...]
    shortages: tuple[Shortage, ...]
    chosen: str | None
    touches: int
    out: OutNow

    @property
    def unit(self) -> Unit:
        return self.board.unit

    @property
    def child_ids(self) -> list[str]:
        return sorted({line.row.child_id for group in self.groups for line in group.lines})

    def count(self, *standings: Standing) -> int:
        return sum(group.on_board.count(*standings) for group in self.groups)


def gather_diary(look: Look, unit_id: str, group_id: str | None) -> Diary:
    """Raises: NotThereError, also for a group that is not the asker's."""
    board = gather_day(look, unit_id)
    rows = [row for group in board.groups for row in group.rows]
    plans = _plans(look, board, rows)
    homes = {row.child_id: row.home for row in rows if row.home is not None}
    on_board = [row.on for row in rows]
    ahead = look_ahead(look, board.unit, on_board, plans, homes, is_closed=board.is_closed)
    shown = board.groups if group_id is None else (board.get_group(group_id),)
    ids = {group.id for group in shown}
    return Diary(
        board,
        tuple(_group(board.unit, group, plans, ahead) for group in shown),
        tuple(one for one in ahead.shortages if one.group_id in ids),
        group_id,
        len(list_touched_of(look, board.unit, on_board)),
        find_out_of(look, board.unit, on_board),
    )


def _plans(look: Look, board: BoardDay, rows: Sequence[Row]) -> dict[str, Plan]:
    if not takes_bookings(board.unit):
        return {}
    ids = list(dict.fromkeys(row.child_id for row in rows))
    return {plan.child_id: plan for plan in list_plans(look, board.unit, ids, [board.today])}


def _group(unit: Unit, group: GroupOnBoard, plans: dict[str, Plan], day: DayAhead) -> DiaryGroup:
    ahead, plan = day.groups[group.id], day.plans.get(group.id)
    return DiaryGroup(
        on_board=group,
        lines=tuple(Line(row, plans.get(row.child_id)) for row in group.rows),
        here=ahead.here.total(),
        needed=ahead.needed_now,
        planned=None if ahead.planned is None else ahead.planned[day.now],
        need=_need(unit, ahead),
        adults=() if plan is None else plan.adults,
        plan_is_weekly=plan is not None and plan.is_weekly,
        planned_by_quarter=ahead.planned,
    )


def _need(unit: Unit, ahead: Ahead) -> Need:
    quarters = tuple(within(ahead.quarters, unit.opens, unit.closes))
    first = minute_of(quarters[0].at) // QUARTER if quarters else 0
    planned = None if ahead.planned is None else ahead.planned[first : first + len(quarters)]
    top = max([*(quarter.children for quarter in quarters), *(planned or ())], default=0)
    as_adults = tuple(QuarterHour(quarter.at, 0, n) for quarter, n in zip(quarters, planned or (), strict=False))
    return Need(quarters, draw(quarters, top), draw(as_adults, top).adults if planned else None)


def concerns_diary(look: Look, ids: frozenset[str], unit_id: str) -> bool:
    """Whether any of these ids is about what the viewer sees of the unit's day. Raises: NotThereError."""
    reach = get_reach(look)
    today = get_unit(look, reach, unit_id).today(look.now)
    return unit_id in ids or bool(ids and visible_at_unit(look, reach, ids, unit_id, today))
