"""Gathers what waits at the same time and hands it on as one batch; a bad item fails alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from hub.desk import DeskBusyError, StoreAwayError
from hub.post.channel import BusyError

NOBODY_CAN = (BusyError, DeskBusyError, StoreAwayError)

T = TypeVar("T")
R = TypeVar("R")


class Gatherer(Generic[T, R]):
    """`put` returns when the batch that its item went with is done. `handle` answers one result for each item.

    A batch lingers for company, for as many seconds as `linger` says at that moment: what nobody waits for with impatience
    costs the less the more go together.
    """

    def __init__(
        self,
        handle: Callable[[list[T]], Awaitable[list[R]]],
        batch: int = 500,
        waiting: int = 2000,
        linger: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._handle = handle
        self._linger = linger
        self._batch = batch
        self._limit = waiting
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def put(self, item: T) -> R:
        """Raises: BusyError when too much waits, and what the handler raises for this item."""
        if len(self._waiting) >= self._limit:
            raise BusyError
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._waiting:
            if (seconds := self._linger()) > 0:
                await asyncio.sleep(seconds)
            batch, self._waiting = self._waiting[: self._batch], self._waiting[self._batch :]
            try:
                results = await self._handle([item for item, _ in batch])
            except Exception as error:  # told to whoever waits
                await self._one_by_one(batch, error)
                continue
            for (_, future), result in zip(batch, results, strict=True):
                _tell(future, result)

    async def _one_by_one(self, batch: list[tuple[T, "asyncio.Future[R]"]], error: Exception) -> None:
        alone = len(batch) == 1 or isinstance(error, NOBODY_CAN)
        for item, future in batch:
            if alone:
                _tell(future, error)
                continue
            try:
                result = (await self._handle([item]))[0]
            except Exception as own:
                _tell(future, own)
            else:
                _tell(future, result)


def _tell(future: "asyncio.Future[R]", outcome: R | Exception) -> None:
    """Unless whoever waited has gone."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
