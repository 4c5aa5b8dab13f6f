"""Who works in the units that somebody leads: adding people, giving and ending roles by date, inviting them.

Every act here needs fresh proof, which the page asks for, and is the leader's alone. Source: security rules S2.5 and S3.2.
"""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.people.places import Group, Unit
from hub.people.staff import Role, RoleGroup, RoleHolding, RoleKind, Staff
from hub.safety import audit
from hub.safety.access import NotThereError, get_reach
from hub.sign_in.invitations import Invitation, Purpose, invite


class LoginTakenError(Refusal):
    """Somebody signs in with that name already."""

    words = "staff.login_taken"


class NothingToReadError(Refusal):
    """A name or a sign-in name is missing."""

    words = "staff.name_missing"


class DaysCrossedError(Refusal):
    """The last day is before the first."""

    words = "staff.days_crossed"


class WorksElsewhereError(Refusal):
    """The person works in a unit that the leader does not lead, so the leader cannot open their account anew."""

    words = "staff.works_elsewhere"


class OwnRoleError(Refusal):
    """Leaders do not end their own role: another leader does."""

    words = "staff.own_role"


@dataclass(frozen=True, slots=True)
class Held:
    """A role that somebody holds or will hold."""

    id: str
    title: str
    unit: str
    groups: tuple[str, ...]
    from_day: date
    to_day: date | None
    stand_in: bool
    is_now: bool


@dataclass(frozen=True, slots=True)
class Member:
    """`state` of signing in: "active", "invited" or "uninvited"."""

    id: str
    name: str
    login: str
    state: str
    roles: tuple[Held, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """`roles` and `groups` are those of the units one leads, each with the name of its unit where there are several."""

    today: date
    units: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]
    members: tuple[Member, ...]


def read_team(work: Work) -> Team:
    """Everybody who holds a role today or later in a unit that the asker leads. Raises: NotThereError."""
    units = _led(work)
    names = {unit.id: unit.name for unit in units}
    roles = list(work.session.scalars(sa.select(Role).where(Role.unit_id.in_(names)).order_by(Role.title)))
    groups = list(work.session.scalars(sa.select(Group).where(Group.unit_id.in_(names)).order_by(Group.name)))
    audit.note(work, "staff.read", sorted(names))

    def titled(unit_id: str, title: str) -> str:
        return f"{title}, {names[unit_id]}" if len(units) > 1 else title

    return Team(
        today=min(unit.today(work.now) for unit in units),
        units=tuple((unit.id, unit.name) for unit in units),
        roles=tuple((role.id, titled(role.unit_id, role.title)) for role in roles),
        groups=tuple((group.id, titled(group.unit_id, group.name)) for group in groups),
        members=tuple(_members(work, units, roles, groups)),
    )


def read_member(work: Work, staff_id: str) -> tuple[Team, Member]:
    """Raises: NotThereError."""
    team = read_team(work)
    member = next((member for member in team.members if member.id == staff_id), None)
    if member is None:
        raise NotThereError
    return team, member


def _led(look: Look) -> list[Unit]:
    """The units that the asker leads today. Raises: NotThereError when there are none."""
    leads = get_reach(look).leads
    if not leads:
        raise NotThereError
    return list(look.session.scalars(sa.select(Unit).where(Unit.id.in_(leads)).order_by(Unit.name)))


def _members(look: Look, units: list[Unit], roles: list[Role], groups: list[Group]) -> list[Member]:
    unit_of = {unit.id: unit for unit in units}
    role_of = {role.id: role for role in roles}
    group_names = {group.id: group.name for group in groups}
    served: dict[str, list[str]] = {}
    for row in look.session.scalars(sa.select(RoleGroup).where(RoleGroup.role_id.in_(role_of))):
        served.setdefault(row.role_id, []).append(group_names.get(row.group_id, ""))
    rows = look.session.execute(
        sa.select(RoleHolding, Staff)
        .join(Staff, Staff.id == RoleHolding.staff_id)
        .where(RoleHolding.role_id.in_(role_of))
        .order_by(Staff.first_name, Staff.last_name, Staff.id, RoleHolding.from_day, RoleHolding.id)
    ).all()
    people: dict[str, Staff] = {}
    held: dict[str, list[Held]] = {}
    for holding, staff in rows:
        role = role_of[holding.role_id]
        unit = unit_of[role.unit_id]
        today = unit.today(look.now)
        over = holding.is_ended(look.now) or (holding.to_day is not None and holding.to_day < today)
        if over or (staff.left_at is not None and staff.left_at <= look.now):
            continue
        people[staff.id] = staff
        held.setdefault(staff.id, []).append(
            Held(
                id=holding.id,
                title=role.title,
                unit=unit.name,
                groups=tuple(sorted(served.get(role.id, []))),
                from_day=holding.from_day,
                to_day=holding.to_day,
                stand_in=holding.stand_in,
                is_now=holding.covers(today, look.now),
            )
        )
    invited = set(
        look.session.scalars(
            sa.select(Invitation.staff_id).where(
                Invitation.staff_id.in_(people), Invitation.used_at.is_(None), Invitation.ends_at > look.now
            )
        )
    )
    return [
        Member(staff.id, staff.name, staff.login, _state(staff, invited), tuple(held[staff.id]))
        for staff in people.values()
    ]


def _state(staff: Staff, invited: set[str]) -> str:
    if staff.id in invited:
        return "invited"
    return "active" if staff.password_hash and staff.second_factor else "uninvited"


def add_member(
    work: Work, first_name: str, last_name: str, login: str, role_id: str, from_day: date, to_day: date | None
) -> str:
    """Somebody new with a role, and an invitation; returns its token.

    Raises: NotThereError, NothingToReadError, LoginTakenError, DaysCrossedError.
    """
    role = _get_role(work, role_id)
    names = [" ".join(part.split()) for part in (first_name, last_name, login)]
    if not all(names):
        raise NothingToReadError
    taken = work.session.scalar(sa.select(Staff.id).where(sa.func.lower(Staff.login) == names[2].lower()))
    if taken is not None:
        raise LoginTakenError
    unit = work.session.get_one(Unit, role.unit_id)
    staff_id = work.new_id()
    staff = Staff(
        id=staff_id,
        owner_id=role.owner_id,
        source_id=f"hand {staff_id}",
        first_name=names[0],
        last_name=names[1],
        login=names[2],
        language=unit.languages[0],
    )
    work.session.add(staff)
    work.session.flush()
    audit.note(work, "staff.added", [staff.id, role.unit_id])
    _hold(work, staff, role, from_day, to_day, stand_in=False)
    return invite(work, staff)


def give_role(
    work: Work, staff_id: str, role_id: str, from_day: date, to_day: date | None, *, stand_in: bool = False
) -> None:
    """From a day to a day, both included. Raises: NotThereError, DaysCrossedError."""
    staff = _get_staff(work, staff_id)
    _hold(work, staff, _get_role(work, role_id), from_day, to_day, stand_in=stand_in)


def end_role(work: Work, holding_id: str, last_day: date) -> None:
    """The role ends with `last_day`; if that is past, it ends now. Raises: NotThereError, OwnRoleError, DaysCrossedError."""
    holding = work.session.get(RoleHolding, holding_id, with_for_update=True)
    if holding is None or holding.is_ended(work.now):
        raise NotThereError
    role = _get_role(work, holding.role_id)
    if holding.staff_id == work.asker.id and role.kind == RoleKind.LEADER:
        raise OwnRoleError
    today = work.session.get_one(Unit, role.unit_id).today(work.now)
    if last_day < today:
        holding.ended_at = work.now
    elif last_day < holding.from_day:
        raise DaysCrossedError
    holding.to_day = max(last_day, holding.from_day)
    audit.note(work, "staff.role_ended", [holding.staff_id, role.id, holding.id])


def make_role(work: Work, unit_id: str, kind: RoleKind, title: str, group_ids: tuple[str, ...]) -> None:
    """A new seat in a unit, serving some of its groups. Raises: NotThereError, NothingToReadError."""
    unit = next((unit for unit in _led(work) if unit.id == unit_id), None)
    groups = list(work.session.scalars(sa.select(Group).where(Group.id.in_(group_ids), Group.unit_id == unit_id)))
    if unit is None or len(groups) != len(set(group_ids)):
        raise NotThereError
    if not title.strip():
        raise NothingToReadError
    role_id = work.new_id()
    role = Role(
        id=role_id,
        owner_id=unit.owner_id,
        unit_id=unit.id,
        source_id=f"hand {role_id}",
        kind=kind,
        title=" ".join(title.split()),
    )
    work.session.add(role)
    work.session.flush()
    for group in groups:
        work.session.add(RoleGroup(role_id=role.id, group_id=group.id, owner_id=unit.owner_id))
    audit.note(work, "staff.role_made", [role.id, unit.id, *(group.id for group in groups)])


def invite_again(work: Work, staff_id: str, purpose: Purpose) -> str:
    """A new link for somebody who works here and nowhere else; returns its token.

    Raises: NotThereError, WorksElsewhereError.
    """
    staff = _get_staff(work, staff_id)
    led = {unit.id for unit in _led(work)}
    rows = work.session.execute(
        sa.select(RoleHolding, Role, Unit)
        .join(Role, Role.id == RoleHolding.role_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(RoleHolding.staff_id == staff.id)
    )
    for holding, role, unit in rows:
        over = holding.to_day is not None and holding.to_day < unit.today(work.now)
        if role.unit_id not in led and not over and not holding.is_ended(work.now):
            raise WorksElsewhereError
    lost = purpose == Purpose.LOST_SECOND_FACTOR and staff.password_hash is not None
    return invite(work, staff, Purpose.LOST_SECOND_FACTOR if lost else Purpose.FIRST)


def _hold(work: Work, staff: Staff, role: Role, from_day: date, to_day: date | None, *, stand_in: bool) -> None:
    if to_day is not None and to_day < from_day:
        raise DaysCrossedError
    holding = RoleHolding(
        id=work.new_id(),
        owner_id=role.owner_id,
        role_id=role.id,
        staff_id=staff.id,
        from_day=from_day,
        to_day=to_day,
        stand_in=stand_in,
        made_at=work.now,
    )
    work.session.add(holding)
    work.session.flush()
    audit.note(work, "staff.role_given", [staff.id, role.id, holding.id])


def _get_role(look: Look, role_id: str) -> Role:
    """A role of a unit that the asker leads. Raises: NotThereError."""
    role = look.session.get(Role, role_id)
    if role is None or role.unit_id not in {unit.id for unit in _led(look)}:
        raise NotThereError
    return role


def _get_staff(look: Look, staff_id: str) -> Staff:
    """Somebody who holds a role now or later in a unit that the asker leads. Raises: NotThereError."""
    units = _led(look)
    roles = list(look.session.scalars(sa.select(Role).where(Role.unit_id.in_([unit.id for unit in units]))))
    if staff_id not in {member.id for member in _members(look, units, roles, [])}:
        raise NotThereError
    return look.session.get_one(Staff, staff_id)
