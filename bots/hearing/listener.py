"""The listener as the hub sees it: asks a process of its own, and says at once when that process is away.

Nothing here imports the grammar or spaCy; both live in the other process. It is a plain child process with pipes rather
than a multiprocessing pool: a pool breaks for good when its worker dies, and a pipe that closes ends the child with the hub.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from bots.hearing import wire
from hub.talk.heard import About, Heard, KnownChild, ListenerAwayError, Said

_ROOT = Path(__file__).resolve().parents[2]
_KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV", "TMPDIR")
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_STOP_SECONDS = 2.0
_GRACE_SECONDS = 1.0
_MOST_WAITING = 5000


class HearingListener:
    """Understands guardians' messages in nb, nn, sv, fi, en and da. Start it once; it restarts its process by itself."""

    def __init__(self, wait_seconds: float = 5.0, start_seconds: float = 120.0) -> None:
        self._wait_seconds = wait_seconds
        self._start_seconds = start_seconds
        self._waiting: dict[int, asyncio.Future[Heard]] = {}
        self._number = 0
        self._answered = 0
        self._process: asyncio.subprocess.Process | None = None
        self._ready = asyncio.Event()
        self._stopping = False
        self._life: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """The id of the process while it is ready, for health pages and tests."""
        return self._process.pid if self._process is not None and self._ready.is_set() else None

    async def start(self) -> None:
        """Return when the first message can be heard. Raises: ListenerAwayError when that takes too long."""
        if self._life is None:
            self._stopping = False
            self._life = asyncio.create_task(self._live(), name="hearing")
        await self.wait_ready(self._start_seconds)

    async def wait_ready(self, seconds: float) -> None:
        """Return when the process is ready, also after it died. Raises: ListenerAwayError."""
        try:
            async with asyncio.timeout(seconds):
                await self._ready.wait()
        except TimeoutError:
            raise ListenerAwayError from None

    async def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        process = self._process
        if not self._ready.is_set() or process is None or process.stdin is None or len(self._waiting) >= _MOST_WAITING:
            raise ListenerAwayError
        self._number += 1
        number = self._number
        future: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        answered_before = self._answered
        try:
            process.stdin.write(wire.question(number, said, children, asked))
            async with asyncio.timeout(self._wait_seconds):
                return await future
        except TimeoutError:
            if self._answered == answered_before and process is self._process:
                _end(process)
            raise ListenerAwayError from None
        finally:
            self._waiting.pop(number, None)

    async def stop(self) -> None:
        """End the process; whoever still waits is told that the listener is away."""
        self._stopping = True
        process, life = self._process, self._life
        if process is not None and process.stdin is not None:
            process.stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await process.wait()
        if process is not None:
            _end(process)
        if life is not None:
            life.cancel()
            with suppress(asyncio.CancelledError):
                await life
        self._life = None

    async def _live(self) -> None:
        """Runs one process after the other until stopped."""
        pause = _FIRST_PAUSE_SECONDS
        while not self._stopping:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bots.hearing.process",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(),
            )
            self._process = process
            try:
                if await self._listen(process):
                    pause = _FIRST_PAUSE_SECONDS
            finally:
                self._ready.clear()
                self._process = None
                if process.stdin is not None:
                    process.stdin.close()
                self._give_up()
                with suppress(
                    TimeoutError
                ):  # it ends by itself; a kill just then would take its exit code from asyncio
                    async with asyncio.timeout(_GRACE_SECONDS):
                        await process.wait()
                _end(process)
                await process.wait()
            if not self._stopping:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    async def _listen(self, process: asyncio.subprocess.Process) -> bool:
        """Hands out answers until the pipe ends. Returns whether the process ever was ready."""
        assert process.stdout is not None
        was_ready = False
        with suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while True:
                (length,) = wire.HEAD.unpack(await process.stdout.readexactly(wire.HEAD.size))
                if length > wire.MOST_BYTES:
                    raise ValueError(length)
                answer = wire.body(await process.stdout.readexactly(length))
                if not answer:
                    was_ready = True
                    self._ready.set()
                    continue
                self._answered += 1
                number, heard = wire.read_reply(answer)
                future = self._waiting.pop(number, None)
                if future is None or future.done():
                    continue
                if heard is None:
                    future.set_exception(ListenerAwayError())
                else:
                    future.set_result(heard)
        return was_ready

    def _give_up(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for future in waiting.values():
            if not future.done():
                future.set_exception(ListenerAwayError())


def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()


def _environment() -> dict[str, str]:
    """No secrets of the hub's: only what an interpreter needs. One thread, for nothing here is worth two."""
    kept = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    return {**kept, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
