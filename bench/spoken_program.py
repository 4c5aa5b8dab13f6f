"""Programs of this run that are spoken to by lines, and answer by lines."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.with_parent import end_with_parent

from .process import ROOT, NotReadyError, Process


def start_spoken(stack: ExitStack, folder: Path, module: str, *arguments: str, name: str = "") -> Process:
    """A module of the benches, ended with the stack. What it complains of goes to a file in `folder`."""
    log = folder / f"{name or module}.log"
    with log.open("wb") as errors:
        popen = subprocess.Popen(
            [sys.executable, "-m", f"bench.{module}", *arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509 - no thread of ours runs while a process is started
        )
    stack.callback(_close, popen)
    return stack.enter_context(Process(popen, log))


def _close(popen: "subprocess.Popen[bytes]") -> None:
    for pipe in (popen.stdin, popen.stdout):
        if pipe is not None:
            pipe.close()


def say(process: Process) -> None:
    assert process.popen.stdin is not None
    process.popen.stdin.write(b"\n")
    process.popen.stdin.flush()


def read_line(process: Process) -> str:
    """Raises: NotReadyError when it has ended."""
    assert process.popen.stdout is not None
    line = process.popen.stdout.readline().decode().strip()
    if not line:
        raise NotReadyError(process.last_words())
    return line
