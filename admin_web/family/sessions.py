"""Where a guardian is signed in: every browser, when it was last used, and a way to end each."""

from aiohttp import web

from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.desk import Look, Work
from hub.sign_in.family_sessions import FamilySession, end_family_session, get_family_session, list_own_sessions

pages = Pages()


class SessionAsked(Asked):
    session_id: PublicId


def gather_sessions(look: Look, session_id: str) -> list[FamilySession]:
    """Raises: NotThereError."""
    return list_own_sessions(look, get_family_session(look, session_id))


@pages.get(f"{HOME}/sessions")
async def show_sessions(visit: FamilyVisit) -> web.StreamResponse:
    """Where I am signed in."""
    found = visit.signed_in
    sessions = await visit.look(gather_sessions, found.id)
    unit = found.family.first_unit
    today = unit.today(visit.house.parts.clock.now())
    rows = []
    for one in sessions:
        at = unit.local(one.seen_at)
        seen = visit.say("threads.moment", at=at, day=at.date(), today=today)
        rows.append({"id": one.id, "seen": seen, "is_this": one.id == found.id})
    return visit.show("family/sessions.j2", sessions=rows, name=found.name)


@pages.post(f"{HOME}/sessions/{{session_id}}/end")
async def end_session(visit: FamilyVisit, asked: SessionAsked) -> web.StreamResponse:
    """End one of them."""
    await visit.work(end_one, visit.signed_in.id, asked.session_id)
    return visit.go(f"{HOME}/sessions")


def end_one(work: Work, own_id: str, session_id: str) -> None:
    """Raises: NotThereError when it is none of theirs."""
    end_family_session(work, get_family_session(work, own_id), session_id)
