"""A whole hub in this process, tuned as `budbok run` tunes itself, whose leader sends one broadcast to all families of a
school, and looks at its progress each second from the end of its hold on, as its page does.

It prints the seconds from the end of the broadcast's hold to the last hand-over as the hub wrote both down, how many were
handed over, and how often the progress was read; and gives up after so many seconds.
"""

import argparse
import asyncio
import json
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.assembly import Hub
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.people.staff import Staff
from hub.post.broadcast_progress import read_progress
from hub.post.broadcast_rights import get_broadcast, get_place
from hub.post.broadcasts import HOLD, Scope, Written, keep_broadcast
from hub.post.deliveries import Delivery

from .installation import BENCH
from .neighbourhood import LEADER
from .whole_hub import whole_hub

TEXT = Written({"nb": "I morgen er skolen stengt, for vannet er borte."}, "nb")
LOOK_SECONDS = 1.0
HELD_SECONDS = 0.01
"""For each family."""


def find_hold(families: int) -> timedelta:
    """As long as a hold is, and of fewer families as much shorter, so that a small bench waits for little."""
    return min(HOLD, timedelta(seconds=families * HELD_SECONDS))


def find_leader(look: Look) -> tuple[Asker, str]:
    staff = look.session.scalars(sa.select(Staff).where(Staff.source_id == LEADER)).one()
    unit = look.session.scalars(sa.select(Unit)).one()
    return Asker("staff", staff.id, Trust.STRONG, "bench", staff.owner_id), unit.id


def send_to_all(work: Work, unit_id: str, hold: timedelta = timedelta()) -> tuple[str, datetime]:
    """Its id, and the moment at which its hold is over."""
    broadcast = keep_broadcast(work, get_place(work, Scope.UNIT, unit_id), TEXT, work.now + hold)
    return broadcast.id, broadcast.starts_at


def look_at(look: Look, broadcast_id: str) -> int:
    """All that its page reads; how many it has been handed over to."""
    read_progress(look, get_broadcast(look, broadcast_id))
    return _read(look)[0]


def _read(look: Look) -> tuple[int, datetime | None]:
    handed, last = look.session.execute(
        sa.select(sa.func.count(Delivery.handed_at), sa.func.max(Delivery.handed_at, type_=Delivery.due.type))
    ).one()
    return handed, last


async def measure(hub: Hub, families: int, most_seconds: float) -> tuple[float, int, int]:
    leader, unit_id = await hub.desk.look(BENCH, find_leader)
    hold = find_hold(families)
    broadcast_id, starts_at = await hub.desk.work(leader, send_to_all, unit_id, hold)
    looks = 0
    await asyncio.sleep(hold.total_seconds())
    with suppress(TimeoutError):
        async with asyncio.timeout(most_seconds):
            while await hub.desk.look(leader, look_at, broadcast_id) < families:
                looks += 1
                await asyncio.sleep(LOOK_SECONDS)
    handed, last = await hub.desk.look(BENCH, _read)
    return ((last or starts_at) - starts_at).total_seconds(), handed, looks


async def run(config: Path, families: int, most_seconds: float) -> tuple[float, int, int]:
    async with whole_hub(config) as hub:
        return await measure(hub, families, most_seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("families", type=int)
    parser.add_argument("most_seconds", type=float)
    asked = parser.parse_args()
    print("RESULT", json.dumps(asyncio.run(run(asked.config, asked.families, asked.most_seconds))))


if __name__ == "__main__":
    main()
