"""Who answers for whom, and with what rights. An import proposes: no right goes past a block, and nobody comes to know
of a protected child before somebody has said yes. Source: security rules S4.1, S4.2 and S4.6."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from hub.address import Address
from hub.people.families import Block, Child, Guardian, GuardianAddress, GuardianRight, Guardianship
from hub.register.changes import Kind
from hub.register.families import FROM_REGISTER
from hub.register.plan import Columns, Plan, Scope
from hub.register.rows import GuardianshipRow, RightItem
from hub.register.spans import Stored, Wanted, end_before, match
from hub.safety.coming_of_age import last_day_for

Likeness = frozenset[object]


@dataclass(slots=True)
class Blocks:
    """Who is kept from whom. A block belongs to two people, so it also knows them by name, birth date and addresses:
    a register may give somebody a new id, or bring them in twice."""

    pairs: set[tuple[str, str]]
    guardians: Mapping[str, Likeness]
    children: Mapping[str, Likeness]
    likenesses: list[tuple[Likeness, Likeness]] = field(default_factory=list)

    def stands(self, guardian_id: str, child_id: str) -> bool:
        return (guardian_id, child_id) in self.pairs

    def resembles(self, guardian_id: str, child_id: str) -> bool:
        """Somebody who shares a name or an address with a blocked adult, and a child who may be that child."""
        guardian = self.guardians.get(guardian_id, frozenset())
        child = self.children.get(child_id, frozenset())
        return any(guardian & adult and child & kept for adult, kept in self.likenesses)


def find_blocks(plan: Plan, scope: Scope, given_addresses: Mapping[str, set[Address]]) -> Blocks:
    """The blocks in force at an owner, with what tells the people in them apart from others."""
    rows = plan.look.session.execute(
        sa.select(Block.guardian_id, Block.child_id).where(Block.owner_id == scope.owner_id, Block.lifted_at.is_(None))
    )
    pairs = {(row.guardian_id, row.child_id) for row in rows}
    if not pairs:
        return Blocks(pairs, {}, {})
    guardians: dict[str, set[object]] = {id_: set(addresses) for id_, addresses in given_addresses.items()}
    for person in [*_as_columns(plan.rows(Guardian, scope.owner_id)), *plan.added(Guardian)]:
        name = f"{person['first_name']} {person['last_name']}".casefold()
        guardians.setdefault(person["id"], set()).add(name)
    for address in plan.rows(GuardianAddress, scope.owner_id):
        guardians.setdefault(address.guardian_id, set()).add(Address(address.kind, address.value))
    children: dict[str, set[object]] = {}
    for child in [*_as_columns(plan.rows(Child, scope.owner_id)), *plan.added(Child)]:
        name = f"{child['first_name']} {child['last_name']}".casefold()
        children[child["id"]] = {child["id"], (name, child["birth_date"])}
    blocks = Blocks(
        pairs,
        {id_: frozenset(likeness) for id_, likeness in guardians.items()},
        {id_: frozenset(likeness) for id_, likeness in children.items()},
    )
    blocks.likenesses = [
        (blocks.guardians.get(guardian_id, frozenset()), blocks.children.get(child_id, frozenset({child_id})))
        for guardian_id, child_id in pairs
    ]
    return blocks


def _as_columns(rows: Iterable[sa.Row[Any]]) -> list[Columns]:
    return [row._asdict() for row in rows]


def plan_guardianships(
    plan: Plan, scope: Scope, rows: list[GuardianshipRow], protected: set[str], blocks: Blocks
) -> None:
    """A guardianship is told by its two people; a new id for the same two is only a new id."""
    stored = {(row.guardian_id, row.child_id): row for row in plan.rows(Guardianship, scope.owner_id)}
    rights: dict[str, list[sa.Row[Any]]] = {}
    for right in plan.rows(GuardianRight, scope.owner_id):
        rights.setdefault(right.guardianship_id, []).append(right)
    children = [*_as_columns(plan.rows(Child, scope.owner_id)), *plan.added(Child)]
    born = {child["id"]: child["birth_date"] for child in children}
    seen, touched = set(), 0
    for row in rows:
        guardian_id, child_id = scope.find("guardians", row.guardian), scope.find("children", row.child)
        if guardian_id is None or child_id is None:
            plan.fault("guardianships", row.id, f"{'child' if guardian_id else 'guardian'} is not known")
            continue
        pair = guardian_id, child_id
        if pair in seen:
            plan.fault("guardianships", row.id, "the same guardian and child stand in another row")
            continue
        seen.add(pair)
        known = stored.get(pair)
        id_ = known.id if known is not None else plan.new_id()
        has_changed = _plan_row(plan, scope, row, pair, id_, known)
        if row.has("rights"):
            reason = None
            if blocks.stands(*pair):
                reason = Kind.HELD, "a block stands"
            elif blocks.resembles(*pair):
                reason = Kind.WAITS, "the guardian resembles one who is blocked"
            elif child_id in protected:
                reason = Kind.WAITS, "a new reader of a protected child"
            is_own = row.guardian in scope.pupils
            wanted = [item if is_own else _until_of_age(item, born.get(child_id), scope.today) for item in row.rights]
            has_changed |= _plan_rights(plan, scope, row, id_, rights.get(id_, []), wanted, reason)
        touched += has_changed and known is not None
    if seen:
        for source_id in sorted(stored[pair].source_id for pair in stored.keys() - seen):
            plan.tell(scope, "guardianships", source_id, Kind.MISSING)
    plan.weigh(scope, touched, len(stored))


def _plan_row(
    plan: Plan, scope: Scope, row: GuardianshipRow, pair: tuple[str, str], id_: str, known: sa.Row[Any] | None
) -> bool:
    given: Columns = {"source_id": row.id}
    if row.relation is not None:
        given["relation"] = row.relation
    if row.has("lives_with"):
        given["lives_with"] = row.lives_with
    if known is None:
        own = {"id": id_, "owner_id": scope.owner_id, "guardian_id": pair[0], "child_id": pair[1]}
        plan.add(Guardianship, {"relation": "guardian", "lives_with": row.lives_with, **given, **own})
        plan.tell(scope, "guardianships", row.id, Kind.ADDED)
        return False
    changed = {column: value for column, value in given.items() if getattr(known, column) != value}
    if changed:
        plan.change(Guardianship, id_, changed)
        names = ("id" if column == "source_id" else column for column in changed)
        plan.tell(scope, "guardianships", row.id, Kind.CHANGED, *names)
    return bool(changed)


def _plan_rights(
    plan: Plan,
    scope: Scope,
    row: GuardianshipRow,
    guardianship_id: str,
    stored: list[sa.Row[Any]],
    told: list[RightItem],
    reason: tuple[Kind, str] | None,
) -> bool:
    """Grant, change and end rights; with a `reason` not to, what would grant is told and not done.

    Only rights that rest on the register end by it.
    """
    matched = match(
        (Stored(right.id, right.kind, right.from_day, right.to_day) for right in stored),
        (Wanted(item.right.value, item) for item in told),
        scope.today,
    )
    bases = {right.id: right.basis for right in stored}
    grants = bool(matched.added or matched.longer)
    may_grant = reason is None
    if grants and reason is not None:
        may_grant = reason[0] is Kind.WAITS and plan.is_approved(scope, "guardianships", row.id)
        if not may_grant:
            kinds = sorted({wish.what for wish, _ in matched.added} | {wish.what for wish, _ in matched.longer})
            plan.tell(scope, "guardianships", row.id, reason[0], f"{reason[1]} (rights: {' '.join(kinds)})")
    changed = False
    if may_grant:
        for wish, from_day in matched.added:
            changed = True
            columns: Columns = {
                "id": plan.new_id(),
                "owner_id": scope.owner_id,
                "guardianship_id": guardianship_id,
                "kind": wish.what,
                "from_day": from_day,
                "to_day": wish.item.to_day,
                "basis": _basis(wish),
            }
            plan.add(GuardianRight, columns)
            plan.tell(scope, "guardianships", row.id, Kind.CHANGED, f"rights: {wish.what} added")
    for wish, right in matched.same + matched.shorter + (matched.longer if may_grant else []):
        change: Columns = {} if right.to_day == wish.item.to_day else {"to_day": wish.item.to_day}
        if bases[right.id] != _basis(wish) and bases[right.id].startswith(FROM_REGISTER):
            change["basis"] = _basis(wish)
        if change:
            changed = True
            plan.change(GuardianRight, right.id, change)
            plan.tell(scope, "guardianships", row.id, Kind.CHANGED, f"rights: {wish.what} changed")
    for right in matched.unlisted:
        if bases[right.id].startswith(FROM_REGISTER):
            changed = True
            plan.change(GuardianRight, right.id, {"to_day": end_before(scope.today)})
            plan.tell(scope, "guardianships", row.id, Kind.ENDED, f"rights: {right.what}")
    return changed


def _until_of_age(item: RightItem, born: date | None, today: date) -> RightItem:
    """As the register tells it, but for what a pupil who comes of age must have granted themselves."""
    last = last_day_for(born, item.from_day, item.to_day, today)
    return item if last == item.to_day else item.model_copy(update={"to_day": last})


def _basis(wish: Wanted) -> str:
    """ "register", and what the register says the right rests on."""
    text = wish.item.basis if isinstance(wish.item, RightItem) else None
    return f"{FROM_REGISTER}: {text}" if text else FROM_REGISTER
