"""Run by `hearing.py` in a process of its own, on one core: hears, lets the others have a try, and prints what came of it."""

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from statistics import median
from typing import Any, TypeVar

from dateparser.search import search_dates

from bots.hearing.almanac import default_day
from bots.hearing.judging import judged, read_cases
from bots.hearing.lines import answer, heard_line
from bots.hearing.process import warmed
from bots.hearing.score import OWN_CASES, files_in, held_out

from .bag_of_words import BagOfWords, intents_of, with_doubt

LEAST = 0.05
LONGEST = 1600
MOST_LONG = 60
"""Texts drawn out to the longest; each takes a hundred times as long as a message, so all of them would take minutes."""
MOST_PARSED = 400
"""Texts that are also given to dateparser, which is slow on a few."""
PLAIN = {"nn": "nb"}
Thing = TypeVar("Thing")


def timed(what: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of processor time, which others on the machine do not lengthen, and what came of it."""
    begun = time.process_time()
    result = what()
    return (time.process_time() - begun) * 1e3, result


def days_of(acts: Sequence[dict[str, Any]]) -> set[str]:
    return {day for act in acts for day in act.get("days", ())}


def parsed_days(case: dict[str, Any]) -> set[str]:
    """What dateparser finds, told the language and the moment; our own rule where it finds nothing."""
    received = datetime.fromisoformat(case["received_at"])
    language = case["expect"]["language"]
    settings = {"RELATIVE_BASE": received.replace(tzinfo=None), "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"}
    found: list[tuple[str, datetime]] | None
    found = search_dates(case["text"], languages=[PLAIN.get(language, language)], settings=settings)
    days: set[date] = {moment.date() for _, moment in found or ()}
    return {day.isoformat() for day in days or {default_day(received)}}


def percent(hits: Sequence[bool]) -> float:
    return 100 * sum(hits) / len(hits) if hits else 0.0


def _spread(things: Sequence[Thing], most: int) -> Sequence[Thing]:
    """At most so many of them, evenly spread."""
    return things[:: max(1, -(-len(things) // most))]


def main(messages: int) -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    warnings.simplefilter("ignore")
    own = read_cases(files_in(OWN_CASES))
    cases = [case for files in held_out().values() for case in read_cases(files)] or own
    cases = cases[:: max(1, len(cases) // messages)]
    ear = warmed()
    for case in cases:
        answer(ear, case)
    heard, spent = [], []
    for case in cases:
        ms, told = timed(partial(answer, ear, case))
        spent.append(ms)
        heard.append(heard_line(case["id"], *told))
    longest = [
        min(timed(partial(answer, ear, long))[0] for _ in range(3))
        for long in ({**case, "text": ((case["text"] + " ") * LONGEST)[:LONGEST]} for case in _spread(cases, MOST_LONG))
    ]
    told_days = [(case, told) for case, told in zip(cases, heard, strict=True) if days_of(case["expect"]["acts"])]
    dated = _spread(told_days, MOST_PARSED)
    search_dates("3.12.", languages=["nb"])
    tried = [(timed(partial(parsed_days, case)), days_of(case["expect"]["acts"])) for case, _ in dated]
    bag = BagOfWords(own)
    single = [(case, told) for case, told in zip(cases, heard, strict=True) if len(intents_of(case)) == 1]
    verdicts = [judged(case, told) for case, told in zip(cases, heard, strict=True)]
    doubting = [
        judged(case, told if case.get("asked") else with_doubt(told, bag.weigh(case), LEAST))
        for case, told in zip(cases, heard, strict=True)
    ]
    in_order = sorted(spent)
    result = {
        "messages": len(cases),
        "trained": len(own),
        "with_days": len(dated),
        "single": len(single),
        "median_ms": median(spent),
        "p99_ms": in_order[int(len(in_order) * 0.99)],
        "worst_ms": in_order[-1],
        "longest_ms": max(longest),
        "dateparser_ms": median(ms for (ms, _), _ in tried),
        "days": percent([days_of(told["acts"]) == days_of(case["expect"]["acts"]) for case, told in dated]),
        "dateparser_days": percent([found == meant for (_, found), meant in tried]),
        "intent": percent([{act["intent"] for act in told["acts"]} == intents_of(case) for case, told in single]),
        "bag_intent": percent([{bag.guess(case)} == intents_of(case) for case, _ in single]),
        "exact": percent([verdict.exact for verdict in verdicts]),
        "safe": percent([not verdict.dangerous for verdict in verdicts]),
        "exact_with_doubt": percent([verdict.exact for verdict in doubting]),
        "safe_with_doubt": percent([not verdict.dangerous for verdict in doubting]),
    }
    print("RESULT " + json.dumps(result), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
