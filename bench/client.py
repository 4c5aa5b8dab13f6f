"""A small HTTP client for load, over kept connections: closed ("press", "all") or open ("pace"). It prints a RESULT line.

It reads no more of an answer than its status and its length.
"""

import argparse
import asyncio
import gc
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from .forms import read_forms

OPEN_CONNECTIONS = 64
LAST_ANSWERS_SECONDS = 15.0
Answered = Callable[["Line", int], None]


class Line(asyncio.Protocol):
    """One kept connection; `answered` is called with the status of each answer, 0 when the connection was lost."""

    def __init__(self, answered: Answered) -> None:
        self._answered = answered
        self._transport: asyncio.Transport | None = None
        self._data = b""
        self.busy = False
        self.sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        if self.busy:
            self.busy = False
            self._answered(self, 0)

    def send(self, request: bytes, due: float) -> None:
        assert self._transport is not None
        self.busy, self.sent_at = True, due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, blank, body = self._data.partition(b"\r\n\r\n")
        if not blank or len(body) < _length(head):
            return
        self._data = b""
        self.busy = False
        self._answered(self, int(head[9:12]))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def connect(port: int, count: int, answered: Answered) -> list[Line]:
    """So many connections to a port of this machine."""
    loop = asyncio.get_running_loop()
    lines = []
    for _ in range(count):
        _, line = await loop.create_connection(lambda: Line(answered), "127.0.0.1", port)
        lines.append(line)
    return lines


class Tally:
    """What was answered, and after how long."""

    def __init__(self) -> None:
        self.latencies: list[float] = []
        self.bad = 0

    def note(self, line: Line, status: int) -> None:
        self.latencies.append(time.perf_counter() - line.sent_at)
        self.bad += status != 200

    def say(self, seconds: float, ran_out: bool) -> str:
        times = sorted(self.latencies) or [0.0]
        p50, p99 = (times[min(len(times) - 1, int(len(times) * share))] * 1e6 for share in (0.5, 0.99))
        return f"RESULT {len(self.latencies)} {seconds * 1e6:.0f} {p50:.0f} {p99:.0f} {self.bad} {int(ran_out)}"


async def press(port: int, requests: deque[bytes], seconds: float, connections: int, to_the_last: bool) -> str:
    """Each connection sends its next request when it has its answer, until the time is over.

    `to_the_last`: the end comes when every request is answered, and the time is what that may take.
    """
    tally = Tally()
    total = len(requests)
    done = asyncio.Event()
    end = time.perf_counter() + seconds

    def answered(line: Line, status: int) -> None:
        tally.note(line, status)
        if time.perf_counter() >= end or len(tally.latencies) == total:
            done.set()
        elif requests:
            line.send(requests.popleft(), time.perf_counter())

    begun = time.perf_counter()
    lines = await connect(port, connections, answered)
    for line in lines[:total]:
        line.send(requests.popleft(), time.perf_counter())
    await done.wait()
    took = time.perf_counter() - begun
    for line in lines:
        line.close()
    return tally.say(took, bool(requests) if to_the_last else not requests)


async def pace(port: int, requests: deque[bytes], seconds: float, per_second: float) -> str:
    """Requests leave when they are due, on any free connection; one that finds none waits, and its time counts.

    When this process itself wakes late, which no answer can cause, the time counts from its sending.
    """
    tally = Tally()
    free: deque[Line] = deque()
    waiting: deque[float] = deque()

    def answered(line: Line, status: int) -> None:
        tally.note(line, status)
        if waiting:
            line.send(requests.popleft(), waiting.popleft())
        else:
            free.append(line)

    lines = await connect(port, OPEN_CONNECTIONS, answered)
    free.extend(lines)
    count = min(len(requests), int(seconds * per_second))
    begun = time.perf_counter()
    for number in range(count):
        due = begun + number / per_second
        if (ahead := due - time.perf_counter()) > 0:
            await asyncio.sleep(ahead)
        if free:
            free.popleft().send(requests.popleft(), time.perf_counter())
        else:
            waiting.append(due)
    async with asyncio.timeout(LAST_ANSWERS_SECONDS):
        while len(tally.latencies) < count:
            await asyncio.sleep(0.01)
    took = time.perf_counter() - begun
    for line in lines:
        line.close()
    return tally.say(took, count < int(seconds * per_second))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("way", choices=["press", "all", "pace"])
    parser.add_argument("port", type=int)
    parser.add_argument("forms", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("amount", type=float, help="connections, or requests a second")
    asked = parser.parse_args()
    requests = deque(form.as_request(asked.port) for form in read_forms(asked.forms))
    gc.freeze()
    gc.disable()
    if asked.way == "pace":
        print(asyncio.run(pace(asked.port, requests, asked.seconds, asked.amount)))
    else:
        print(asyncio.run(press(asked.port, requests, asked.seconds, int(asked.amount), asked.way == "all")))


if __name__ == "__main__":
    main()
