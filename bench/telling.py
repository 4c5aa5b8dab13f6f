"""Telling of a child that came: from the staff's mark to the guardian's text in the provider's hands.

The provider's own time is taken off, so that what is measured is the hub: the mark's commit, the bot that is woken by it, and
the outbox.
"""

import json
import tempfile
from pathlib import Path
from statistics import median, quantiles

from .installation import install, settle
from .neighbourhood import list_families
from .process import NotReadyError, start
from .row import Row
from .world_process import open_world

LONGEST_SECONDS = 180.0


def measure(children: int = 200) -> list[Row]:
    """So many children come, one after another."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_world(folder, {family.number for family in list_families(children)}) as world:
            installation = install(folder / "hub", world.url)
            settle(installation, children)
            with start(folder, "telling", "-m", "bench.telling_hub", str(installation.config)) as process:
                process.popen.wait(LONGEST_SECONDS)
                words = process.log.read_text("utf-8")
    told = next((line for line in words.splitlines() if line.startswith("RESULT ")), None)
    if told is None:
        raise NotReadyError(words[-2000:])
    waits = json.loads(told.removeprefix("RESULT "))
    return [
        Row("a child is marked here: to its guardian's text handed over, p50", median(waits), None, "ms", 40, 15,
            more_is_better=False),
        Row("the same, p99", quantiles(waits, n=100)[98], None, "ms", 150, 60, more_is_better=False),
    ]  # fmt: skip
