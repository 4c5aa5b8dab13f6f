"""Processes of this run: started in a group of their own, watched through /proc, and ended by their id alone; they end with
the run. Source: proc(5).
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.with_parent import end_with_parent

ROOT = Path(__file__).parent.parent
END_SECONDS = 40.0
READY_SECONDS = 60.0
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class NotReadyError(RuntimeError):
    """A process ended, or did not become ready in time."""


@dataclass
class Process:
    """A running program. Leaving the context ends it."""

    popen: "subprocess.Popen[bytes]"
    log: Path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self.popen.pid

    def is_running(self) -> bool:
        return self.popen.poll() is None

    def end(self) -> None:
        """SIGTERM, and SIGKILL when that was not heeded."""
        if not self.is_running():
            return
        self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def wait_until(self, is_so: Callable[[], bool], seconds: float = READY_SECONDS) -> float:
        """Return how many seconds passed before `is_so`. Raises: NotReadyError."""
        begun = time.perf_counter()
        while time.perf_counter() - begun < seconds:
            if is_so():
                return time.perf_counter() - begun
            if not self.is_running():
                raise NotReadyError(f"{self.log} ended with {self.popen.returncode}: {self.last_words()}")
            time.sleep(0.005)
        raise NotReadyError(f"{self.log} is not ready after {seconds} s: {self.last_words()}")

    def last_words(self) -> str:
        return self.log.read_text("utf-8", "replace")[-2000:]

    @property
    def children(self) -> list[int]:
        """The ids of its child processes."""
        tasks = Path(f"/proc/{self.pid}/task")
        return sorted({int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()})


def start(folder: Path, name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Process:
    """Run Python with these arguments from the project's root. What it says goes to a file in `folder`."""
    return start_program(folder, name, Path(sys.executable), *arguments, environment=environment)


def start_program(
    folder: Path, name: str, program: Path, *arguments: str, environment: Mapping[str, str] | None = None
) -> Process:
    """The same of any program."""
    log = folder / f"{name}.log"
    with log.open("ab") as out:
        popen = subprocess.Popen(
            [program, *arguments],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread of ours runs while a process is started
        )
    return Process(popen, log)


def is_open(port: int) -> bool:
    """Somebody takes connections at a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cpu_seconds(pid: int) -> float:
    """Processor time of a process, all threads, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def resident_mb(pid: int) -> float:
    """Resident memory in megabytes of 1,000,000 bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE / 1e6


@dataclass(slots=True)
class Spent:
    """Processor seconds that processes used between the two ends of a stretch."""

    seconds: float = 0.0


@contextmanager
def spending(pids: Sequence[int]) -> Iterator[Spent]:
    before = sum(map(cpu_seconds, pids))
    spent = Spent()
    yield spent
    spent.seconds = sum(map(cpu_seconds, pids)) - before


def load_average() -> str:
    return "{:.1f} {:.1f} {:.1f}".format(*os.getloadavg())
