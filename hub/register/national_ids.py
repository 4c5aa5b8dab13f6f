"""National ids of guardians, as a register wants them: compared and written as hashes alone.

Whoever has one signs in as its guardian, so that a new number for somebody who has one waits for approval, and a number never
moves from one guardian to another by itself. Source: security rules S4.2 and S10.6.
"""

from functools import partial

import sqlalchemy as sa

from hub.desk import Work
from hub.people.national_ids import NationalId, hashes_of, parse_national_id
from hub.register.changes import Kind
from hub.register.plan import Plan, Scope
from hub.register.rows import GuardianRow

NEEDS_KEY = "national_id needs the hub's own key: load it with `budbok register load`"


def plan_national_ids(plan: Plan, scope: Scope, rows: list[GuardianRow]) -> None:
    """A column that is left out changes nothing; one that is given as null lets the number go."""
    told = [row for row in rows if row.has("national_id")]
    if not told:
        return
    asked = sa.select(NationalId).where(NationalId.owner_id == scope.owner_id)
    stored = {kept.guardian_id: kept.hash for kept in plan.look.session.scalars(asked)}
    holders = {hashed: guardian_id for guardian_id, hashed in stored.items()}
    seen: set[str] = set()
    for row in told:
        guardian_id = scope.ids["guardians"][row.id]
        held = stored.get(guardian_id)
        if row.national_id is None:
            if held is not None:
                plan.at_last(partial(_let_go, guardian_id=guardian_id))
                plan.tell(scope, "guardians", row.id, Kind.ENDED, "national_id")
            continue
        _plan_one(plan, scope, row, guardian_id, held, holders, seen)


def _plan_one(
    plan: Plan,
    scope: Scope,
    row: GuardianRow,
    guardian_id: str,
    held: str | None,
    holders: dict[str, str],
    seen: set[str],
) -> None:
    number = parse_national_id(row.national_id or "", scope.country, scope.today)
    if plan.seal is None or number is None:
        plan.fault("guardians", row.id, NEEDS_KEY if plan.seal is None else "national_id is none of this country")
        return
    if number in seen:
        plan.fault("guardians", row.id, "national_id stands in another row as well")
        return
    seen.add(number)
    newest, *older = hashes_of(plan.seal, number)
    holder = next((holders[one] for one in (newest, *older) if one in holders), None)
    if holder not in (None, guardian_id):
        plan.tell(scope, "guardians", row.id, Kind.HELD, "national_id: another guardian has it")
        return
    if held == newest:
        return
    is_renewed = held in older
    if held is not None and not is_renewed and not plan.is_approved(scope, "guardians", row.id):
        plan.tell(scope, "guardians", row.id, Kind.WAITS, "national_id: would be another")
        return
    if not is_renewed:
        plan.tell(scope, "guardians", row.id, Kind.CHANGED, "national_id")
    plan.at_last(partial(_keep, guardian_id=guardian_id, owner_id=scope.owner_id, hashed=newest))


def _keep(work: Work, guardian_id: str, owner_id: str, hashed: str) -> None:
    kept = work.session.get(NationalId, guardian_id)
    if kept is None:
        work.session.add(NationalId(guardian_id=guardian_id, owner_id=owner_id, hash=hashed, since=work.now))
    elif kept.hash != hashed:
        kept.hash, kept.since = hashed, work.now


def _let_go(work: Work, guardian_id: str) -> None:
    work.session.execute(sa.delete(NationalId).where(NationalId.guardian_id == guardian_id))
