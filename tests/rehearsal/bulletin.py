"""What happens on the phones, told to every page that watches; a page too slow to keep up is asked to start afresh."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

WAITING_AT_MOST = 500
START_AFRESH: dict[str, object] = {"kind": "afresh"}
THE_END: dict[str, object] = {"kind": "end"}


class Bulletin:
    def __init__(self) -> None:
        self._viewers: set[asyncio.Queue[dict[str, object]]] = set()

    @contextmanager
    def viewing(self) -> Iterator[asyncio.Queue[dict[str, object]]]:
        """The news, from now on, as they come."""
        queue: asyncio.Queue[dict[str, object]] = asyncio.Queue(WAITING_AT_MOST + 1)
        self._viewers.add(queue)
        try:
            yield queue
        finally:
            self._viewers.discard(queue)

    def tell(self, kind: str, **news: object) -> None:
        for queue in self._viewers:
            if queue.qsize() < WAITING_AT_MOST:
                queue.put_nowait({"kind": kind, **news})
            elif queue.qsize() == WAITING_AT_MOST:
                queue.put_nowait(START_AFRESH)

    def close(self) -> None:
        """Send every viewer home."""
        for queue in self._viewers:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(THE_END)
