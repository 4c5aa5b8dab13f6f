"""A small school with a leader and a teacher, and another municipality's school, for tests of signing in."""

from datetime import date

from hub.asker import operator_asker
from hub.desk import Work
from hub.people.places import Group, Owner, Unit
from hub.people.staff import Role, RoleHolding, RoleKind, Staff

TEST = operator_asker("test")
KEY = "a key for tests, and for tests alone"
PASSWORD = "fire blå hester under brua"


def add_school(work: Work) -> dict[str, str]:
    """Lia skole with a leader and a teacher, and Naust skole in another municipality with its own leader."""
    ids: dict[str, str] = {}
    for name, unit_name, people in (
        ("Fjordvik", "Lia skole", (("Solveig", "Bakken", "leader"), ("Per", "Moen", "teacher"))),
        ("Nesodd", "Naust skole", (("Liv", "Dahl", "leader"),)),
    ):
        owner = Owner(id=work.new_id(), source_id=name, name=name, country="NO", language="nb")
        work.session.add(owner)
        work.session.flush()
        unit = Unit(
            id=work.new_id(),
            owner_id=owner.id,
            source_id=unit_name,
            kind="school",
            name=unit_name,
            zone="Europe/Oslo",
            languages=["nb"],
        )
        work.session.add(unit)
        work.session.flush()
        group = Group(id=work.new_id(), owner_id=owner.id, unit_id=unit.id, source_id=unit_name, name="7A")
        work.session.add(group)
        ids |= {unit_name: unit.id, f"7A {unit_name}": group.id}
        for first, last, kind in people:
            ids[first], ids[f"{first}s role"] = add_staff(work, unit, first, last, RoleKind(kind))
    return ids


def add_staff(work: Work, unit: Unit, first: str, last: str, kind: RoleKind) -> tuple[str, str]:
    """Somebody with a role since January 2025, who signs in as "first.last"; their id and the role's."""
    staff = Staff(
        id=work.new_id(),
        owner_id=unit.owner_id,
        source_id=first.lower(),
        first_name=first,
        last_name=last,
        login=f"{first}.{last}".lower(),
        language="nb",
    )
    role = Role(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        source_id=f"{first.lower()}s role",
        kind=kind,
        title={"leader": "Rektor", "teacher": "Musikk"}[kind],
    )
    work.session.add_all([staff, role])
    work.session.flush()
    work.session.add(
        RoleHolding(
            id=work.new_id(),
            owner_id=unit.owner_id,
            role_id=role.id,
            staff_id=staff.id,
            from_day=date(2025, 1, 1),
            made_at=work.now,
        )
    )
    return staff.id, role.id
