"""The doorbell: after a commit it tells whoever waits that there may be something to do. It carries ids, never content.

It may ring for nothing, and a ring may be lost: whoever waits also looks by itself now and then.
Source: security rule S9.2.
"""

import asyncio
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

ARRIVALS = "arrivals"
DELIVERIES = "deliveries"
LIVE = "live"
ALARMS = "alarms"
MARKS = "marks"


@dataclass(frozen=True, slots=True)
class Ring:
    """One ring: the topic, and the id of what changed ("" when it is only "look again")."""

    topic: str
    id: str = ""


class Doorbell(Protocol):
    """Rings after commits; its listeners wake. Safe to call from the loop's thread only."""

    def ring(self, rings: Iterable[Ring]) -> None: ...

    def waiter(self, topic: str) -> "Waiter": ...


class Waiter:
    """Sleeps until a topic rings or the time is over."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def wake(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._event.wait(), seconds)
        self._event.clear()


class LocalDoorbell:
    """A doorbell within this process. A watcher that does not keep up loses rings and is told so with an empty id.

    The newest ids of each topic are kept for a while, for a watcher that names the place from which it wants to hear.
    """

    def __init__(self, queue_size: int = 256) -> None:
        self._waiters: dict[str, list[Waiter]] = defaultdict(list)
        self._watchers: dict[str, set[asyncio.Queue[str]]] = defaultdict(set)
        self._rung: Counter[str] = Counter()
        self._newest: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=queue_size))
        self._queue_size = queue_size
        self._life = secrets.token_hex(8)

    async def start(self) -> None:
        """Return when it rings wherever it can. Within this process it always does."""

    async def stop(self) -> None:
        """Nobody rings any more."""

    def ring(self, rings: Iterable[Ring]) -> None:
        for topic in {ring.topic for ring in rings}:
            for waiter in self._waiters[topic]:
                waiter.wake()
        for ring in rings:
            self._rung[ring.topic] += 1
            self._newest[ring.topic].append(ring.id)
            for queue in self._watchers[ring.topic]:
                if queue.full():
                    while not queue.empty():
                        queue.get_nowait()
                    queue.put_nowait("")
                else:
                    queue.put_nowait(ring.id)

    def waiter(self, topic: str) -> Waiter:
        waiter = Waiter()
        self._waiters[topic].append(waiter)
        return waiter

    def place(self, topic: str) -> str:
        """How far this topic has rung by now, in letters of always the same number."""
        return f"{self._life}.{self._rung[topic]:016x}"

    @contextmanager
    def watching(self, topic: str, since: str | None = None) -> Iterator[asyncio.Queue[str]]:
        """A bounded queue of ids as they ring, first those since a place; an empty id means "look at everything again"."""
        queue: asyncio.Queue[str] = asyncio.Queue(self._queue_size)
        for id_ in self.rung_since(topic, self.place(topic) if since is None else since):
            queue.put_nowait(id_)
        self._watchers[topic].add(queue)
        try:
            yield queue
        finally:
            self._watchers[topic].discard(queue)

    def rung_since(self, topic: str, place: str) -> list[str]:
        """The ids that rang since then; an empty one alone when that place is another process's, or too long ago."""
        life, _, rung = place.partition(".")
        newest = self._newest[topic]
        missed = self._rung[topic] - int(rung, 16) if life == self._life else len(newest) + 1
        return list(newest)[len(newest) - missed :] if missed <= len(newest) else [""]

    async def watch(self, topic: str) -> AsyncIterator[str]:
        """Ids as they ring, for a live page; an empty id means "look at everything again"."""
        with self.watching(topic) as queue:
            while True:
                yield await queue.get()
