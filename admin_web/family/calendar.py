"""What lies ahead of all of a family's children, in one list: what happens at their places, and when these are closed."""

from typing import Any

from aiohttp import web

from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from hub.desk import Look
from hub.school.family_calendar import Ahead, FamilyCalendar, read_family_calendar
from hub.school.happenings import Happening
from hub.sign_in.family_sessions import get_family_session

pages = Pages()

CALENDAR = f"{HOME}/calendar"


def gather_calendar(look: Look, session_id: str) -> FamilyCalendar:
    """Raises: NotThereError."""
    return read_family_calendar(look, get_family_session(look, session_id).family)


@pages.get(CALENDAR)
async def show_calendar(visit: FamilyVisit) -> web.StreamResponse:
    """All of it, the nearest first."""
    calendar = await visit.look(gather_calendar, visit.signed_in.id)
    await visit.note_reading(list(dict.fromkeys(child.id for one in calendar.ahead for child in one.children)))
    happens = sum(1 for one in calendar.ahead if one.happening is not None)
    return visit.show(
        "family/calendar.j2",
        here=CALENDAR,
        head=visit.say("own_calendar.head", n=happens),
        ahead=[_lay_out(visit, calendar, one) for one in calendar.ahead],
    )


def _lay_out(visit: FamilyVisit, calendar: FamilyCalendar, one: Ahead) -> dict[str, Any]:
    return {
        "id": one.happening.id if one.happening is not None else "",
        "when": visit.say("own_calendar.when", first=one.day, last=one.last_day, today=calendar.today),
        "what": say_happening(visit, one.happening) if one.happening is not None else one.name,
        "more": one.happening.more if one.happening is not None else "",
        "language": one.happening.language if one.happening is not None else "",
        "is_closed": one.happening is None,
        "for_whom": visit.say(
            "own_calendar.for_whom", children=[child.called for child in one.children], unit=one.unit.name
        ),
    }


def say_happening(visit: FamilyVisit, one: Happening) -> str:
    """Its name, with its time and place."""
    told = {"name": one.name, "starts": one.starts_at, "ends": one.ends_at, "place": one.place}
    return visit.say("own_calendar.happens", **told)
