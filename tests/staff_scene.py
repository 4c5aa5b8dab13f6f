"""A school that is texted by its staff: who is in a rehearsed staff talk, and what stands on the board there.

    # Monday 3 March 2025, 07:52. Ingrid: 7A, 4B. 7A: Kari, Ola, Emma. 4B: Kari. Away: Emma. Own: Kari 4B.

The first name is whoever writes, with the groups that they serve; "leader" serves all, and proves it by "(code)". The groups
follow with their children; then who is "Away", "Late", "Here", "Looked for", "Protected" or the writer's "Own"; "Families" are
children with a guardian who has a phone. "Home" makes it a family day carer's: of children of whose food something is known.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, time, timedelta

import pyotp
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.asker import Trust
from hub.desk import Look, Work
from hub.people.families import Child, Guardian, GuardianAddress, GuardianRight, Guardianship, Placement, Right
from hub.people.numbers import VirtualNumber, allocate
from hub.people.places import Group, Owner, Unit, UnitKind
from hub.people.staff import Role, RoleGroup, RoleHolding, RoleKind, Staff
from hub.safety.address_changes import Code
from hub.safety.staff_phones import StaffPhone, begin_phone, end_phone, try_phone_code
from hub.school.absences import Reason, report
from hub.school.attendance import Attendance, mark_here
from hub.school.care_notes import Matter, NoteKind, Teller, tell_note
from hub.school.late_arrivals import report_late
from hub.school.meals import Meal
from hub.school.waking import Due, begin
from hub.seal import Seal
from hub.sign_in.second_factor import keep_secret
from hub.talk.cast import DATE, Cast, read_moment
from hub.talk.cast_places import PLACES
from hub.talk.household import MovedIn

SEAL = Seal(("x" * 48,))
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of an invented leader
LEADER = "leader"
_SENTENCE = re.compile(r"([^:.]+): ([^.]*)\.")
_MARKS = ("Away", "Late", "Here", "Looked for", "Protected", "Own", "Families", "Home")
_FIRST_CODE = Code("482913", "salt")


@dataclass(frozen=True, slots=True)
class Scene:
    """`groups` holds the children of each by first name; `marks` such as "Away" name them as "Kari" or "Kari 4B"."""

    cast: Cast
    writer: str
    serves: tuple[str, ...]
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    marks: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_scene(head: str, language: str) -> Scene:
    begins = read_moment(head, date.min)
    assert begins is not None, head
    (writer, serves), *rest = [(key.strip(), _items(value)) for key, value in _SENTENCE.findall(DATE.sub("", head))]
    groups = {key: children for key, children in rest if key not in _MARKS}
    return Scene(Cast(begins, language), writer, serves, groups, {k: v for k, v in rest if k in _MARKS})


def _items(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


def moves_in(scene: Scene) -> Callable[[Work, Cast], MovedIn]:
    """Brings a scene into an empty store."""
    return lambda work, _: _Moving(work, scene).move_in()


class _Moving:
    def __init__(self, work: Work, scene: Scene) -> None:
        self._work = work
        self._scene = scene
        self._place = PLACES[scene.cast.language]
        self._from = scene.cast.begins.date() - timedelta(days=200)
        self._count = iter(range(1, 10_000))
        self._children: dict[str, Child] = {}

    def move_in(self) -> MovedIn:
        work, place = self._work, self._place
        language = self._scene.cast.language
        owner = Owner(id=work.new_id(), source_id="o", name="Furulia", country=place.country, language=language)
        self._add(owner)
        unit = Unit(
            id=work.new_id(),
            owner_id=owner.id,
            source_id="u",
            kind=UnitKind.FAMILY_DAY_CARE if "Home" in self._scene.marks else UnitKind.SCHOOL,
            name=place.unit,
            zone=place.zone,
            languages=[language],
            opens=time(8, 15),
            closes=time(16, 0),
        )
        self._add(unit)
        groups = {name: self._open_group(unit, name, names) for name, names in self._scene.groups.items()}
        number = self._seat_writer(unit, groups)
        self._mark(unit)
        families = self._scene.marks.get("Families", ())
        phones = {name: place.numbers.format(20 + at) for at, name in enumerate(families)}
        return MovedIn({"": place.numbers.format(10), **phones}, place.numbers.format(80), number.value, {})

    def _add(self, *rows: object) -> None:
        for row in rows:
            self._work.session.add(row)
            self._work.session.flush()

    def _source(self) -> str:
        return str(next(self._count))

    def _open_group(self, unit: Unit, name: str, children: Iterable[str]) -> Group:
        group = Group(id=self._work.new_id(), owner_id=unit.owner_id, unit_id=unit.id, source_id=name, name=name)
        self._add(group)
        for first_name in children:
            child = Child(
                id=self._work.new_id(),
                owner_id=unit.owner_id,
                source_id=self._source(),
                first_name=first_name,
                last_name="Nordmann",
                birth_date=date(2013, 5, 17),
                protected=first_name in self._scene.marks.get("Protected", ()),
            )
            placement = Placement(
                id=self._work.new_id(),
                owner_id=unit.owner_id,
                child_id=child.id,
                unit_id=unit.id,
                group_id=group.id,
                from_day=self._from,
            )
            self._add(child, placement)
            self._children[first_name] = self._children[f"{first_name} {name}"] = child
        return group

    def _seat_writer(self, unit: Unit, groups: dict[str, Group]) -> VirtualNumber:
        work, serves = self._work, self._scene.serves
        leads = LEADER in serves
        staff = Staff(
            id=work.new_id(),
            owner_id=unit.owner_id,
            source_id="s",
            first_name=self._scene.writer,
            last_name="Lund",
            login="lund@furulia.example",
            language=self._scene.cast.language,
        )
        self._add(staff)
        if leads:
            keep_secret(staff, SEAL, SECRET, 0)
        usual = RoleKind.CARER if "Home" in self._scene.marks else RoleKind.CONTACT_TEACHER
        kind = RoleKind.LEADER if leads else usual
        role = Role(id=work.new_id(), owner_id=unit.owner_id, unit_id=unit.id, source_id="r", kind=kind, title="7A")
        number = VirtualNumber(
            id=work.new_id(), owner_id=unit.owner_id, source_id="n", value=self._place.numbers.format(90)
        )
        holding = RoleHolding(
            id=work.new_id(),
            owner_id=unit.owner_id,
            role_id=role.id,
            staff_id=staff.id,
            from_day=self._from,
            made_at=work.now - timedelta(days=200),
        )
        served = [
            RoleGroup(role_id=role.id, group_id=groups[name].id, owner_id=unit.owner_id) for name in serves if not leads
        ]
        self._add(role, number, holding, *served)
        allocate(work, number, role)
        phone = begin_phone(work, staff, Address(SMS, self._place.numbers.format(10)), _FIRST_CODE)
        try_phone_code(work, phone, _FIRST_CODE.figures)
        return number

    def _mark(self, unit: Unit) -> None:
        work, today = self._work, unit.today(self._work.now)

        def named(mark: str) -> list[Child]:
            return [self._children[name] for name in self._scene.marks.get(mark, ())]

        for child in named("Away"):
            report(work, child, [today], Reason.SICK, told_by="x", told_kind="staff", trust=Trust.STRONG)
        for child in named("Late"):
            report_late(work, child, today, None, told_by="x", message_id=None)
        mark_here(work, unit, named("Here"), "x", came_at=unit.moment(today, time(8, 5)))
        for child in named("Looked for"):
            begin(work, unit, Due(child, None, (), work.now))
        for child in named("Home"):
            tell_note(work, child, Matter(NoteKind.FOOD, "x"), Teller("x", Trust.CONFIRMED))
        for child in named("Own"):
            self._make_guardian(child)
        for at, child in enumerate(named("Families")):
            self._make_guardian(child, f"Anne{at}", self._place.numbers.format(20 + at))
        work.session.flush()

    def _make_guardian(self, child: Child, first_name: str = "", phone: str = "") -> None:
        work, owner_id = self._work, child.owner_id
        guardian = Guardian(
            id=work.new_id(),
            owner_id=owner_id,
            source_id=f"g{phone}",
            first_name=first_name or self._scene.writer,
            last_name="Lund",
            language=self._scene.cast.language,
        )
        tie = Guardianship(
            id=work.new_id(), owner_id=owner_id, guardian_id=guardian.id, child_id=child.id, source_id=f"t{phone}"
        )
        rights = [
            GuardianRight(
                id=work.new_id(),
                owner_id=owner_id,
                guardianship_id=tie.id,
                kind=right,
                from_day=self._from,
                basis="register",
            )
            for right in Right
        ]
        address = GuardianAddress(
            id=work.new_id(),
            owner_id=owner_id,
            guardian_id=guardian.id,
            kind=SMS,
            value=phone or self._place.numbers.format(10),
            rank=1,
            confirmed_at=work.now - timedelta(days=3),
            confirmed_by="register",
        )
        self._add(guardian, tie, *rights, address)


def list_marks(look: Look) -> list[str]:
    """ "here: Kari 7A, 09:15" and "left: Kari 7A, 15:30"."""
    rows = look.session.execute(
        sa.select(Attendance, Child, Group, Unit)
        .join(Child, Child.id == Attendance.child_id)
        .join(Unit, Unit.id == Attendance.unit_id)
        .join(Placement, Placement.child_id == Child.id)
        .join(Group, Group.id == Placement.group_id)
        .where(Attendance.taken_back_at.is_(None))
        .order_by(Child.first_name, Group.name, Attendance.id)
    )
    return [
        f"left: {child.called} {group.name}, {unit.local(mark.left_at):%H:%M}"
        if mark.left_at is not None
        else f"here: {child.called} {group.name}, {unit.local(mark.came_at):%H:%M}"
        for mark, child, group, unit in rows
    ]


def list_eaten(look: Look) -> list[str]:
    """ "ate: Kari Hjemme, lunch, special diet"."""
    rows = look.session.execute(
        sa.select(Meal, Child, Group)
        .join(Child, Child.id == Meal.child_id)
        .join(Placement, Placement.child_id == Child.id)
        .join(Group, Group.id == Placement.group_id)
        .where(Meal.taken_back_at.is_(None))
        .order_by(Child.first_name, Meal.id)
    )
    return [
        f"ate: {child.called} {group.name}, {meal.kind}{', special diet' if meal.is_special else ''}"
        for meal, child, group in rows
    ]


def say_code(text: str, now_seconds: int) -> str:
    """ "(code)" is what the leader's authenticator shows now."""
    return text.replace("(code)", pyotp.TOTP(SECRET).at(now_seconds))


def leave(work: Work, how: str) -> None:
    """Whoever writes does not work there any more: "their role", "the school", or they lose "the phone"."""
    staff = work.session.scalars(sa.select(Staff)).one()
    match how:
        case "role":
            work.session.scalars(sa.select(RoleHolding)).one().ended_at = work.now
        case "phone":
            end_phone(work, work.session.scalars(sa.select(StaffPhone)).one(), staff.id)
        case _:
            staff.left_at = work.now
