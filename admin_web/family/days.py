"""A child's days, a week at a time: what is noted, when it is expected and fetched, leave, and when its place is closed.

Nothing is changed here: the way leads into the chat, where it is said in words.
"""

from datetime import date, timedelta
from typing import Any

from aiohttp import web

from admin_web.family.calendar import say_happening
from admin_web.family.home import let_keep
from admin_web.family.visiting import HOME, FamilyVisit
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from hub.desk import Look
from hub.school.care_rules import WEEK, monday_of
from hub.school.family_week import FamilyDay, FamilyWeek, Noted, read_family_week
from hub.sign_in.family_sessions import get_family_session

pages = Pages()

WEEKS_AHEAD = 60


class DaysAsked(Asked):
    """`day` is any of the week; without it, the week it is."""

    child_id: PublicId
    day: date | None = None


def gather_week(look: Look, session_id: str, child_id: str, day: date | None) -> FamilyWeek:
    """Weeks that are over, or too far ahead for anything to be noted, become the nearest that is not. Raises: NotThereError."""
    family = get_family_session(look, session_id).family
    first = monday_of(family.units[family.places_of(child_id)[0].unit_id].today(look.now))
    monday = monday_of(day) if day is not None else first
    return read_family_week(look, family, child_id, min(max(monday, first), first + WEEKS_AHEAD * WEEK))


@pages.get(f"{HOME}/children/{{child_id}}/days")
async def show_days(visit: FamilyVisit, asked: DaysAsked) -> web.StreamResponse:
    """One week."""
    week = await visit.look(gather_week, visit.signed_in.id, asked.child_id, asked.day)
    await visit.note_reading([week.child.id])
    book = f"{HOME}/children/{week.child.id}"
    first = week.days[0].day
    noted = sum(1 for day in week.days if day.noted)
    answer = visit.show(
        "family/days.j2",
        child=week.child.called,
        book=book,
        head=visit.say("own_week.head", child=week.child.called, week=first.isocalendar().week, n=noted),
        days=[_lay_out(visit, week, day) for day in week.days if not day.is_blank],
        lessons=week.lessons,
        before=f"{book}/days?day={first - WEEK}" if first > monday_of(week.today) else "",
        after=f"{book}/days?day={first + WEEK}" if first < monday_of(week.today) + WEEKS_AHEAD * WEEK else "",
        number=first.isocalendar().week,
        next_number=(first + WEEK).isocalendar().week,
        last_number=(first - timedelta(days=1)).isocalendar().week,
    )
    if asked.day is None:
        let_keep(visit, answer, "days")
    return answer


def _lay_out(visit: FamilyVisit, week: FamilyWeek, day: FamilyDay) -> dict[str, Any]:
    leaves = any(one.what == "leave_decided" for one in day.noted)
    return {
        "id": day.day.isoformat(),
        "name": visit.say("threads.day", day=day.day, today=week.today),
        "closed": [_say(visit, one) for one in day.closed],
        "noted": [_say(visit, one) for one in day.noted],
        "happens": [say_happening(visit, one) for one in day.happens],
        "care": [_say(visit, one) for one in day.care],
        "letters": leaves,
    }


def _say(visit: FamilyVisit, one: Noted) -> str:
    return visit.say(f"own_week.{one.what}", **one.facts)
