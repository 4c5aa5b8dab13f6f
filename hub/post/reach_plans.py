"""By which way families are reached, for each topic: the first, how long to wait for a sign, the next; and whom a person rings.

What an owner did not decide is as the table below says. A family's own wishes come first (hub.post.reach_wishes).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import APP, LETTER, MAIL, PLANNED, SMS
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.post.topics import PASSING, Topic
from hub.quick_select import QuickSelect
from hub.safety.audit import note

LONGEST_WAIT_MINUTES = 7 * 24 * 60


class Sign(StrEnum):
    """What ends the climbing. Each also counts for the weaker ones before it."""

    DELIVERED = "delivered"
    READ = "read"
    ANSWERED = "answered"


class PlanMakesNoSenseError(Refusal):
    """No way at all, one twice, a wait that is none or longer than a week, a letter before the end, or an urgent matter that
    would begin in the app."""

    words = "refusals.plan_makes_no_sense"


@dataclass(frozen=True, slots=True)
class Rung:
    """One way, and how many minutes to wait for a sign before the next."""

    kind: str
    wait_minutes: int

    @property
    def wait(self) -> timedelta:
        return timedelta(minutes=self.wait_minutes)


@dataclass(frozen=True, slots=True)
class Plan:
    """`calls`: whoever gives no sign on the last rung is for a person to ring. A letter as the last rung is for the office to
    print and post; nothing sends it by itself."""

    topic: Topic
    rungs: tuple[Rung, ...]
    until: Sign
    calls: bool

    @property
    def kinds(self) -> list[str]:
        return [rung.kind for rung in self.rungs]

    @property
    def posts(self) -> bool:
        return LETTER in self.kinds

    @property
    def ends_with_person(self) -> bool:
        """Whether somebody of the staff takes over where no way gave a sign."""
        return self.calls or self.posts

    def wait_for(self, kind: str) -> timedelta:
        """After a way that the plan does not name, as after its first."""
        return next((rung.wait for rung in self.rungs if rung.kind == kind), self.rungs[0].wait)


def _usual(topic: Topic, minutes: int, *, calls: bool) -> Plan:
    return Plan(topic, (Rung(SMS, minutes), Rung(MAIL, minutes)), Sign.DELIVERED, calls)


USUAL = {
    Topic.EMERGENCY: _usual(Topic.EMERGENCY, 5, calls=True),
    Topic.URGENT: _usual(Topic.URGENT, 15, calls=False),
    Topic.DAILY: _usual(Topic.DAILY, 120, calls=False),
    Topic.QUESTION: _usual(Topic.QUESTION, 240, calls=False),
    Topic.NOTICE: _usual(Topic.NOTICE, 24 * 60, calls=False),
    Topic.LETTER: _usual(Topic.LETTER, 24 * 60, calls=True),
}
"""What is urgent has a ladder of its own, whose last step is a person (hub.school.not_arrived)."""


class ReachPlan(Base):
    """What an owner decided for a topic."""

    __tablename__ = "reach_plans"
    __table_args__ = (sa.UniqueConstraint("owner_id", "topic"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    topic: Mapped[str] = mapped_column(sa.String(10))
    rungs: Mapped[Json]
    until: Mapped[str] = mapped_column(sa.String(10))
    calls: Mapped[bool]
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]


class ReachBudget(Base):
    """How much money an owner wants to spend a month, in whole units of its currency, on what is not urgent."""

    __tablename__ = "reach_budgets"
    __table_args__ = (sa.UniqueConstraint("owner_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    money_per_month: Mapped[int]
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]


_PLANS = QuickSelect(sa.select(ReachPlan).where(ReachPlan.owner_id == sa.bindparam("owner")))
_BUDGETS = QuickSelect(sa.select(ReachBudget).where(ReachBudget.owner_id.in_(sa.bindparam("owners", expanding=True))))
_KNOWN = "the plans of the owners"


def get_plans(look: Look, owner_id: str) -> dict[Topic, Plan]:
    """The plan for each topic, as the owner decided, else the usual one."""
    known: dict[str, dict[Topic, Plan]] = look.session.info.setdefault(_KNOWN, {})
    if owner_id not in known:
        decided = {Topic(row.topic): _plan(row) for (row,) in _PLANS.rows(look, owner=owner_id)}
        known[owner_id] = USUAL | decided
    return known[owner_id]


def _plan(row: ReachPlan) -> Plan:
    rungs = tuple(Rung(kind, minutes) for kind, minutes in row.rungs)
    return Plan(Topic(row.topic), rungs, Sign(row.until), row.calls)


def set_plan(work: Work, owner_id: str, plan: Plan, by: str) -> None:
    """From now on this plan holds for its topic; who is being reached already goes on by it. Raises: PlanMakesNoSenseError."""
    kinds = plan.kinds
    waits_well = all(0 < rung.wait_minutes <= LONGEST_WAIT_MINUTES for rung in plan.rungs)
    is_known = len(set(kinds)) == len(kinds) and set(kinds) <= set(PLANNED)
    sent = [kind for kind in kinds if kind != LETTER]
    ends_well = not plan.posts or kinds[-1] == LETTER
    begins_well = bool(sent) and (sent[0] != APP or plan.topic not in PASSING)
    if not (is_known and waits_well and ends_well and begins_well):
        raise PlanMakesNoSenseError
    work.take_turns([owner_id])
    row = next((row for (row,) in _PLANS.rows(work, owner=owner_id) if row.topic == plan.topic), None)
    rungs: Any = [[rung.kind, rung.wait_minutes] for rung in plan.rungs]
    if row is None:
        row = ReachPlan(
            id=work.new_id(),
            owner_id=owner_id,
            topic=plan.topic,
            rungs=rungs,
            until=plan.until,
            calls=plan.calls,
            set_by=by,
            set_at=work.now,
        )
        work.session.add(row)
    row.rungs, row.until, row.calls, row.set_by, row.set_at = rungs, plan.until.value, plan.calls, by, work.now
    work.session.info.pop(_KNOWN, None)
    told = " ".join(f"{rung.kind}:{rung.wait_minutes}" for rung in plan.rungs)
    note(work, "reach_plan.set", [owner_id], f"{plan.topic} {told} until {plan.until} calls {plan.calls}")


def find_budgets(look: Look, owner_ids: Sequence[str]) -> dict[str, int]:
    """By owner, of those that have one."""
    return {row.owner_id: row.money_per_month for (row,) in _BUDGETS.rows(look, owners=owner_ids)} if owner_ids else {}


def set_budget(work: Work, owner_id: str, money: int | None, by: str) -> None:
    """In whole units of the owner's currency; None for no ceiling but that of the settings."""
    work.take_turns([owner_id])
    row = next((row for (row,) in _BUDGETS.rows(work, owners=[owner_id])), None)
    note(work, "reach_budget.set", [owner_id], "none" if money is None else str(money))
    if money is None:
        if row is not None:
            work.session.delete(row)
    elif row is None:
        work.session.add(
            ReachBudget(id=work.new_id(), owner_id=owner_id, money_per_month=money, set_by=by, set_at=work.now)
        )
    else:
        row.money_per_month, row.set_by, row.set_at = money, by, work.now
