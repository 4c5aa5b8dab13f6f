"""What an owner pays a family day carer for what the children's care costs: rates that hold from a day until newer ones do.

There are no usual rates: where an owner has set none, nothing is reckoned. Amounts are decimal numbers of the owner's currency
with two places, never floats. Rates are rows that are never changed; what was wrong ceases, and stays to be read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.safety.coming_of_age import comes_of_age
from hub.safety.roles import get_administered
from hub.school.meals import MealKind

CENT = Decimal("0.01")
MOST_YEARS, MOST_CLASSES, MOST_PERCENT, MOST_HOURS = 18, 5, 100, 24
_AMOUNT = re.compile(r"\d{1,4}(?:[.,]\d{1,2})?", re.ASCII)
_AGE = re.compile(r"\d{1,2}", re.ASCII)


class AmountUnreadableError(Refusal):
    """What was typed is no amount, or not one for each age class."""

    words = "refusals.amount_unreadable"


class AgesUnreadableError(Refusal):
    """What was typed is no list of ages that rise."""

    words = "refusals.ages_unreadable"


class NothingPaidError(Refusal):
    """Rates pay for one meal at least."""

    words = "refusals.rates_unpaid"


class Part(StrEnum):
    """How a day that is no whole one is paid for: by its time, or by a fixed share."""

    BY_TIME = "by_time"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Rates:
    """`ages` part the children into classes: below the first, from the first on, and so on, in years on the day. `meals` has
    an amount for each class; a meal that is not there is not paid for. `other_per_day` is paid for a day of `whole_minutes` or
    more, and of a shorter one its share: `part_percent` of it where that is fixed. A special diet adds `diet_percent`."""

    ages: tuple[int, ...]
    meals: Mapping[MealKind, tuple[Decimal, ...]]
    other_per_day: Decimal
    whole_minutes: int
    part: Part
    part_percent: int = 0
    diet_percent: int = 0

    def age_class(self, born: date, day: date) -> int:
        """0 is the youngest. It changes on the birthday itself."""
        return sum(comes_of_age(born, years) <= day for years in self.ages)

    def bounds(self, age_class: int) -> tuple[int, int | None]:
        """The class goes from so many years to below so many; None: there is no end."""
        edges = (0, *self.ages)
        return edges[age_class], self.ages[age_class] if age_class < len(self.ages) else None

    def of_meal(self, kind: MealKind, age_class: int) -> Decimal | None:
        amounts = self.meals.get(kind)
        return None if amounts is None else amounts[age_class]

    def of_diet(self, kind: MealKind, age_class: int) -> Decimal:
        """What a special diet adds to one meal."""
        return cents((self.of_meal(kind, age_class) or Decimal()) * self.diet_percent / 100)

    def of_day(self, minutes: int) -> Decimal:
        """The other costs of a day of so many minutes."""
        if minutes >= self.whole_minutes:
            return self.other_per_day
        if self.part is Part.FIXED:
            return cents(self.other_per_day * self.part_percent / 100)
        return cents(self.other_per_day * minutes / self.whole_minutes)


def cents(amount: Decimal) -> Decimal:
    """Two places; a half goes up."""
    return amount.quantize(CENT, ROUND_HALF_UP)


_RATES: TypeAdapter[Rates] = TypeAdapter(Rates)


class ReimbursementRates(Base):
    """The rates of an owner from a day on, until those of a later day, unless they ceased."""

    __tablename__ = "reimbursement_rates"
    __table_args__ = (sa.Index(None, "owner_id", "from_day"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    from_day: Mapped[date] = mapped_column(sa.Date)
    rates: Mapped[Json]
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)
    ceased_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)

    @property
    def value(self) -> Rates:
        return _RATES.validate_python(self.rates)


@dataclass(frozen=True, slots=True)
class Dated:
    """Rates and the day from which they hold."""

    from_day: date
    rates: Rates


@dataclass(frozen=True, slots=True)
class Schedule:
    """All rates of an owner, the oldest first."""

    all: tuple[Dated, ...] = field(default=())

    def on(self, day: date) -> Dated | None:
        """What holds on a day; None before the first."""
        return next((dated for dated in reversed(self.all) if dated.from_day <= day), None)

    def meals_of(self, day: date) -> tuple[MealKind, ...]:
        """The meals that are paid for on a day; where no rates hold yet all are asked about, so that nothing is lost."""
        dated = self.on(day)
        return tuple(kind for kind in MealKind if dated is None or kind in dated.rates.meals)


def read_schedule(look: Look, owner_id: str) -> Schedule:
    rows = look.session.scalars(_STANDING, {"owner": owner_id})
    return Schedule(tuple(Dated(row.from_day, row.value) for row in rows))


def list_all_rates(look: Look, owner_id: str) -> list[ReimbursementRates]:
    """With those that ceased, the newest first."""
    rows = sa.select(ReimbursementRates).where(ReimbursementRates.owner_id == owner_id)
    newest = (ReimbursementRates.from_day.desc(), ReimbursementRates.set_at.desc(), ReimbursementRates.id.desc())
    return list(look.session.scalars(rows.order_by(*newest)))


def set_rates(work: Work, from_day: date, rates: Rates) -> ReimbursementRates:
    """From that day on these hold, for the owner that the asker administers; what was set for the same day ceases. Audited.

    Raises: NotThereError.
    """
    owner = get_administered(work)
    work.take_turns([owner.id])
    for before in work.session.scalars(_STANDING, {"owner": owner.id}).all():
        if before.from_day == from_day:
            _cease(work, before)
    row = ReimbursementRates(
        id=work.new_id(),
        owner_id=owner.id,
        from_day=from_day,
        rates=_RATES.dump_python(rates, mode="json"),
        set_by=work.asker.id,
        set_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    note(work, "reimbursement_rates.set", [owner.id, row.id])
    return row


def drop_rates(work: Work, row_id: str) -> None:
    """They were wrong: what held before holds on. Audited. Raises: NotThereError."""
    owner = get_administered(work)
    work.take_turns([owner.id])
    row = work.session.get(ReimbursementRates, row_id)
    if row is None or row.owner_id != owner.id or row.ceased_at is not None:
        raise NotThereError
    _cease(work, row)
    note(work, "reimbursement_rates.drop", [owner.id, row.id])


def _cease(work: Work, row: ReimbursementRates) -> None:
    row.ceased_at, row.ceased_by = work.now, work.asker.id


_STANDING = (
    sa.select(ReimbursementRates)
    .where(ReimbursementRates.owner_id == sa.bindparam("owner"), ReimbursementRates.ceased_at.is_(None))
    .order_by(ReimbursementRates.from_day, ReimbursementRates.id)
)


def read_amount(typed: str) -> Decimal:
    """ "2,42" or "2.42". Raises: AmountUnreadableError."""
    if not _AMOUNT.fullmatch(typed.strip()):
        raise AmountUnreadableError
    return cents(Decimal(typed.strip().replace(",", ".")))


def read_amounts(typed: str, classes: int) -> tuple[Decimal, ...]:
    """One for each age class, parted by spaces. Raises: AmountUnreadableError."""
    amounts = tuple(read_amount(word) for word in typed.replace(";", " ").split())
    if len(amounts) != classes:
        raise AmountUnreadableError
    return amounts


def read_ages(typed: str) -> tuple[int, ...]:
    """ "3 6": the ages at which a new class begins; nothing: all are one class. Raises: AgesUnreadableError."""
    words = typed.replace(",", " ").replace(";", " ").split()
    if not all(_AGE.fullmatch(word) for word in words):
        raise AgesUnreadableError
    ages = tuple(int(word) for word in words)
    is_rising = all(before < after for before, after in pairwise((0, *ages)))
    if not is_rising or len(ages) >= MOST_CLASSES or any(years > MOST_YEARS for years in ages):
        raise AgesUnreadableError
    return ages


def read_meals(typed: Mapping[MealKind, str], classes: int) -> dict[MealKind, tuple[Decimal, ...]]:
    """What is typed for each meal, without those left empty. Raises: AmountUnreadableError, NothingPaidError."""
    meals = {kind: read_amounts(words, classes) for kind, words in typed.items() if words.strip()}
    if not meals:
        raise NothingPaidError
    return meals
