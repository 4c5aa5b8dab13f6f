"""A pupil's school year, for the pupil and whoever may be informed of them: days away, lessons, remarks and assessments."""

from aiohttp import web

from admin_web.family.proving import list_ways
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.asker import Trust
from hub.desk import Look
from hub.school.school_year import SchoolYear, read_school_year
from hub.sign_in.family_sessions import get_family_session

pages = Pages()


class YearAsked(Asked):
    child_id: PublicId


def gather_year(look: Look, session_id: str, child_id: str) -> SchoolYear:
    """Raises: NotThereError."""
    found = get_family_session(look, session_id)
    return read_school_year(look, found.family, child_id, is_strong=found.trust >= Trust.STRONG)


@pages.get(f"{HOME}/children/{{child_id}}/year")
async def show_year(visit: FamilyVisit, asked: YearAsked) -> web.StreamResponse:
    """The school year until today. No browser keeps it."""
    year = await visit.look(gather_year, visit.signed_in.id, asked.child_id)
    await visit.note_reading(year.read_ids)
    return visit.show(
        "family/school_year.j2",
        year=year,
        child=year.child.called,
        book=f"{HOME}/children/{year.child.id}",
        ways_to_read=await list_ways(visit, f"{HOME}/children/{year.child.id}/year") if year.withheld else [],
        assessed=[(one, year.names.get(one.newest.given_by, "")) for one in year.assessed],
    )
