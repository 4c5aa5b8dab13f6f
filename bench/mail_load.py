"""Mail servers that hand in mail over kept connections, one mail after the other on each, and a new connection after a few
dozen, as our listener wants it: no more of an answer is read than its code."""

import asyncio
import time
from collections.abc import Sequence

CONNECTIONS = 16
MAILS_A_CONNECTION = 40


class RefusedError(RuntimeError):
    """Something other than yes was answered."""


async def hand_in_all(port: int, sender: str, recipient: str, mails: Sequence[bytes]) -> float:
    """How many a second were taken, by their yes. Raises: RefusedError."""
    waiting = list(mails)
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_work(port, sender, recipient, waiting))
    return len(mails) / (time.perf_counter() - begun)


async def _work(port: int, sender: str, recipient: str, waiting: list[bytes]) -> None:
    while waiting:
        await _hand_in(port, sender, recipient, waiting)


async def _hand_in(port: int, sender: str, recipient: str, waiting: list[bytes]) -> None:
    """A few of them, over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await _answer(reader)
    await _say(reader, writer, b"EHLO bench.example\r\n")
    for _ in range(MAILS_A_CONNECTION):
        if not waiting:
            break
        mail = waiting.pop()
        await _say(reader, writer, f"MAIL FROM:<{sender}>\r\n".encode())
        await _say(reader, writer, f"RCPT TO:<{recipient}>\r\n".encode())
        await _say(reader, writer, b"DATA\r\n")
        await _say(reader, writer, mail + b"\r\n.\r\n")
    writer.close()


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> None:
    writer.write(line)
    await _answer(reader)


async def _answer(reader: asyncio.StreamReader) -> None:
    line = await reader.readline()
    while line[3:4] == b"-":
        line = await reader.readline()
    if line[:1] not in (b"2", b"3"):
        raise RefusedError(line.decode("ascii", "replace"))
