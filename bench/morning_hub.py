"""A whole hub in this process, tuned as `budbok run` tunes itself, on the worst of mornings. At the first line of its input its
leader sends a broadcast to all families; at the second it waits until what was spooled is in the store, and tells how many of
the broadcast's texts were handed over.
"""

import argparse
import asyncio
import sys
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from hub.assembly import Hub
from hub.desk import Look, Work
from hub.entrance import widen
from hub.people.staff import Staff
from hub.post.deliveries import Delivery
from hub.post.messages import Lane
from hub.sign_in.sessions import open_session

from .broadcast_hub import find_leader, send_to_all
from .installation import BENCH
from .neighbourhood import LEADER
from .whole_hub import whole_hub

AT_ONCE = 100
DRAIN_SECONDS = 60.0


async def serve(config: Path, sessions: int, tokens: Path) -> None:
    async with whole_hub(config) as hub:
        made: list[str] = []
        while len(made) < sessions:
            made += await hub.desk.work(BENCH, _open, min(AT_ONCE, sessions - len(made)))
        tokens.write_text("\n".join(made), "utf-8")
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, sys.stdin.readline)
        leader, unit_id = await hub.desk.look(BENCH, find_leader)
        await hub.desk.work(leader, send_to_all, unit_id)
        await loop.run_in_executor(None, sys.stdin.readline)
        print(await _end(hub), flush=True)


async def _end(hub: Hub) -> int:
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while hub.spool.waiting_bytes:
                await asyncio.sleep(0.1)
    return await hub.desk.look(BENCH, _count_gone)


def _open(work: Work, count: int) -> list[str]:
    leader = work.session.scalars(sa.select(Staff).where(Staff.source_id == LEADER)).one()
    return [open_session(work, leader, None, fresh=False) for _ in range(count)]


def _count_gone(look: Look) -> int:
    asked = sa.select(sa.func.count()).where(Delivery.lane == Lane.BULK, Delivery.handed_at.is_not(None))
    return look.session.scalar(asked) or 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("sessions", type=int)
    parser.add_argument("tokens", type=Path)
    asked = parser.parse_args()
    widen()
    asyncio.run(serve(asked.config, asked.sessions, asked.tokens))


if __name__ == "__main__":
    main()
