"""When a child has been away so much that somebody should talk with the family: proposed to the contact teacher first.

A rule only proposes. It writes to no family, and a talk that was held, or a reason to leave it, starts the count anew. If the
absence goes on after it, the unit's next step is proposed, to whomever that is for.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.people.staff import Role, RoleGroup, RoleKind
from hub.safety.access import Reach, list_children, list_groups
from hub.safety.audit import note
from hub.school.absences import Absence
from hub.school.early_pickups import EarlyPickup
from hub.school.family_talks import count_held, list_counted_to
from hub.school.late_arrivals import LateArrival
from hub.school.told import ToldOfDay

STEP_LENGTH = 80
T = TypeVar("T", bound=ToldOfDay)


class For(StrEnum):
    """Whom a step is for."""

    TEACHER = "teacher"
    LEADER = "leader"


@dataclass(frozen=True, slots=True)
class Step:
    """What the unit does when absence goes on after the step before, in its own words."""

    title: str
    for_: For


class AbsenceRule(Base):
    """So many days, or so many hours, within so many days up to today. Of an owner, or of one unit, which goes first.

    `steps` are those after the talk of the contact teacher, which is always the first.
    """

    __tablename__ = "absence_rules"
    __table_args__ = (sa.Index(None, "owner_id", "unit_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    days: Mapped[int]
    hours: Mapped[int]
    span_days: Mapped[int]
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    unit_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("units.id"), default=None)
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)
    steps: Mapped[Json] = mapped_column(default_factory=list)

    def step_after(self, taken: int) -> Step | None:
        """The one to propose after so many; None for the first talk. The last one is proposed again and again."""
        if not taken or not self.steps:
            return None
        title, for_ = self.steps[min(taken, len(self.steps)) - 1]
        return Step(title, For(for_))


@dataclass(slots=True)
class Proposal:
    """Talk with the family: so many days away and so many minutes missed since `since`."""

    child_id: str
    since: date
    days: int = 0
    minutes: int = 0
    step: Step | None = None
    """Of the unit's further ones; None: the contact teacher's talk."""
    seen: set[date] = field(default_factory=set)

    @property
    def hours(self) -> int:
        """Whole hours."""
        return self.minutes // 60

    def exceeds(self, rule: AbsenceRule) -> bool:
        return self.days >= rule.days or self.minutes >= rule.hours * 60

    def miss(self, day: date, minutes: int) -> None:
        self.minutes += max(0, minutes)
        self.since = min(self.since, day)


@dataclass(frozen=True, slots=True)
class Wish:
    """A rule as somebody would have it."""

    days: int
    hours: int
    span_days: int
    steps: tuple[Step, ...] = ()


def make_rule(look: Look, unit: Unit, wish: Wish, by: str, id_: str = "") -> AbsenceRule:
    """Of a unit; nothing is kept."""
    return AbsenceRule(
        id=id_,
        owner_id=unit.owner_id,
        unit_id=unit.id,
        days=wish.days,
        hours=wish.hours,
        span_days=wish.span_days,
        set_by=by,
        set_at=look.now,
        steps=[[step.title[:STEP_LENGTH], step.for_] for step in wish.steps],
    )


def set_rule(work: Work, unit: Unit, wish: Wish, by: str) -> AbsenceRule:
    """The rule of a unit from now on. Audited."""
    before = get_rule(work, unit)
    if before is not None and before.unit_id == unit.id:
        before.ceased_at = work.now
    rule = make_rule(work, unit, wish, by, work.new_id())
    work.session.add(rule)
    work.session.flush()
    note(work, "absence_rule.set", [unit.id, rule.id])
    return rule


def get_rule(look: Look, unit: Unit) -> AbsenceRule | None:
    """The unit's own rule, else its owner's; None where there is none."""
    rules = look.session.scalars(
        sa.select(AbsenceRule)
        .where(
            AbsenceRule.owner_id == unit.owner_id,
            AbsenceRule.ceased_at.is_(None),
            sa.or_(AbsenceRule.unit_id == unit.id, AbsenceRule.unit_id.is_(None)),
        )
        .order_by(AbsenceRule.unit_id.is_(None), AbsenceRule.id.desc())
    )
    return rules.first()


def may_see(look: Look, reach: Reach, unit_id: str, group_id: str) -> bool:
    """Whether proposals of a group are for them: its contact teacher, and whoever leads its unit."""
    if unit_id in reach.leads:
        return True
    held = (
        sa.select(Role.id)
        .join(RoleGroup, RoleGroup.role_id == Role.id)
        .where(Role.id.in_(sorted(reach.roles)), Role.kind == RoleKind.CONTACT_TEACHER, RoleGroup.group_id == group_id)
    )
    return look.session.scalars(held).first() is not None


def list_proposals_for(
    look: Look, reach: Reach, unit: Unit, today: date, wished: AbsenceRule | None = None
) -> list[tuple[Child, Proposal]]:
    """Whose family to talk with at a unit, for whom that is to see; by the child's first name. By another rule where one is
    `wished`."""
    rule = wished or get_rule(look, unit)
    if rule is None:
        return []
    groups = {group.id for group in list_groups(look, reach, unit.id) if may_see(look, reach, unit.id, group.id)}
    children = {child.id: child for child, group_id in list_children(look, reach, unit, today) if group_id in groups}
    found = list_proposals(look, unit, rule, children, today)
    leads = unit.id in reach.leads
    return [(child, found[id_]) for id_, child in children.items() if id_ in found and is_for(found[id_], leads=leads)]


def is_for(proposal: Proposal, *, leads: bool) -> bool:
    """Whether a proposal is for whoever leads the unit, or does not: a leader sees every one."""
    return leads or proposal.step is None or proposal.step.for_ is For.TEACHER


def list_proposals(
    look: Look, unit: Unit, rule: AbsenceRule | None, child_ids: Collection[str], today: date
) -> dict[str, Proposal]:
    """Whose family to talk with, among these children of a unit. It asks no rights of the reader: its callers have."""
    if rule is None or not child_ids:
        return {}
    begins = today - timedelta(days=rule.span_days - 1)
    counted_to = list_counted_to(look, child_ids)
    found = {child_id: Proposal(child_id, today) for child_id in child_ids}
    whole = _minutes(unit.opens, unit.closes)
    for absence in _absences(look, child_ids, begins, today):
        if absence.day > counted_to.get(absence.child_id, date.min):
            proposal = found[absence.child_id]
            proposal.days += 1
            proposal.seen.add(absence.day)
            proposal.miss(absence.day, whole)
    for row, minutes in _missed(look, unit, child_ids, begins, today):
        proposal = found[row.child_id]
        if row.day > counted_to.get(row.child_id, date.min) and row.day not in proposal.seen:
            proposal.miss(row.day, minutes)
    exceeding = {child_id: proposal for child_id, proposal in found.items() if proposal.exceeds(rule)}
    taken = count_held(look, exceeding, today) if rule.steps else {}
    for child_id, proposal in exceeding.items():
        proposal.step = rule.step_after(taken.get(child_id, 0))
    return exceeding


def _absences(look: Look, child_ids: Collection[str], begins: date, today: date) -> Iterable[Absence]:
    """Those that hold and that nobody disputes."""
    return look.session.scalars(
        sa.select(Absence)
        .where(
            Absence.child_id.in_(list(child_ids)),
            Absence.day.between(begins, today),
            Absence.ceased_at.is_(None),
            Absence.disputed_at.is_(None),
        )
        .order_by(Absence.day)
    )


def _missed(
    look: Look, unit: Unit, child_ids: Collection[str], begins: date, today: date
) -> Iterable[tuple[ToldOfDay, int]]:
    """The minutes of parts of days, where a time was told."""
    for late in _told(look, LateArrival, child_ids, begins, today):
        if late.comes_at is not None:
            yield late, _minutes(unit.opens, late.comes_at)
    for early in _told(look, EarlyPickup, child_ids, begins, today):
        if early.leaves_at is not None:
            yield early, _minutes(early.leaves_at, unit.closes)


def _told(look: Look, table: type[T], child_ids: Collection[str], begins: date, today: date) -> Iterable[T]:
    return look.session.scalars(
        sa.select(table)
        .where(table.child_id.in_(list(child_ids)), table.day.between(begins, today), table.taken_back_at.is_(None))
        .order_by(table.day)
    )


def _minutes(start: time, end: time) -> int:
    return (end.hour - start.hour) * 60 + end.minute - start.minute
