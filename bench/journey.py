"""The whole journey: a guardian's text is accepted, heard, answered in dialogue, written to ledger and audit, handed to a
provider that answers after 50 ms, and its reports are taken. The limit is an echo that does nothing else.

Every message is a full act: an absence reported, or taken back. Both have the same provider and the same guardians, who
never leave more than a fixed number of texts unanswered.
"""

import random
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import sqlalchemy as sa

from hub.desk import Look
from hub.school.absences import Absence

from .forms import sign_forms, write_forms
from .installation import BENCH, Installation, free_port, install, settle, with_desk
from .neighbourhood import Family, list_families
from .process import Process, is_open, spending, start
from .row import Row
from .world_process import World, open_world

WINDOW = 128
TEXTS_EACH = 4
EXPECTED = 1055.0


@dataclass
class Runner:
    """The hub or the echo, and what it did in each turn. Its children's processor time counts as its own."""

    port: int
    process: Process
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    own_cpu_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def cost(self) -> float:
        return median(self.cpu_ms)

    def run(self, world: World, forms: Path, window: int = WINDOW) -> None:
        pid, children = self.process.pid, self.process.children
        with spending([pid]) as own, spending(children) as lent:
            journeys, seconds = world.errand(self.port, forms, window)
        self.rates.append(journeys / seconds)
        self.own_cpu_ms.append(own.seconds / journeys * 1e3)
        self.cpu_ms.append((own.seconds + lent.seconds) / journeys * 1e3)


class NotAnsweredError(RuntimeError):
    """The hub did not note what it was told: the measurement is worth nothing."""


def measure(families: int = 150, turns: int = 3) -> list[Row]:
    """So many guardians, new ones in each turn, write four texts each; one turn warms both up."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        everyone = list_families(families * (turns + 1))
        world = stack.enter_context(open_world(folder, {family.number for family in everyone}))
        installation = install(folder / "hub", world.url)
        settle(installation, len(everyone))
        hub = stack.enter_context(installation.start())
        hub.wait_until(installation.is_ready)
        port = free_port()
        echo = stack.enter_context(
            start(folder, "echo", "-m", "bench.limit_echo", str(port), str(folder / "echo.sqlite"), world.url)
        )
        echo.wait_until(lambda: is_open(port))
        ours, limit = Runner(installation.public_port, hub), Runner(port, echo)
        before = _space(installation)
        for turn in range(turns + 1):
            file = _make_forms(folder, everyone[turn * families : (turn + 1) * families])
            for runner in (ours, limit):
                runner.run(world, file)
            if turn == 0:
                ours, limit = Runner(ours.port, hub), Runner(limit.port, echo)
        _check(installation, len(everyone) * TEXTS_EACH // 2)
        kept = (_space(installation) - before) / (len(everyone) * TEXTS_EACH)
    return [
        Row("the whole journey", ours.rate, limit.rate, "/s", 0.15, 0.3, expected=EXPECTED,
            note=f"at most {WINDOW} texts unanswered at a time; three reports taken for each"),
        Row("processor time of a journey, hub and listener", ours.cost, limit.cost, "ms",
            note=f"the hub's own process {median(ours.own_cpu_ms):.2f} ms of it"),
        Row("what the store grows by for a text and its answer", kept / 1e3, None, "KB",
            note="SQLite; with the act, the audit, the story, the ledger and all indexes"),
    ]  # fmt: skip


def _make_forms(folder: Path, families: Sequence[Family]) -> Path:
    day = next_school_day(date.today())
    said = []
    for number in range(TEXTS_EACH):
        for family in families:
            text = "angre" if number % 2 else f"{family.child} er syk {day.day}.{day.month}."
            said.append((family.phone, family.number, text))
    file = folder / f"texts-{families[0].phone[1:]}.txt"
    write_forms(sign_forms(said, random.Random()), file)
    return file


def next_school_day(after: date) -> date:
    day = after + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


def _space(installation: Installation) -> int:
    """The bytes that the store's tables and indexes take, whatever lies in its log still."""
    return with_desk(installation, lambda desk: desk.look(BENCH, count_bytes))


def count_bytes(look: Look) -> int:
    pages, size = (look.session.scalar(sa.text(f"PRAGMA {what}")) for what in ("page_count", "page_size"))
    return int(pages) * int(size)


def _check(installation: Installation, expected: int) -> None:
    noted = with_desk(installation, lambda desk: desk.look(BENCH, count_ended_absences))
    if noted != expected:
        raise NotAnsweredError(f"{noted} absences were noted and taken back, not {expected}")


def count_ended_absences(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count(Absence.id)).where(Absence.ceased_at.is_not(None))) or 0
