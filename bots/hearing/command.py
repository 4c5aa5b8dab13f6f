"""`budbok understand`: what the listener takes a text to mean, and why; or, without a text, lines of JSON as they come."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

words = "say what a guardian's text is taken to mean, and why"

DONE, UNREADABLE = 0, 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    told = parser.add_mutually_exclusive_group()
    told.add_argument("text", nargs="?", help="what a guardian writes; without it, lines of JSON are read and answered")
    told.add_argument("--explain", metavar="TEXT", help="the same, named")
    parser.add_argument("--children", default="", metavar="NAMES", help="the guardian's children, with commas between")
    parser.add_argument("--at", type=_moment, metavar="MOMENT", help="when it is written, as ISO 8601")
    parser.add_argument("--zone", type=_zone, default=ZoneInfo("Europe/Oslo"), help="the unit's zone")
    parser.add_argument("--file", type=Path, metavar="FILE", help="read the lines from a file")
    parser.add_argument("--config", type=Path, metavar="FILE", help=argparse.SUPPRESS)


def _moment(told: str) -> datetime:
    try:
        return datetime.fromisoformat(told)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{told} is no moment such as 2026-03-02T07:50") from None


def _zone(told: str) -> ZoneInfo:
    try:
        return ZoneInfo(told)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise argparse.ArgumentTypeError(f"{told} is no zone such as Europe/Oslo") from None


def run(asked: argparse.Namespace) -> int:
    """The exit code: 0 done, 1 a line could not be read."""
    from bots.hearing.lines import explain, understand  # slow to import
    from hub.clock import SystemClock

    text = asked.explain if asked.explain is not None else asked.text
    if text is not None:
        when = (asked.at or SystemClock().now()).astimezone(asked.zone)
        children = [name.strip() for name in asked.children.split(",") if name.strip()]
        sys.stdout.write(explain(text, children, when) + "\n")
        return DONE
    try:
        with asked.file.open(encoding="utf-8") if asked.file else sys.stdin as lines:
            for line in understand(lines):
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
    except (ValueError, KeyError) as error:
        sys.stderr.write(f"A line is not as it should be: {type(error).__name__}.\n")
        return UNREADABLE
    return DONE
