"""clamd on loopback, as its manual tells: what it is asked, octet by octet, and what it finds. It knows nothing of the hub.

Source: clamd(8), the commands PING and INSTREAM.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

MARK = b"-".join([b"EICAR", b"STANDARD", b"ANTIVIRUS", b"TEST", b"FILE"])
"""What every scanner finds, in two places so that none finds it here."""
STREAM_MAX = 25 * 1024 * 1024
LENGTH = 4


@dataclass
class VirusScanner:
    """`scanned` are the files that were handed over whole. `odd` is said instead of every answer; empty for nothing. While it
    `is_full` it answers, and takes no file."""

    port: int
    odd: bytes | None = None
    is_full: bool = False
    scanned: list[bytes] = field(default_factory=list)
    pings: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One command a connection, which ends with its answer."""
        try:
            command = await reader.readuntil(b"\0")
            answer = await self._answer(command, reader)
            if self.odd == b"":
                await reader.read()
            writer.write(answer if self.odd is None else self.odd)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, command: bytes, reader: asyncio.StreamReader) -> bytes:
        if command == b"zPING\0":
            self.pings += 1
            return b"PONG\0"
        if command != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        if self.is_full:
            return b"INSTREAM: Can't allocate memory. ERROR\0"
        content = bytearray()
        while size := int.from_bytes(await reader.readexactly(LENGTH), "big"):
            if len(content) + size > STREAM_MAX:
                return b"INSTREAM size limit exceeded. ERROR\0"
            content += await reader.readexactly(size)
        self.scanned.append(bytes(content))
        return b"stream: Eicar-Signature FOUND\0" if MARK in content else b"stream: OK\0"


@asynccontextmanager
async def run_scanner(port: int) -> AsyncIterator[VirusScanner]:
    scanner = VirusScanner(port)
    server = await asyncio.start_server(scanner.meet, "127.0.0.1", port)
    try:
        yield scanner
    finally:
        server.close()
        await asyncio.sleep(0)
