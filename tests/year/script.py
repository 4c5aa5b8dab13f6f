"""A year's script: the moments, what a family writes, what staff do, and all that comes of it, as one reads it on two phones.

`#` is a moment, `*` what staff do (tests.year.staff), "Hanna skolen>" what Hanna writes to the school and "Hanna skolen<" what
her phone shows from there, `=` a fact that came, or "no longer" holds. All that is answered stands there, and nothing else.
"""

import difflib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from hub.clock import StoppedClock
from hub.desk import Desk
from hub.talk.cast import read_moment
from tests.year.staff import DIRECTIONS
from tests.year.stage import Stage

FOLDER = Path(__file__).parent
WAITS = ("waits for staff", "quarantined", "parked")
_ANSWERED = re.compile(r"=|\w+(?: ny)? \w+[<>]|\* writes")
SAID = re.compile(r"(?P<who>\w+(?: ny)?) (?P<where>\w+)> ?(?P<text>.*)")


def read_lines(name: str) -> list[str]:
    """The lines of a file here without those that are empty."""
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    return [line.rstrip() for line in lines if line.strip()]


def differences(written: Sequence[str], performed: Sequence[str]) -> str:
    """Empty when the year went as written; else what differs, line by line."""
    return "\n".join(difflib.unified_diff(written, performed, "written", "performed", lineterm="", n=3))


def facts_at_the_end(script: Sequence[str]) -> list[str]:
    """The facts that came in a script and hold at its end, but for what waits for a person to read."""
    holding: dict[str, None] = {}
    for line in script:
        if line.startswith("= no longer: "):
            del holding[line.removeprefix("= no longer: ")]
        elif line.startswith("= "):
            holding[line.removeprefix("= ")] = None
    return [fact for fact in holding if not fact.startswith(WAITS)]


def in_order(*scripts: Sequence[str]) -> list[tuple[datetime, list[str]]]:
    """What is done in several scripts, by its moments; within one in the order of the scripts. Without what is
    texted."""
    done: dict[datetime, list[str]] = {}
    for script in scripts:
        moment = datetime.min  # every script begins with a moment
        for line in script:
            if line.startswith("#"):
                moment = read_now(line, moment)
            elif not _ANSWERED.match(line):
                done.setdefault(moment, []).append(line)
    return sorted(done.items())


def read_now(line: str, before: datetime) -> datetime:
    """The moment of a line with "#"; a clock time alone is on the day before it."""
    moment = read_moment(line[1:].strip(), before.date())
    assert moment is not None, f"no time in {line!r}"
    return moment


async def perform(lines: Sequence[str], desk: Desk, clock: StoppedClock, language: str) -> tuple[Stage, list[str]]:
    """Play what is said, done and passes in a script; the stage afterwards, and the lines as they come out."""
    stage = await Stage.open(desk, clock, language, read_now(lines[0], datetime.min))  # a full moment
    out = [lines[0]]
    for line in lines[1:]:
        out += await play_line(stage, line)
    return stage, out


async def play_line(stage: Stage, line: str) -> list[str]:
    """What comes of one line; nothing of one that only tells what came of others."""
    if line.startswith("#"):
        return await stage.pass_to(read_now(line, stage.day))
    if line.startswith("*"):
        what, _, how = line[1:].strip().partition(" ")
        return [line, *await stage.act(partial(DIRECTIONS[what], home=stage.home, how=how))]
    if said := SAID.fullmatch(line):
        return [line, *await stage.hear(said["who"], said["where"], said["text"])]
    return []
