"""Who works in the units that somebody leads: their roles by date, and how far they have come with signing in.

It is the leader's alone to read. Source: security rules S2.5 and S3.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from hub.address import mask
from hub.desk import Look, Work
from hub.people.places import Group, Unit
from hub.people.staff import Role, RoleGroup, RoleHolding, RoleKind, Staff
from hub.safety import audit
from hub.safety.access import NotThereError, get_reach
from hub.safety.staff_phones import list_phones
from hub.sign_in.invitations import Invitation
from hub.sign_in.vouching import list_lapsed, list_proposed


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
    """`state` of signing in: "active", "invited" or "uninvited". `lapsed`: a second person has to confirm who it is;
    `proposed`: one has to say yes to their reading of a protected child.

    `phones` are those they text from: the id of each, and how its number ends. `silenced` are those of which so much came
    that the hub fell silent, and when.
    """

    id: str
    name: str
    login: str
    state: str
    roles: tuple[Held, ...]
    lapsed: bool
    proposed: bool
    phones: tuple[tuple[str, str], ...] = ()
    silenced: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Team:
    """`roles` and `groups` are those of the units one leads, each with the name of its unit where there are several.

    `roles` and `kinds` are those that one may give: leading a unit makes nobody an administrator.
    """

    today: date
    units: tuple[tuple[str, str], ...]
    roles: tuple[tuple[str, str], ...]
    groups: tuple[tuple[str, str], ...]
    members: tuple[Member, ...]
    kinds: tuple[RoleKind, ...]


def read_team(work: Work) -> Team:
    """Everybody who holds a role today or later in a unit that the asker leads. Raises: NotThereError."""
    units = list_led(work)
    names = {unit.id: unit.name for unit in units}
    roles = list(work.session.scalars(sa.select(Role).where(Role.unit_id.in_(names)).order_by(Role.title)))
    groups = list(work.session.scalars(sa.select(Group).where(Group.unit_id.in_(names)).order_by(Group.name)))
    administers = get_reach(work).administers
    kinds = tuple(kind for kind in RoleKind if administers or kind is not RoleKind.ADMINISTRATOR)
    audit.note(work, "staff.read", sorted(names))

    def titled(unit_id: str, title: str) -> str:
        return f"{title}, {names[unit_id]}" if len(units) > 1 else title

    return Team(
        today=min(unit.today(work.now) for unit in units),
        units=tuple((unit.id, unit.name) for unit in units),
        roles=tuple((role.id, titled(role.unit_id, role.title)) for role in roles if role.kind in kinds),
        groups=tuple((group.id, titled(group.unit_id, group.name)) for group in groups),
        members=tuple(list_members(work, units, roles, groups)),
        kinds=kinds,
    )


def read_member(work: Work, staff_id: str) -> tuple[Team, Member]:
    """Raises: NotThereError."""
    team = read_team(work)
    member = next((member for member in team.members if member.id == staff_id), None)
    if member is None:
        raise NotThereError
    return team, member


def list_led(look: Look) -> list[Unit]:
    """The units that the asker leads today. Raises: NotThereError when there are none."""
    leads = get_reach(look).leads
    if not leads:
        raise NotThereError
    return list(look.session.scalars(sa.select(Unit).where(Unit.id.in_(leads)).order_by(Unit.name)))


def list_members(look: Look, units: list[Unit], roles: list[Role], groups: list[Group]) -> list[Member]:
    """Whoever holds one of the roles today or later, by name."""
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
        if holding.is_over(today, look.now) or staff.has_left(look.now):
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
    lapsed, proposed = list_lapsed(look, people), list_proposed(look, people)
    phones: dict[str, list[tuple[str, str]]] = {}
    silenced: dict[str, dict[str, date]] = {}
    for phone in list_phones(look, people):
        if phone.proven_at is not None:
            phones.setdefault(phone.staff_id, []).append((phone.id, mask(phone.value)[-2:]))
            if phone.silenced_at is not None and phone.was_silenced(look.now):
                silenced.setdefault(phone.staff_id, {})[phone.id] = units[0].today(phone.silenced_at)
    return [
        Member(
            staff.id,
            staff.name,
            staff.login,
            _state(staff, invited),
            tuple(held[staff.id]),
            lapsed=staff.id in lapsed,
            proposed=staff.id in proposed,
            phones=tuple(phones.get(staff.id, ())),
            silenced=silenced.get(staff.id, {}),
        )
        for staff in people.values()
    ]


def _state(staff: Staff, invited: set[str]) -> str:
    """Whoever can sign in is active, even while a new link for them lies unused: it changes nothing before it is used."""
    if staff.password_hash and staff.second_factor:
        return "active"
    return "invited" if staff.id in invited else "uninvited"
