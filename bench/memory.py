"""Resident memory of the hub and of its listener, after messages that were all heard and answered."""

import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from .forms import Form, sign_forms, write_forms
from .installation import Installation, install, settle
from .journey import next_school_day
from .load import post_all
from .neighbourhood import list_families
from .process import resident_mb
from .row import Row
from .world_process import open_world

CHILDREN = 1000
SLOWEST_PER_SECOND = 15
LOOK_SECONDS = 0.5


class NotHeardError(RuntimeError):
    """Something still waits to be heard after all the time it may take."""


def measure(messages: int = 3000) -> list[Row]:
    """So many messages from a thousand guardians, as fast as they are accepted."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        world = stack.enter_context(open_world(folder, {family.number for family in list_families(CHILDREN)}))
        installation = install(folder / "hub", world.url)
        settle(installation, CHILDREN)
        process = stack.enter_context(installation.start())
        process.wait_until(installation.is_ready)
        (listener,) = process.children
        before = resident_mb(process.pid), resident_mb(listener)
        file = folder / "texts.txt"
        write_forms(_forms(messages), file)
        post_all(installation.public_port, file, messages / SLOWEST_PER_SECOND)
        _wait_until_heard(installation, messages / SLOWEST_PER_SECOND)
        hub, ear = resident_mb(process.pid), resident_mb(listener)
    note = f"after {messages:,} messages; {before[0]:.0f} MB and {before[1]:.0f} MB when it was ready"
    return [
        Row("memory: the hub", hub, None, "MB", 250, 150, more_is_better=False, note=note),
        Row("memory: its listener", ear, None, "MB", 250, 200, more_is_better=False),
    ]


def _forms(messages: int) -> Iterator[Form]:
    families = list_families(CHILDREN)
    day = next_school_day(date.today())
    said = []
    for number in range(messages):
        turn, at = divmod(number, CHILDREN)
        family = families[at]
        text = "angre" if turn % 2 else f"{family.child} er syk {day.day}.{day.month}."
        said.append((family.phone, family.number, text))
    return sign_forms(said, random.Random())


def _wait_until_heard(installation: Installation, seconds: float) -> None:
    """Raises: NotHeardError."""
    file = installation.settings.hub.data / "budbok.sqlite"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        (waiting,) = connection.execute("SELECT count(*) FROM arrivals WHERE state = 'new'").fetchone()
        connection.close()
        if not waiting:
            return
        time.sleep(LOOK_SECONDS)
    raise NotHeardError(f"{waiting} messages still wait")
