"""How a child goes home today: somebody of the staff has found it out, and takes it from here."""

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import PublicId
from admin_web.staff.child import ChildAsked
from admin_web.staff.visiting import Visit
from hub.desk import Work
from hub.post.reading import get_reader
from hub.safety.access import NotThereError
from hub.safety.guests import get_looked_after
from hub.school.going_home import GoingHome, check_going_home, list_going_home

pages = Pages()


class HomeAsked(ChildAsked):
    told_id: PublicId


@pages.post("/children/{child_id}/home/{told_id}/checked")
async def check_home(visit: Visit, asked: HomeAsked) -> web.StreamResponse:
    """Somebody has found out how the child goes home, and takes it from here."""
    await visit.work(check_one, asked.child_id, asked.told_id)
    return visit.go(f"/children/{asked.child_id}#home")


def check_one(work: Work, child_id: str, told_id: str) -> None:
    """Raises: NotThereError, too when something else has been told meanwhile."""
    reader = get_reader(work)
    child, places = get_looked_after(work, reader.reach, child_id)
    home = list_going_home(work, [child.id], reader.days[places[0][0].id]).get(child.id, GoingHome())
    if told_id not in {row.id for row in home.told}:
        raise NotThereError
    check_going_home(work, home, reader.reach.staff_id)
