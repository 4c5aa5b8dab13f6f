"""The page behind an invitation: choose a password, then let the phone hold the second factor."""

from dataclasses import dataclass
from typing import Annotated

import segno
from aiohttp import web
from markupsafe import Markup
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked
from admin_web.staff.sign_in import PASSWORDS, device_token, end_former, signed_in
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal
from hub.sign_in.entering import WrongPasswordError, note_failure
from hub.sign_in.invitations import (
    Purpose,
    accept,
    choose_password,
    confirm_old_password,
    count_old_password,
    get_invitation,
)
from hub.sign_in.pace import SlowDownError
from hub.sign_in.passwords import check_new_password
from hub.sign_in.second_factor import address_for_phone, new_secret

pages = Pages()

Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{43}$")]


class InvitationAsked(Asked):
    token: Token


class PasswordChosen(InvitationAsked):
    password: str


class CodeConfirmed(InvitationAsked):
    code: str


@pages.get("/welcome/{token}", guests=True)
async def show_invitation(visit: Visit, asked: InvitationAsked) -> web.StreamResponse:
    """Where somebody who was invited begins."""
    return await _show(visit, asked.token)


@pages.post("/welcome/{token}/password", guests=True)
async def choose(visit: Visit, asked: PasswordChosen) -> web.StreamResponse:
    """The first half: a new password, or, after a lost phone, the one there is."""
    try:
        await _take_password(visit, asked.token, asked.password)
    except Refusal as refusal:
        return await _show(visit, asked.token, refusal)
    return visit.go(f"/welcome/{asked.token}")


async def _take_password(visit: Visit, token: str, password: str) -> None:
    passwords = visit.request.app[PASSWORDS]
    invited = await visit.look(gather, token)
    if invited.is_first:
        check_new_password(password, invited.login, [invited.first_name, invited.last_name])
        await visit.work(choose_password, token, await passwords.hash(password))
        return
    kept = await visit.work(count_old_password, token, visit.client)
    if kept is None or not await passwords.is_right(kept, password):
        await visit.work(note_failure, invited.staff_id)
        raise WrongPasswordError
    await visit.work(confirm_old_password, token, kept, visit.client)


@pages.post("/welcome/{token}/code", guests=True)
async def confirm(visit: Visit, asked: CodeConfirmed) -> web.StreamResponse:
    """The second half: the phone shows the right code."""
    device = device_token(visit)
    try:
        outcome = await visit.work(accept, visit.house.parts.seal, asked.token, asked.code, visit.client, device)
    except SlowDownError as refusal:
        outcome = refusal
    if isinstance(outcome, Refusal):
        return await _show(visit, asked.token, outcome)
    await end_former(visit)
    return signed_in(visit, outcome, "/", device)


async def _show(visit: Visit, token: str, wrong: Refusal | None = None) -> web.Response:
    invited = await visit.look(gather, token)
    secret = new_secret(visit.house.parts.seal, token)
    is_second = invited.has_password
    return visit.show(
        "staff/invitation.j2",
        status=422 if wrong else 200,
        nav=[],
        user=None,
        fade_minutes=0,
        here=f"/welcome/{token}",
        action=f"/welcome/{token}/{'code' if is_second else 'password'}",
        name=invited.first_name,
        login=invited.login,
        is_first=invited.is_first,
        is_second=is_second,
        qr=draw_qr(address_for_phone(secret, invited.login)) if is_second else "",
        secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)) if is_second else "",
        wrong=visit.explain(wrong) if wrong else "",
    )


@dataclass(frozen=True, slots=True)
class Invited:
    """Who is invited, and how far they have come."""

    staff_id: str
    first_name: str
    last_name: str
    login: str
    is_first: bool
    has_password: bool


def gather(look: Look, token: str) -> Invited:
    invitation, staff = get_invitation(look, token)
    return Invited(
        staff_id=staff.id,
        first_name=staff.first_name,
        last_name=staff.last_name,
        login=staff.login,
        is_first=invitation.purpose == Purpose.FIRST,
        has_password=invitation.password_hash is not None,
    )


def draw_qr(text: str) -> Markup:
    """A QR code as SVG, to stand within a page."""
    drawn = segno.make_qr(text, error="m").svg_inline(
        omitsize=True, dark="#1B2430", light="#FFFFFF", svgclass="qr", lineclass=None
    )
    return Markup(drawn)  # noqa: S704  # made here, of squares
