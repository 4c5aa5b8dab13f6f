"""*Calendar*: what happens at a unit. Whoever may write to its families, or to some, puts it in and calls it off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from yarl import URL

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId, WallClock
from admin_web.staff.visiting import Visit
from hub.desk import Look, Refusal, Work
from hub.people.places import Group, Unit
from hub.post.broadcast_rights import get_sending
from hub.safety.access import NotThereError, get_reach, list_units
from hub.school.happenings import (
    LONGEST_MORE,
    LONGEST_NAME,
    LONGEST_PLACE,
    Happening,
    Written,
    call_off,
    get_place,
    list_put,
    may_put,
    put,
)

pages = Pages()

CALENDAR = "/calendar"


class CalendarAsked(Asked):
    unit_id: PublicId


class OneAsked(CalendarAsked):
    happening_id: PublicId


class PutAsked(CalendarAsked):
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    day: Day
    last_day: Day | None = None
    starts_at: WallClock | None = None
    ends_at: WallClock | None = None
    place: Annotated[str, Field(max_length=LONGEST_PLACE)] = ""
    more: Annotated[str, Field(max_length=LONGEST_MORE)] = ""
    groups: tuple[PublicId, ...] = ()

    @property
    def written(self) -> Written:
        return Written(
            self.name,
            self.day,
            self.last_day,
            self.starts_at,
            self.ends_at,
            self.place,
            self.more.replace("\r\n", "\n"),
            self.groups,
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """`groups` are those that the asker may write to, `may_whole`: the whole unit; `mine` is what they may call off."""

    unit: Unit
    units: Sequence[Unit]
    today: date
    happenings: Sequence[Happening]
    groups: Sequence[Group]
    may_whole: bool
    mine: frozenset[str]

    @property
    def may_put(self) -> bool:
        return self.may_whole or bool(self.groups)


def find_first_unit(look: Look) -> str | None:
    """The first unit that the asker sees. Raises: NotThereError."""
    return next((unit.id for unit in list_units(look, get_reach(look))), None)


def gather_calendar(look: Look, unit_id: str) -> Calendar:
    """Raises: NotThereError."""
    happenings = list_put(look, unit_id)
    units = list_units(look, get_reach(look))
    unit = next(unit for unit in units if unit.id == unit_id)
    try:
        _, groups = get_place(look, unit_id)
        may_whole = unit_id in get_sending(look).reach.whole_units
        mine = frozenset(one.id for one in happenings if may_put(look, one))
    except NotThereError:
        groups, may_whole, mine = [], False, frozenset()
    return Calendar(unit, units, unit.today(look.now), happenings, groups, may_whole, mine)


def put_in(work: Work, asked: PutAsked) -> None:
    """Raises: NotThereError, BadHappeningError."""
    put(work, asked.unit_id, asked.written)


@pages.get(CALENDAR)
async def show_first(visit: Visit) -> web.StreamResponse:
    """That of my first unit."""
    unit_id = await visit.look(find_first_unit)
    return visit.go(f"{CALENDAR}/{unit_id}" if unit_id is not None else "/")


@pages.get(f"{CALENDAR}/{{unit_id}}")
async def show_calendar(visit: Visit, asked: CalendarAsked) -> web.StreamResponse:
    """What lies ahead at a unit."""
    return await _show(visit, asked.unit_id)


@pages.post(f"{CALENDAR}/{{unit_id}}")
async def put_one(visit: Visit, asked: PutAsked) -> web.StreamResponse:
    """Put something in."""
    done = await visit.try_work(put_in, asked)
    if isinstance(done, Refusal):
        return await _show(visit, asked.unit_id, asked, done)
    return visit.go(f"{CALENDAR}/{asked.unit_id}")


@pages.post(f"{CALENDAR}/{{unit_id}}/{{happening_id}}/off")
async def call_one_off(visit: Visit, asked: OneAsked) -> web.StreamResponse:
    """It does not happen."""
    await visit.work(call_off, asked.unit_id, asked.happening_id)
    return visit.go(f"{CALENDAR}/{asked.unit_id}")


async def _show(
    visit: Visit, unit_id: str, typed: PutAsked | None = None, refusal: Refusal | None = None
) -> web.Response:
    calendar = await visit.look(gather_calendar, unit_id)
    await visit.note_reading([unit_id, *(one.id for one in calendar.happenings)])
    path = f"{CALENDAR}/{unit_id}"
    names = {group.id: group.name for group in calendar.groups}
    return visit.show(
        "staff/calendar.j2",
        status=422 if refusal is not None else 200,
        here=path,
        path=path,
        calendar=calendar,
        rows=[_lay_out(visit, calendar, names, one) for one in calendar.happenings],
        typed=typed,
        wrong=visit.explain(refusal) if refusal is not None else "",
        most={"name": LONGEST_NAME, "place": LONGEST_PLACE, "more": LONGEST_MORE},
    )


def _lay_out(visit: Visit, calendar: Calendar, names: dict[str, str], one: Happening) -> dict[str, Any]:
    told = {"name": one.name, "starts": one.starts_at, "ends": one.ends_at, "place": one.place}
    when = visit.say("own_calendar.when", first=one.day, last=one.last_day, today=calendar.today)
    said = visit.say("own_calendar.happens", **told)
    return {
        "id": one.id,
        "when": when,
        "said": said,
        "more": one.more,
        "for_whom": [names[id_] for id_ in one.group_ids if id_ in names] or [calendar.unit.name],
        "is_mine": one.id in calendar.mine,
        "tell": _to_composer(calendar.unit, one, f"{when}: {said}"),
    }


def _to_composer(unit: Unit, one: Happening, text: str) -> str:
    """The way to writing to the same families, with the words in their place."""
    to = [("groups", id_) for id_ in one.group_ids] or [("everyone", "unit")]
    asked = [("unit", unit.id), *to, ("language", one.language), (f"text_{one.language}", text)]
    return str(URL("/broadcasts/new").with_query(asked))
