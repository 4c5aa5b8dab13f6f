"""National ids of guardians, as a register wants them: compared as hashes alone, and kept as a hash and sealed.

Whoever has one signs in as its guardian, so that a new number for somebody who has one waits for approval, and a number never
moves from one guardian to another by itself. Source: security rules S4.2 and S10.6.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from hub.desk import Work
from hub.people.national_ids import NationalId, hashes_of, is_sealed, keep_national_id, parse_national_id
from hub.register.changes import Kind
from hub.register.plan import Plan, Scope
from hub.register.rows import GuardianRow
from hub.seal import Seal

NEEDS_KEY = "national_id needs the hub's own key: load it with `budbok register load`"


def plan_national_ids(plan: Plan, scope: Scope, rows: list[GuardianRow]) -> None:
    """A column that is left out changes nothing; one that is given as null lets the number go."""
    told = [row for row in rows if row.has("national_id")]
    if not told:
        return
    asked = sa.select(NationalId).where(NationalId.owner_id == scope.owner_id)
    known = _Known({kept.guardian_id: kept for kept in plan.look.session.scalars(asked)})
    for row in told:
        if row.national_id is not None:
            _plan_one(plan, scope, row, row.national_id, known)
        elif (guardian_id := scope.ids["guardians"][row.id]) in known.stored:
            plan.at_last(partial(_let_go, guardian_id=guardian_id))
            plan.tell(scope, "guardians", row.id, Kind.ENDED, "national_id")


@dataclass(slots=True)
class _Known:
    """What the store has of an owner, by guardian, and the numbers that the rows before had."""

    stored: Mapping[str, NationalId]
    holders: dict[str, str] = field(init=False)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.holders = {kept.hash: guardian_id for guardian_id, kept in self.stored.items()}


def _plan_one(plan: Plan, scope: Scope, row: GuardianRow, told: str, known: _Known) -> None:
    """A number that is there already is told nowhere, and kept by the newest key where it is not yet."""
    number = parse_national_id(told, scope.country, scope.today)
    if plan.seal is None or number is None:
        plan.fault("guardians", row.id, NEEDS_KEY if plan.seal is None else "national_id is none of this country")
        return
    former = row.former_national_id and parse_national_id(row.former_national_id, scope.country, scope.today)
    if row.former_national_id is not None and former is None:
        plan.fault("guardians", row.id, "former_national_id is none of this country")
        return
    if number in known.seen:
        plan.fault("guardians", row.id, "national_id stands in another row as well")
        return
    known.seen.add(number)
    guardian_id = scope.ids["guardians"][row.id]
    newest, *older = hashes_of(plan.seal, number)
    holder = next((known.holders[one] for one in (newest, *older) if one in known.holders), None)
    if holder not in (None, guardian_id):
        plan.tell(scope, "guardians", row.id, Kind.HELD, "national_id: another guardian has it")
        return
    kept = known.stored.get(guardian_id)
    if holder is None:
        if kept is not None and not plan.is_approved(scope, "guardians", row.id):
            plan.tell(scope, "guardians", row.id, Kind.WAITS, "national_id: would be another")
            return
        plan.tell(scope, "guardians", row.id, Kind.CHANGED, "national_id")
    elif kept is not None and kept.hash == newest and is_sealed(plan.seal, kept.sealed):
        return
    plan.at_last(_keeping(plan.seal, (scope.owner_id, guardian_id), number, former))


def _keeping(seal: Seal, guardian: tuple[str, str], number: str, former: str | None) -> Callable[[Work], None]:
    """A function that shows nothing of the numbers where it is printed."""
    return lambda work: keep_national_id(work, seal, guardian, number, former)


def _let_go(work: Work, guardian_id: str) -> None:
    work.session.execute(sa.delete(NationalId).where(NationalId.guardian_id == guardian_id))
