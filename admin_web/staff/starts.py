"""*What begins when*, for leaders: from which day families use each function; a change shows what it would do."""

from dataclasses import dataclass, replace
from datetime import date

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.safety.access import NotThereError, get_reach, list_units
from hub.safety.starts import Function, list_starts, set_start
from hub.school.care_rules import WEEK, get_rules, monday_of, set_rules, takes_bookings
from hub.school.leave import LeaveState
from hub.school.leave_queue import get_led_unit, leads, list_leave

pages = Pages()

CARE_TIMES = "care_times"


class StartsAsked(Asked):
    unit: PublicId | None = None


class StartsWished(Asked):
    """An empty day: in use already."""

    unit: PublicId
    care_times: date | None = None
    leave: date | None = None
    decisions: date | None = None
    consents: date | None = None

    @property
    def days(self) -> dict[str, date | None]:
        return {name: getattr(self, name) for name in (CARE_TIMES, *Function)}


@dataclass(frozen=True, slots=True)
class Starts:
    """One unit's days by function; of care times only where they are booked. `waiting` applications would still be
    decided."""

    unit: Unit
    units: tuple[Unit, ...]
    today: date
    days: dict[str, date | None]
    waiting: int

    @property
    def functions(self) -> list[str]:
        return list(self.days)

    def changed(self, wished: dict[str, date | None]) -> list[str]:
        return [name for name in self.functions if wished[name] != self.days[name]]


def gather_starts(look: Look, unit_id: str | None) -> Starts:
    """For whoever leads a unit. Raises: NotThereError."""
    reach = get_reach(look)
    units = [unit for unit in list_units(look, reach) if leads(look, reach, unit)]
    if not units:
        raise NotThereError
    unit = get_led_unit(look, reach, unit_id) if unit_id is not None else units[0]
    starts = list_starts(look, unit)
    days: dict[str, date | None] = {CARE_TIMES: get_rules(look, unit).begins} if takes_bookings(unit) else {}
    days |= {function.value: starts.get(function) for function in Function}
    waiting = list_leave(look, reach, unit, [LeaveState.WAITS])
    return Starts(unit, tuple(units), unit.today(look.now), days, len(waiting))


def change_starts(work: Work, unit_id: str, wished: dict[str, date | None]) -> None:
    """Those that differ from what holds. Raises: NotThereError, AskedTooLateError."""
    found = gather_starts(work, unit_id)
    by = get_reach(work).staff_id
    for name in found.changed(wished):
        if name == CARE_TIMES:
            set_rules(work, found.unit, replace(get_rules(work, found.unit), begins=wished[name]), by)
        else:
            set_start(work, found.unit, Function(name), wished[name], by)


@pages.get("/starts")
async def show_starts(visit: Visit, asked: StartsAsked) -> web.StreamResponse:
    """The days as they are."""
    found = await visit.look(gather_starts, asked.unit)
    return _show(visit, found, found.days, [])


@pages.get("/starts/preview", fresh=True)
async def show_preview(visit: Visit, asked: StartsWished) -> web.StreamResponse:
    """What the days would change. They stand in its address, so that they outlast a proof that is asked for."""
    found = await visit.look(gather_starts, asked.unit)
    return _show(visit, found, asked.days, found.changed(asked.days))


@pages.post("/starts", fresh=True)
async def set_them(visit: Visit, asked: StartsWished) -> web.StreamResponse:
    """From now on they hold."""
    await visit.work(change_starts, asked.unit, asked.days)
    return visit.go(f"/starts?unit={asked.unit}")


def _show(visit: Visit, found: Starts, shown: dict[str, date | None], changed: list[str]) -> web.Response:
    return visit.show(
        "staff/starts.j2",
        here=f"/starts?unit={found.unit.id}",
        found=found,
        shown=shown,
        preview=[_preview(visit, found, name, shown[name]) for name in changed],
        units=_unit_ways(found),
    )


def _preview(visit: Visit, found: Starts, name: str, day: date | None) -> str:
    begins = day if day is not None and day > found.today else None
    week = None if begins is None else _first_monday(begins)
    return visit.say(
        f"starts.then_{name}",
        begins=begins,
        today=found.today,
        **({"week": week} if name == CARE_TIMES else {}),
        **({"waiting": found.waiting} if name == Function.LEAVE else {}),
    )


def _first_monday(day: date) -> date:
    return day if day.weekday() == 0 else monday_of(day) + WEEK


def _unit_ways(found: Starts) -> list[dict[str, object]]:
    if len(found.units) < 2:
        return []
    return [
        {"href": f"/starts?unit={unit.id}", "word": unit.name} | ({"current": True} if unit.id == found.unit.id else {})
        for unit in found.units
    ]
