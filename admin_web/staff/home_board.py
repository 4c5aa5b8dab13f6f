"""What *Family day care* shows of a day in a carer's home: its few children, what each ate, and what one tap would tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from admin_web.staff.morning_board import Board, gather_board
from admin_web.staff.morning_rows import Row
from hub.desk import Look
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_reach
from hub.safety.guests import list_at_unit
from hub.school.care_notes import EATEN, CareNote, list_notes
from hub.school.care_plans import Plan, list_plans
from hub.school.day_care_homes import get_home, list_homes
from hub.school.home_days import (
    Done,
    Moved,
    Usual,
    count_done,
    list_coming,
    list_hungry,
    list_leaving,
    list_usual,
)
from hub.school.meals import Meal, MealKind, first_open_day, list_meals, list_seen, list_told
from hub.school.reimbursement_rates import read_schedule

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class HomeChild:
    """One child on a day. `row` is how it stands on *Morning*, None on other days than today; `diet` what its family told of
    its food."""

    child: Child
    row: Row | None
    was_here: bool
    plan: Plan | None
    meals: Mapping[MealKind, Meal]
    diet: Sequence[CareNote]

    @property
    def name(self) -> str:
        return f"{self.child.called} {self.child.last_name}"

    @property
    def may_come(self) -> bool:
        return self.row is not None and self.row.may_be_marked

    @property
    def may_leave(self) -> bool:
        """One tap says that it left: whom it goes with is in no doubt."""
        return self.row is not None and not self.row.may_be_marked and not self.row.rings

    @property
    def may_undo(self) -> bool:
        return self.row is not None and self.was_here


@dataclass(frozen=True, slots=True)
class Taps:
    """What one tap for all would tell now."""

    coming: Sequence[Moved]
    hungry: Mapping[MealKind, Sequence[Child]]
    usual: Sequence[Usual]
    leaving: Sequence[Moved]

    @property
    def is_empty(self) -> bool:
        return not (self.coming or self.leaving or self.usual or any(self.hungry.values()))


@dataclass(frozen=True, slots=True)
class HomeDay:
    """A day in a home. `board` and `taps` are None on other days than today; `kinds` are the meals that are paid for. `told` is
    all that was told of meals, also what was taken back, with the names of who said so."""

    unit: Unit
    homes: Sequence[Unit]
    day: date
    today: date
    board: Board | None
    taps: Taps | None
    kinds: Sequence[MealKind]
    children: Sequence[HomeChild]
    told: Sequence[tuple[Meal, Child]]
    names: Mapping[str, str] = field(default_factory=dict)
    done: Done | None = None
    mark: str = ""
    stands: int = 0
    """How much of what the last tap did stands still."""

    @property
    def before(self) -> date | None:
        return None if self.day <= first_open_day(self.today) else self.day - ONE_DAY

    @property
    def after(self) -> date | None:
        return None if self.day >= self.today else self.day + ONE_DAY

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @property
    def read_ids(self) -> list[str]:
        return [self.unit.id, *(one.child.id for one in self.children), *(n.id for c in self.children for n in c.diet)]


def gather_home_day(
    look: Look, unit_id: str, day: date | None, done: Done | None = None, mark: str | None = None
) -> HomeDay:
    """Raises: NotThereError, also for days of which meals are told no more, and for days to come."""
    reach = get_reach(look)
    unit = get_home(look, reach, unit_id)
    today = unit.today(look.now)
    asked = day or today
    if not first_open_day(today) <= asked <= today:
        raise NotThereError
    board = gather_board(look, unit.id) if asked == today else None
    meals = list_meals(look, unit, asked, asked)
    kinds = read_schedule(look, unit.owner_id).meals_of(asked)
    told = {row.kind for row in meals}
    children = _children(look, reach, unit, asked, board, meals)
    named = {one.child.id: one.child for one in children}
    every = list_told(look, unit, asked)
    return HomeDay(
        unit=unit,
        homes=list_homes(look, reach),
        day=asked,
        today=today,
        board=board,
        taps=None if board is None else _taps(look, unit, board, meals, kinds),
        kinds=[kind for kind in MealKind if kind in kinds or kind in told],
        children=children,
        told=[(row, named[row.child_id]) for row in every if row.child_id in named],
        names=names_of(look, staff={one for row in every for one in (row.said_by, row.taken_back_by or "")}),
        done=done,
        mark=mark or "",
        stands=0 if done is None or mark is None else count_done(look, reach, unit, done, mark),
    )


def _children(
    look: Look, reach: Reach, unit: Unit, day: date, board: Board | None, meals: Sequence[Meal]
) -> list[HomeChild]:
    rows = {} if board is None else {row.child_id: row for group in board.groups for row in group.rows}
    placed = {child.id: child for child, _ in list_at_unit(look, reach, unit, day)}
    seen = list_seen(look, unit, day, placed)
    plans = {plan.child_id: plan for plan in list_plans(look, unit, list(placed), [day])}
    notes = list_notes(look, placed.keys())
    return [
        HomeChild(
            child=child,
            row=rows.get(id_),
            was_here=id_ in seen,
            plan=plans.get(id_),
            meals={MealKind(row.kind): row for row in meals if row.child_id == id_},
            diet=[note for note in notes.get(id_, ()) if note.kind in EATEN],
        )
        for id_, child in placed.items()
    ]


def _taps(look: Look, unit: Unit, board: Board, meals: Sequence[Meal], kinds: Sequence[MealKind]) -> Taps:
    on_board = [row.on for group in board.groups for row in group.rows]
    return Taps(
        coming=list_coming(look, unit, on_board),
        hungry={kind: list_hungry(on_board, meals, kind) for kind in kinds},
        usual=list_usual(look, unit, on_board, meals),
        leaving=list_leaving(look, unit, on_board),
    )
