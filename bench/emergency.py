"""An emergency behind bulk texts that wait and leave: from the leader's word to the first and the last hand-over.

The provider answers after 50 ms. The emergency goes to each family of a school; the numbers take a thousand a second, so
that what is measured is the hub.
"""

import json
import tempfile
from pathlib import Path

from .installation import install, settle
from .neighbourhood import list_families
from .process import NotReadyError, start
from .row import Row
from .world_process import open_world

LONGEST_SECONDS = 240.0


def measure(families: int = 1000, bulk: int = 50_000) -> list[Row]:
    """So many families, and so many texts waiting before them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_world(folder, {family.number for family in list_families(families)}) as world:
            installation = install(folder / "hub", world.url)
            settle(installation, families)
            arguments = [str(installation.config), str(bulk)]
            with start(folder, "emergency", "-m", "bench.emergency_hub", *arguments) as process:
                process.popen.wait(LONGEST_SECONDS)
                words = process.log.read_text("utf-8")
    told = next((line for line in words.splitlines() if line.startswith("RESULT ")), None)
    if told is None:
        raise NotReadyError(words[-2000:])
    first, last, between = json.loads(told.removeprefix("RESULT "))
    note = f"{between} bulk texts were handed over meanwhile, of those that were on their way when it was raised"
    return [
        Row(f"an emergency to {families} families behind {bulk:,} waiting bulk texts, click to first hand-over", first,
            None, "s", 2, 0.3, more_is_better=False),
        Row("the same: to the last", last, None, "s", 5, 2, more_is_better=False, note=note),
    ]  # fmt: skip
