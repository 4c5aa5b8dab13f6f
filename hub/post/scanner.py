"""The virus scanner that every file is handed to before anything opens it: clamd on this machine.

Whatever it does not say plainly is no word that a file is clean, so what could not be scanned waits. Source: security rules
S7.7 and S9.6; clamd(8), the commands INSTREAM and PING.
"""

import asyncio
import logging

log = logging.getLogger(__name__)
SECONDS = 20.0
AT_ONCE = 4
CHUNK = 64 * 1024
MOST_ANSWER = 4 * 1024
SCAN, PING = b"zINSTREAM\0", b"zPING\0"
CLEAN, ALIVE = b"stream: OK\0", b"PONG\0"
BEGINS, FOUND = b"stream: ", b" FOUND\0"
INFECTED, NOT_SCANNED = "infected", "not_scanned"
"""Why a file was not taken, or waits."""
LENGTH = 4


class InfectedError(Exception):
    """It carries something that does harm."""


class ScannerAwayError(Exception):
    """Nobody can tell: it does not answer, or not as a scanner does."""


class Scanner:
    """`address` is "host:port". A connection for each file, and a few at once; the others wait their turn."""

    def __init__(self, address: str, seconds: float = SECONDS) -> None:
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._seconds = seconds
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._is_away = False

    async def scan(self, content: bytes) -> None:
        """Return when it is clean. Raises: InfectedError, ScannerAwayError."""
        answer = await self._ask(SCAN, content)
        is_infected = answer.startswith(BEGINS) and answer.endswith(FOUND)
        if not is_infected and answer != CLEAN:
            raise self._away()
        self._is_away = False
        if is_infected:
            raise InfectedError

    async def check(self) -> None:
        """Return when it answers. Raises: ScannerAwayError."""
        if await self._ask(PING) != ALIVE:
            raise self._away()
        self._is_away = False

    async def _ask(self, command: bytes, content: bytes | None = None) -> bytes:
        """What it answers, whole. Raises: ScannerAwayError."""
        try:
            async with asyncio.timeout(self._seconds), self._turns:
                return await self._talk(command, content)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            raise self._away() from None

    async def _talk(self, command: bytes, content: bytes | None) -> bytes:
        """Raises: OSError, EOFError, asyncio.LimitOverrunError."""
        reader, writer = await asyncio.open_connection(self._host.strip("[]"), self._port, limit=MOST_ANSWER)
        try:
            writer.write(command)
            for start in range(0, len(content or b""), CHUNK):
                chunk = (content or b"")[start : start + CHUNK]
                writer.write(len(chunk).to_bytes(LENGTH, "big") + chunk)
                await writer.drain()
            if content is not None:
                writer.write(bytes(LENGTH))
            return await reader.readuntil(b"\0")
        finally:
            writer.close()

    def _away(self) -> ScannerAwayError:
        """Said once in the log, until it answers again."""
        if not self._is_away:
            self._is_away = True
            log.error("the virus scanner does not answer: files wait")
        return ScannerAwayError()
