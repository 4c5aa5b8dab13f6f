"""The world outside, started and spoken to."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.with_parent import end_with_parent

from .installation import free_port
from .process import END_SECONDS, ROOT, Process, is_open


class ErrandError(RuntimeError):
    """What the world saw of a hub that did not answer everybody."""


@dataclass(frozen=True, slots=True)
class World:
    """`url` is the provider's address."""

    url: str
    process: Process

    def errand(self, port: int, forms: Path, window: int) -> tuple[int, float]:
        """Journeys made, and the seconds they took together. Raises: ErrandError."""
        pipe = self.process.popen
        assert pipe.stdin is not None
        assert pipe.stdout is not None
        pipe.stdin.write(f"{port} {forms} {window}\n".encode())
        pipe.stdin.flush()
        told = pipe.stdout.readline().decode().split(maxsplit=1)
        if len(told) < 2 or told[0] != "RESULT":
            raise ErrandError(" ".join(told) or self.process.last_words())
        journeys, seconds = told[1].split()
        return int(journeys), float(seconds)


@contextmanager
def open_world(folder: Path, numbers: Iterable[str]) -> Iterator[World]:
    """A provider that has these numbers, answers after 50 ms, and reports."""
    port = free_port()
    file = folder / "numbers.txt"
    file.write_text("\n".join(numbers))
    with open_program(folder, port, "bench.world", str(port), str(file)) as world:
        yield world


@contextmanager
def open_program(folder: Path, port: int, module: str, *arguments: str) -> Iterator[World]:
    """A program that takes errands, and serves a provider at this port."""
    log = folder / "world.log"
    with log.open("wb") as errors:
        popen = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread of ours runs while a process is started
        )
    process = Process(popen, log)
    try:
        process.wait_until(lambda: is_open(port))
        yield World(f"http://127.0.0.1:{port}", process)
    finally:
        assert popen.stdin is not None
        assert popen.stdout is not None
        popen.stdin.close()
        try:
            popen.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.end()
        popen.stdout.close()
