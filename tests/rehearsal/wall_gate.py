"""The gate of the rehearsal: `budbok-gate` in a process of its own, which reads by nfcpy's UDP driver on loopback, and the tags
that are held to it."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nfc_gateway.lamp import Sign
from nfc_gateway.state import DamagedError, Identity, NotPairedError, read_identity, write_identity
from tests.patience import PATIENCE
from tests.with_parent import with_parent

if TYPE_CHECKING:
    from nfc_gateway.emulated import PlayedTag

    from .chips import Chip

HOME = Path(__file__).parents[2]
HOLD_SECONDS = WAIT_SECONDS = 30.0
"""So long a tag is held at most, and so long it waits for a gate that reads."""
AGAIN_SECONDS = 10.0
"""So long after a touch the lamp may tell: then it broke off, and the tag is held to the gate again."""
TELLS = frozenset({Sign.KEPT, Sign.NOT_KEPT})


class WallGate:
    """Its things lie in `folder`, its reader is at `port`. `tell` is called whenever its lamp changes."""

    def __init__(self, folder: Path, port: int, tell: Callable[[Sign], None] = lambda sign: None) -> None:
        self.sign = Sign.OUT
        self.tell = tell
        self._folder = folder
        self._path = f"udp:127.0.0.1:{port}"
        self._turn = asyncio.Lock()
        self._shown: asyncio.Queue[Sign] = asyncio.Queue()
        self._running: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None

    def find_reader(self, url: str) -> str | None:
        """The id by which the hub knows it, where it was paired; the hub may have moved to another address since."""
        try:
            known = read_identity(self._folder)
        except (NotPairedError, DamagedError):
            return None
        if known.url != url:
            write_identity(self._folder, Identity(url, known.reader, known.secret))
        return known.reader

    async def pair(self, url: str, code: str) -> bool:
        """As somebody types it at the gate."""
        process = await self._begin("pair", url, code)
        await process.communicate()
        return process.returncode == 0

    async def start(self) -> None:
        """It reads as soon as its lamp says so."""
        self._running = await self._begin("run", "--reader", self._path)
        self._watching = asyncio.create_task(self._watch(self._running))

    async def stop(self) -> None:
        """After the touch in hand."""
        if self._leaving is not None:
            await self._leaving
        if self._running is not None and self._running.returncode is None:
            self._running.terminate()
        if self._watching is not None:
            await self._watching

    async def touch(self, chip: Chip) -> Sign:
        """Hold a tag to the gate, after the one before it was taken away; what the lamp shows for it, as soon as it does. OUT
        where no gate reads it."""
        await self._turn.acquire()
        if self.sign is Sign.OUT:
            self._turn.release()
            return Sign.OUT
        while not self._shown.empty():
            self._shown.get_nowait()
        told = threading.Event()
        held = asyncio.create_task(asyncio.to_thread(hold, self._path, chip, told))
        shown = asyncio.create_task(self._wait_for(TELLS, held))
        shown.add_done_callback(lambda _: told.set())
        self._leaving = asyncio.create_task(self._leave(shown, held))
        return await asyncio.shield(shown)

    async def _leave(self, shown: asyncio.Task[Sign], held: asyncio.Task[bool]) -> None:
        """The tag is taken away, and the gate has noticed: another one may come."""
        try:
            await shown
            if await held and self.sign is not Sign.OUT:
                await self._wait_for({Sign.READY}, held)
        finally:
            self._turn.release()

    async def _wait_for(self, signs: Set[Sign], held: asyncio.Task[bool]) -> Sign:
        """The first of these that the lamp shows; OUT where nobody reads the tag that is held."""
        shown = asyncio.create_task(self._next(signs))
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.wait([shown, held], return_when=asyncio.FIRST_COMPLETED)
                return await shown if shown.done() or held.result() else Sign.OUT
        except TimeoutError:
            return Sign.OUT
        finally:
            shown.cancel()

    async def _next(self, signs: Set[Sign]) -> Sign:
        while True:
            sign = await self._shown.get()
            if sign in signs or sign is Sign.OUT:
                return sign

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            said = line.decode(errors="replace").strip().removeprefix("lamp: ")
            if said in list(Sign):
                self._show(Sign(said))
        await process.wait()
        self._show(Sign.OUT)

    def _show(self, sign: Sign) -> None:
        self.sign = sign
        self._shown.put_nowait(sign)
        self.tell(sign)

    async def _begin(self, *arguments: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *with_parent(sys.executable, "-m", "nfc_gateway", "--folder", str(self._folder.resolve()), *arguments),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            cwd=HOME, start_new_session=True,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeldTag:
    """A tag that is held until the lamp has told."""

    tag: PlayedTag
    told: threading.Event

    @property
    def target(self) -> Any:
        return self.tag.target

    def touch(self) -> None:
        self.tag.touch()

    def first(self, target: Any) -> bytes | None:
        return self.tag.first(target)

    def answer(self, command: bytes) -> bytes | None:
        return None if self.told.is_set() else self.tag.answer(command)


def hold(path: str, chip: Chip, told: threading.Event) -> bool:
    """Blocks until the lamp has told of it; False where nobody read it in time."""
    from nfc_gateway.emulated import play  # brings nfcpy along, which only a touch needs

    logging.getLogger("nfc").setLevel(logging.CRITICAL)
    tag, until = HeldTag(chip.held(), told), time.monotonic() + WAIT_SECONDS
    while (left := until - time.monotonic()) > 0:
        if play(path, tag, HOLD_SECONDS, left) and told.wait(AGAIN_SECONDS):
            return True
    return False
