"""The notice board: what was sent to many, apart from what is said about one child. Each stands in a child's book too."""

from dataclasses import dataclass

from aiohttp import web

from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from hub.desk import Look
from hub.people.families import Child
from hub.post.family_board import list_notices
from hub.post.family_entry import FamilyEntry
from hub.sign_in.family_sessions import FoundFamily, get_family_session

pages = Pages()

BOARD = f"{HOME}/board"


@dataclass(frozen=True, slots=True)
class OnBoard:
    """A notice, the unit that it is from, the child in whose book it is, and its day in words."""

    entry: FamilyEntry
    unit: str
    child: Child
    day: str


def gather_board(look: Look, session_id: str) -> tuple[FoundFamily, list[tuple[FamilyEntry, Child]]]:
    """Raises: NotThereError."""
    found = get_family_session(look, session_id)
    children = {place.child.id: place.child for place in found.family.knows}
    return found, [(entry, children[child_id]) for entry, child_id in list_notices(look, found.family)]


@pages.get(BOARD)
async def show_board(visit: FamilyVisit) -> web.StreamResponse:
    """The newest first."""
    found, notices = await visit.look(gather_board, visit.signed_in.id)
    await visit.note_reading([entry.id for entry, _ in notices])
    return visit.show("family/board.j2", notices=[_lay_out(visit, found, entry, child) for entry, child in notices])


def _lay_out(visit: FamilyVisit, found: FoundFamily, entry: FamilyEntry, child: Child) -> OnBoard:
    unit, now = found.family.unit(entry.unit_id), visit.house.parts.clock.now()
    day = visit.say("threads.day", day=unit.local(entry.at).date(), today=unit.today(now))
    return OnBoard(entry, unit.name, child, day)
