"""Two works at once, in an order that is known: the second begins when the first is done and not yet kept."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import sqlalchemy as sa

from hub.asker import Asker
from hub.desk import Desk, Look, Work
from tests.hub.post.spoken import TEST
from tests.patience import PATIENCE

First = TypeVar("First")
Second = TypeVar("Second")


async def at_once(
    desk: Desk, asker: Asker, verb: Callable[[Work], First], second: Coroutine[Any, Any, Second]
) -> tuple[First, Second]:
    """What became of `verb`, and of what began before it was kept: that waits for it, or comes to its end without."""
    done, over = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slowly(work: Work) -> First:
        result = verb(work)
        work.session.flush()
        loop.call_soon_threadsafe(done.set)
        over.wait(PATIENCE)
        return result

    first = asyncio.create_task(desk.work(asker, slowly))
    waiting = asyncio.create_task(done.wait())
    await asyncio.wait([first, waiting], return_when=asyncio.FIRST_COMPLETED)
    then = asyncio.create_task(second)
    if "postgresql" in desk.url:  # SQLite's one writer keeps the first before it begins the second
        async with asyncio.timeout(PATIENCE):
            while not (then.done() or await desk.look(TEST, waits_for_a_lock)):
                await asyncio.sleep(0.005)
    over.set()
    waiting.cancel()
    return await first, await then


def waits_for_a_lock(look: Look) -> bool:
    """Whether a writer of PostgreSQL's waits for another one."""
    return bool(look.session.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")))
