"""Is a unit open on a day? Weekends and public holidays are known; its owner's own closed days stand in a table.

What is said of one unit outranks what is said of its kind, and that what is said of all; within one of the three, a day that
is said to be open is an exception from the closed ones around it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Ref
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner, Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import note

SATURDAY = 5
ONE_DAY = timedelta(days=1)
CHRISTMAS_EVE = (12, 24)
LONGEST_REST = 7
"""Days: no feasts and weekends in a row are longer."""
REGISTER = "register"
_ALAND_ZONE, _ALAND = "Europe/Mariehamn", "01"
_SPOKEN = {"nb": "no", "nn": "no", "en": "en_US"}
_KINDS_OF_DAY = {"SE": ("public", "de_facto")}
"""Sweden's Midsummer Eve, Christmas Eve and New Year's Eve are free in all but name."""


class Ground(StrEnum):
    """Why a unit is closed."""

    WEEKEND = "weekend"
    PUBLIC = "public"
    OWN = "own"


class ClosedDays(Base):
    """Days from one to another, both included, on which an owner's units are closed, or `is_open` against the rule.

    They hold for one unit, for all of one kind, or for all of the owner's. `made_by` is a member of staff, or "register".
    """

    __tablename__ = "closed_days"
    __table_args__ = (sa.UniqueConstraint("owner_id", "source_id"), sa.Index(None, "owner_id", "to_day"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    source_id: Mapped[str] = mapped_column(sa.String(64))
    from_day: Mapped[date] = mapped_column(sa.Date)
    to_day: Mapped[date] = mapped_column(sa.Date)
    name: Mapped[str] = mapped_column(sa.String(100))
    unit_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("units.id"), default=None)
    unit_kind: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    is_open: Mapped[bool] = mapped_column(default=False)
    made_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH), default=REGISTER)

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Which of two that speak of a day holds: the higher."""
        return self.unit_id is not None, self.unit_kind is not None, self.is_open


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on which a unit is closed. `name` is what the owner or the country calls it; a weekend has none."""

    day: date
    ground: Ground
    name: str | None = None


_COUNTRY = QuickSelect(sa.select(Owner.country).where(Owner.id == sa.bindparam("owner")))
_OWN = QuickSelect(
    sa.select(ClosedDays)
    .where(
        ClosedDays.owner_id == sa.bindparam("owner"),
        ClosedDays.from_day <= sa.bindparam("last", type_=sa.Date),
        ClosedDays.to_day >= sa.bindparam("first", type_=sa.Date),
        sa.or_(ClosedDays.unit_id.is_(None), ClosedDays.unit_id == sa.bindparam("unit")),
        sa.or_(ClosedDays.unit_kind.is_(None), ClosedDays.unit_kind == sa.bindparam("kind")),
    )
    .order_by(ClosedDays.id)
)


def _get_country(look: Look, unit: Unit) -> str:
    ((country,),) = _COUNTRY.rows(look, owner=unit.owner_id)
    return country


def is_open(look: Look, unit: Unit, day: date) -> bool:
    return not list_closed(look, unit, day, day)


def list_open_days(look: Look, unit: Unit, days: Iterable[date]) -> list[date]:
    """Those of the days on which the unit is open, in their order."""
    asked = sorted(set(days))
    if not asked:
        return []
    closed = list_closed(look, unit, asked[0], asked[-1])
    return [day for day in asked if day not in closed]


def list_closed(look: Look, unit: Unit, first: date, last: date) -> dict[date, ClosedDay]:
    """Every day of a span, both ends included, on which the unit is closed, in their order."""
    country = _get_country(look, unit)
    own = _list_own(look, unit, first, last)
    days = (first + ONE_DAY * n for n in range((last - first).days + 1))
    judged = (_judge(unit, country, own, day) for day in days)
    return {closed.day: closed for closed in judged if closed is not None}


def is_feast(look: Look, unit: Unit, day: date) -> bool:
    """Whether it is a public holiday where the unit is, or Christmas Eve, on which nobody is reminded of what can wait."""
    country = _get_country(look, unit)
    is_public = day in list_public_holidays(country, unit.zone, unit.languages[0], day.year)
    return is_public or (day.month, day.day) == CHRISTMAS_EVE


def may_wait(look: Look, unit: Unit, until: datetime | None = None) -> bool:
    """Whether a question or reminder is left for a later day: today is a feast, or a weekend behind one, and a working day
    comes before the day of its deadline, where it has one; on a feast, any other day will do."""
    today = unit.today(look.now)
    at_feast = is_feast(look, unit, today)
    if not at_feast and not _is_behind_feast(look, unit, today):
        return False
    if until is None:
        return True
    before = (unit.local(until).date() - today).days
    later = [today + ONE_DAY * n for n in range(1, min(before, LONGEST_REST))]
    return before > LONGEST_REST or any(
        not is_feast(look, unit, day) and (at_feast or day.weekday() < SATURDAY) for day in later
    )


def _is_behind_feast(look: Look, unit: Unit, day: date) -> bool:
    while day.weekday() >= SATURDAY:
        day -= ONE_DAY
        if is_feast(look, unit, day):
            return True
    return False


def _list_own(look: Look, unit: Unit, first: date, last: date) -> list[ClosedDays]:
    """The owner's own that touch the span and hold for the unit, the one that outranks the others first."""
    asked = {"owner": unit.owner_id, "unit": unit.id, "kind": unit.kind, "first": first, "last": last}
    found = [row for (row,) in _OWN.rows(look, **asked)]
    return sorted(found, key=lambda row: row.rank, reverse=True)


def _judge(unit: Unit, country: str, own: Iterable[ClosedDays], day: date) -> ClosedDay | None:
    row = next((row for row in own if row.from_day <= day <= row.to_day), None)
    if row is not None and row.is_open:
        return None
    public = list_public_holidays(country, unit.zone, unit.languages[0], day.year).get(day)
    if public is not None:
        return ClosedDay(day, Ground.PUBLIC, public)
    if day.weekday() >= SATURDAY:
        return ClosedDay(day, Ground.WEEKEND)
    return None if row is None else ClosedDay(day, Ground.OWN, row.name)


@lru_cache(maxsize=256)
def list_public_holidays(country: str, zone: str, language: str, year: int) -> Mapping[date, str]:
    """A country's public holidays of a year, named in a language where they are known in it; none where it is not known.

    `country` is ISO 3166 alpha-2. Åland, which has a day of its own, is told by its zone.
    """
    if country not in holidays.list_supported_countries(include_aliases=False):
        return {}
    found = holidays.country_holidays(
        country,
        subdiv=_ALAND if zone == _ALAND_ZONE else None,
        years=year,
        categories=_KINDS_OF_DAY.get(country),
        language=_spoken(country, language),
    )
    return dict(found)


def _spoken(country: str, language: str) -> str:
    """What the library calls a language. It is always told one: without it, names follow the machine's setting."""
    known = holidays.list_localized_countries(include_aliases=False).get(country, [])
    asked = (_SPOKEN.get(language, language), f"{language}_{country}")
    return next((code for code in asked if code in known), known[0] if known else "en_US")


def list_own_days(look: Look, unit: Unit, from_day: date) -> list[ClosedDays]:
    """What the owner has said of the unit's days that are not over on a day, the earliest first."""
    return sorted(_list_own(look, unit, from_day, date.max), key=lambda row: (row.from_day, row.to_day, row.id))


class DaysBackwardError(Refusal):
    """The last day is before the first."""

    words = "refusals.days_backward"


def close(work: Work, unit: Unit, first: date, last: date, name: str, by: str) -> ClosedDays:
    """One unit is closed from a day to a day, both included. Raises: DaysBackwardError. Audited."""
    if last < first:
        raise DaysBackwardError
    row = ClosedDays(
        id=(own_id := work.new_id()),
        owner_id=unit.owner_id,
        source_id=own_id,
        unit_id=unit.id,
        from_day=first,
        to_day=last,
        name=name,
        made_by=by,
    )
    work.session.add(row)
    note(work, "calendar.close", [unit.id, row.id])
    return row


def reopen(work: Work, unit: Unit, row_id: str) -> bool:
    """Take back closed days of this one unit that were made on a page; whether there were such. Audited."""
    row = work.session.get(ClosedDays, row_id)
    if row is None or row.unit_id != unit.id or row.made_by == REGISTER:
        return False
    work.session.delete(row)
    note(work, "calendar.reopen", [unit.id, row_id])
    return True
