"""The rules of leave, as data for each owner and unit: who must apply, who decides, by when, and how much.

What nobody has set follows the country. A rule is never changed: a new row stands before it. Sources: Norway's education
act of 2023, section 2-2, and the municipalities' own regulations; Finland's and Sweden's usual practice.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.language import chain
from hub.people.places import Owner, Unit, list_units_of
from hub.safety.audit import note

PLACEHOLDERS = ("child", "owner", "unit")
YEAR_BEGINS = 8
"""The month in which a school year begins."""
LONGEST_APPEAL = 1500
_ADDRESS = re.compile(r"https://[a-z0-9.-]+(/[A-Za-z0-9._~/-]*)?")
_BLOCKED = re.compile(r"([^:]{1,60}):\s*(\d{4}-\d\d-\d\d)\s*[-–]?\s*(\d{4}-\d\d-\d\d)")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class Both(StrEnum):
    """Whose word it takes besides that of whoever applies: nobody's, that of those the child lives with, or of all."""

    ONE = "one"
    LIVING_WITH = "living_with"
    ALL = "all"


class UnknownPlaceholderError(Refusal):
    """The text names something that is none of the placeholders."""

    words = "refusals.leave_unknown_placeholder"


class AddressWrongError(Refusal):
    """It is no plain https address."""

    words = "refusals.leave_address_wrong"


class BlockedUnreadableError(Refusal):
    """A line of the blocked periods is no name with a first and a last day."""

    words = "refusals.leave_blocked_unreadable"


class RuleOutOfRangeError(Refusal):
    """A number of the rule makes no sense."""

    words = "refusals.leave_rule_out_of_range"


@dataclass(frozen=True, slots=True)
class Blocked:
    """A time in which leave is hardly ever given, such as weeks of tests, under the owner's own name; both days included."""

    name: str
    first: date
    last: date

    def touches(self, days: Iterable[date]) -> bool:
        return any(self.first <= day <= self.last for day in days)


def read_blocked(lines: str) -> tuple[Blocked, ...]:
    """ "National tests: 2025-09-08 2025-09-12" a line. Raises: BlockedUnreadableError."""
    found = []
    for line in (line for line in lines.splitlines() if line.strip()):
        told = _BLOCKED.fullmatch(line.strip())
        if told is None:
            raise BlockedUnreadableError
        try:
            blocked = Blocked(told[1].strip(), date.fromisoformat(told[2]), date.fromisoformat(told[3]))
        except ValueError as error:
            raise BlockedUnreadableError from error
        if blocked.last < blocked.first:
            raise BlockedUnreadableError
        found.append(blocked)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds. Days are school days, but `deadline_days` and `answer_days` are days of the calendar.

    `teacher_days` is the longest leave that a contact teacher decides, 0 when leaders decide all. `most_at_once` and
    `most_a_year` are None where there is no limit; days for a religious feast do not count when `religious_is_free`.
    In `blocked` times a person decides, and whoever applies is told. `practice` is the address of the owner's own page about
    leave, or empty.
    `appeal` holds the text about appeals by language, with placeholders; a language that is missing has the default.
    """

    both: Both
    teacher_days: int
    deadline_days: int
    most_at_once: int | None = None
    most_a_year: int | None = None
    religious_is_free: bool = False
    answer_days: int = 3
    practice: str = ""
    appeal: Mapping[str, str] = field(default_factory=dict)
    blocked: tuple[Blocked, ...] = ()

    def list_blocked(self, days: Iterable[date]) -> list[str]:
        """The names of the times that some of the days lie in."""
        told = list(days)
        return [each.name for each in self.blocked if each.touches(told)]

    def deadline(self, first_day: date) -> date:
        """The last day on which an application is in time."""
        return first_day - timedelta(days=self.deadline_days)


_TERMS: TypeAdapter[Terms] = TypeAdapter(Terms)


class LeaveRule(Base):
    """One setting of the terms, for a unit or, without one, for all units of an owner that have none. The newest holds, until
    it ceases."""

    __tablename__ = "leave_rules"
    __table_args__ = (sa.Index(None, "owner_id", "unit_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("units.id"))
    terms: Mapped[Json]
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)


_OF_COUNTRY = {
    "NO": Terms(Both.LIVING_WITH, teacher_days=1, deadline_days=14, most_a_year=10, religious_is_free=True),
    "SE": Terms(Both.LIVING_WITH, teacher_days=1, deadline_days=14, most_a_year=10),
    "FI": Terms(Both.ONE, teacher_days=3, deadline_days=7),
    "DK": Terms(Both.ONE, teacher_days=0, deadline_days=14),
}
_APPEALS = {
    "NO": "leave_letter.appeal_no",
    "SE": "leave_letter.appeal_se",
    "FI": "leave_letter.appeal_fi",
    "DK": "leave_letter.appeal_dk",
}
_ELSEWHERE = Terms(Both.LIVING_WITH, teacher_days=0, deadline_days=14)
_HOLDING = sa.select(LeaveRule).where(LeaveRule.owner_id == sa.bindparam("owner"), LeaveRule.ceased_at.is_(None))
_OF_UNIT = (
    _HOLDING.where(sa.or_(LeaveRule.unit_id == sa.bindparam("unit"), LeaveRule.unit_id.is_(None)))
    .order_by(sa.case((LeaveRule.unit_id.is_(None), 1), else_=0), LeaveRule.id.desc())
    .limit(1)
)
_OF_ALL = _HOLDING.where(LeaveRule.unit_id.is_(None)).order_by(LeaveRule.id.desc()).limit(1)
_WITH_OWN = _HOLDING.with_only_columns(LeaveRule.unit_id).where(LeaveRule.unit_id.is_not(None)).distinct()


def terms_of(look: Look, unit: Unit) -> Terms:
    """What holds at a unit now: its own rule, else the owner's, else the country's habit."""
    rule = look.session.scalars(_OF_UNIT, {"owner": unit.owner_id, "unit": unit.id}).first()
    return _read(rule.terms) if rule is not None else _habit(look, unit.owner_id)


def terms_of_all(look: Look, owner_id: str) -> Terms:
    """What holds at the owner's units that have no rule of their own."""
    rule = look.session.scalars(_OF_ALL, {"owner": owner_id}).first()
    return _read(rule.terms) if rule is not None else _habit(look, owner_id)


def _habit(look: Look, owner_id: str) -> Terms:
    return _OF_COUNTRY.get(look.session.get_one(Owner, owner_id).country.upper(), _ELSEWHERE)


def list_with_own(look: Look, owner_id: str) -> set[str]:
    """The ids of the units that have a rule of their own."""
    return set(look.session.scalars(_WITH_OWN, {"owner": owner_id}))


def set_terms(work: Work, unit: Unit, terms: Terms) -> LeaveRule:
    """From now on these hold at the unit. Audited. Raises: what `check` raises."""
    return _set(work, unit.owner_id, unit.id, terms)


def set_terms_of_all(work: Work, owner_id: str, terms: Terms) -> LeaveRule:
    """From now on these hold at the owner's units that have no rule of their own. Audited. Raises: what `check` raises."""
    return _set(work, owner_id, None, terms)


def _set(work: Work, owner_id: str, unit_id: str | None, terms: Terms) -> LeaveRule:
    check(terms)
    rule = LeaveRule(
        id=work.new_id(),
        owner_id=owner_id,
        unit_id=unit_id,
        terms=_TERMS.dump_python(terms, mode="json"),
        set_by=work.asker.id,
        set_at=work.now,
    )
    work.session.add(rule)
    note(work, "leave_rule.set", [unit_id or owner_id, rule.id])
    for changed in [unit_id] if unit_id is not None else [unit.id for unit in list_units_of(work, owner_id)]:
        work.ring(LIVE, changed)
    return rule


def drop_own_terms(work: Work, unit: Unit) -> None:
    """From now on the unit has no rule of its own, and follows its owner's. Audited."""
    for rule in work.session.scalars(_HOLDING.where(LeaveRule.unit_id == unit.id), {"owner": unit.owner_id}):
        rule.ceased_at = work.now
        note(work, "leave_rule.dropped", [unit.id, rule.id])
    work.ring(LIVE, unit.id)


def check(terms: Terms) -> None:
    """Raises: RuleOutOfRangeError, AddressWrongError, UnknownPlaceholderError."""
    limits = [limit for limit in (terms.most_at_once, terms.most_a_year) if limit is not None]
    days = [terms.teacher_days, terms.deadline_days, terms.answer_days, *limits]
    if any(not 0 <= number <= 200 for number in days) or 0 in limits or terms.answer_days < 1:
        raise RuleOutOfRangeError
    if terms.practice and not _ADDRESS.fullmatch(terms.practice):
        raise AddressWrongError
    for text in terms.appeal.values():
        if len(text) > LONGEST_APPEAL or not set(_PLACEHOLDER.findall(text)) <= set(PLACEHOLDERS):
            raise UnknownPlaceholderError(names=[f"{{{name}}}" for name in PLACEHOLDERS])


def _read(kept: Mapping[str, Any]) -> Terms:
    known = {one.name for one in fields(Terms)}
    return _TERMS.validate_python({name: value for name, value in kept.items() if name in known})


def say_appeal(look: Look, unit: Unit, terms: Terms, language: str, values: Mapping[str, str]) -> str:
    """How to appeal, in a language or the one that stands in for it; the placeholders filled in."""
    own = next((terms.appeal[code] for code in chain(language) if terms.appeal.get(code)), None)
    text = own if own is not None else default_appeal(look, unit.owner_id, language)
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)


def default_appeal(look: Look, owner_id: str, language: str) -> str:
    """What is said where the owner has written nothing, with its placeholders."""
    country = look.session.get_one(Owner, owner_id).country.upper()
    shown = {name: f"{{{name}}}" for name in PLACEHOLDERS}
    return look.words.in_language(language).say(_APPEALS.get(country, "leave_letter.appeal_elsewhere"), **shown)


def school_year(day: date) -> tuple[date, date]:
    """The first and the last day of the school year that a day is in."""
    begins = date(day.year if day.month >= YEAR_BEGINS else day.year - 1, YEAR_BEGINS, 1)
    return begins, date(begins.year + 1, YEAR_BEGINS, 1) - timedelta(days=1)


def count_by_year(days: Sequence[date]) -> dict[date, int]:
    """How many of the days lie in each school year, by its first day."""
    counts: dict[date, int] = {}
    for day in days:
        begins, _ = school_year(day)
        counts[begins] = counts.get(begins, 0) + 1
    return counts
