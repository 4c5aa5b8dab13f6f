"""Family day carers' homes: which of them somebody works in or leads, who the carer was on a day, and what a month cost there.

A unit of this kind is care in the carer's own home, which is all that is paid for; care elsewhere is a unit of another kind.
Source: security rules S3.1 and S3.2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Placement
from hub.people.places import Unit, UnitKind
from hub.people.staff import Role, RoleHolding, RoleKind, Staff
from hub.safety.access import NotThereError, Reach, get_unit, list_units
from hub.safety.named_readers import NamedReader
from hub.school.attendance import LONGEST_NIGHTS, Attendance
from hub.school.care_decisions import Per, span_of
from hub.school.care_notes import get_caring
from hub.school.meals import Meal, MealKind, list_meals
from hub.school.reimbursement import CareDay, Eaten, Line, ReckonedDay, reckon_day, sum_up, total
from hub.school.reimbursement_rates import Schedule, read_schedule
from hub.school.used_hours import length


def get_home(look: Look, reach: Reach, unit_id: str) -> Unit:
    """Raises: NotThereError for what is no such home, and for whoever does not look after all its children."""
    unit = get_unit(look, reach, unit_id)
    if unit.kind != UnitKind.FAMILY_DAY_CARE or unit.id not in get_caring(look, reach).units:
        raise NotThereError
    return unit


def list_homes(look: Look, reach: Reach) -> list[Unit]:
    """All such homes, by name."""
    cared = get_caring(look, reach).units
    return [unit for unit in list_units(look, reach) if unit.kind == UnitKind.FAMILY_DAY_CARE and unit.id in cared]


@dataclass(frozen=True, slots=True)
class CarerMonth:
    """What one carer gets back for a month in one home. `carers` are who had the home on these days: one, unless two shared it;
    none, where nobody had it. The days stand by child."""

    unit: Unit
    carers: tuple[Staff, ...]
    days: tuple[ReckonedDay, ...]

    @property
    def lines(self) -> list[Line]:
        return sum_up(self.days)

    @property
    def amount(self) -> Decimal:
        return total(self.lines)


@dataclass(frozen=True, slots=True)
class HomeMonth:
    """A month in one home, for each carer who had it. `children` are those whom the reader may know of, by id."""

    unit: Unit
    first: date
    last: date
    schedule: Schedule
    carers: tuple[CarerMonth, ...]
    children: Mapping[str, Child]

    @property
    def days(self) -> list[ReckonedDay]:
        return [day for one in self.carers for day in one.days]


def read_home_month(look: Look, reach: Reach, unit: Unit, day: date) -> HomeMonth:
    """The month of a day in a home that the reach covers, of the children whom the reader may know of."""
    first, last = span_of(day, Per.MONTH)
    children = {child.id: child for child in look.session.scalars(_SEEN, _asked(reach, unit, first, last))}
    schedule = read_schedule(look, unit.owner_id)
    cares = _list_days(look, unit, children, first, last)
    days = [reckon_day(care, schedule) for care in cares]
    holdings = _list_holdings(look, unit)
    found: dict[tuple[str, ...], tuple[tuple[Staff, ...], list[ReckonedDay]]] = {}
    for reckoned in days:
        carers = _had_home(unit, holdings, reckoned.care.day)
        found.setdefault(tuple(staff.id for staff in carers), (carers, []))[1].append(reckoned)
    months = tuple(CarerMonth(unit, carers, tuple(own)) for carers, own in found.values())
    by_first = sorted(months, key=lambda month: min(day.care.day for day in month.days))
    return HomeMonth(unit, first, last, schedule, tuple(by_first), children)


_IN_MONTH = sa.and_(
    Attendance.unit_id == sa.bindparam("unit"),
    Attendance.day >= sa.bindparam("first", type_=sa.Date),
    Attendance.day <= sa.bindparam("last", type_=sa.Date),
)
_HAD_PLACE = sa.exists().where(
    Placement.child_id == Child.id,
    Placement.unit_id == sa.bindparam("unit"),
    Placement.from_day <= sa.bindparam("last", type_=sa.Date),
    sa.or_(Placement.to_day.is_(None), Placement.to_day >= sa.bindparam("first", type_=sa.Date)),
)
_SEEN = (
    sa.select(Child)
    .where(
        Child.owner_id == sa.bindparam("owner"),
        _HAD_PLACE,
        sa.or_(
            ~Child.protected,
            sa.exists().where(NamedReader.child_id == Child.id, NamedReader.staff_id == sa.bindparam("staff")),
        ),
    )
    .order_by(Child.first_name, Child.last_name, Child.id)
)
"""Who had a place in the home at some time of the month."""


def _asked(reach: Reach, unit: Unit, first: date, last: date) -> dict[str, str | date]:
    return {"owner": reach.owner_id, "staff": reach.staff_id, "unit": unit.id, "first": first, "last": last}


def _list_days(look: Look, unit: Unit, children: Mapping[str, Child], first: date, last: date) -> list[CareDay]:
    """Each day on which a child was seen here, or ate, by child."""
    marks: dict[tuple[str, date], list[Attendance]] = {}
    stayed: set[tuple[str, date]] = set()
    asked = {"unit": unit.id, "first": first - timedelta(days=LONGEST_NIGHTS), "last": last}
    rows = sa.select(Attendance).where(_IN_MONTH, Attendance.taken_back_at.is_(None)).order_by(Attendance.id)
    for row in look.session.scalars(rows, asked):
        stayed.update((row.child_id, day) for day in _list_nights(look, unit, row))
        if row.day >= first:
            marks.setdefault((row.child_id, row.day), []).append(row)
    meals: dict[tuple[str, date], list[Meal]] = {}
    for meal in list_meals(look, unit, first, last):
        meals.setdefault((meal.child_id, meal.day), []).append(meal)
    places = {id_: at for at, id_ in enumerate(children)}
    keys = sorted(
        (key for key in marks.keys() | meals.keys() if key[0] in children), key=lambda k: (places[k[0]], k[1])
    )
    return [
        _care_day(children[key[0]], key[1], marks.get(key, ()), meals.get(key, ()), has_stayed=key in stayed)
        for key in keys
    ]


def _list_nights(look: Look, unit: Unit, row: Attendance) -> list[date]:
    """The days after that of a mark on which its child was here still."""
    until = min(unit.local(row.left_at or look.now).date(), row.day + timedelta(days=LONGEST_NIGHTS))
    return [row.day + timedelta(days=n + 1) for n in range((until - row.day).days)]


def _care_day(
    child: Child, day: date, marks: Sequence[Attendance], meals: Iterable[Meal], *, has_stayed: bool
) -> CareDay:
    """What a stay over midnight costs beside meals is of the day it began on."""
    is_open = any(row.left_at is None or row.left_unseen for row in marks)
    spans = [(row.came_at, row.left_at) for row in marks if row.left_at is not None]
    in_order = sorted(meals, key=lambda meal: list(MealKind).index(MealKind(meal.kind)))
    eaten = tuple(Eaten(MealKind(meal.kind), meal.is_special) for meal in in_order)
    return CareDay(
        child.id, child.birth_date, day, None if is_open else length(spans), eaten, is_here=bool(marks) or has_stayed
    )


_HOLDINGS = (
    sa.select(RoleHolding, Staff)
    .join(Role, Role.id == RoleHolding.role_id)
    .join(Staff, Staff.id == RoleHolding.staff_id)
    .where(Role.unit_id == sa.bindparam("unit"), Role.kind == RoleKind.CARER)
    .order_by(RoleHolding.from_day, RoleHolding.id)
)
Holdings = Sequence[tuple[RoleHolding, Staff]]


def _list_holdings(look: Look, unit: Unit) -> Holdings:
    return [(holding, staff) for holding, staff in look.session.execute(_HOLDINGS, {"unit": unit.id})]


def _had_home(unit: Unit, holdings: Holdings, day: date) -> tuple[Staff, ...]:
    """Whose home it was on a day: a stand-in's only where it was nobody else's; of two, who went on with it."""
    held = [(holding, staff) for holding, staff in holdings if _held(unit, holding, day)]
    going_on = [(holding, staff) for holding, staff in held if _ended_on(unit, holding) != day] or held
    own = [staff for holding, staff in going_on if not holding.stand_in] or [staff for _, staff in going_on]
    return tuple({staff.id: staff for staff in own}.values())


def _held(unit: Unit, holding: RoleHolding, day: date) -> bool:
    last = min((one for one in (holding.to_day, _ended_on(unit, holding)) if one is not None), default=None)
    return holding.from_day <= day and (last is None or day <= last)


def _ended_on(unit: Unit, holding: RoleHolding) -> date | None:
    return None if holding.ended_at is None else unit.local(holding.ended_at).date()
