"""A guest as those see it who have it today: what they must know, and how it goes home. Its book is where it is at home."""

from dataclasses import dataclass

from aiohttp import web

from admin_web.staff.care import lay_out_care
from admin_web.staff.morning_words import home_said
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import NotThereError, get_child, get_reach
from hub.safety.guests import get_looked_after, list_guest_homes
from hub.school.care_at_door import CareOfChild, read_care
from hub.school.going_home import GoingHome, list_going_home


@dataclass(frozen=True, slots=True)
class GuestChild:
    """A child that is a guest at `unit` today, and at home at `home`."""

    child: Child
    unit: Unit
    home: Unit
    group: str
    care: CareOfChild
    goes_home: GoingHome | None


def find_guest(look: Look, child_id: str) -> GuestChild | None:
    """None where the asker serves the child where it has its place, and for whoever may not know of it."""
    reach = get_reach(look)
    if _has_place(look, child_id):
        return None
    try:
        child, places = get_looked_after(look, reach, child_id)
    except NotThereError:
        return None
    unit, group = places[0]
    today = unit.today(look.now)
    home = list_guest_homes(look, unit, today)[child.id]
    goes_home = list_going_home(look, [child.id], today).get(child.id)
    return GuestChild(child, unit, home, group.name, read_care(look, reach, child, places), goes_home)


def _has_place(look: Look, child_id: str) -> bool:
    try:
        get_child(look, get_reach(look), child_id)
    except NotThereError:
        return False
    return True


async def show_guest(visit: Visit, guest: GuestChild) -> web.Response:
    """The whole page."""
    await visit.note_reading([guest.child.id, *guest.care.read_ids])
    home, path = guest.goes_home, f"/children/{guest.child.id}"
    told = None if home is None or not home.rings else home.fetching or home.early
    return visit.show(
        "staff/guest_child.j2",
        here=path,
        child=guest.child,
        unit=guest.unit,
        home_unit=guest.home.name,
        place=visit.say("child.place", group=guest.group, unit=guest.unit.name),
        care=lay_out_care(visit, guest.care),
        home=home_said(visit, home) if home is not None else (),
        check="" if told is None else f"{path}/home/{told.id}/checked",
    )
