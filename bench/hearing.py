"""The listener on one core: how long a message takes, how soon it is ready, its memory, and what it makes of messages that
are held out from whoever works at it, side by side with `dateparser` and a bag-of-words classifier.
"""

import asyncio
import json
import tempfile
import time
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from bots.hearing.judging import read_cases
from bots.hearing.listener import HearingListener
from bots.hearing.score import OWN_CASES, files_in, held_out
from hub.talk.heard import KnownChild, Said

from .process import NotReadyError, resident_mb, start
from .row import Row

MOST_SECONDS = 900.0


def measure(messages: int | None = None, starts: int = 5) -> list[Row]:
    """On so many of the held-out messages, all of them when None."""
    cases = [case for files in held_out().values() for case in read_cases(files)] or read_cases(files_in(OWN_CASES))
    cases = cases if messages is None else cases[:: max(1, len(cases) // messages)]
    ready = [asyncio.run(_start(cases if turn == 0 else [])) for turn in range(starts)]
    told = _compare(len(cases) if messages is None else messages)
    note = f"{told['messages']} messages that are held out; worst {told['worst_ms']:.1f} ms"
    return [
        Row("listener: one message, median", told["median_ms"], None, "ms", 3, 1, more_is_better=False, note=note),
        Row("the same: p99", told["p99_ms"], None, "ms", 15, 5, more_is_better=False),
        Row("the same: worst of 1,600 letters", told["longest_ms"], None, "ms", 50, 30, more_is_better=False),
        Row("listener: start to ready", median(seconds for seconds, _ in ready), None, "s", 4, 2, more_is_better=False),
        Row("listener: memory", ready[0][1], None, "MB", 250, 150, more_is_better=False,
            note=f"its own process, after {len(cases)} messages"),
        Row("time a message, beside dateparser's search", told["median_ms"], told["dateparser_ms"], "ms",
            note="it only looks for dates, and is told the language"),
        Row("days right, beside dateparser's", told["days"], told["dateparser_days"], "%",
            note=f"{told['with_days']} messages that are about days; where it finds none it gets our rule for none"),
        Row("intent right, beside a bag of words'", told["intent"], told["bag_intent"], "%",
            note=f"{told['single']} messages of one intent; it is trained on {told['trained']} cases of our own"),
        Row("acts exactly right, beside a second voter's", told["exact"], told["exact_with_doubt"], "%",
            note="the bag of words as a voter that hands doubtful acts to staff"),
        Row("no dangerous error, beside a second voter's", told["safe"], told["safe_with_doubt"], "%"),
    ]  # fmt: skip


async def _start(cases: list[dict[str, Any]]) -> tuple[float, float]:
    """Seconds until it is ready, and its memory in MB after it heard these."""
    listener = HearingListener()
    begun = time.perf_counter()
    await listener.start()
    seconds = time.perf_counter() - begun
    try:
        for case in cases:
            known = [KnownChild(str(at), child["name"]) for at, child in enumerate(case["children"])]
            await listener.hear(Said(case["text"], datetime.fromisoformat(case["received_at"])), known, None)
        process_id = listener.process_id
        return seconds, 0.0 if process_id is None else resident_mb(process_id)
    finally:
        await listener.stop()


def _compare(messages: int) -> dict[str, Any]:
    """In a process of its own that stays on one core. Raises: NotReadyError."""
    with (
        tempfile.TemporaryDirectory() as name,
        start(Path(name), "hearing", "-m", "bench.hearing_alone", str(messages)) as process,
    ):
        process.popen.wait(MOST_SECONDS)
        words = process.log.read_text("utf-8")
    told = next((line for line in words.splitlines() if line.startswith("RESULT ")), None)
    if told is None:
        raise NotReadyError(words[-2000:])
    compared: dict[str, Any] = json.loads(told.removeprefix("RESULT "))
    return compared
