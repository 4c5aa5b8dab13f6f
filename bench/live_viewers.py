"""Very many open live pages, in a process of their own: each keeps its connection and counts the changes it is told of. At each
line of its input it prints when the last of them was told of one more, by the clock that all processes of a machine share."""

import argparse
import asyncio
import sys
import time
from pathlib import Path

from hub.entrance import widen

OPEN_AT_ONCE = 64
OPEN_SECONDS = 240.0
TOLD_SECONDS = 60.0
CHANGED, OPENED = b"event: changed", b"event: open"
FINE, REFUSED = b"HTTP/1.1 200", b"HTTP/1.1 503"
AGAIN_SECONDS = 0.5


class NoSeatError(Exception):
    """A site was busy, and said so."""


class Viewer(asyncio.Protocol):
    """One page. Whatever comes is kept only as far as an event may be cut in two."""

    def __init__(self, head: bytes, everybody: "Everybody") -> None:
        self._head = head
        self._everybody = everybody
        self._rest = b""
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(self._head)

    def data_received(self, data: bytes) -> None:
        told = self._rest + data
        if not self.opened.done():
            self._heed_head(told)
        count = told.count(CHANGED)
        self._rest = b"" if count else told[-len(CHANGED) + 1 :] if self.opened.done() else told
        if count:
            self._everybody.told(count)

    def _heed_head(self, told: bytes) -> None:
        if OPENED in told:
            self.opened.set_result(None)
        elif told.startswith(REFUSED):
            self.opened.set_exception(NoSeatError())
        elif not told.startswith(FINE):
            self.opened.set_exception(ConnectionError(told[:40].decode("ascii", "replace")))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed"))
        elif self.opened.exception() is None:
            self._everybody.lost += 1


class Everybody:
    """How many changes all of them together were told of, and whether the last one was."""

    def __init__(self, viewers: int) -> None:
        self.viewers = viewers
        self.lost = 0
        self._count = 0
        self.last = 0.0
        self.done = asyncio.Event()

    def told(self, count: int) -> None:
        self._count += count
        if self._count >= self.viewers:
            self._count -= self.viewers
            self.last = time.monotonic()
            self.done.set()


async def follow(port: int, path: str, cookies: list[str], count: int) -> None:
    everybody = Everybody(count)
    gate = asyncio.Semaphore(OPEN_AT_ONCE)

    async def try_once(head: bytes) -> bool:
        transport, viewer = await asyncio.get_running_loop().create_connection(
            lambda: Viewer(head, everybody), "127.0.0.1", port
        )
        try:
            await viewer.opened
        except NoSeatError:
            transport.close()
            return False
        return True

    async def open_one(number: int) -> None:
        cookie = f"Cookie: {cookies[number % len(cookies)]}\r\n" if cookies else ""
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{cookie}Accept: text/event-stream\r\n\r\n".encode()
        async with gate, asyncio.timeout(OPEN_SECONDS):
            while not await try_once(head):
                await asyncio.sleep(AGAIN_SECONDS)

    await asyncio.gather(*(open_one(number) for number in range(count)))
    print("OPEN", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        async with asyncio.timeout(TOLD_SECONDS):
            await everybody.done.wait()
        everybody.done.clear()
        print(f"FAILED {everybody.lost} connections were lost" if everybody.lost else everybody.last, flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("path")
    parser.add_argument("count", type=int)
    parser.add_argument("--cookie", default="")
    parser.add_argument("--tokens", type=Path)
    asked = parser.parse_args()
    widen()
    tokens = asked.tokens.read_text("utf-8").split() if asked.tokens else []
    asyncio.run(follow(asked.port, asked.path, [f"{asked.cookie}={token}" for token in tokens], asked.count))


if __name__ == "__main__":
    main()
