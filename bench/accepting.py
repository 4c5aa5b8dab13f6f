"""Accepting: how many signed webhooks a second are kept durably and answered, and how long the slowest wait at half that.

Three processes take turns: the hub's public site alone (reception at rest, so that only accepting is measured), the bare
limit, and the limit with the SDK's own check. A further row shows the whole hub, which answers what came while it accepts.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from .forms import sign_forms, write_forms
from .installation import Installation, free_port, install, settle
from .load import Result, pace, press
from .neighbourhood import list_families
from .postgresql import postgresql
from .process import Process, cpu_seconds, is_open, start
from .row import Row

FORMS_PER_SECOND = 20_000
CHILDREN = 200
EXPECTED = {"SQLite": 3300.0, "PostgreSQL": 4000.0}


@dataclass
class Runner:
    """One process under load, what it did in each turn, and the processor time that one message took."""

    name: str
    port: int
    process: Process
    rates: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    offered: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.rates)

    @property
    def cost(self) -> float:
        return median(self.cpu_ms)

    def press(self, forms: Path, seconds: float) -> None:
        before = cpu_seconds(self.process.pid)
        result: Result = press(self.port, forms, seconds)
        self.rates.append(result.per_second)
        self.cpu_ms.append((cpu_seconds(self.process.pid) - before) / (result.per_second * seconds) * 1e3)


def measure(seconds: float = 4.0, turns: int = 3, stores: tuple[str, ...] = ("SQLite", "PostgreSQL")) -> list[Row]:
    """The rows of accepting; each turn lasts so many seconds for each process."""
    rows = []
    for store in stores:
        with tempfile.TemporaryDirectory() as folder:
            rows.extend(_measure_store(Path(folder), store, seconds, turns))
    return rows


def _measure_store(folder: Path, store: str, seconds: float, turns: int) -> list[Row]:
    with postgresql(["hub", "whole", "bare", "sdk"]) if store == "PostgreSQL" else nullcontext() as server:

        def at(name: str) -> str:
            return server.url(name) if server is not None else ""

        with ExitStack() as stack:
            runners = [
                stack.enter_context(_hub(install(folder / "hub", database=at("hub")))),
                stack.enter_context(_limit(folder, "bare", at("bare"))),
                stack.enter_context(_limit(folder, "sdk", at("sdk"))),
            ]
            _take_turns(folder, runners, seconds, turns)
        with _whole_hub(install(folder / "whole", database=at("whole"))) as busy:
            busy.press(make_forms(folder, seconds), seconds)
    return _make_rows(store, runners, busy)


def _take_turns(folder: Path, runners: list[Runner], seconds: float, turns: int) -> None:
    for _ in range(turns):
        file = make_forms(folder, seconds)
        for runner in runners:
            runner.press(file, seconds)
        file.unlink()
    for _ in range(turns):
        file = make_forms(folder, seconds / 2)
        for runner in runners[:2]:
            result = pace(runner.port, file, seconds, runner.rate / 2)
            runner.p99_ms.append(result.p99_ms)
            runner.offered.append(result.per_second)
        file.unlink()


def _make_rows(store: str, runners: list[Runner], busy: Runner) -> list[Row]:
    ours, limit, sdk = runners
    offered = f"{median(ours.offered):,.0f}/s and {median(limit.offered):,.0f}/s were really offered"
    costs = f"processor ms each: hub {ours.cost:.2f}, limit {limit.cost:.2f}, with the SDK's check {sdk.cost:.2f}"
    return [
        Row(f"accepting, {store}", ours.rate, limit.rate, "/s", 0.6, 0.7, expected=EXPECTED[store],
            note=f"the hub's public site alone, reception at rest; {costs}"),
        Row(f"accepting, {store}: its p99 at half that rate", median(ours.p99_ms), median(limit.p99_ms), "ms", 3, 1.5,
            more_is_better=False, note=offered),
        Row(f"the limit with the SDK's own check, {store}", sdk.rate, limit.rate, "/s"),
        Row(f"accepting while the whole hub answers what came, {store}", busy.rate, limit.rate, "/s",
            note=f"reception and listener at work on the same store; processor ms for each accepted {busy.cost:.2f}"),
    ]  # fmt: skip


@contextmanager
def _hub(installation: Installation) -> Iterator[Runner]:
    settle(installation, CHILDREN)
    with installation.start("bench.accepting_hub", str(installation.config)) as process:
        process.wait_until(installation.is_open)
        yield Runner("hub", installation.public_port, process)


@contextmanager
def _whole_hub(installation: Installation) -> Iterator[Runner]:
    settle(installation, CHILDREN)
    with installation.start() as process:
        process.wait_until(installation.is_ready)
        yield Runner("whole", installation.public_port, process)


@contextmanager
def _limit(folder: Path, signature: str, database: str) -> Iterator[Runner]:
    port = free_port()
    store = database or str(folder / f"{signature}.sqlite")
    with start(
        folder, f"limit-{signature}", "-m", "bench.limit_accepting", str(port), store, "--signature", signature
    ) as process:
        process.wait_until(lambda: is_open(port))
        yield Runner(signature, port, process)


def make_forms(folder: Path, seconds: float) -> Path:
    """A file of forms, enough for so many seconds at the fastest; no two forms of all files are alike."""
    chance = random.Random()
    families = list_families(CHILDREN)
    said = (families[n % CHILDREN] for n in range(int(FORMS_PER_SECOND * seconds)))
    file = folder / f"forms-{chance.getrandbits(32):08x}.txt"
    write_forms(sign_forms(((f.phone, f.number, f"{f.child} er syk i dag") for f in said), chance), file)
    return file
