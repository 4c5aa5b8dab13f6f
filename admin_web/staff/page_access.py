"""*Family pages*, of one child: which guardian has come in, what keeps one out, and a text to their own phone that opens it."""

from datetime import datetime
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.address import mask
from hub.desk import Refusal, Work
from hub.people.families import Guardian
from hub.sign_in.page_access import (
    INVITING,
    AccessOfChild,
    CannotBeInvitedError,
    Hindrance,
    PageAccess,
    get_access,
)
from hub.talk.inviting import invite

pages = Pages()


class AccessAsked(Asked):
    child_id: PublicId


class InviteAsked(AccessAsked):
    guardian_id: PublicId


@pages.get("/children/{child_id}/access")
async def show_access(visit: Visit, asked: AccessAsked) -> web.StreamResponse:
    """Each guardian's own way in."""
    return await _show(visit, asked)


@pages.post("/children/{child_id}/access/{guardian_id}/invite")
async def invite_one(visit: Visit, asked: InviteAsked) -> web.StreamResponse:
    """Text one of them where and how to come in."""
    url = f"{visit.house.parts.settings.public.url}/family"
    done = await visit.try_work(invite_by_page, asked.child_id, asked.guardian_id, url)
    if isinstance(done, Refusal):
        return await _show(visit, asked, done)
    return visit.go(f"/children/{asked.child_id}/access")


def invite_by_page(work: Work, child_id: str, guardian_id: str, url: str) -> None:
    """Raises: NotThereError, CannotBeInvitedError, InvitedLatelyError."""
    access = get_access(work, child_id)
    one = access.find(guardian_id)
    if not one.may_be_invited or one.phone is None:
        raise CannotBeInvitedError
    guardian = work.session.get_one(Guardian, guardian_id)
    if not invite(work, access.unit, guardian, one.phone, url, INVITING, one.invited_at):
        raise CannotBeInvitedError


async def _show(visit: Visit, asked: AccessAsked, refusal: Refusal | None = None) -> web.Response:
    access = await visit.look(get_access, asked.child_id)
    await visit.note_reading([access.child.id, *(each.known.id for each in access.guardians)])
    return visit.show(
        "staff/page_access.j2",
        status=422 if refusal is not None else 200,
        here=f"/children/{access.child.id}/access",
        child=access.child,
        been=sum(1 for each in access.guardians if each.signed_in_at is not None),
        rows=[_row(visit, access, each) for each in access.guardians],
        wrong=visit.explain(refusal) if refusal is not None else "",
    )


def _row(visit: Visit, access: AccessOfChild, one: PageAccess) -> dict[str, Any]:
    def say(moment: datetime) -> str:
        at, today = access.unit.local(moment), access.unit.today(visit.house.parts.clock.now())
        return visit.say("threads.moment", at=at, day=at.date(), today=today)

    is_shown = one.hindrance is not Hindrance.BLOCKED
    path = f"/children/{access.child.id}/access/{one.known.id}/invite"
    return {
        "name": one.known.name,
        "relation": visit.say("child.relation", code=one.known.relation),
        "phone": mask(one.phone.value) if one.phone is not None else "",
        "beside": one.beside,
        "been": say(one.signed_in_at) if one.signed_in_at is not None else "",
        "shows_been": is_shown,
        "invited": say(one.invited_at) if one.invited_at is not None else "",
        "hindrance": one.hindrance.value if one.hindrance is not None else "",
        "invite": path if one.may_be_invited else "",
    }
