"""Serves until it is told to stop: SIGTERM or SIGINT end it in order, within 30 seconds, and 45 seconds end it anyhow."""

import asyncio
import gc
import os
import signal
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from hub.assembly import assemble
from hub.config import Settings
from hub.entrance import widen
from hub.logs import set_up_logs
from hub.post.spool import SpoolUnusableError
from hub.talk.heard import ListenerAwayError
from hub.upgrade import NewerStoreError

NEW_OBJECTS = 10_000
HARD_END_SECONDS = 45


def serve(settings: Settings, say: Callable[[str], None]) -> int:
    """The exit code: 0 stopped in order, 1 it could not start."""
    set_up_logs()
    widen()
    try:
        return asyncio.run(_serve(settings, say))
    except (NewerStoreError, SpoolUnusableError, OSError) as error:
        say(f"Budbok cannot start: {error}")
    except SQLAlchemyError as error:
        say(f"Budbok cannot start: the store cannot be opened ({type(error).__name__}).")
    except ListenerAwayError:
        say("Budbok cannot start: the listener does not.")
    return 1


async def _serve(settings: Settings, say: Callable[[str], None]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, stop.set)
    hub = await assemble(settings)
    try:
        await hub.start()
        look_for_cycles_less_often()
        say(f"Budbok serves staff at {settings.staff.url} and the public at {settings.public.url}.")
        await stop.wait()
    finally:
        _end_anyhow_later()
        await hub.stop()
    return 0


def look_for_cycles_less_often() -> None:
    """What is there at the start stays, and a text makes some thousands of objects that go by themselves: looking among them
    after each 700, as Python does, takes a sixth of the store's work."""
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)


def _end_anyhow_later() -> None:
    watchdog = threading.Timer(HARD_END_SECONDS, os._exit, [1])
    watchdog.daemon = True
    watchdog.start()
