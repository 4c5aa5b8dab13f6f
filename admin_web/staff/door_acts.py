"""What staff say at the door: what a touch means, who came without one, how a child stood after all, and what does not fit."""

from datetime import datetime, time
from enum import StrEnum
from typing import Annotated

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked, PublicId, WallClock
from admin_web.staff.door import browser_of
from admin_web.staff.door_board import Browser, gather_at_door, gather_here, gather_pass
from admin_web.staff.door_words import child_facts, here_facts, pass_facts
from admin_web.staff.trips import gather_out, trip_facts
from admin_web.staff.visiting import Visit
from hub.desk import Refusal, Work
from hub.door.confirming import SaidOf, cancel_tap, confirm_tap, get_reached, say_of_children
from hub.door.looking import Found, Shown, settle_clash
from hub.door.marks import Way, Why
from hub.door.phones import find_phone
from hub.door.undoing import mark_away, undo_tap, undo_way
from hub.door.who_fetches import SaidFetcher
from hub.people.places import Unit
from hub.safety.access import Reach, get_reach, get_unit
from hub.school.attendance import FETCHED_LENGTH

pages = Pages()

MOST_AT_ONCE = 200
STOOD_LENGTH = 100


class Said(StrEnum):
    """What may be said of a child without a touch, or taken back."""

    COMING = "coming"
    LEAVING = "leaving"
    AWAY = "away"
    NOT_COME = "not_come"
    NOT_LEFT = "not_left"
    NOT_AWAY = "not_away"


_TAKES_BACK = {Said.NOT_COME: Way.COMING, Said.NOT_LEFT: Way.LEAVING, Said.NOT_AWAY: Way.AWAY}


class TapAsked(Asked):
    unit_id: PublicId
    tap_id: PublicId


class TapShown(TapAsked):
    said: Way | None = None


class Fetched(Asked):
    """Who takes a child along."""

    who: Annotated[str, Field(max_length=26)] = ""
    name: Annotated[str, Field(max_length=FETCHED_LENGTH)] = ""
    is_checked: bool = False
    is_led: bool = False

    def fetcher(self) -> SaidFetcher:
        return SaidFetcher(self.who, self.name, self.is_checked, self.is_led)


class Told(Fetched):
    """When it was, where that was not now, and why it is another time."""

    at: WallClock | None = None
    why: Why | None = None


class ConfirmAsked(Told):
    unit_id: PublicId
    tap_id: PublicId
    said: Way
    children: Annotated[tuple[PublicId, ...], Field(max_length=MOST_AT_ONCE)] = ()


class ChildAsked(Asked):
    unit_id: PublicId
    child_id: PublicId


class SayAsked(Told):
    unit_id: PublicId
    child_id: PublicId
    said: Said


class HereAsked(Asked):
    unit_id: PublicId
    q: Annotated[str, Field(max_length=80)] = ""


class BulkAsked(Asked):
    unit_id: PublicId
    children: Annotated[tuple[PublicId, ...], Field(max_length=MOST_AT_ONCE)] = ()


class LookAsked(Fetched):
    unit_id: PublicId
    child_id: PublicId
    found: Found
    stood: Annotated[str, Field(max_length=STOOD_LENGTH)]
    seen: Annotated[tuple[PublicId, ...], Field(max_length=MOST_AT_ONCE)] = ()

    def shown(self) -> Shown:
        return Shown(self.seen, self.stood)


@pages.get("/door/{unit_id}/taps/{tap_id}")
async def show_tap(visit: Visit, asked: TapShown) -> web.StreamResponse:
    """One touch: this child, or these, and nobody else."""
    return await _show_tap(visit, asked.unit_id, asked.tap_id, asked.said)


async def _show_tap(
    visit: Visit, unit_id: str, tap_id: str, way: Way | None, refusal: Refusal | None = None
) -> web.Response:
    passing = await visit.look(gather_pass, unit_id, tap_id, browser_of(visit))
    await visit.note_reading([passing.unit.id, tap_id, *(on.child.id for on in passing.touched.children)])
    wrong = "" if refusal is None else visit.explain(refusal)
    return visit.show(
        "staff/door_touch.j2",
        status=200 if refusal is None else 422,
        wrong=wrong,
        **pass_facts(visit, passing, way or passing.touched.way),
    )


@pages.post("/door/{unit_id}/taps/{tap_id}/confirm")
async def confirm(visit: Visit, asked: ConfirmAsked) -> web.StreamResponse:
    """Staff say what it means."""
    done = await visit.try_work(confirm_one, asked, browser_of(visit))
    if isinstance(done, Refusal):
        return await _show_tap(visit, asked.unit_id, asked.tap_id, asked.said, done)
    return visit.go(f"/door/{asked.unit_id}" + (f"?done={asked.tap_id}" if done else ""))


def confirm_one(work: Work, asked: ConfirmAsked, browser: Browser) -> bool:
    """Whether anything came of it. Raises: NotThereError, and what confirming refuses."""
    reach, unit = _reach_unit(work, asked.unit_id)
    phone = find_phone(work, browser.token, unit.id, browser.session_id)
    said = SaidOf(
        asked.said,
        asked.children,
        _moment(work, unit, asked.at),
        asked.why,
        asked.fetcher() if asked.said is Way.LEAVING else None,
        None if phone is None else phone.reader.id,
    )
    return bool(confirm_tap(work, reach, unit, asked.tap_id, said))


def _moment(work: Work, unit: Unit, at: time | None) -> datetime | None:
    """A wall-clock time of today."""
    return None if at is None else unit.moment(unit.today(work.now), at)


@pages.post("/door/{unit_id}/taps/{tap_id}/cancel")
async def cancel(visit: Visit, asked: TapAsked) -> web.StreamResponse:
    """It meant nothing."""
    await visit.work(cancel_one, asked.unit_id, asked.tap_id)
    return visit.go(f"/door/{asked.unit_id}")


def cancel_one(work: Work, unit_id: str, tap_id: str) -> None:
    """Raises: NotThereError."""
    cancel_tap(work, *_reach_unit(work, unit_id), tap_id)


@pages.get("/door/{unit_id}/children/{child_id}")
async def show_child(visit: Visit, asked: ChildAsked) -> web.StreamResponse:
    """One child without a touch, and the log of its day at the door."""
    return await _show_child(visit, asked.unit_id, asked.child_id)


async def _show_child(visit: Visit, unit_id: str, child_id: str, refusal: Refusal | None = None) -> web.Response:
    at_door = await visit.look(gather_at_door, unit_id, child_id)
    await visit.note_reading([at_door.unit.id, child_id])
    wrong = "" if refusal is None else visit.explain(refusal)
    return visit.show(
        "staff/door_child.j2", status=200 if refusal is None else 422, wrong=wrong, **child_facts(visit, at_door)
    )


@pages.post("/door/{unit_id}/children/{child_id}/say")
async def say(visit: Visit, asked: SayAsked) -> web.StreamResponse:
    """It came, left or stays away, or it did not after all."""
    done = await visit.try_work(say_one, asked)
    if isinstance(done, Refusal):
        return await _show_child(visit, asked.unit_id, asked.child_id, done)
    return visit.go(f"/door/{asked.unit_id}/children/{asked.child_id}")


def say_one(work: Work, asked: SayAsked) -> None:
    """Raises: NotThereError, and what saying it refuses."""
    reach, unit = _reach_unit(work, asked.unit_id)
    (child,) = get_reached(work, reach, unit, [asked.child_id])
    if asked.said in _TAKES_BACK:
        undo_way(work, reach, unit, child, _TAKES_BACK[asked.said])
    elif asked.said is Said.AWAY:
        mark_away(work, reach, unit, child)
    else:
        way = Way(asked.said)
        at = _moment(work, unit, asked.at)
        said = SaidOf(way, [child.id], at, asked.why, asked.fetcher() if way is Way.LEAVING else None)
        say_of_children(work, reach, unit, said)


@pages.get("/door/{unit_id}/here")
async def show_here(visit: Visit, asked: HereAsked) -> web.StreamResponse:
    """Who is here, who is not, and who must be looked at; many are ticked at once."""
    here = await visit.look(gather_here, asked.unit_id, asked.q)
    out = await visit.look(gather_out, asked.unit_id)
    await visit.note_reading([here.unit.id, *here.child_ids, *out.missing_ids])
    path = f"/door/{here.unit.id}"
    return visit.show("staff/door_here.j2", live=f"{path}/live", **here_facts(visit, here), **trip_facts(visit, out))


@pages.post("/door/{unit_id}/here")
async def mark_many(visit: Visit, asked: BulkAsked) -> web.StreamResponse:
    """All those who were ticked are here."""
    await visit.work(mark_ticked, asked.unit_id, asked.children)
    return visit.go(f"/door/{asked.unit_id}/here")


def mark_ticked(work: Work, unit_id: str, child_ids: tuple[str, ...]) -> None:
    """Raises: NotThereError."""
    reach, unit = _reach_unit(work, unit_id)
    say_of_children(work, reach, unit, SaidOf(Way.COMING, child_ids))


@pages.post("/door/{unit_id}/taps/{tap_id}/undo")
async def undo(visit: Visit, asked: TapAsked) -> web.StreamResponse:
    """What was just said by it is not so."""
    await visit.work(undo_one, asked.unit_id, asked.tap_id)
    return visit.go(f"/door/{asked.unit_id}")


def undo_one(work: Work, unit_id: str, tap_id: str) -> None:
    """Raises: NotThereError."""
    undo_tap(work, *_reach_unit(work, unit_id), tap_id)


@pages.post("/door/{unit_id}/children/{child_id}/look")
async def settle(visit: Visit, asked: LookAsked) -> web.StreamResponse:
    """Somebody has looked for the child, and knows."""
    done = await visit.try_work(settle_one, asked)
    if isinstance(done, Refusal):
        return await _show_child(visit, asked.unit_id, asked.child_id, done)
    return visit.go(f"/door/{asked.unit_id}/here")


def settle_one(work: Work, asked: LookAsked) -> None:
    """Raises: NotThereError, and what it refuses."""
    fetcher = asked.fetcher() if asked.found is Found.LEFT else None
    settle_clash(work, *_reach_unit(work, asked.unit_id), asked.child_id, asked.shown(), asked.found, fetcher)


def _reach_unit(work: Work, unit_id: str) -> tuple[Reach, Unit]:
    reach = get_reach(work)
    return reach, get_unit(work, reach, unit_id)
