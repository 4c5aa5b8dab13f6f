"""How the tag is used at the door, on the family's own phone and in their own language; nothing of it is about anybody."""

from aiohttp import web

from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked
from admin_web.tag_guide import guide_facts
from hub.desk import Look
from hub.people.places import Unit
from hub.sign_in.family_sessions import get_family_session

pages = Pages()

GUIDE = f"{HOME}/tag-guide"


class GuideAsked(Asked):
    """`language`: where it is not the one that the pages are read in."""

    language: str = ""


def find_unit(look: Look, session_id: str) -> Unit:
    """The family's first unit. Raises: NotThereError."""
    return get_family_session(look, session_id).family.first_unit


@pages.get(GUIDE)
async def show_guide(visit: FamilyVisit, asked: GuideAsked) -> web.StreamResponse:
    """In one language at a time."""
    unit = await visit.look(find_unit, visit.signed_in.id)
    return visit.show("family/tag_guide.j2", unit=unit, **guide_facts(GUIDE, asked.language, visit.language))
