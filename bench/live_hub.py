"""A whole hub in this process, whose leader has very many sessions. At each line of its input a message is kept, and the moment
before that is printed, by the clock that all processes of a machine share: what follows has the commit in it."""

import argparse
import asyncio
import sys
import time
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.assembly import assemble
from hub.desk import Desk, Look, Work
from hub.entrance import widen
from hub.people.families import Child
from hub.people.staff import Staff
from hub.post.messages import Author, Lane, Thread
from hub.post.posting import Post, post, undo
from hub.post.reading import get_reader
from hub.serving import look_for_cycles_less_often
from hub.settings_file import load_settings
from hub.sign_in.sessions import open_session
from hub.talk.planning import list_plans
from hub.talk.writing import Draft, write_about

from .installation import BENCH
from .neighbourhood import LEADER

HOLD = timedelta(hours=1)
"""Nothing of it leaves while we measure."""
AT_ONCE = 100


async def serve(config: Path, sessions: int, tokens: Path) -> None:
    hub = await assemble(load_settings(config, environment={}))
    await hub.start()
    look_for_cycles_less_often()
    try:
        leader = await hub.desk.look(BENCH, _find_leader)
        made: list[str] = []
        while len(made) < sessions:
            made += await hub.desk.work(BENCH, _open, leader, min(AT_ONCE, sessions - len(made)))
        thread_id = await _begin(hub.desk, leader)
        tokens.write_text("\n".join(made), "utf-8")
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            begun = time.monotonic()
            await hub.desk.work(BENCH, _write, thread_id, leader.id)
            print(begun, flush=True)
    finally:
        await hub.stop()


def _find_leader(look: Look) -> Staff:
    return look.session.scalars(sa.select(Staff).where(Staff.source_id == LEADER)).one()


def _open(work: Work, leader: Staff, count: int) -> list[str]:
    return [open_session(work, leader, None, fresh=False) for _ in range(count)]


async def _begin(desk: Desk, leader: Staff) -> str:
    """A thread to write in; what began it is taken back."""
    asker = Asker("staff", leader.id, Trust.STRONG, "bench", leader.owner_id)
    child_id, readers = await desk.look(asker, _find_family)
    message = await desk.work(asker, write_about, child_id, Draft("Hei", readers))
    await desk.work(asker, undo, message)
    return message.thread_id


def _find_family(look: Look) -> tuple[str, str]:
    child_id = look.session.scalars(sa.select(Child.id).order_by(Child.id).limit(1)).one()
    return child_id, list_plans(look, get_reader(look), child_id)[0].key


def _write(work: Work, thread_id: str, author_id: str) -> None:
    what = Post("Turen er i morgen.", "nb", Author.STAFF, author_id, lane=Lane.ORDINARY, hold=HOLD)
    post(work, work.session.get_one(Thread, thread_id), what)


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
