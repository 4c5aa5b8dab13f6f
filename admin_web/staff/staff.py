"""*Staff*, for leaders: who works in my units, in which roles from when to when, and how they get in."""

from datetime import date
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.invitation import draw_qr
from admin_web.staff.visiting import Visit
from hub.desk import Refusal
from hub.people.naming import PLAIN_LETTER
from hub.people.staff import RoleKind
from hub.sign_in.invitations import LASTS, Purpose, link_of
from hub.sign_in.leading import (
    add_member,
    end_role,
    give_role,
    invite_again,
    let_member_read,
    make_role,
    remove_phone_of,
    vouch_for,
)
from hub.sign_in.team import read_member, read_team

pages = Pages()

Name = Annotated[str, Field(max_length=100, pattern=f"^{PLAIN_LETTER}*$")]


class MemberAsked(Asked):
    staff_id: PublicId


class NewMember(Asked):
    first_name: Name
    last_name: Name
    login: Annotated[str, Field(max_length=254)]
    role: PublicId
    from_day: date
    to_day: date | None = None


class NewRole(Asked):
    unit: PublicId
    kind: RoleKind
    title: Name
    groups: tuple[PublicId, ...] = ()


class RoleGiven(Asked):
    staff_id: PublicId
    role: PublicId
    from_day: date
    to_day: date | None = None
    stand_in: bool = False


class RoleEnded(Asked):
    staff_id: PublicId
    holding_id: PublicId
    last_day: date


class PhoneOfMember(MemberAsked):
    phone_id: PublicId


class InvitationWanted(Asked):
    staff_id: PublicId
    purpose: Purpose


@pages.get("/staff")
async def show_staff(visit: Visit) -> web.StreamResponse:
    """Everybody who works in the units one leads."""
    return await _show_team(visit)


@pages.post("/staff/add", fresh=True)
async def add(visit: Visit, asked: NewMember) -> web.StreamResponse:
    """Somebody new, with a role and a link."""
    token = await visit.try_work(
        add_member, asked.first_name, asked.last_name, asked.login, asked.role, asked.from_day, asked.to_day
    )
    if isinstance(token, Refusal):
        return await _show_team(visit, token, asked)
    return _show_link(visit, f"{asked.first_name} {asked.last_name}", token)


@pages.post("/staff/roles", fresh=True)
async def add_role(visit: Visit, asked: NewRole) -> web.StreamResponse:
    """A new role, for some groups."""
    made = await visit.try_work(make_role, asked.unit, asked.kind, asked.title, asked.groups)
    if isinstance(made, Refusal):
        return await _show_team(visit, made)
    return visit.go("/staff")


@pages.get("/staff/{staff_id}")
async def show_one(visit: Visit, asked: MemberAsked) -> web.StreamResponse:
    """One of them: their roles, and how they get in."""
    return await _show_member(visit, asked.staff_id)


@pages.post("/staff/{staff_id}/roles", fresh=True)
async def give(visit: Visit, asked: RoleGiven) -> web.StreamResponse:
    """One more role, from a day on."""
    given = await visit.try_work(
        give_role, asked.staff_id, asked.role, asked.from_day, asked.to_day, stand_in=asked.stand_in
    )
    if isinstance(given, Refusal):
        return await _show_member(visit, asked.staff_id, given)
    return visit.go(f"/staff/{asked.staff_id}")


@pages.post("/staff/{staff_id}/roles/{holding_id}/end", fresh=True)
async def end(visit: Visit, asked: RoleEnded) -> web.StreamResponse:
    """A role ends with a day."""
    ended = await visit.try_work(end_role, asked.holding_id, asked.last_day)
    if isinstance(ended, Refusal):
        return await _show_member(visit, asked.staff_id, ended)
    return visit.go("/staff")


@pages.post("/staff/{staff_id}/invite", fresh=True)
async def invite_one(visit: Visit, asked: InvitationWanted) -> web.StreamResponse:
    """A new link, for a first sign-in, a forgotten password or a lost phone."""
    _, member = await visit.work(read_member, asked.staff_id)
    token = await visit.try_work(invite_again, asked.staff_id, asked.purpose)
    if isinstance(token, Refusal):
        return await _show_member(visit, asked.staff_id, token)
    return _show_link(visit, member.name, token)


@pages.post("/staff/{staff_id}/confirm", fresh=True)
async def confirm(visit: Visit, asked: MemberAsked) -> web.StreamResponse:
    """Say that it is this person who signs in, so that they read of protected children again."""
    confirmed = await visit.try_work(vouch_for, asked.staff_id)
    if isinstance(confirmed, Refusal):
        return await _show_member(visit, asked.staff_id, confirmed)
    return visit.go(f"/staff/{asked.staff_id}")


@pages.post("/staff/{staff_id}/let-read", fresh=True)
async def let_them_read(visit: Visit, asked: MemberAsked) -> web.StreamResponse:
    """Say yes to their reading of the protected child that whoever runs Budbok has named them for."""
    allowed = await visit.try_work(let_member_read, asked.staff_id)
    if isinstance(allowed, Refusal):
        return await _show_member(visit, asked.staff_id, allowed)
    return visit.go(f"/staff/{asked.staff_id}")


@pages.post("/staff/{staff_id}/phones/{phone_id}/remove", fresh=True)
async def remove_phone(visit: Visit, asked: PhoneOfMember) -> web.StreamResponse:
    """A phone of theirs counts no more."""
    await visit.work(remove_phone_of, asked.staff_id, asked.phone_id)
    return visit.go(f"/staff/{asked.staff_id}")


async def _show_team(visit: Visit, wrong: Refusal | None = None, typed: NewMember | None = None) -> web.Response:
    team = await visit.work(read_team)
    return visit.show(
        "staff/staff.j2",
        status=422 if wrong else 200,
        team=team,
        able=sum(member.state == "active" for member in team.members),
        lapsed=[member.name for member in team.members if member.lapsed],
        proposed=[member.name for member in team.members if member.proposed],
        waiting=[member.name for member in team.members if member.state != "active"],
        kinds=[(kind.value, visit.say(f"staff.kind_{kind.value}")) for kind in team.kinds],
        typed=typed,
        here="/staff",
        is_fresh=visit.signed_in.is_fresh,
        wrong=visit.explain(wrong) if wrong else "",
    )


async def _show_member(visit: Visit, staff_id: str, wrong: Refusal | None = None) -> web.Response:
    team, member = await visit.work(read_member, staff_id)
    return visit.show(
        "staff/staff_member.j2",
        status=422 if wrong else 200,
        team=team,
        member=member,
        here=f"/staff/{staff_id}",
        is_fresh=visit.signed_in.is_fresh,
        wrong=visit.explain(wrong) if wrong else "",
    )


def _show_link(visit: Visit, name: str, token: str) -> web.Response:
    """The link is shown once, and kept nowhere."""
    link = link_of(token, visit.house.origin)
    return visit.show(
        "staff/staff_link.j2",
        name=name,
        link=link,
        qr=draw_qr(link),
        hours=int(LASTS.total_seconds() // 3600),
        here="/staff",
    )
