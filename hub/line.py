"""The line of works that wait for a writer of the store."""

import threading
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")
LOOK_PAST = 4


class Line(Generic[T]):
    """The works that wait for a writer: those put ahead go first, each kind in its order."""

    def __init__(self) -> None:
        self._ahead: deque[T] = deque()
        self._others: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, job: T, *, ahead: bool) -> None:
        with self._changed:
            (self._ahead if ahead else self._others).append(job)
            self._changed.notify()

    def take(self, wait_seconds: float | None) -> T | None:
        """The next one; None when there was none in time, or when the line is closed and empty."""
        with self._changed:
            if not self._ahead and not self._others and not self._closed and wait_seconds != 0.0:
                self._changed.wait_for(lambda: self._ahead or self._others or self._closed, wait_seconds)
            if self._ahead:
                return self._ahead.popleft()
            return self._others.popleft() if self._others else None

    def take_like(self, like: Callable[[T], bool], limit: int) -> list[T]:
        """Up to `limit` of those that wait behind, in their order, wherever among the first of them they stand."""
        with self._changed:
            found = [job for job in islice(self._others, limit * LOOK_PAST) if like(job)][:limit]
            if found:
                taken = {id(job) for job in found}
                self._others = deque(job for job in self._others if id(job) not in taken)
            return found

    def close(self) -> None:
        """What waits is still handed out; nobody waits for more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
