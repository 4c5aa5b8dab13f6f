"""The village: Fjordvik and Saarela, two municipalities of invented families to test and rehearse with.

The people stand in tests/rehearsal/village.json, in the form of docs/register.md. What no register says (blocks, named
readers, who stands in, old addresses, resting numbers) is in village_extra.json, counted in days from the load.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.address import SMS
from hub.asker import operator_asker
from hub.desk import Desk, Look, Work
from hub.people.families import Block, Child, Guardian, GuardianAddress, Guardianship, Placement
from hub.people.numbers import NumberAllocation, VirtualNumber, allocate, release
from hub.people.places import Group, Owner, Unit
from hub.people.staff import Role, RoleGroup, RoleHolding, Staff
from hub.register.loading import apply
from hub.register.reading import read_register
from hub.register.rows import Register
from hub.safety.named_readers import NamedReader
from tests.rehearsal.demo_phones import ContactRow, PhoneRow

FOLDER = Path(__file__).parent / "rehearsal"
NEAREST = ("contact_teacher", "teacher", "club", "carer", "assistant", "office", "leader")
FJORDVIK, SAARELA = "fjordvik", "saarela"
VILLAGE = operator_asker("village")


@dataclass(slots=True)
class Village:
    """Looks people up by name within an owner, Fjordvik unless told otherwise. The rows are as they were at the load."""

    desk: Desk
    owners: dict[str, Owner] = field(default_factory=dict)
    children: dict[tuple[str, str], Child] = field(default_factory=dict)
    guardians: dict[tuple[str, str], Guardian] = field(default_factory=dict)
    staff_members: dict[tuple[str, str], Staff] = field(default_factory=dict)
    units: dict[tuple[str, str], Unit] = field(default_factory=dict)
    groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    roles: dict[tuple[str, str], Role] = field(default_factory=dict)
    numbers: dict[str, VirtualNumber] = field(default_factory=dict)
    pool: dict[str, VirtualNumber] = field(default_factory=dict)
    addresses: dict[str, list[GuardianAddress]] = field(default_factory=lambda: defaultdict(list))
    serving: dict[str, list[tuple[Child, Role]]] = field(default_factory=lambda: defaultdict(list))

    def owner(self, source_id: str = FJORDVIK) -> Owner:
        return self.owners[source_id]

    def child(self, name: str, owner: str = FJORDVIK) -> Child:
        """By first and last name."""
        return self.children[owner, name]

    def guardian(self, name: str, owner: str = FJORDVIK) -> Guardian:
        return self.guardians[owner, name]

    def staff(self, name: str, owner: str = FJORDVIK) -> Staff:
        return self.staff_members[owner, name]

    def unit(self, source_id: str, owner: str = FJORDVIK) -> Unit:
        """ "school", "preschool", "club" or "day-care"."""
        return self.units[owner, source_id]

    def group(self, source_id: str, owner: str = FJORDVIK) -> Group:
        """ "1A", "4B", "7A", "blabaer", "tyttebaer", "base" or "solveig"."""
        return self.groups[owner, source_id]

    def role(self, title: str, owner: str = FJORDVIK) -> Role:
        """ "contact teacher 7A", "music teacher", "office", "club": its source id, with spaces if you like."""
        return self.roles[owner, title.replace(" ", "-")]

    def number(self, title: str, owner: str = FJORDVIK) -> VirtualNumber:
        """The number of a role; "resting" and "free" are two in the pool."""
        if title in ("resting", "free"):
            return self.pool[f"n-{title}"]
        return self.numbers[self.role(title, owner).id]

    def phone(self, name: str, owner: str = FJORDVIK) -> str:
        """A guardian's first phone, E.164."""
        return self.phones(name, owner)[0]

    def phones(self, name: str, owner: str = FJORDVIK) -> list[str]:
        return [a.value for a in self.addresses[self.guardian(name, owner).id] if a.kind == SMS]


async def load_village(desk: Desk) -> Village:
    """Load the village into an empty store, or find it in one that has it."""
    if not await desk.look(VILLAGE, _is_there):
        await desk.work(VILLAGE, fill)
    return await desk.look(VILLAGE, _read, desk)


def fill(work: Work) -> None:
    """Write the village: its register first, then what no register says."""
    extra = json.loads((FOLDER / "village_extra.json").read_text("utf-8"))
    apply(work, _register(), extra["approve"])
    owner_id = work.session.scalars(sa.select(Owner.id).where(Owner.source_id == FJORDVIK)).one()
    for part in (_block, _name_readers, _stand_in, _make_old, _rest):
        part(work, owner_id, extra)
    work.session.flush()


@lru_cache(maxsize=1)
def _register() -> Register:
    return read_register(FOLDER / "village.json")


def _is_there(look: Look) -> bool:
    return look.session.scalar(sa.select(Owner.id).where(Owner.source_id == FJORDVIK)) is not None


def _ids(work: Work, table: type[Any], owner_id: str) -> dict[str, str]:
    rows = work.session.execute(sa.select(table.source_id, table.id).where(table.owner_id == owner_id))
    return {row.source_id: row.id for row in rows}


def _block(work: Work, owner_id: str, extra: dict[str, Any]) -> None:
    guardians, children = _ids(work, Guardian, owner_id), _ids(work, Child, owner_id)
    staff = _ids(work, Staff, owner_id)
    for block in extra["blocks"]:
        work.session.add(
            Block(
                id=work.new_id(),
                owner_id=owner_id,
                guardian_id=guardians[block["guardian"]],
                child_id=children[block["child"]],
                reason=block["reason"],
                set_by=staff[block["set_by"]],
                set_at=work.now,
            )
        )


def _name_readers(work: Work, owner_id: str, extra: dict[str, Any]) -> None:
    children, staff = _ids(work, Child, owner_id), _ids(work, Staff, owner_id)
    for reader in extra["readers"]:
        work.session.add(
            NamedReader(
                child_id=children[reader["child"]],
                staff_id=staff[reader["staff"]],
                owner_id=owner_id,
                since=work.now,
            )
        )


def _stand_in(work: Work, owner_id: str, extra: dict[str, Any]) -> None:
    roles, staff = _ids(work, Role, owner_id), _ids(work, Staff, owner_id)
    zone = work.session.scalars(sa.select(Unit).where(Unit.owner_id == owner_id).order_by(Unit.id)).first()
    assert zone is not None
    today = zone.today(work.now)
    for holding in extra["stand_ins"]:
        work.session.add(
            RoleHolding(
                id=work.new_id(),
                owner_id=owner_id,
                role_id=roles[holding["role"]],
                staff_id=staff[holding["staff"]],
                from_day=today,
                to_day=today + timedelta(days=holding["days"]),
                made_at=work.now,
                stand_in=True,
            )
        )


def _make_old(work: Work, owner_id: str, extra: dict[str, Any]) -> None:
    guardians = _ids(work, Guardian, owner_id)
    for old in extra["confirmed_long_ago"]:
        work.session.execute(
            sa.update(GuardianAddress)
            .where(GuardianAddress.guardian_id == guardians[old["guardian"]], GuardianAddress.kind == SMS)
            .values(confirmed_at=work.now - timedelta(days=old["days"]))
        )


def _rest(work: Work, owner_id: str, extra: dict[str, Any]) -> None:
    numbers, roles = _ids(work, VirtualNumber, owner_id), _ids(work, Role, owner_id)
    for resting in extra["resting"]:
        number = work.session.get_one(VirtualNumber, numbers[resting["number"]])
        release(work, allocate(work, number, work.session.get_one(Role, roles[resting["role"]])))


def _read(look: Look, desk: Desk) -> Village:
    village = Village(desk)
    owners = {owner.id: owner for owner in look.session.scalars(sa.select(Owner))}
    village.owners = {owner.source_id: owner for owner in owners.values()}

    def of(row: Any) -> str:
        return owners[row.owner_id].source_id

    children = {child.id: child for child in look.session.scalars(sa.select(Child))}
    roles = {role.id: role for role in look.session.scalars(sa.select(Role))}
    village.children = {(of(child), child.name): child for child in children.values()}
    village.guardians = {
        (of(guardian), guardian.name): guardian for guardian in look.session.scalars(sa.select(Guardian))
    }
    village.staff_members = {(of(member), member.name): member for member in look.session.scalars(sa.select(Staff))}
    village.units = {(of(unit), unit.source_id): unit for unit in look.session.scalars(sa.select(Unit))}
    village.groups = {(of(group), group.source_id): group for group in look.session.scalars(sa.select(Group))}
    village.roles = {(of(role), role.source_id): role for role in roles.values()}
    village.pool = {number.source_id: number for number in look.session.scalars(sa.select(VirtualNumber))}
    allocated = sa.select(NumberAllocation.role_id, VirtualNumber).join(
        VirtualNumber, VirtualNumber.id == NumberAllocation.number_id
    )
    for role_id, number in look.session.execute(allocated.where(NumberAllocation.released_at.is_(None))):
        village.numbers[role_id] = number
    for address in look.session.scalars(sa.select(GuardianAddress).order_by(GuardianAddress.rank, GuardianAddress.id)):
        village.addresses[address.guardian_id].append(address)
    _read_serving(look, village, children, roles)
    return village


def _read_serving(look: Look, village: Village, children: dict[str, Child], roles: dict[str, Role]) -> None:
    """The roles with a number that serve each guardian's children: by group, and for the whole unit."""
    by_group, by_unit = defaultdict(set), defaultdict(set)
    for pair in look.session.scalars(sa.select(RoleGroup)):
        by_group[pair.group_id].add(pair.role_id)
    for role in roles.values():
        by_unit[role.unit_id].add(role.id)
    grouped = {role_id for role_ids in by_group.values() for role_id in role_ids}
    placed = look.session.execute(
        sa.select(Guardianship.guardian_id, Placement)
        .join(Placement, Placement.child_id == Guardianship.child_id)
        .order_by(Guardianship.id, Placement.id)
    )
    for guardian_id, placement in placed:
        near = by_group[placement.group_id] | (by_unit[placement.unit_id] - grouped)
        for role_id in sorted(near & village.numbers.keys(), key=lambda id_: (NEAREST.index(roles[id_].kind), id_)):
            village.serving[guardian_id].append((children[placement.child_id], roles[role_id]))


def list_handsets(village: Village, owner: str | None = None) -> list[PhoneRow]:
    """The phones of an owner's guardians, or of all, for a page that plays them.

    Each is {name, number, language, note, contacts: [{name, number}]}. A phone is one phone, whoever shares it and
    wherever they have children: it bears the names of all, and knows the numbers of all.
    """
    handsets: dict[str, PhoneRow] = {}
    for (of, name), guardian in sorted(village.guardians.items(), key=lambda pair: pair[1].id):
        if owner not in (None, of):
            continue
        serving = village.serving[guardian.id]
        children = list(dict.fromkeys(child.called for child, _ in serving))
        contacts = [_contact(role, village.numbers[role.id]) for _, role in serving]
        for place, number in enumerate(village.phones(name, of)):
            handset = handsets.setdefault(
                number, {"name": "", "number": number, "language": guardian.language, "note": "", "contacts": []}
            )
            note = ", ".join(children) + (f" ({place + 1})" if place else "")
            handset["name"] = _joined(handset["name"], name, " / ")
            handset["note"] = _joined(handset["note"], note, ", ")
            handset["contacts"] = list({one["number"]: one for one in [*handset["contacts"], *contacts]}.values())
    return list(handsets.values())


def _joined(before: str, more: str, mark: str) -> str:
    return before if more in before else mark.join(part for part in (before, more) if part)


def _contact(role: Role, number: VirtualNumber) -> ContactRow:
    return {"name": role.title, "number": number.value}
