"""A staff answer: from the end of its hold until the provider has it, above the 50 ms that the provider takes itself."""

import json
import tempfile
from pathlib import Path

from .installation import install, settle
from .neighbourhood import list_families
from .process import NotReadyError, start
from .row import Row
from .world import ANSWER_SECONDS
from .world_process import open_world

PER_SECOND = 10.0
MORE_SECONDS = 90.0


def measure(answers: int = 100) -> list[Row]:
    """So many answers, ten a second, each held for its five seconds in an otherwise idle hub."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_world(folder, {family.number for family in list_families(answers)}) as world:
            installation = install(folder / "hub", world.url)
            settle(installation, answers)
            arguments = [str(installation.config), str(answers), str(PER_SECOND)]
            with start(folder, "answering", "-m", "bench.answering_hub", *arguments) as process:
                process.popen.wait(answers / PER_SECOND + MORE_SECONDS)
                words = process.log.read_text("utf-8")
    told = next((line for line in words.splitlines() if line.startswith("RESULT ")), None)
    if told is None:
        raise NotReadyError(words[-2000:])
    above = sorted((late - ANSWER_SECONDS) * 1e3 for late in json.loads(told.removeprefix("RESULT ")))
    p50, p99 = (above[min(len(above) - 1, int(len(above) * share))] for share in (0.5, 0.99))
    return [
        Row("a staff answer, end of hold to handed over: p50", p50, None, "ms", 40, 15, more_is_better=False,
            note=f"{len(above)} answers, {PER_SECOND:.0f} a second; the provider's own 50 ms are taken off"),
        Row("the same: p99", p99, None, "ms", 150, 60, more_is_better=False),
    ]  # fmt: skip
