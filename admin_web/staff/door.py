"""*Door*: the phone that staff hold while children come and go. It rests on a page without names, and shows one touch at a
time.

What a phone reads goes to the hub by one road, the queue: at once, or when there is a network again, each thing signed on the
phone and counted once. What may lie on the phone for that is sent by `send_children`.
"""

import json
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web import cookies
from admin_web.drawing import STATIC
from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId
from admin_web.staff.door_board import Browser, WhoIsHere, gather_door, gather_first, gather_here, gather_next
from admin_web.staff.door_words import door_facts, seconds_left
from admin_web.staff.trips import gather_out, trip_of_each
from admin_web.staff.visiting import Visit
from hub.desk import Look, Work
from hub.door.merging import DeviceClock, Sent, Taken, take_queue
from hub.door.phones import PUBLIC_KEY_LENGTH, SHIFT, find_phone, pair_phone, unpair_phone
from hub.door.readers import TagReader
from hub.door.trips import MOST_CHILDREN
from hub.safety.access import NotThereError, get_reach, get_unit
from hub.safety.guests import visible_at_unit
from hub.school.day_board import OnBoard
from hub.seal import Seal

pages = Pages()

KEPT = "X-Budbok-Keep"
"""Marks the page, which holds nobody's name, that the phone's own script may keep without a network: for so many seconds."""
MOST_SENT = 100
TEXT_LENGTH = 800


class UnitAsked(Asked):
    unit_id: PublicId


class DoorAsked(UnitAsked):
    done: PublicId | None = None


class PairAsked(UnitAsked):
    public_key: Annotated[str, Field(max_length=PUBLIC_KEY_LENGTH)] = ""


class QueueAsked(UnitAsked):
    reader: PublicId
    clock: DeviceClock
    texts: Annotated[tuple[Annotated[str, Field(max_length=TEXT_LENGTH)], ...], Field(max_length=MOST_SENT)]
    signatures: Annotated[tuple[Annotated[str, Field(max_length=120)], ...], Field(max_length=MOST_SENT)]


@pages.get("/door/worker.js", guests=True)
async def send_worker(visit: Visit) -> web.StreamResponse:
    """The script that a phone keeps. It holds nothing of anybody."""
    return web.FileResponse(STATIC / "door" / "worker.js", headers={"Content-Type": "text/javascript"})


@pages.get("/door")
async def show_first(visit: Visit) -> web.StreamResponse:
    """The door of my first unit."""
    return visit.go(f"/door/{await visit.look(gather_first)}")


@pages.get("/door/{unit_id}")
async def show_door(visit: Visit, asked: DoorAsked) -> web.StreamResponse:
    """Where the phone rests, or how to take it into use."""
    door = await visit.look(gather_door, asked.unit_id, browser_of(visit))
    path = f"/door/{door.unit.id}"
    undo = {"text": visit.say("door.done"), "undo": f"{path}/taps/{asked.done}/undo", "seconds": 30}
    answer = visit.show(
        "staff/door.j2",
        here=path,
        live=f"{path}/live",
        toasts=[undo] if asked.done is not None else [],
        most_on_trip=MOST_CHILDREN,
        **door_facts(visit, door),
    )
    if door.phone is not None:
        answer.headers[KEPT] = str(seconds_left(visit, door))
    return answer


@pages.get("/door/{unit_id}/waiting")
async def show_waiting(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """How many touches wait, for a page that is open."""
    if not visit.is_partial:
        return visit.go(f"/door/{asked.unit_id}")
    door = await visit.look(gather_door, asked.unit_id, browser_of(visit))
    return visit.show("staff/door_waiting.j2", **door_facts(visit, door))


@pages.live("/door/{unit_id}/live")
async def follow(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """Tells an open page that something at the door has changed."""
    return await visit.live(partial(concerns_door, unit_id=asked.unit_id))


def concerns_door(look: Look, ids: frozenset[str], unit_id: str) -> bool:
    """Whether any of these ids is about the door of a unit. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    return unit_id in ids or bool(ids and visible_at_unit(look, reach, ids, unit_id, unit.today(look.now)))


@pages.get("/door/{unit_id}/next")
async def show_next(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The touch that has waited longest."""
    tap_id = await visit.look(gather_next, asked.unit_id, browser_of(visit))
    return visit.go(f"/door/{asked.unit_id}" + (f"/taps/{tap_id}" if tap_id is not None else ""))


@pages.post("/door/{unit_id}/pair")
async def pair(visit: Visit, asked: PairAsked) -> web.StreamResponse:
    """This phone is in use here until the shift is over."""
    me = visit.signed_in
    token = await visit.work(pair_here, asked.unit_id, me.id, me.name, asked.public_key or None)
    answer = visit.go(f"/door/{asked.unit_id}")
    visit.house.cookies.set(answer, cookies.DOOR, token, SHIFT)
    return answer


def pair_here(work: Work, unit_id: str, session_id: str, name: str, public_key: str | None) -> str:
    """The token of the phone. Raises: NotThereError, PhoneKeyError."""
    reach = get_reach(work)
    unit = get_unit(work, reach, unit_id)
    return pair_phone(work, reach, unit, session_id, name, public_key)[1]


@pages.post("/door/{unit_id}/unpair")
async def unpair(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """The phone is in use no more, and forgets whom it knew."""
    await visit.work(unpair_here, asked.unit_id, browser_of(visit))
    answer = visit.go(f"/door/{asked.unit_id}")
    visit.house.cookies.drop(answer, cookies.DOOR)
    return answer


def unpair_here(work: Work, unit_id: str, browser: Browser) -> None:
    """Raises: NotThereError."""
    reach = get_reach(work)
    unit = get_unit(work, reach, unit_id)
    phone = find_phone(work, browser.token, unit.id, browser.session_id)
    if phone is None:
        raise NotThereError
    unpair_phone(work, work.session.get_one(TagReader, phone.reader.id), reach.staff_id)


@pages.post("/door/{unit_id}/queue")
async def take(visit: Visit, asked: QueueAsked) -> web.StreamResponse:
    """What the phone read and ticked; it may forget all that is answered."""
    texts, signatures = asked.texts, asked.signatures
    if len(texts) != len(signatures):
        raise NotThereError
    taken = await visit.work(
        take_from,
        visit.house.parts.seal,
        asked.unit_id,
        Sent(asked.reader, list(texts), list(signatures), asked.clock.astimezone()),
    )
    return web.json_response([{"fate": one.fate, "tap": one.tap_id} for one in taken])


def take_from(work: Work, seal: Seal, unit_id: str, sent: Sent) -> list[Taken]:
    """Raises: NotThereError."""
    reach = get_reach(work)
    return take_queue(work, reach, get_unit(work, reach, unit_id), sent, seal)


@pages.get("/door/{unit_id}/children")
async def send_children(visit: Visit, asked: UnitAsked) -> web.StreamResponse:
    """What may lie on a phone in use until its shift is over: each child by the name called, its group, state, and when it was
    last seen or on which trip it is, and none whose identity is protected."""
    door = await visit.look(gather_door, asked.unit_id, browser_of(visit))
    if door.phone is None:
        raise NotThereError
    here = await visit.look(gather_here, asked.unit_id)
    trips = trip_of_each(visit, await visit.look(gather_out, asked.unit_id))
    await visit.note_reading([here.unit.id, *here.child_ids])
    told = {
        "left": seconds_left(visit, door),
        "groups": [
            {
                "name": group.name,
                "children": [
                    {
                        "id": on.child.id,
                        "name": on.child.called,
                        "state": on.presence,
                        "seen": trips.get(on.child.id) or seen_of(visit, here, on),
                    }
                    for on in group.children
                    if not on.child.protected
                ],
            }
            for group in here.groups
        ],
    }
    return web.Response(text=json.dumps(told), content_type="application/json")


def seen_of(visit: Visit, here: WhoIsHere, on: OnBoard) -> str:
    """When staff last saw the child today, in words; empty where they have not."""
    at = here.seen.get(on.child.id)
    return "" if at is None else visit.say("door.last_seen", at=here.unit.local(at))


def browser_of(visit: Visit) -> Browser:
    """The phone that this may be."""
    return Browser(visit.house.cookies.read(visit.request, cookies.DOOR), visit.signed_in.id)
