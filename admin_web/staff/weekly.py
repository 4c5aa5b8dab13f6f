"""*Weekly text*, for leaders to see and administrators to set: whether and when families get all that waits for them in one
text, and what that changes. It holds for all units of the owner."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, NothingAsked
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.places import Owner
from hub.safety.access import NotThereError, get_reach
from hub.safety.roles import get_administered
from hub.school.weekly import WeeklyRule, check_time, count_phones, get_rule, list_units, next_moment, set_rule
from hub.spoken import say_weekday
from hub.talk.conversations import count_prompted

pages = Pages()

YES = "yes"
A_WEEK = timedelta(days=7)
_MONDAY = date(2025, 1, 6)
USUAL_DAY, USUAL_TIME = 3, time(17, 0)


class WeeklyWished(Asked):
    """`sure` is set where it is to hold, and not only to be shown."""

    is_on: str = ""
    weekday: Annotated[int, Field(ge=0, le=6)]
    at: time
    sure: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """When the first one leaves, to how many phones, and how many questions went alone last week: of all the units."""

    leaves_at: datetime
    phones: int
    alone: int
    today: date


@dataclass(frozen=True, slots=True)
class Weekly:
    """The owner's wish as it is. `may_change`: the reader administers the owner."""

    owner: Owner
    rule: WeeklyRule | None
    may_change: bool


def gather_weekly(look: Look) -> Weekly:
    """Raises: NotThereError for whoever neither leads a unit nor administers the owner."""
    reach = get_reach(look)
    if not reach.leads and not reach.administers:
        raise NotThereError
    return Weekly(look.session.get_one(Owner, reach.owner_id), get_rule(look, reach.owner_id), reach.administers)


def gather_preview(look: Look, weekday: int, at: time) -> Preview:
    """Raises: NotThereError unless the asker administers the owner; NotByDayError."""
    units = list_units(look, get_administered(look).id)
    check_time(at)
    return Preview(
        leaves_at=units[0].local(next_moment(units[0], weekday, at, look.now)),
        phones=count_phones(look, units),
        alone=count_prompted(look, [unit.id for unit in units], look.now - A_WEEK),
        today=units[0].today(look.now),
    )


def change_weekly(work: Work, weekday: int, at: time, *, is_on: bool) -> None:
    """Raises: NotThereError unless the asker administers the owner; NotByDayError."""
    set_rule(work, get_administered(work).id, weekday, at, work.asker.id, is_on=is_on)


@pages.get("/weekly")
async def show_weekly(visit: Visit, asked: NothingAsked) -> web.StreamResponse:
    """As it is now."""
    weekly = await visit.look(gather_weekly)
    rule = weekly.rule
    if rule is None:
        return _show(visit, weekly, WeeklyWished(weekday=USUAL_DAY, at=USUAL_TIME))
    return _show(visit, weekly, WeeklyWished(is_on=YES if rule.is_on else "", weekday=rule.weekday, at=rule.at))


@pages.post("/weekly", fresh=True)
async def set_weekly(visit: Visit, asked: WeeklyWished) -> web.StreamResponse:
    """Show what it changes; done a second time, it holds."""
    weekly = await visit.look(gather_weekly)
    try:
        preview = await visit.look(gather_preview, asked.weekday, asked.at)
    except NotThereError:
        raise
    except Refusal as refusal:
        return _show(visit, weekly, asked, wrong=visit.explain(refusal))
    if asked.sure != YES:
        return _show(visit, weekly, asked, preview)
    await visit.work(change_weekly, asked.weekday, asked.at, is_on=asked.is_on == YES)
    return visit.go("/weekly")


def _show(
    visit: Visit, weekly: Weekly, typed: WeeklyWished, preview: Preview | None = None, wrong: str = ""
) -> web.Response:
    return visit.show(
        "staff/weekly.j2",
        status=422 if wrong else 200,
        here="/weekly",
        owner=weekly.owner.name,
        is_on=weekly.rule is not None and weekly.rule.is_on,
        may_change=weekly.may_change,
        typed=typed,
        preview=preview,
        wrong=wrong,
        weekdays=[(str(at), say_weekday(_MONDAY + timedelta(days=at), visit.language)) for at in range(7)],
        yes=YES,
    )
