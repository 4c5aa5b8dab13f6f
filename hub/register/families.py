"""Children with their placements, and guardians with their addresses, as a register wants them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa

from hub.address import MAIL, SMS, Address, parse_phone
from hub.people.families import Child, Guardian, GuardianAddress, Placement
from hub.people.numbers import VirtualNumber
from hub.people.places import Group
from hub.register.changes import Kind
from hub.register.plan import Columns, Plan, Scope, Wish
from hub.register.rows import ChildRow, GuardianRow, MailItem, PhoneItem
from hub.register.spans import Stored, Wanted, end_before, match

FROM_REGISTER = "register"


def plan_children(plan: Plan, scope: Scope, rows: list[ChildRow]) -> set[str]:
    """The ids of the children who are protected in the store, or by the register; both count."""
    stored = {row.source_id: row for row in plan.rows(Child, scope.owner_id)}
    protected = {row.id for row in stored.values() if row.protected}
    likenesses = {_likeness(row) for row in stored.values() if row.protected and row.birth_date}
    wishes = []
    for row in rows:
        given: Columns = row.model_dump(
            include=row.model_fields_set & {"first_name", "last_name", "nickname", "birth_date", "protected"}
        )
        known = stored.get(row.id)
        would_bare = known is not None and known.protected and given.get("protected") is False
        if would_bare and not plan.is_approved(scope, "children", row.id):
            del given["protected"]
            plan.tell(scope, "children", row.id, Kind.WAITS, "protected: would end")
        may_be_protected = known is None and not row.protected and _likeness(row) in likenesses
        if may_be_protected and not plan.is_approved(scope, "children", row.id):
            given["protected"] = True
            plan.tell(scope, "children", row.id, Kind.WAITS, "protected: resembles a child who is")
        wishes.append(Wish(row.id, given, {"nickname": None, "birth_date": None, "protected": False}))
    plan.settle(scope, "children", Child, wishes)
    protected |= {scope.ids["children"][wish.source_id] for wish in wishes if wish.given.get("protected")}
    _plan_placements(plan, scope, rows)
    return protected


def _likeness(child: ChildRow | sa.Row[Any]) -> tuple[str, date | None]:
    return f"{child.first_name} {child.last_name}".casefold(), child.birth_date


def _plan_placements(plan: Plan, scope: Scope, rows: list[ChildRow]) -> None:
    placed: dict[str, list[Stored]] = {}
    for place in plan.rows(Placement, scope.owner_id):
        span = Stored(place.id, place.group_id, place.from_day, place.to_day)
        placed.setdefault(place.child_id, []).append(span)
    names = {id_: source_id for source_id, id_ in scope.ids["groups"].items()}
    units = {group["id"]: group["unit_id"] for group in plan.added(Group)}
    units |= {row.id: row.unit_id for row in plan.rows(Group, scope.owner_id)}
    for row in rows:
        if not row.has("placements"):
            continue
        group_ids = [scope.find("groups", item.group) for item in row.placements]
        if None in group_ids:
            plan.fault("children", row.id, "placements names a group that is not known")
            continue
        child_id = scope.ids["children"][row.id]
        wanted = [Wanted(id_ or "", item) for id_, item in zip(group_ids, row.placements, strict=True)]
        matched = match(placed.get(child_id, []), wanted, scope.today)
        for wish, from_day in matched.added:
            columns: Columns = {
                "id": plan.new_id(),
                "owner_id": scope.owner_id,
                "child_id": child_id,
                "group_id": wish.what,
                "unit_id": units[wish.what],
                "from_day": from_day,
                "to_day": wish.item.to_day,
            }
            plan.add(Placement, columns)
            plan.tell(scope, "children", row.id, Kind.CHANGED, f"placements: {names[wish.what]} added")
        for wish, placement in matched.longer + matched.shorter:
            plan.change(Placement, placement.id, {"to_day": wish.item.to_day})
            plan.tell(scope, "children", row.id, Kind.CHANGED, f"placements: {names[wish.what]} changed")
        for placement in matched.unlisted:
            plan.change(Placement, placement.id, {"to_day": end_before(scope.today)})
            plan.tell(scope, "children", row.id, Kind.ENDED, f"placements: {names[placement.what]}")


@dataclass(frozen=True, slots=True)
class Heard:
    """An address as the register has it: how it ranks among the guardian's of its kind, and what days it names."""

    address: Address
    rank: int
    confirmed: date | None
    gone: date | None


def plan_guardians(plan: Plan, scope: Scope, rows: list[GuardianRow]) -> dict[str, set[Address]]:
    """The addresses that the register gives each guardian, by the guardian's id.

    Whether somebody shares a thread is their own choice: the register's word counts when they are new.
    """
    wishes = []
    for row in rows:
        given: Columns = row.model_dump(include={"first_name", "last_name"})
        if row.language is not None:
            given["language"] = row.language
        if row.reserved is not None:
            given["reserved"] = row.reserved
        if row.id in scope.pupils:
            given["pupil_id"] = scope.ids["children"][scope.pupils[row.id]]
        fresh: Columns = {"language": scope.language, "shares_thread": row.shares_thread, "reserved": False}
        wishes.append(Wish(row.id, given, fresh))
    stored = plan.settle(scope, "guardians", Guardian, wishes)
    addresses: dict[str, dict[Address, sa.Row[Any]]] = {}
    for address in plan.rows(GuardianAddress, scope.owner_id):
        addresses.setdefault(address.guardian_id, {})[Address(address.kind, address.value)] = address
    ours = set(plan.look.session.scalars(sa.select(VirtualNumber.value)))
    ours |= {number["value"] for number in plan.added(VirtualNumber)}
    given_addresses, moved = {}, 0
    of_guardians = _of_several(plan, scope, [row for row in rows if row.id in scope.pupils])
    for row in sorted(rows, key=lambda row: row.id in scope.pupils):
        guardian_id = scope.ids["guardians"][row.id]
        heard = _read_addresses(plan, scope, row, ours)
        if row.id in scope.pupils:
            heard = _own_alone(plan, scope, row, heard, of_guardians | _theirs(guardian_id, addresses, scope))
        else:
            of_guardians |= {one.address for one in heard}
        given_addresses[guardian_id] = {one.address for one in heard}
        has_moved = _plan_addresses(plan, scope, row, guardian_id, heard, addresses.get(guardian_id, {}))
        moved += has_moved and row.id in stored
    plan.weigh(scope, moved, len(stored))
    return given_addresses


def _read_addresses(plan: Plan, scope: Scope, row: GuardianRow, ours: set[str]) -> list[Heard]:
    heard: dict[Address, Heard] = {}
    for rank, item in enumerate(row.phones, start=1):
        address = parse_phone(item.number, scope.country)
        if address is None:
            plan.fault("guardians", row.id, f"phones.{rank}.number is not a phone number")
        elif address.value in ours:
            plan.fault("guardians", row.id, f"phones.{rank}.number is one of the hub's own numbers")
        else:
            heard.setdefault(address, _hear(address, rank, item))
    for rank, mail in enumerate(row.emails, start=1):
        address = Address(MAIL, mail.address)
        heard.setdefault(address, _hear(address, rank, mail))
    return list(heard.values())


def _of_several(plan: Plan, scope: Scope, pupils: Sequence[GuardianRow]) -> set[Address]:
    """The addresses that stand at more than one pupil: nobody can tell whose word it would be."""
    heard = Counter(one.address for row in pupils for one in _read_addresses(plan, scope, row, set()))
    return {address for address, times in heard.items() if times > 1}


def _theirs(guardian_id: str, addresses: Mapping[str, Mapping[Address, sa.Row[Any]]], scope: Scope) -> set[Address]:
    """Every live address in the store that is somebody else's than this pupil's."""
    return {
        address
        for id_, found in addresses.items()
        if id_ != guardian_id
        for address, row in found.items()
        if row.gone_at is None
    }


def _own_alone(plan: Plan, scope: Scope, row: GuardianRow, heard: list[Heard], others: set[Address]) -> list[Heard]:
    """What is the pupil's alone: a guardian's phone in a pupil's row stays the guardian's."""
    own = [one for one in heard if one.address not in others]
    for kind in {one.address.kind for one in heard if one.address in others}:
        what = "phones" if kind == SMS else "emails"
        plan.tell(scope, "children", scope.pupils[row.id], Kind.HELD, f"{what}: one is somebody else's")
    return own


def _hear(address: Address, rank: int, item: PhoneItem | MailItem) -> Heard:
    return Heard(address, rank, item.confirmed, item.gone)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _plan_addresses(
    plan: Plan,
    scope: Scope,
    row: GuardianRow,
    guardian_id: str,
    heard: Iterable[Heard],
    stored: Mapping[Address, sa.Row[Any]],
) -> bool:
    """Whether the guardian is reached elsewhere afterwards. Source: security rule S1.4."""
    moved = False
    listed = {SMS: row.has("phones"), MAIL: row.has("emails")}
    left = {
        a: r for a, r in stored.items() if r.gone_at is None and r.confirmed_by == FROM_REGISTER and listed.get(a.kind)
    }
    for one in heard:
        left.pop(one.address, None)
        known = stored.get(one.address)
        if known is None:
            moved = True
            _add_address(plan, scope, guardian_id, one)
            plan.tell(scope, "guardians", row.id, Kind.CHANGED, f"{_column(one.address)}: one added")
            continue
        change = _renewed(plan, one, known)
        if change is None:
            plan.tell(scope, "guardians", row.id, Kind.HELD, f"{_column(one.address)}: one ended and stays so")
            continue
        if change.keys() == {"confirmed_at"}:
            plan.confirmed += 1
        elif change:
            moved |= "gone_at" in change
            plan.tell(scope, "guardians", row.id, Kind.CHANGED, f"{_column(one.address)}: one changed")
        if change:
            plan.change(GuardianAddress, known.id, change)
    for address, known in left.items():
        moved = True
        plan.change(GuardianAddress, known.id, {"gone_at": plan.look.now, "gone_reason": FROM_REGISTER})
        plan.tell(scope, "guardians", row.id, Kind.ENDED, f"{_column(address)}: one")
    return moved


def _column(address: Address) -> str:
    return "phones" if address.kind == SMS else "emails"


def _add_address(plan: Plan, scope: Scope, guardian_id: str, one: Heard) -> None:
    columns: Columns = {
        "id": plan.new_id(),
        "owner_id": scope.owner_id,
        "guardian_id": guardian_id,
        "kind": one.address.kind,
        "value": one.address.value,
        "confirmed_at": _moment(one.confirmed) if one.confirmed else plan.look.now,
        "rank": one.rank,
        "confirmed_by": FROM_REGISTER,
        "gone_at": _moment(one.gone) if one.gone else None,
        "gone_reason": FROM_REGISTER if one.gone else None,
    }
    plan.add(GuardianAddress, columns)


def _renewed(plan: Plan, one: Heard, known: sa.Row[Any]) -> Columns | None:
    """What changes in a known address; None when it ended for a reason that the register does not outdo.

    One that ended because the register left it out comes back with it; one that ended otherwise ("that is not me")
    only when the register confirmed it on a later day.
    """
    now = plan.look.now
    change: Columns = {} if known.rank == one.rank else {"rank": one.rank}
    confirmed = _moment(one.confirmed) if one.confirmed else now
    is_newer = confirmed.date() > known.confirmed_at.date()
    if one.gone:
        return change if known.gone_at else {**change, "gone_at": _moment(one.gone), "gone_reason": FROM_REGISTER}
    if known.gone_at is not None:
        if known.gone_reason != FROM_REGISTER and not (one.confirmed and confirmed > known.gone_at):
            return None
        change |= {"gone_at": None, "gone_reason": None, "confirmed_at": max(confirmed, known.confirmed_at)}
        return change
    if is_newer:
        change["confirmed_at"] = confirmed
    return change
