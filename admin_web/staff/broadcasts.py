"""*Broadcasts*: what was sent to many, the newest first, and how far each has come in a word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aiohttp import web

from admin_web.page import Pages
from admin_web.staff.visiting import Visit
from hub.desk import Look
from hub.people.places import Unit
from hub.post.broadcast_rights import get_sending, list_readable
from hub.post.broadcasts import Broadcast, BroadcastState
from hub.safety.access import NotThereError, get_reach

pages = Pages()

LISTED = 40


@pages.get("/broadcasts")
async def show_broadcasts(visit: Visit) -> web.StreamResponse:
    """What was sent to many, the newest first."""
    found = await visit.look(gather_broadcasts)
    return visit.show("staff/broadcasts.j2", found=found, state_pill=STATE_PILLS)


@dataclass(frozen=True, slots=True)
class Listed:
    """`at` is when it leaves or left, by the clock of its unit."""

    broadcast: Broadcast
    text: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Found:
    """`ledgers` are the units whose costs the asker may see; `may_send`: there is somebody they may send to."""

    listed: Sequence[Listed]
    ledgers: Sequence[Unit]
    may_send: bool


STATE_PILLS = {
    BroadcastState.HELD: "waiting",
    BroadcastState.SENDING: "late",
    BroadcastState.SENT: "here",
    BroadcastState.RECALLED: "away",
    BroadcastState.STOPPED: "failed",
}


def gather_broadcasts(look: Look) -> Found:
    """Nothing for whoever may send to nobody. Raises: NotThereError for whoever serves nothing."""
    get_reach(look)
    try:
        sending = get_sending(look)
    except NotThereError:
        return Found((), (), may_send=False)
    units = [unit for unit, _ in sending.list_units(look)]
    listed = []
    for broadcast in list_readable(look, LISTED):
        unit = clock_of(look, broadcast)
        listed.append(
            Listed(
                broadcast,
                broadcast.said[broadcast.language],
                unit.local(broadcast.began_at or broadcast.starts_at),
                unit.today(look.now),
            )
        )
    return Found(listed, [unit for unit in units if unit.id in sending.reach.leads], may_send=True)


def clock_of(look: Look, broadcast: Broadcast) -> Unit:
    """The unit whose clock it is told by: its own, or one of its sender's seat."""
    if broadcast.unit_id is not None:
        return look.session.get_one(Unit, broadcast.unit_id)
    sending = get_sending(look)
    unit_id = next(role.unit_id for role in sending.roles if role.unit_id in sending.reach.units)
    return look.session.get_one(Unit, unit_id)
