"""An owner's rules of care times, for all its units or for one: when a week locks, when families are asked, how many adults
so many children need. They are settings; nothing here is true of every municipality.

Source of the ratios that stand until an owner sets its own: NO barnehageloven section 26; FI asetus varhaiskasvatuksesta
753/2018 section 1; DK dagtilbudsloven section 18 a; SE Skolverket's guideline for the size of groups.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.places import Owner, Unit, UnitKind, list_units_of
from hub.quick_select import QuickSelect
from hub.safety.audit import note

WEEK = timedelta(days=7)
SUNDAY = 6
BOOKED_KINDS = frozenset({UnitKind.PRESCHOOL, UnitKind.AFTER_SCHOOL, UnitKind.FAMILY_DAY_CARE})


class AskedTooLateError(Refusal):
    """Families would be asked, or reminded, when the week has locked already."""

    words = "refusals.asked_too_late"


class Over(StrEnum):
    """What happens to hours beyond the decision."""

    WARN = "warn"
    BLOCK = "block"


class Counts(StrEnum):
    """What counts of a day towards the decided hours: booked and attended time together, or what was booked alone."""

    LARGER = "larger"
    BOOKED = "booked"


@dataclass(frozen=True, slots=True)
class Ratio:
    """One adult for so many children younger than so many years."""

    under_years: int
    children: int


@dataclass(frozen=True, slots=True)
class FeeStep:
    """Up to so many hours a month a place costs what the owner calls `name`."""

    hours: int
    name: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A week of care locks on a weekday (Monday is 0) at a wall-clock time, so many weeks before it begins.

    Counted by the clock on the wall, for weeks with a change of time have 167 or 169 hours.
    """

    weeks: int = 1
    weekday: int = 0
    at: time = time(12, 0)

    def day(self, monday: date) -> date:
        return monday - self.weeks * WEEK + timedelta(days=self.weekday)

    def moment(self, unit: Unit, monday: date) -> datetime:
        """When the week that begins on this Monday locks at the unit, UTC."""
        return unit.moment(self.day(monday), self.at)


@dataclass(frozen=True, slots=True)
class Rules:
    """`begins` is the first day that care times are told for, None: from the start; before `binding` all is practice.

    Families are asked `ask_days` before the day of the lock at `ask_at`, and those who have not told are reminded
    `remind_days` before it at `remind_at`; both in the unit's own time.
    """

    lock: Lock = Lock()
    asks: bool = False
    ask_days: int = 4
    ask_at: time = time(17, 0)
    remind_days: int = 1
    remind_at: time = time(17, 0)
    begins: date | None = None
    binding: date | None = None
    over: Over = Over.WARN
    ratios: tuple[Ratio, ...] = (Ratio(3, 3), Ratio(99, 6))
    fee_steps: tuple[FeeStep, ...] = ()
    weeks_ahead: int = 40
    counts: Counts = Counts.LARGER

    def is_practice(self, day: date) -> bool:
        return self.binding is not None and day < self.binding

    def has_begun(self, day: date) -> bool:
        return self.begins is None or day >= self.begins

    def asked_at(self, unit: Unit, monday: date) -> datetime:
        return unit.moment(self.lock.day(monday) - timedelta(days=self.ask_days), self.ask_at)

    def reminded_at(self, unit: Unit, monday: date) -> datetime:
        return unit.moment(self.lock.day(monday) - timedelta(days=self.remind_days), self.remind_at)


DEFAULT_RATIOS = {
    "NO": (Ratio(3, 3), Ratio(99, 6)),
    "FI": (Ratio(3, 4), Ratio(99, 7)),
    "DK": (Ratio(3, 3), Ratio(99, 6)),
    "SE": (Ratio(4, 5), Ratio(99, 6)),
}
_RULES: TypeAdapter[Rules] = TypeAdapter(Rules)


class CareRules(Base):
    """The rules that hold for a unit, or for all units of an owner where `unit_id` is None, until they cease."""

    __tablename__ = "care_rules"
    __table_args__ = (sa.Index(None, "owner_id", "unit_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    rules: Mapped[Json]
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    unit_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("units.id"), default=None)
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)


_HOLDING = sa.select(CareRules).where(CareRules.ceased_at.is_(None), CareRules.owner_id == sa.bindparam("owner"))
_COUNTRY = QuickSelect(sa.select(Owner.country).where(Owner.id == sa.bindparam("owner")))
_FOR_UNIT = QuickSelect(_HOLDING.where(sa.or_(CareRules.unit_id == sa.bindparam("unit"), CareRules.unit_id.is_(None))))


def takes_bookings(unit: Unit) -> bool:
    """Whether care is booked at such a unit at all; schools have their hours."""
    return unit.kind in BOOKED_KINDS


def get_rules(look: Look, unit: Unit) -> Rules:
    """The unit's own, else its owner's, else what stands until somebody sets them: nobody is asked then."""
    rows = [row for (row,) in _FOR_UNIT.rows(look, owner=unit.owner_id, unit=unit.id)]
    row = next((row for row in rows if row.unit_id is not None), rows[0] if rows else None)
    return _RULES.validate_python(row.rules) if row is not None else _habit(look, unit.owner_id)


def _habit(look: Look, owner_id: str) -> Rules:
    country = next((country for (country,) in _COUNTRY.rows(look, owner=owner_id)), "")
    return Rules(ratios=DEFAULT_RATIOS.get(country, DEFAULT_RATIOS["NO"]))


def list_asking(look: Look) -> list[tuple[Unit, Rules]]:
    """The units that ask families by themselves, each with its rules: two questions to the store, however many they are."""
    rows = look.session.scalars(sa.select(CareRules).where(CareRules.ceased_at.is_(None)).order_by(CareRules.id)).all()
    held = {(row.owner_id, row.unit_id): row for row in rows}
    owners = sorted({row.owner_id for row in rows if row.rules.get("asks")})
    if not owners:
        return []
    units = look.session.scalars(
        sa.select(Unit).where(Unit.owner_id.in_(owners), Unit.kind.in_([*BOOKED_KINDS])).order_by(Unit.id)
    ).all()
    ruled = ((unit, held.get((unit.owner_id, unit.id)) or held.get((unit.owner_id, None))) for unit in units)
    found = ((unit, _RULES.validate_python(row.rules)) for unit, row in ruled if row is not None)
    return [(unit, rules) for unit, rules in found if rules.asks]


def get_rules_of_all(look: Look, owner_id: str) -> Rules:
    """Those of the owner's units that have none of their own."""
    row = look.session.scalars(_HOLDING.where(CareRules.unit_id.is_(None)), {"owner": owner_id}).first()
    return _RULES.validate_python(row.rules) if row is not None else _habit(look, owner_id)


def list_with_own_rules(look: Look, owner_id: str) -> set[str]:
    """The ids of the units that have rules of their own."""
    asked = _HOLDING.with_only_columns(CareRules.unit_id).where(CareRules.unit_id.is_not(None))
    return set(look.session.scalars(asked, {"owner": owner_id}))


def check_rules(rules: Rules) -> None:
    """Raises: AskedTooLateError."""
    latest = max((-rules.ask_days, rules.ask_at), (-rules.remind_days, rules.remind_at))
    if latest >= (0, rules.lock.at):
        raise AskedTooLateError


def set_rules(work: Work, unit: Unit, rules: Rules, by: str) -> CareRules:
    """From now on, for this unit. Audited. Raises: AskedTooLateError."""
    check_rules(rules)
    _end(work, unit.owner_id, CareRules.unit_id == unit.id)
    work.ring(LIVE, unit.id)
    return _keep(work, unit.owner_id, unit.id, rules, by)


def set_rules_of_all(work: Work, owner_id: str, rules: Rules, by: str) -> CareRules:
    """From now on, for all of the owner's units without rules of their own. Audited. Raises: AskedTooLateError."""
    check_rules(rules)
    _end(work, owner_id, CareRules.unit_id.is_(None))
    for unit in list_units_of(work, owner_id):
        work.ring(LIVE, unit.id)
    return _keep(work, owner_id, None, rules, by)


def drop_own_rules(work: Work, unit: Unit) -> None:
    """From now on the unit has none of its own, and follows its owner's. Audited."""
    for row_id in _end(work, unit.owner_id, CareRules.unit_id == unit.id):
        note(work, "care_rules.dropped", [unit.id, row_id])
    work.ring(LIVE, unit.id)


def _end(work: Work, owner_id: str, which: sa.ColumnElement[bool]) -> list[str]:
    work.take_turns([owner_id])
    ended = work.session.scalars(_HOLDING.where(which), {"owner": owner_id}).all()
    for row in ended:
        row.ceased_at = work.now
    return [row.id for row in ended]


def _keep(work: Work, owner_id: str, unit_id: str | None, rules: Rules, by: str) -> CareRules:
    row = CareRules(
        id=work.new_id(),
        owner_id=owner_id,
        unit_id=unit_id,
        rules=_RULES.dump_python(rules, mode="json"),
        set_by=by,
        set_at=work.now,
    )
    work.session.add(row)
    note(work, "care_rules.set", [unit_id or owner_id, row.id])
    return row


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def is_locked(rules: Rules, unit: Unit, day: date, now: datetime) -> bool:
    """Whether families can no longer change the times of a day."""
    return now >= rules.lock.moment(unit, monday_of(day))


def first_open_week(rules: Rules, unit: Unit, now: datetime) -> date:
    """The Monday of the first week that has not locked."""
    monday = monday_of(unit.today(now))
    while is_locked(rules, unit, monday, now):
        monday += WEEK
    return monday


def per_adult_on(rules: Rules, day: date) -> Callable[[Child], int]:
    """Tells of how many such children one adult may take care on a day; of a child whose age nobody knows, as of the
    youngest."""
    ratios = sorted(rules.ratios, key=lambda ratio: ratio.under_years)
    year, of_year = day.year, (day.month, day.day)

    def tell(child: Child) -> int:
        born = child.birth_date
        if born is None:
            return ratios[0].children
        years = year - born.year - (0 if of_year >= (born.month, born.day) else 1)
        for ratio in ratios:
            if years < ratio.under_years:
                return ratio.children
        return ratios[-1].children

    return tell
