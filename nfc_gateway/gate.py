"""A gate that runs: the reader in its thread, the spool on the disk, the uplink beside them, the lamp that tells the truth."""

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from nfc_gateway import clock
from nfc_gateway.lamp import Lamp, Sign
from nfc_gateway.reader import Reader
from nfc_gateway.road import Road
from nfc_gateway.spool import BrokenSpoolError, NoRoomError, Spool
from nfc_gateway.state import Identity, Status, read_identity, write_status
from nfc_gateway.uplink import Uplink

log = logging.getLogger(__name__)


class Gate:
    """Made in a running loop. `has_failed`: the spool cannot be trusted, so the process must end and begin anew."""

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
        self._stop = threading.Event()
        self._reader = Reader(path, self.touched, lamp)
        self._uplink = Uplink(identity, spool, self._road, now, random.SystemRandom(), self._note)
        self.has_failed = False

    def touched(self, serial: str, proven: str | None) -> Sign:
        """Keep it, and only then say yes. Called from the reader's thread."""
        try:
            self._spool.keep(serial, self._now(), proven)
        except NoRoomError:
            log.error("a touch was not kept: there is no room")
            self._problem = "no room"
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

    def stop(self) -> None:
        self._stop.set()

    async def run(self) -> None:
        """Until told to stop; what is in hand is finished, what waits stays on the disk."""
        sending = asyncio.create_task(self._uplink.run())
        sending.add_done_callback(self._end_with)
        try:
            await asyncio.to_thread(self._reader.run, self._stop)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            self._note(self._uplink)
            self._road.close()

    def _end_with(self, sending: "asyncio.Task[None]") -> None:
        """What nobody brings to the hub must not light the lamp."""
        if not sending.cancelled():
            log.error("the uplink ended", exc_info=sending.exception())
            self.has_failed = True
            self._stop.set()

    def _note(self, uplink: Uplink) -> None:
        answered = uplink.answered_at
        write_status(
            self._folder,
            Status(
                written_at=self._now().isoformat(timespec="seconds"),
                waiting=self._spool.count,
                last_number=self._spool.last_number,
                damaged=self._spool.damaged,
                answered_at=None if answered is None else answered.isoformat(timespec="seconds"),
                clock_off_seconds=uplink.clock_off_seconds,
                problem=self._problem or uplink.problem,
            ),
        )


async def run_gate(folder: Path, path: str, lamp: Lamp, arrange: Callable[[Gate], None]) -> bool:
    """Run the gate of this folder; `arrange` is handed it before it begins. False when it has to begin anew.

    Raises: NotPairedError, InUseError, OSError.
    """
    identity = read_identity(folder)
    spool = Spool(folder / "spool")
    try:
        gate = Gate(folder, identity, spool, path, lamp)
        arrange(gate)
        await gate.run()
        return not gate.has_failed
    finally:
        spool.close()
