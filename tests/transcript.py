"""Transcripts: conversations that anyone can read, write or translate, played through the real reception and listener.

`#` is the head (hub.talk.cast; at its end what it shows, tests.transcript_kinds) or time passing, `*` what staff do
(tests.directions), `>` what a guardian writes ("Far>" another one), `<` what their phone shows, `=` a fact that came, or
"no longer" holds. Everything answered and every fact must stand there, and nothing else.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import count
from pathlib import Path

from bots.contact import ContactBot
from bots.documents import DocumentsBot
from bots.hearing.ear import Ear
from bots.leave import LeaveBot
from hub.clock import StoppedClock
from hub.desk import Desk
from hub.door.facts import list_tag_facts
from hub.installed import installed
from hub.safety.address_changes import Code
from hub.school.facts import list_facts
from hub.school.letter_codes import Draw
from hub.talk.bot import Bot
from hub.talk.cast import read_cast, read_moment
from hub.talk.heard import About, Heard, KnownChild, Listener, Said
from hub.talk.rehearsal import Rehearsal
from tests.directions import DIRECTIONS

FOLDER = Path(__file__).parent / "bots" / "transcripts"
SHOWS = " Shows: "


@dataclass(frozen=True, slots=True)
class Transcript:
    """`lines` are all lines of the file but the first, which is the head, and the empty ones. `shows`: of which kinds it is."""

    language: str
    head: str
    lines: tuple[str, ...]
    shows: tuple[str, ...] = ()


def read_transcript(file: Path) -> Transcript:
    """A file is called <language>.<name>.txt."""
    head, *lines = [line.rstrip() for line in file.read_text("utf-8").splitlines() if line.strip()]
    head, _, shows = head.removeprefix("#").partition(SHOWS)
    kinds = tuple(shows.removesuffix(".").split(", ")) if shows else ()
    return Transcript(file.name.split(".")[0], head.strip(), tuple(lines), kinds)


class PureEar(Listener):
    """The real ear, in the test's own process: what is tried here is what it hears, not how it is reached."""

    def __init__(self) -> None:
        self._ear = Ear()

    async def start(self) -> None:
        """It is there at once."""

    async def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        return self._ear.hear(said, children, asked)

    async def stop(self) -> None:
        """It needs no end."""


@lru_cache(maxsize=1)
def the_ear() -> PureEar:
    return PureEar()


def load_bots() -> Mapping[str, Bot]:
    """All bots that the entry points name."""
    bots = [entry.load()() for entry in installed("bots")]
    of_chance = [ContactBot(lambda: Code("482913", "salt")), LeaveBot(in_turn()), DocumentsBot(in_turn("7"))]
    return {bot.name: bot for bot in [*bots, *of_chance]}


def in_turn(first: str = "4") -> Draw:
    """Codes of letters that begin with a figure and follow each other."""
    numbers = count(821)
    return lambda: f"{first}{next(numbers)}"


async def perform(transcript: Transcript, desk: Desk, clock: StoppedClock) -> list[str]:
    """Play what is said in a transcript; the lines as they come out, what is said and the time among them."""
    cast = read_cast(transcript.head, transcript.language)
    rehearsal = Rehearsal(desk, clock, the_ear(), load_bots(), cast, [list_facts, list_tag_facts])
    await rehearsal.open()
    out: list[str] = []
    for line in transcript.lines:
        if line.startswith("#"):
            moment = read_moment(line[1:].strip(), rehearsal.now.date())
            assert moment is not None, f"no time in {line!r}"
            out += [line, *await rehearsal.pass_to(moment)]
        elif line.startswith("*"):
            what, _, how = line[1:].strip().partition(" ")
            out += [line, *await rehearsal.act(partial(DIRECTIONS[what], how=how))]
        elif is_said(line):
            who, text = rehearsal.split(line)
            out += [line, *await rehearsal.hear(who, text)]
    return out


def is_said(line: str) -> bool:
    before, mark, _ = line.partition(">")
    return bool(mark) and not line.startswith(("=", "#", "*")) and "<" not in before


def differences(transcript: Transcript, performed: Sequence[str]) -> str:
    """Empty when the performance went as written; else what differs, line by line."""
    return "\n".join(difflib.unified_diff(transcript.lines, list(performed), "written", "performed", lineterm="", n=3))
