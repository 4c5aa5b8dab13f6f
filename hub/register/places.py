"""Owners, units, groups, roles, numbers and staff, as a register wants them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from hub.address import parse_phone
from hub.desk import Work
from hub.people.families import GuardianAddress
from hub.people.numbers import NumberAllocation, VirtualNumber, allocate
from hub.people.places import Group, Owner, Unit
from hub.people.staff import Role, RoleGroup, RoleHolding, Staff
from hub.register.changes import Kind
from hub.register.plan import Columns, Plan, Scope, Wish
from hub.register.rows import GroupRow, NumberRow, OwnerRow, RoleRow, StaffRow, UnitRow
from hub.register.spans import Stored, Wanted, match

OPENS, CLOSES = time(7, 30), time(16, 30)
CHANNEL, PACE_PER_SECOND = "twilio", 10.0


def plan_owner(plan: Plan, source_id: str, row: OwnerRow | None, units: Iterable[UnitRow]) -> Scope | None:
    """The scope of an owner, or None when neither the store nor the register knows it."""
    stored = plan.look.session.execute(sa.select(Owner.__table__).where(Owner.source_id == source_id)).first()
    if row is None and stored is None:
        plan.faults.append(f"The owner {source_id} is not known.")
        return None
    given: Columns = row.model_dump(include={"name", "country", "language"}) if row is not None else {}
    if stored is not None and given.get("country", stored.country) != stored.country:
        plan.fault("owners", source_id, "country cannot change")
    owner = {**(stored._asdict() if stored is not None else {"id": plan.new_id()}), **given}
    zones = plan.look.session.scalars(sa.select(Unit.zone).where(Unit.owner_id == owner["id"]).order_by(Unit.source_id))
    zone = zones.first() or next((unit.zone for unit in units), "UTC")
    scope = Scope(
        owner["id"], source_id, owner["country"], owner["language"], plan.look.now.astimezone(ZoneInfo(zone)).date()
    )
    if stored is None:
        plan.add(Owner, {"id": owner["id"], "source_id": source_id, **given})
        plan.tell(scope, "owners", source_id, Kind.ADDED)
    else:
        changed = {column: value for column, value in given.items() if getattr(stored, column) != value}
        if changed:
            plan.change(Owner, stored.id, changed)
            plan.tell(scope, "owners", source_id, Kind.CHANGED, *changed)
    return scope


def plan_units(plan: Plan, scope: Scope, rows: Iterable[UnitRow]) -> None:
    wishes = [
        Wish(
            row.id,
            {**row.model_dump(include=row.model_fields_set - {"id", "owner", "kind"}), "kind": row.kind.value},
            {"opens": OPENS, "closes": CLOSES, "phone": None},
        )
        for row in rows
    ]
    for wish in wishes:
        wish.given = {column: value for column, value in wish.given.items() if value is not None}
        if "phone" in wish.given and (phone := _find_office_phone(plan, scope, wish)) is not None:
            wish.given["phone"] = phone
    plan.settle(scope, "units", Unit, wishes)


def _find_office_phone(plan: Plan, scope: Scope, wish: Wish) -> str | None:
    """As it is dialled; a number of ours would ring itself."""
    address = parse_phone(wish.given["phone"], scope.country)
    if address is None or not address.value.startswith("+"):
        plan.fault("units", wish.source_id, "phone is not a phone number")
        return None
    if plan.look.session.scalar(sa.select(VirtualNumber.id).where(VirtualNumber.value == address.value)) is not None:
        plan.fault("units", wish.source_id, "phone is one of the numbers that families text to")
        return None
    return address.value


def plan_groups(plan: Plan, scope: Scope, rows: Iterable[GroupRow]) -> None:
    wishes = []
    for row in rows:
        unit_id = scope.find("units", row.unit)
        if unit_id is None:
            plan.fault("groups", row.id, "unit is not known")
        else:
            wishes.append(Wish(row.id, {"unit_id": unit_id, "name": row.name}))
    plan.settle(scope, "groups", Group, wishes, fixed=["unit_id"])


def plan_roles(plan: Plan, scope: Scope, rows: list[RoleRow]) -> None:
    wishes = []
    for row in rows:
        unit_id = scope.find("units", row.unit)
        if unit_id is None:
            plan.fault("roles", row.id, "unit is not known")
        else:
            wishes.append(Wish(row.id, {"unit_id": unit_id, "kind": row.kind.value, "title": row.title}))
    plan.settle(scope, "roles", Role, wishes, fixed=["unit_id"])
    served: dict[str, set[str]] = {}
    for pair in plan.rows(RoleGroup, scope.owner_id):
        served.setdefault(pair.role_id, set()).add(pair.group_id)
    for row in rows:
        role_id = scope.find("roles", row.id)
        if role_id is not None and row.has("groups"):
            _plan_role_groups(plan, scope, row, role_id, served.get(role_id, set()))


def _plan_role_groups(plan: Plan, scope: Scope, row: RoleRow, role_id: str, stored: set[str]) -> None:
    groups = {source_id: scope.find("groups", source_id) for source_id in row.groups}
    if None in groups.values():
        plan.fault("roles", row.id, "groups names one that is not known")
        return
    wanted = {group_id for group_id in groups.values() if group_id is not None}
    for group_id in sorted(wanted - stored):
        plan.add(RoleGroup, {"role_id": role_id, "group_id": group_id, "owner_id": scope.owner_id})
    gone = stored - wanted
    if gone:
        plan.at_last(partial(_end_role_groups, role_id=role_id, group_ids=gone))
    if wanted != stored:
        plan.tell(scope, "roles", row.id, Kind.CHANGED, "groups")


def _end_role_groups(work: Work, role_id: str, group_ids: set[str]) -> None:
    work.session.execute(sa.delete(RoleGroup).where(RoleGroup.role_id == role_id, RoleGroup.group_id.in_(group_ids)))


def plan_numbers(plan: Plan, scope: Scope, rows: Iterable[NumberRow]) -> None:
    """Numbers come into the pool, and free ones to their roles. One that a role has, or that rests, is never moved."""
    taken: dict[str, str] = {
        value: f"{owner_id}/{source_id}"
        for value, owner_id, source_id in plan.look.session.execute(
            sa.select(VirtualNumber.value, VirtualNumber.owner_id, VirtualNumber.source_id)
        )
    }
    wishes, wanted = [], []
    for row in rows:
        address = parse_phone(row.value, scope.country)
        if address is None:
            plan.fault("numbers", row.id, "value is not a phone number")
            continue
        if taken.setdefault(address.value, f"{scope.owner_id}/{row.id}") != f"{scope.owner_id}/{row.id}":
            plan.fault("numbers", row.id, "value is another row's, here or in the store")
        given: Columns = {"value": address.value}
        if row.channel is not None:
            given["channel"] = row.channel
        if row.pace is not None:
            given["pace_per_second"] = row.pace
        wishes.append(Wish(row.id, given, {"channel": CHANNEL, "pace_per_second": PACE_PER_SECOND}))
        wanted.append(row)
    _keep_apart(plan, wishes)
    plan.settle(scope, "numbers", VirtualNumber, wishes, fixed=["value"])
    latest = {}
    for allocation in sorted(plan.rows(NumberAllocation, scope.owner_id), key=lambda row: (row.from_at, row.id)):
        latest[allocation.number_id] = allocation
    for row in wanted:
        number_id = scope.find("numbers", row.id)
        if number_id is not None and row.role is not None:
            _plan_allocation(plan, scope, row, number_id, latest.get(number_id))


def _keep_apart(plan: Plan, wishes: Iterable[Wish]) -> None:
    """A virtual number is never anybody's own phone: the hub would write to itself."""
    values = {wish.given["value"]: wish.source_id for wish in wishes}
    if not values:
        return
    private = plan.look.session.scalars(
        sa.select(GuardianAddress.value).where(GuardianAddress.value.in_(values), GuardianAddress.gone_at.is_(None))
    )
    for value in set(private):
        plan.fault("numbers", values[value], "value is somebody's own phone")


def _plan_allocation(plan: Plan, scope: Scope, row: NumberRow, number_id: str, last: sa.Row[Any] | None) -> None:
    role_id = scope.find("roles", row.role or "")
    if role_id is None:
        plan.fault("numbers", row.id, "role is not known")
        return
    if last is not None and last.released_at is None:
        if last.role_id != role_id:
            plan.tell(scope, "numbers", row.id, Kind.HELD, "another role has it; release it first")
        return
    if last is not None and last.role_id != role_id and last.rests_until and last.rests_until > plan.look.now:
        plan.tell(scope, "numbers", row.id, Kind.HELD, "it rests")
        return
    plan.tell(scope, "numbers", row.id, Kind.CHANGED, "role")
    plan.at_last(partial(_allocate, number_id=number_id, role_id=role_id))


def _allocate(work: Work, number_id: str, role_id: str) -> None:
    allocate(work, work.session.get_one(VirtualNumber, number_id), work.session.get_one(Role, role_id))


def plan_staff(plan: Plan, scope: Scope, rows: list[StaffRow]) -> None:
    logins = {
        login: f"{owner_id}/{source_id}"
        for login, owner_id, source_id in plan.look.session.execute(
            sa.select(Staff.login, Staff.owner_id, Staff.source_id)
        )
    }
    wishes = []
    for row in rows:
        if logins.setdefault(row.login, f"{scope.owner_id}/{row.id}") != f"{scope.owner_id}/{row.id}":
            plan.fault("staff", row.id, "login is somebody else's, here or in the store")
        given: Columns = row.model_dump(include={"first_name", "last_name", "login"})
        if row.language is not None:
            given["language"] = row.language
        if row.left is not None:
            given["left_at"] = datetime.combine(row.left, time(), UTC)
        wishes.append(Wish(row.id, given, {"language": scope.language, "second_factor_step": 0, "left_at": None}))
    plan.settle(scope, "staff", Staff, wishes)
    held: dict[str, list[sa.Row[Any]]] = {}
    for holding in plan.rows(RoleHolding, scope.owner_id):
        held.setdefault(holding.staff_id, []).append(holding)
    titles = {id_: source_id for source_id, id_ in scope.ids["roles"].items()}
    for row in rows:
        if row.has("roles"):
            _plan_holdings(plan, scope, row, held.get(scope.ids["staff"][row.id], []), titles)


def _plan_holdings(plan: Plan, scope: Scope, row: StaffRow, held: list[sa.Row[Any]], titles: Mapping[str, str]) -> None:
    """Holdings begin, and end when the register names their last day; those made on a page stay."""
    wanted = []
    for item in row.roles:
        role_id = scope.find("roles", item.role)
        if role_id is None:
            plan.fault("staff", row.id, "roles names one that is not known")
            return
        wanted.append(Wanted(f"{role_id} {item.stand_in}", item))
    stored = [Stored(h.id, f"{h.role_id} {h.stand_in}", h.from_day, h.to_day) for h in held]
    ended = {h.id for h in held if h.ended_at is not None}
    made_elsewhere = ended | {h.id for h in held if h.stand_in}
    matched = match(stored, wanted, scope.today)
    for wish, from_day in matched.added:
        role_id, _, stand_in = wish.what.partition(" ")
        columns: Columns = {
            "id": plan.new_id(),
            "owner_id": scope.owner_id,
            "role_id": role_id,
            "staff_id": scope.ids["staff"][row.id],
            "from_day": from_day,
            "to_day": wish.item.to_day,
            "made_at": plan.look.now,
            "stand_in": stand_in == "True",
        }
        plan.add(RoleHolding, columns)
        plan.tell(scope, "staff", row.id, Kind.CHANGED, f"roles: {titles[role_id]} added")
    for wish, holding in matched.longer + matched.shorter:
        if holding.id not in ended:
            plan.change(RoleHolding, holding.id, {"to_day": wish.item.to_day})
            plan.tell(scope, "staff", row.id, Kind.CHANGED, f"roles: {titles[wish.what.partition(' ')[0]]} changed")
    for holding in matched.unlisted:
        if holding.id not in made_elsewhere:
            plan.tell(scope, "staff", row.id, Kind.MISSING, f"roles: {titles[holding.what.partition(' ')[0]]}")
