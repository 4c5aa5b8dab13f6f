"""Trips: what the phone that went along has counted comes in here, and what those who stay see of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.door.marks import Clash, list_open
from hub.door.merging import DeviceClock, Fate, Sent
from hub.door.trip_queue import take_trips
from hub.door.trips import Out, list_out
from hub.people.naming import names_of
from hub.people.places import Unit
from hub.safety.access import NotThereError, get_reach, get_unit
from hub.school.day_board import OnBoard, Presence, list_board

pages = Pages()

MOST_SENT = 100
TEXT_LENGTH = 2000


class TripsAsked(Asked):
    unit_id: PublicId
    reader: PublicId
    clock: DeviceClock
    texts: Annotated[tuple[Annotated[str, Field(max_length=TEXT_LENGTH)], ...], Field(max_length=MOST_SENT)]
    signatures: Annotated[tuple[Annotated[str, Field(max_length=120)], ...], Field(max_length=MOST_SENT)]


@dataclass(frozen=True, slots=True)
class OutNow:
    """The trips under way of which the asker may see a child who is not home yet; `names` are those of whoever leads them,
    and of the children who are missing."""

    unit: Unit
    trips: tuple[Out, ...]
    names: Mapping[str, str]
    now: datetime

    @property
    def missing_ids(self) -> list[str]:
        return sorted({child_id for one in self.trips for child_id in one.missing})


@pages.post("/door/{unit_id}/trips/queue")
async def take(visit: Visit, asked: TripsAsked) -> web.StreamResponse:
    """What the phone wrote down of its trips; it may forget all that is answered."""
    if len(asked.texts) != len(asked.signatures):
        raise NotThereError
    sent = Sent(asked.reader, list(asked.texts), list(asked.signatures), asked.clock.astimezone())
    fates = await visit.work(take_from, asked.unit_id, sent)
    return web.json_response([{"fate": fate, "tap": None} for fate in fates])


def take_from(work: Work, unit_id: str, sent: Sent) -> list[Fate]:
    """Raises: NotThereError."""
    reach = get_reach(work)
    return take_trips(work, reach, get_unit(work, reach, unit_id), sent)


def gather_out(look: Look, unit_id: str) -> OutNow:
    """Whoever is missing is not taken to be home. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    return find_out_of(look, unit, list_board(look, reach, unit, unit.today(look.now)))


def find_out_of(look: Look, unit: Unit, board: Sequence[OnBoard]) -> OutNow:
    """The same, where those whom the asker may see are at hand."""
    waiting = list_open(look, unit, unit.today(look.now), [on.child_id for on in board])
    missing = {row.child_id for row in waiting if row.clash == Clash.MISSING}
    not_home = {on.child_id for on in board if on.presence is not Presence.LEFT}
    trips = tuple(list_out(look, unit, not_home | missing))
    names = names_of(look, staff={out.trip.by for out in trips}, children=missing)
    return OutNow(unit, trips, names, look.now)


def trip_facts(visit: Visit, out: OutNow) -> dict[str, Any]:
    """What a template that tells of trips is given: `trips` in words, `trip_of` each child, and whom somebody must look for."""
    return {
        "trips": [_said(visit, out, one) for one in out.trips],
        "trip_of": trip_of_each(visit, out),
        "missed_on_trip": out.missing_ids,
    }


def trip_of_each(visit: Visit, out: OutNow) -> dict[str, str]:
    """Of each child that is on a trip, in words, where it is and when it was last counted; or since when it is missing."""
    return {child_id: _told(visit, out, one, child_id) for one in out.trips for child_id in sorted(one.child_ids)}


def _told(visit: Visit, out: OutNow, one: Out, child_id: str) -> str:
    counted = out.unit.local(one.seen[child_id])
    if child_id not in one.missing:
        return visit.say("trip.on_trip", place=one.trip.place, counted=counted)
    since = out.unit.local(one.missing[child_id])
    return visit.say("trip.on_trip_missing", place=one.trip.place, since=since, counted=counted)


def _said(visit: Visit, out: OutNow, one: Out) -> tuple[str, str]:
    """How it stands, and what is wrong, which may be empty."""
    trip = one.trip
    said = visit.say(
        "trip.out",
        place=trip.place,
        n=len(one.child_ids),
        who=out.names.get(trip.by, ""),
        counted=out.unit.local(one.counted_at),
    )
    missing = sorted(out.names[child_id] for child_id in one.missing)
    wrong = [visit.say("trip.out_missing", names=missing)] if missing else []
    wrong += [visit.say("trip.overdue", every=trip.every)] if one.is_overdue(out.now) else []
    return said, " ".join(wrong)
