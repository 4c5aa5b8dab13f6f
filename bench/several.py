"""Two hub processes on one PostgreSQL and one broker against one alone: how many signed webhooks a second are kept.

All of it runs on the same machine, the generator too, so that the second process has what the first one leaves.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from .accepting import CHILDREN, make_forms
from .installation import Installation, free_port, install, settle
from .load import press
from .postgresql import postgresql
from .process import is_open, start_program
from .row import Row


def measure(seconds: float = 6.0, turns: int = 3) -> list[Row]:
    """Each turn lasts so many seconds for one hub, and again for two."""
    with tempfile.TemporaryDirectory() as name, postgresql(["alone", "shared"]) as server, ExitStack() as stack:
        folder = Path(name)
        broker = stack.enter_context(_broker(folder))
        alone = [install(folder / "alone", database=server.url("alone"))]
        shared = [install(folder / f"hub{at}", database=server.url("shared"), nats=broker) for at in range(2)]
        for first in (alone[0], shared[0]):
            settle(first, CHILDREN)
        for hub in (*alone, *shared):
            process = stack.enter_context(hub.start("bench.accepting_hub", str(hub.config)))
            process.wait_until(hub.is_open)
        rates = [(_press(folder, alone, seconds), _press(folder, shared, seconds)) for _ in range(turns)]
    one, two = (median(each) for each in zip(*rates, strict=True))
    note = f"{two / one:.2f} times; both with PostgreSQL and the generator on the same cores"
    return [Row("accepting, two hubs on PostgreSQL and NATS against one", two, one, "/s", 1.3, 1.4, note=note)]


def _press(folder: Path, hubs: Sequence[Installation], seconds: float) -> float:
    """All of them at the same time."""
    files = [make_forms(folder, seconds) for _ in hubs]
    with ThreadPoolExecutor(len(hubs)) as pool:
        results = list(pool.map(lambda hub, file: press(hub.public_port, file, seconds), hubs, files))
    for file in files:
        file.unlink()
    return sum(result.per_second for result in results)


@contextmanager
def _broker(folder: Path) -> Iterator[str]:
    port = free_port()
    program = Path(sys.executable).with_name("nats-server")
    arguments = ["-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "broker")]
    with start_program(folder, "broker", program, *arguments) as process:
        process.wait_until(lambda: is_open(port))
        yield f"nats://127.0.0.1:{port}"
