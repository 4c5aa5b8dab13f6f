"""What a child ate in a family day carer's home: who had which meal on a day, who said so, and what was taken back.

A meal is a fact that is never changed: what was wrong is taken back and told anew, and both stay. Only a child who was here
that day ate here.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.safety.audit import note
from hub.school.attendance import list_of_day
from hub.school.care_notes import EATEN, list_notes


class MealKind(StrEnum):
    """A meal of the day, in their order."""

    BREAKFAST = "breakfast"
    LUNCH = "lunch"
    SNACK = "snack"
    DINNER = "dinner"
    SUPPER = "supper"


class MealAheadError(Refusal):
    """Nobody has eaten yet on a day to come."""

    words = "refusals.meal_ahead"


class MealLongAgoError(Refusal):
    """The month before the last was paid for: its meals are told no more."""

    words = "refusals.meal_long_ago"


class AteElsewhereError(Refusal):
    """Who was not here that day did not eat here."""

    words = "refusals.ate_elsewhere"


_STANDS = sa.text("taken_back_at IS NULL")


class Meal(Base):
    """One child had one meal of a day at a unit. `is_special`: it was a special diet. `phone_id` is the registered phone that
    a text about it came from; None where it was told on a page."""

    __tablename__ = "meals"
    __table_args__ = (
        sa.Index(None, "unit_id", "day"),
        sa.Index(
            "ix_meals_once",
            "child_id",
            "day",
            "kind",
            "unit_id",
            unique=True,
            sqlite_where=_STANDS,
            postgresql_where=_STANDS,
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    kind: Mapped[str] = mapped_column(sa.String(20))
    is_special: Mapped[bool]
    said_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    said_at: Mapped[Moment]
    phone_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    taken_back_at: Mapped[Moment | None] = mapped_column(default=None)
    taken_back_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


@dataclass(frozen=True, slots=True)
class MealTold:
    """What is said of children and a day. `is_special` is None where nobody said: then what their families told decides."""

    day: date
    kind: MealKind
    by: str
    phone_id: str | None = None
    is_special: bool | None = None


@dataclass(frozen=True, slots=True)
class MealsKept:
    """What came of it: rows that are new, and those that they stand in place of."""

    fresh: tuple[Meal, ...]
    before: tuple[Meal, ...] = ()


def tell_meals(work: Work, unit: Unit, child_ids: Sequence[str], told: MealTold) -> MealsKept:
    """These children had a meal. Telling twice changes nothing, unless another diet is said. Audited.

    Raises: MealAheadError, MealLongAgoError, AteElsewhereError, where nothing is kept of any of them.
    """
    check_day(unit, told.day, unit.today(work.now))
    work.touch(child_ids)
    work.take_turns(child_ids)
    if not set(child_ids) <= list_seen(work, unit, told.day, child_ids):
        raise AteElsewhereError
    standing = {row.child_id: row for row in list_meals(work, unit, told.day, told.day) if row.kind == told.kind}
    known = list_special_diets(work, child_ids) if told.is_special is None else set()
    before = [
        standing[id_]
        for id_ in child_ids
        if id_ in standing and told.is_special is not None and standing[id_].is_special != told.is_special
    ]
    take_meals_back(work, before, told.by)
    changed = {row.child_id for row in before}
    fresh = tuple(
        _row(work, unit, id_, told, is_special=id_ in known if told.is_special is None else told.is_special)
        for id_ in dict.fromkeys(child_ids)
        if id_ not in standing or id_ in changed
    )
    _keep(work, fresh)
    return MealsKept(fresh, tuple(before))


def _row(work: Work, unit: Unit, child_id: str, told: MealTold, *, is_special: bool) -> Meal:
    return Meal(
        id=work.new_id(),
        owner_id=unit.owner_id,
        child_id=child_id,
        unit_id=unit.id,
        day=told.day,
        kind=told.kind,
        is_special=is_special,
        said_by=told.by,
        said_at=work.now,
        phone_id=told.phone_id,
    )


def _keep(work: Work, rows: Sequence[Meal]) -> None:
    if not rows:
        return
    work.session.flush()
    work.session.add_all(rows)
    work.session.flush()
    note(work, "meal.tell", [row.id for row in rows])
    for row in rows:
        work.ring(LIVE, row.child_id)


def take_meals_back(work: Work, rows: Iterable[Meal], by: str) -> list[Meal]:
    """These meals were not so; which of them stood until now. Audited."""
    standing = [row for row in rows if row.taken_back_at is None]
    for row in standing:
        row.taken_back_at, row.taken_back_by = work.now, by
        work.ring(LIVE, row.child_id)
    if standing:
        work.session.flush()
        note(work, "meal.take_back", [row.id for row in standing])
    return standing


def tell_again(work: Work, unit: Unit, rows: Sequence[Meal], by: str) -> None:
    """What stood before these were taken back stands anew, but where something else was told since. Audited."""
    days = {row.day for row in rows}
    told = {(row.child_id, row.day, row.kind) for day in days for row in list_meals(work, unit, day, day)}
    fresh = [
        _row(work, unit, row.child_id, MealTold(row.day, MealKind(row.kind), by), is_special=row.is_special)
        for row in rows
        if (row.child_id, row.day, row.kind) not in told
    ]
    _keep(work, fresh)


def check_day(unit: Unit, day: date, today: date) -> None:
    """Of this month and the one before meals may be told. Raises: MealAheadError, MealLongAgoError."""
    if day > today:
        raise MealAheadError
    if day < first_open_day(today):
        raise MealLongAgoError


def first_open_day(today: date) -> date:
    """The first of the month before."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def list_seen(look: Look, unit: Unit, day: date, child_ids: Collection[str]) -> set[str]:
    """Those of the children who were here on a day, also since the night before it, whether they have left since or not."""
    return {id_ for id_ in set(child_ids) if list_of_day(look, unit, id_, day)}


def list_special_diets(look: Look, child_ids: Collection[str]) -> set[str]:
    """Those of the children of whose food something is known. It asks no rights of the reader, and says no words."""
    notes = list_notes(look, child_ids)
    return {id_ for id_, rows in notes.items() if any(row.kind in EATEN for row in rows)}


def list_meals(look: Look, unit: Unit, first: date, last: date) -> list[Meal]:
    """What stands of the meals at a unit from a day to a day, both included, in the order of telling."""
    return list(look.session.scalars(_TOLD.where(Meal.taken_back_at.is_(None)), _asked(unit, first, last)))


def list_told(look: Look, unit: Unit, day: date) -> list[Meal]:
    """All that was told of a day, also what was taken back."""
    return list(look.session.scalars(_TOLD, _asked(unit, day, day)))


def get_meals(look: Look, ids: Collection[str]) -> list[Meal]:
    """Those of the rows that there are, taken back or not."""
    return list(look.session.scalars(sa.select(Meal).where(Meal.id.in_(list(ids))).order_by(Meal.id)))


_TOLD = (
    sa.select(Meal)
    .where(
        Meal.unit_id == sa.bindparam("unit"),
        Meal.day >= sa.bindparam("first", type_=sa.Date),
        Meal.day <= sa.bindparam("last", type_=sa.Date),
    )
    .order_by(Meal.said_at, Meal.id)
)


def _asked(unit: Unit, first: date, last: date) -> dict[str, str | date]:
    return {"unit": unit.id, "first": first, "last": last}
