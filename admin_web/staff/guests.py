"""*Guests*: who is asked to be taken in at a unit, who is there for some days, and which of its own are elsewhere; and, from a
child's page, asking another unit. For those who arrange it at either. Source: security rules S3.9 and S4.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from aiohttp import web

from admin_web.page import Pages
from admin_web.parameters import Asked, Day, PublicId
from admin_web.staff.visiting import Visit
from hub.calendars import Ground, list_closed
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.people.guest_places import GuestWhy
from hub.people.places import Group, Unit
from hub.safety.access import NotThereError, get_child, get_reach, get_unit, list_groups
from hub.school.guest_care import (
    Guest,
    GuestWish,
    accept,
    ask_for_place,
    call_off,
    decline,
    list_arranged_units,
    list_guests_at,
    list_guests_from,
    list_hosts,
)
from hub.school.ladders import get_times

pages = Pages()

YES = "yes"
ELSEWHERE = "/children/{child_id}/elsewhere"


class GuestsAsked(Asked):
    unit_id: PublicId


class PlaceAsked(Asked):
    unit_id: PublicId
    place_id: PublicId


class AcceptAsked(PlaceAsked):
    group_id: PublicId


class ElsewhereAsked(Asked):
    child_id: PublicId


class WishAsked(ElsewhereAsked):
    """`sure` is set where a protected child is meant to be known of there."""

    host_id: PublicId
    first: Day
    last: Day
    cause: GuestWhy
    sure: str = ""


@dataclass(frozen=True, slots=True)
class Guests:
    """A unit's, for whoever arranges them there. `asks`: Budbok asks here for children who have not come."""

    unit: Unit
    groups: tuple[Group, ...]
    at: tuple[Guest, ...]
    of: tuple[Guest, ...]
    asks: bool
    shut: Mapping[str, tuple[date, ...]]
    """By place, the days on which the unit that takes the child in is closed, where others are not."""


def gather_guests(look: Look, unit_id: str) -> Guests:
    """Raises: NotThereError for whoever arranges nothing there."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if unit.id not in list_arranged_units(look, reach):
        raise NotThereError
    at, of = tuple(list_guests_at(look, reach, unit)), tuple(list_guests_from(look, reach, unit))
    return Guests(
        unit,
        tuple(list_groups(look, reach, unit.id)),
        at,
        of,
        get_times(look, unit).is_on,
        {guest.place.id: _list_shut(look, guest) for guest in (*at, *of)},
    )


def _list_shut(look: Look, guest: Guest) -> tuple[date, ...]:
    today, place = guest.host.today(look.now), guest.place
    closed = list_closed(look, guest.host, max(today, place.from_day), place.to_day)
    return tuple(day for day, one in closed.items() if one.ground is Ground.OWN)


@dataclass(frozen=True, slots=True)
class Asking:
    """A child of a unit, and whom one may ask for it."""

    child: Child
    home: Unit
    hosts: tuple[Unit, ...]


def gather_asking(look: Look, child_id: str) -> Asking:
    """Raises: NotThereError for whoever arranges nothing where the child is at home."""
    reach = get_reach(look)
    child, places = get_child(look, reach, child_id)
    arranged = list_arranged_units(look, reach)
    home = next((unit for unit, _ in places if unit.id in arranged), None)
    if home is None:
        raise NotThereError
    return Asking(child, home, tuple(list_hosts(look, home)))


@pages.get("/guests/{unit_id}")
async def show_guests(visit: Visit, asked: GuestsAsked) -> web.StreamResponse:
    """Who waits for an answer, who is taken in, and who is elsewhere."""
    return await _show(visit, asked.unit_id)


@pages.post("/guests/{unit_id}/{place_id}/accept")
async def accept_one(visit: Visit, asked: AcceptAsked) -> web.StreamResponse:
    """The unit takes the child in."""
    done = await visit.try_work(accept, asked.place_id, asked.group_id)
    return await _go_on(visit, asked, done)


@pages.post("/guests/{unit_id}/{place_id}/decline")
async def decline_one(visit: Visit, asked: PlaceAsked) -> web.StreamResponse:
    """The unit cannot."""
    return await _go_on(visit, asked, await visit.try_work(decline, asked.place_id))


@pages.post("/guests/{unit_id}/{place_id}/call-off")
async def call_off_one(visit: Visit, asked: PlaceAsked) -> web.StreamResponse:
    """It holds no longer."""
    return await _go_on(visit, asked, await visit.try_work(call_off, asked.place_id))


async def _go_on(visit: Visit, asked: PlaceAsked, done: object) -> web.StreamResponse:
    if isinstance(done, Refusal):
        return await _show(visit, asked.unit_id, done)
    return visit.go(f"/guests/{asked.unit_id}")


async def _show(visit: Visit, unit_id: str, refusal: Refusal | None = None) -> web.Response:
    found = await visit.look(gather_guests, unit_id)
    await visit.note_reading([guest.place.id for guest in (*found.at, *found.of)])
    path = f"/guests/{found.unit.id}"
    return visit.show(
        "staff/guests.j2",
        status=422 if refusal is not None else 200,
        here=path,
        unit=found.unit,
        asks=found.asks,
        groups=[(group.id, group.name) for group in found.groups],
        waiting=[_lay_out(visit, found, guest) for guest in found.at if guest.place.is_asked],
        taken=[_lay_out(visit, found, guest) for guest in found.at if not guest.place.is_asked],
        away=[_lay_out(visit, found, guest) for guest in found.of],
        wrong=visit.explain(refusal) if refusal is not None else "",
    )


def _lay_out(visit: Visit, found: Guests, guest: Guest) -> dict[str, Any]:
    """Until it is taken in, of the child no more than is needed to answer."""
    today = found.unit.today(visit.house.parts.clock.now())
    place, born = guest.place, guest.child.birth_date
    is_ours, shut = place.home_unit_id == found.unit.id, found.shut[place.id]
    return {
        "path": f"/guests/{found.unit.id}/{place.id}",
        "name": guest.child.name if is_ours or not place.is_asked else guest.child.called,
        "year": "" if born is None else str(born.year),
        "protected": guest.child.protected,
        "unit": guest.host.name if is_ours else guest.home.name,
        "days": visit.say("guests.days", days=place.days, today=today),
        "why": visit.say("guests.why", code=place.why),
        "group": "" if guest.group is None else guest.group.name,
        "is_asked": place.is_asked,
        "is_today": not place.is_asked and place.from_day <= today <= place.to_day,
        "unreached": place.unreached,
        "shut": visit.say("guests.shut", days=shut, today=today, home=guest.home.name) if shut else "",
    }


@pages.get(ELSEWHERE)
async def show_asking(visit: Visit, asked: ElsewhereAsked) -> web.StreamResponse:
    """Which unit to ask, for which days and why."""
    return await _show_asking(visit, asked.child_id)


@pages.post(ELSEWHERE)
async def ask_for_one(visit: Visit, asked: WishAsked) -> web.StreamResponse:
    """Ask the other unit; of a protected child once more whether that is meant."""
    asking = await visit.look(gather_asking, asked.child_id)
    if asking.child.protected and asked.sure != YES:
        return await _show_asking(visit, asked.child_id, asked)
    wish = GuestWish(asked.host_id, asked.first, asked.last, asked.cause)
    done = await visit.try_work(_ask, asked.child_id, wish)
    if isinstance(done, Refusal):
        return await _show_asking(visit, asked.child_id, asked, done)
    return visit.go(f"/guests/{asking.home.id}")


def _ask(work: Work, child_id: str, wish: GuestWish) -> None:
    """Raises: NotThereError, GuestDaysError, GuestClashError, GuestUnreadError."""
    ask_for_place(work, gather_asking(work, child_id).home.id, child_id, wish)


async def _show_asking(
    visit: Visit, child_id: str, wished: WishAsked | None = None, refusal: Refusal | None = None
) -> web.Response:
    asking = await visit.look(gather_asking, child_id)
    await visit.note_reading([asking.child.id])
    today = asking.home.today(visit.house.parts.clock.now())
    return visit.show(
        "staff/guests_ask.j2",
        status=422 if refusal is not None else 200,
        here=f"/children/{asking.child.id}/elsewhere",
        child=asking.child,
        home=asking.home,
        hosts=[(unit.id, unit.name) for unit in asking.hosts],
        whys=[(why.value, visit.say("guests.why", code=why.value)) for why in GuestWhy],
        host_id="" if wished is None else wished.host_id,
        first=today if wished is None else wished.first,
        last=today if wished is None else wished.last,
        why="" if wished is None else wished.cause.value,
        asks_sure=asking.child.protected and wished is not None,
        yes=YES,
        wrong=visit.explain(refusal) if refusal is not None else "",
    )
