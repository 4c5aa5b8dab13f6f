"""`python -m bench`: measures, and prints one table. A quarter of an hour; `--long` takes hours, `--tiny` proves nothing."""

import argparse
import sys
from collections.abc import Callable
from functools import partial

from . import (
    accepting,
    book,
    broadcast,
    consents,
    diary,
    emergency,
    gate,
    hearing,
    journey,
    ladder,
    letters,
    live,
    mail,
    memory,
    several,
    smpp_out,
    staff_answer,
    starting,
    telegram,
    telling,
    week,
    weekly,
    worst_morning,
)
from .process import load_average
from .row import Row, show, show_json

BENCHES: dict[str, dict[str, Callable[[], list[Row]]]] = {
    "accepting": {
        "tiny": partial(accepting.measure, 1.0, 1, ("SQLite",)),
        "usual": accepting.measure,
        "long": partial(accepting.measure, 10.0, 7),
    },
    "journey": {
        "tiny": partial(journey.measure, 10, 1),
        "usual": journey.measure,
        "long": partial(journey.measure, 500, 7),
    },
    "telegram": {
        "tiny": partial(telegram.measure, 10, 1),
        "usual": telegram.measure,
        "long": partial(telegram.measure, 500, 7),
    },
    "staff-answer": {
        "tiny": partial(staff_answer.measure, 5),
        "usual": staff_answer.measure,
        "long": partial(staff_answer.measure, 500),
    },
    "book": {
        "tiny": partial(book.measure, 20_000, 3),
        "usual": book.measure,
        "long": partial(book.measure, 10_000_000, 200),
    },
    "ladder": {
        "tiny": partial(ladder.measure, 20, 1),
        "usual": ladder.measure,
        "long": partial(ladder.measure, 1000, 7),
    },
    "live": {
        "tiny": partial(live.measure, 40, 2),
        "usual": live.measure,
        "long": partial(live.measure, 10_000, 30),
    },
    "letters": {
        "tiny": partial(letters.measure, 10),
        "usual": letters.measure,
        "long": partial(letters.measure, 5000),
    },
    "weekly": {
        "tiny": partial(weekly.measure, 40),
        "usual": weekly.measure,
        "long": partial(weekly.measure, 20_000),
    },
    "emergency": {
        "tiny": partial(emergency.measure, 40, 200),
        "usual": emergency.measure,
        "long": partial(emergency.measure, 10_000, 200_000),
    },
    "broadcast": {
        "tiny": partial(broadcast.measure, 200),
        "usual": broadcast.measure,
        "long": broadcast.measure,
    },
    "refusing": {
        "tiny": partial(broadcast.measure_refusing, (20,), 3),
        "usual": broadcast.measure_refusing,
        "long": partial(broadcast.measure_refusing, (20, 100, 500), 60),
    },
    "worst-morning": {
        "tiny": partial(worst_morning.measure, 100, 40, 3.0),
        "usual": worst_morning.measure,
        "long": worst_morning.measure,
    },
    "consents": {
        "tiny": partial(consents.measure, 40, 3),
        "usual": consents.measure,
        "long": partial(consents.measure, 1000, 200),
    },
    "gate": {
        "tiny": partial(gate.measure, 20, 1, 50, 2.0),
        "usual": gate.measure,
        "long": partial(gate.measure, 2000, 7, 5000, 60.0),
    },
    "diary": {
        "tiny": partial(diary.measure, 20, 2),
        "usual": diary.measure,
        "long": partial(diary.measure, 200, 400),
    },
    "week": {
        "tiny": partial(week.measure, 20, 2),
        "usual": week.measure,
        "long": partial(week.measure, 200, 500),
    },
    "listener": {
        "tiny": partial(hearing.measure, 20, 1),
        "usual": hearing.measure,
        "long": partial(hearing.measure, None, 11),
    },
    "mail": {
        "tiny": partial(mail.measure, 40, 1),
        "usual": mail.measure,
        "long": partial(mail.measure, 10_000, 7),
    },
    "memory": {
        "tiny": partial(memory.measure, 50),
        "usual": memory.measure,
        "long": partial(memory.measure, 100_000),
    },
    "several": {
        "tiny": partial(several.measure, 1.0, 1),
        "usual": several.measure,
        "long": partial(several.measure, 20.0, 7),
    },
    "smpp-out": {
        "tiny": partial(smpp_out.measure, 200, 1),
        "usual": smpp_out.measure,
        "long": partial(smpp_out.measure, 50_000, 9),
    },
    "telling": {
        "tiny": partial(telling.measure, 20),
        "usual": telling.measure,
        "long": partial(telling.measure, 1000),
    },
    "starting": {
        "tiny": partial(starting.measure, 1),
        "usual": starting.measure,
        "long": partial(starting.measure, 11),
    },
}


def main() -> int:
    """The exit code: 1 when a row missed what it must reach."""
    parser = argparse.ArgumentParser(prog="bench", description="Budbok against limits that run beside it.")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument(
        "--long", dest="size", action="store_const", const="long", default="usual", help="ten million messages, hours"
    )
    sizes.add_argument("--tiny", dest="size", action="store_const", const="tiny", help="only to try the benches")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--only", action="append", choices=sorted(BENCHES), default=[])
    asked = parser.parse_args()
    rows: list[Row] = []
    for name in asked.only or BENCHES:
        print(f"{name} ... (load average {load_average()})", file=sys.stderr, flush=True)
        rows.extend(BENCHES[name][asked.size]())
    print(show_json(rows) if asked.json else show(rows))
    return int(any(row.verdict.startswith("MISSED") for row in rows))


if __name__ == "__main__":
    sys.exit(main())
