"""What a leader does for the team: adding people, making roles, giving and ending them by date, inviting anew.

Every act here needs fresh proof, which the page asks for, and is the leader's alone. Source: security rules S2.5 and S3.2.
"""

from datetime import date

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.people.holding import begin
from hub.people.places import Group, Unit
from hub.people.staff import Role, RoleGroup, RoleHolding, RoleKind, Staff, find_by_login
from hub.safety import audit
from hub.safety.access import NotThereError, get_reach
from hub.safety.staff_phones import end_phone, get_phone
from hub.sign_in.invitations import Purpose, invite
from hub.sign_in.team import list_led, list_members
from hub.sign_in.vouching import let_read, vouch


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
    """The person works in a unit that the leader does not lead, or administers the owner: the leader cannot open their
    account anew."""

    words = "staff.works_elsewhere"


class AdministratorServesNoGroupError(Refusal):
    """An administrator's role is for what holds for all units, and lets nobody see a child: it serves no group."""

    words = "staff.administrator_serves_no_group"


class OwnRoleError(Refusal):
    """Leaders and administrators do not end their own role: another one does."""

    words = "staff.own_role"


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
    if find_by_login(work, names[2]) is not None:
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
    if holding.staff_id == work.asker.id and role.kind in (RoleKind.LEADER, RoleKind.ADMINISTRATOR):
        raise OwnRoleError
    today = work.session.get_one(Unit, role.unit_id).today(work.now)
    if last_day < today:
        holding.ended_at = work.now
    elif last_day < holding.from_day:
        raise DaysCrossedError
    holding.to_day = max(last_day, holding.from_day)
    audit.note(work, "staff.role_ended", [holding.staff_id, role.id, holding.id])


def make_role(work: Work, unit_id: str, kind: RoleKind, title: str, group_ids: tuple[str, ...]) -> None:
    """A new seat in a unit, serving some of its groups; that of an administrator is made by another.

    Raises: NotThereError, NothingToReadError, AdministratorServesNoGroupError.
    """
    _may_give(work, kind)
    if kind is RoleKind.ADMINISTRATOR and group_ids:
        raise AdministratorServesNoGroupError
    unit = next((unit for unit in list_led(work) if unit.id == unit_id), None)
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
    led, reach = {unit.id for unit in list_led(work)}, get_reach(work)
    rows = work.session.execute(
        sa.select(RoleHolding, Role, Unit)
        .join(Role, Role.id == RoleHolding.role_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(RoleHolding.staff_id == staff.id)
    )
    for holding, role, unit in rows:
        is_above = role.kind == RoleKind.ADMINISTRATOR and not reach.administers
        if (is_above or role.unit_id not in led) and not holding.is_over(unit.today(work.now), work.now):
            raise WorksElsewhereError
    lost = purpose == Purpose.LOST_SECOND_FACTOR and staff.password_hash is not None
    return invite(work, staff, Purpose.LOST_SECOND_FACTOR if lost else Purpose.FIRST)


def vouch_for(work: Work, staff_id: str) -> None:
    """It is this person who signs in. Raises: NotThereError, NotASecondPersonError."""
    vouch(work, _get_staff(work, staff_id))


def let_member_read(work: Work, staff_id: str) -> None:
    """They are to read of the protected child that they were named for. Raises: NotThereError, NotASecondPersonError."""
    let_read(work, _get_staff(work, staff_id))


def remove_phone_of(work: Work, staff_id: str, phone_id: str) -> None:
    """A phone of theirs that is lost, or somebody else's now, counts no more. Raises: NotThereError."""
    staff = _get_staff(work, staff_id)
    end_phone(work, get_phone(work, staff.id, phone_id), work.asker.id)


def _hold(work: Work, staff: Staff, role: Role, from_day: date, to_day: date | None, *, stand_in: bool) -> None:
    if to_day is not None and to_day < from_day:
        raise DaysCrossedError
    holding = begin(work, role, staff, from_day, to_day, is_stand_in=stand_in)
    audit.note(work, "staff.role_given", [staff.id, role.id, holding.id])


def _get_role(look: Look, role_id: str) -> Role:
    """A role of a unit that the asker leads, and may give. Raises: NotThereError."""
    role = look.session.get(Role, role_id)
    if role is None or role.unit_id not in {unit.id for unit in list_led(look)}:
        raise NotThereError
    _may_give(look, RoleKind(role.kind))
    return role


def _may_give(look: Look, kind: RoleKind) -> None:
    """Leading a unit makes nobody an administrator of its owner. Raises: NotThereError."""
    if kind is RoleKind.ADMINISTRATOR and not get_reach(look).administers:
        raise NotThereError


def _get_staff(look: Look, staff_id: str) -> Staff:
    """Somebody who holds a role now or later in a unit that the asker leads. Raises: NotThereError."""
    units = list_led(look)
    roles = list(look.session.scalars(sa.select(Role).where(Role.unit_id.in_([unit.id for unit in units]))))
    if staff_id not in {member.id for member in list_members(look, units, roles, [])}:
        raise NotThereError
    return look.session.get_one(Staff, staff_id)
