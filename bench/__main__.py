"""`python -m bench`: measures, and prints one table."""

import argparse
import sys
from collections.abc import Callable

from . import accepting, book, journey, memory, staff_answer, starting
from .process import load_average
from .row import Row, show, show_json

BENCHES: dict[str, Callable[[bool], list[Row]]] = {
    "accepting": lambda long: accepting.measure(turns=5 if long else 3),
    "journey": lambda long: journey.measure(turns=5 if long else 3),
    "staff-answer": lambda long: staff_answer.measure(300 if long else 100),
    "book": lambda long: book.measure(10_000_000 if long else 1_000_000),
    "memory": lambda long: memory.measure(100_000 if long else 5_000),
    "starting": lambda _: starting.measure(),
}


def main() -> int:
    """The exit code: 1 when a row missed what it must reach."""
    parser = argparse.ArgumentParser(prog="bench", description="Budbok against limits that run beside it.")
    parser.add_argument("--long", action="store_true", help="also what takes long: ten million messages")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--only", action="append", choices=sorted(BENCHES), default=[])
    asked = parser.parse_args()
    rows: list[Row] = []
    for name in asked.only or BENCHES:
        print(f"{name} ... (load average {load_average()})", file=sys.stderr, flush=True)
        rows.extend(BENCHES[name](asked.long))
    print(show_json(rows) if asked.json else show(rows))
    return int(any(row.verdict == "MISSED" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
