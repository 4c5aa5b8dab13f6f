"""A gate that runs: the reader in its thread, the spool on the disk, the uplink beside them, the lamp that tells the truth."""

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from nfc_gateway import clock
from nfc_gateway.lamp import Lamp, Lamps, Sign
from nfc_gateway.reader import Reader
from nfc_gateway.road import Road
from nfc_gateway.spool import BrokenSpoolError, InUseError, NoRoomError, Spool
from nfc_gateway.state import DamagedError, Identity, Status, find_status, read_identity, spool_of, write_status
from nfc_gateway.uplink import Uplink

log = logging.getLogger(__name__)
NOTE_SECONDS = 30.0
"""So often it notes how it fares, at least: `status` takes a gate for dead that is silent for long."""


class Gate:
    """Made in a running loop. `has_failed`: the spool cannot be trusted, so the process must end and begin anew. It is a lamp
    too, so that it knows what is shown."""

    def __init__(
        self,
        folder: Path,
        identity: Identity,
        spool: Spool,
        path: str,
        lamp: Lamp,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._folder = folder
        self._spool = spool
        self._now = now
        self._road = Road(identity.url)
        self._problem = ""
        self._has_reader = False
        self._is_cut = _is_cut(folder, spool)
        self._stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        self._reader = Reader(path, self.touched, Lamps(lamp, self))
        self._uplink = Uplink(identity, spool, self._road, now, random.SystemRandom(), lambda _: self._changed.set())
        self.has_failed = False

    def touched(self, serial: str, proven: str | None) -> Sign:
        """Keep it, and only then say yes. Called from the reader's thread."""
        try:
            self._spool.keep(serial, self._now(), proven)
        except NoRoomError:
            log.error("a touch was not kept: there is no room")
            self._problem = "no room"
            self._loop.call_soon_threadsafe(self._changed.set)
            return Sign.NOT_KEPT
        except BrokenSpoolError:
            log.error("a touch was not kept: the spool is broken")
            self._problem = "broken"
            self.has_failed = True
            self._stop.set()
            return Sign.NOT_KEPT
        self._problem = ""
        self._uplink.wake()
        return Sign.NOT_KEPT if self._uplink.is_refused else Sign.KEPT

    def show(self, sign: Sign) -> None:
        """Called from the reader's thread: whether there is a reader is noted at once."""
        has_reader = sign is not Sign.OUT
        if has_reader != self._has_reader:
            self._has_reader = has_reader
            self._loop.call_soon_threadsafe(self._changed.set)

    def stop(self) -> None:
        self._stop.set()

    async def run(self) -> None:
        """Until told to stop; what is in hand is finished, what waits stays on the disk."""
        sending = asyncio.create_task(self._uplink.run())
        sending.add_done_callback(self._end_with)
        noting = asyncio.create_task(self._keep_noting())
        try:
            await asyncio.to_thread(self._reader.run, self._stop)
        finally:
            sending.cancel()
            noting.cancel()
            await asyncio.gather(sending, noting, return_exceptions=True)
            self._note()
            self._road.close()

    def _end_with(self, sending: "asyncio.Task[None]") -> None:
        """What nobody brings to the hub must not light the lamp."""
        if not sending.cancelled():
            log.error("the uplink ended", exc_info=sending.exception())
            self.has_failed = True
            self._stop.set()

    async def _keep_noting(self) -> None:
        """When something changed, and from time to time. Until cancelled."""
        while True:
            self._changed.clear()
            self._note()
            with suppress(TimeoutError):
                async with asyncio.timeout(NOTE_SECONDS):
                    await self._changed.wait()

    def _note(self) -> None:
        answered = self._uplink.answered_at
        write_status(
            self._folder,
            Status(
                written_at=self._now().isoformat(timespec="seconds"),
                waiting=self._spool.count,
                last_number=self._spool.last_number,
                damaged=self._spool.damaged,
                answered_at=None if answered is None else answered.isoformat(timespec="seconds"),
                clock_off_seconds=self._uplink.clock_off_seconds,
                problem=self._problem or self._uplink.problem,
                has_reader=self._has_reader,
                is_cut=self._is_cut,
            ),
        )


def _is_cut(folder: Path, spool: Spool) -> bool:
    """Whether the spool ends before what this gate had counted; its next number is none of those."""
    try:
        before = find_status(folder)
    except DamagedError:
        return False  # it is not synced, and the power may have gone
    if before is None or before.last_number <= spool.last_number:
        return False
    log.error("the file of touches ends before what was counted")
    try:
        spool.skip_to(before.last_number)
    except (NoRoomError, BrokenSpoolError):
        log.warning("how far it had counted could not be noted")
    return True


async def run_gate(folder: Path, path: str, lamp: Lamp, arrange: Callable[[Gate], None]) -> bool:
    """Run the gate of this folder; `arrange` is handed it before it begins. False when it has to begin anew.

    Raises: NotPairedError, DamagedError, InTheClearError, InUseError, OSError.
    """
    identity = read_identity(folder)
    spool = Spool(spool_of(folder, identity.reader))
    if read_identity(folder) != identity:  # it was paired anew before we held the spool
        spool.close()
        raise InUseError
    if spool.damaged:
        log.error("%d lines of the file of touches could not be read", spool.damaged)
    try:
        gate = Gate(folder, identity, spool, path, lamp)
        arrange(gate)
        await gate.run()
        return not gate.has_failed
    finally:
        spool.close()
