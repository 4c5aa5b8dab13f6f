"""*Why did I get nothing?* A phone number in any form; what we know of it, and what became of the last texts to it."""

from dataclasses import dataclass
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin_web.page import Pages
from admin_web.parameters import Asked
from admin_web.staff.visiting import Visit
from hub.address import parse_phone, shown_phone
from hub.desk import Look
from hub.people.places import Owner
from hub.post.audience import Freshness
from hub.post.deliveries import FAILED_ENDS, Status
from hub.post.reaching import Reached, find_reached
from hub.post.reading import get_reader

pages = Pages()

TICKS = {
    Status.DELIVERED: "arrived",
    Status.READ: "read",
    Status.SENT: "sent",
    Status.SENDING: "sent",
    **dict.fromkeys(FAILED_ENDS, "failed"),
}


class PhoneAsked(Asked):
    phone: Annotated[str, Field(max_length=40)]


@dataclass(frozen=True, slots=True)
class Checked:
    """`shown` is the number as it was understood, "" when it is none."""

    shown: str
    found: tuple[Reached, ...]


@pages.get("/numbers/check")
async def show_check(visit: Visit) -> web.StreamResponse:
    """Where a phone number is typed."""
    return visit.show("staff/numbers_check.j2", phone="", checked=None)


@pages.post("/numbers/check")
async def check(visit: Visit, asked: PhoneAsked) -> web.StreamResponse:
    """What we know of it. It is asked by a form, so that no address, log or history holds the number."""
    checked = await visit.look(check_phone, asked.phone)
    await visit.note_reading([part for reached in checked.found for part in (reached.guardian.id, reached.address.id)])
    return visit.show(
        "staff/numbers_check.j2",
        here="/numbers/check",
        phone=asked.phone,
        checked=checked,
        state=lambda reached: visit.say(f"numbers.state_{_state(reached)}", **_told(visit, reached)),
        is_good=lambda reached: _state(reached) == "good",
        tick=lambda delivery: TICKS.get(Status(delivery.status), "waiting"),
        became=lambda delivery: _became(visit, delivery.status, delivery.reason),
        when=lambda reached, at: visit.say(
            "morning.when", at=reached.unit.local(at), today=reached.unit.today(visit.house.parts.clock.now())
        ),
    )


def check_phone(look: Look, text: str) -> Checked:
    """A number outside the reach is answered as one that we never saw. Raises: NotThereError."""
    reader = get_reader(look)
    owner = look.session.get_one(Owner, reader.reach.owner_id)
    address = parse_phone(text, owner.country)
    if address is None:
        return Checked("", ())
    return Checked(shown_phone(address.value), tuple(find_reached(look, reader, address)))


def _state(reached: Reached) -> str:
    """The first thing that keeps texts away, or "good"."""
    if reached.address.gone_at is not None:
        return "gone"
    if reached.address.kind in reached.reserved:
        return "reserved"
    if reached.address.stopped_at is not None:
        return "stopped_by_provider" if reached.address.stopped_by == "provider" else "stopped"
    return {Freshness.FRESH: "good", Freshness.STALE: "stale", Freshness.OVER: "over"}[reached.freshness]


def _told(visit: Visit, reached: Reached) -> dict[str, Any]:
    address = reached.address
    since = address.gone_at or address.stopped_at or address.confirmed_at
    today = reached.unit.today(visit.house.parts.clock.now())
    return {"since": reached.unit.local(since).date(), "today": today}


def _became(visit: Visit, status: str, reason: str | None) -> str:
    said = visit.say(f"numbers.became_{status}")
    known = f"numbers.because_{reason}"
    return f"{said} {visit.say(known)}" if reason and visit.words.has(known) else said
