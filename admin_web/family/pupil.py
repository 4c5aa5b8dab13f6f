"""*About this*, for a pupil: who reads what they write, where they find their school year, and that nobody has to use it."""

from dataclasses import dataclass

from aiohttp import web

from admin_web.family.sign_in import gone
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from hub.desk import Look
from hub.people.families import Guardian
from hub.people.naming import names_of
from hub.post.pupil_threads import list_reading_along
from hub.safety.access import NotThereError
from hub.sign_in.family_sessions import get_family_session
from hub.sign_in.pupils import decline

pages = Pages()

ABOUT = f"{HOME}/you/about"


@dataclass(frozen=True, slots=True)
class About:
    """Who of the pupil's guardians reads along, by name; nobody where they have come to that age."""

    guardian_id: str
    readers: list[str]


def gather_about(look: Look, session_id: str) -> About:
    """Raises: NotThereError for whoever is no pupil."""
    found = get_family_session(look, session_id)
    if not found.is_pupil:
        raise NotThereError
    pupil = look.session.get_one(Guardian, found.guardian_id)
    reading = list_reading_along(look, pupil, found.family.first_unit.today(look.now))
    names = names_of(look, guardians=set(reading))
    return About(found.guardian_id, sorted(names.values()))


@pages.get(ABOUT)
async def show_about(visit: FamilyVisit) -> web.StreamResponse:
    """What a pupil should know."""
    about = await visit.look(gather_about, visit.signed_in.id)
    await visit.note_reading([about.guardian_id])
    return visit.show("family/pupil_about.j2", here=ABOUT, readers=about.readers)


@pages.post(f"{ABOUT}/decline")
async def leave_it(visit: FamilyVisit) -> web.StreamResponse:
    """They do not want to use it."""
    await visit.work(decline, visit.signed_in.id)
    return gone(visit)
