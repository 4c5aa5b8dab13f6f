"""Where work is done. An edge hands the desk a plain function; the desk has it run from begin to commit in the store's own
thread, and rings the doorbell afterwards.

On SQLite there is one writer, on PostgreSQL a small pool of them works side by side. Readers stand beside both.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from hub.asker import Asker
from hub.away import StoreAwayError as StoreAwayError
from hub.away import or_away
from hub.clock import Clock, IdMaker
from hub.database import is_sqlite, make_engine
from hub.doorbell import Doorbell, Ring
from hub.line import Line
from hub.words import Words
from hub.work import Look as Look
from hub.work import Refusal as Refusal
from hub.work import Work as Work
from hub.writer import Job, Outcome, Writer

P = ParamSpec("P")
T = TypeVar("T")

WAITING_LIMIT = 2000
LOOKING_LIMIT = 500
READERS = 3
POSTGRESQL_WRITERS = 4


class DeskBusyError(Exception):
    """Too much waits already. The work was not begun."""


class Desk:
    """Opens looks and works. Made and closed inside a running loop."""

    def __init__(self, url: str, clock: Clock, doorbell: Doorbell, language: str = "en", node: str = "hub") -> None:
        self.clock = clock
        self.ids = IdMaker()
        self.url = url
        self.doorbell = doorbell
        self._words = Words(language)
        writers = 1 if is_sqlite(url) else POSTGRESQL_WRITERS
        self._write_engine = make_engine(url, connections=writers)
        self._read_engine = make_engine(url, read_only=True, connections=READERS)
        self._line: Line[Job] = Line()
        self._waiting = 0
        self._looking = 0
        self._closed = False
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._writers = [
            Writer(f"{node}.{number}", self._write_engine, self._line, clock, self.ids, self._words, self._tell)
            for number in range(writers)
        ]
        for writer in self._writers:
            writer.start()

    @property
    def waiting(self) -> int:
        """Works that wait or run now."""
        return self._waiting

    async def work(self, asker: Asker, verb: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `verb` from begin to commit; returns only when the commit is durable.

        It is finished even if the caller goes away. Raises: DeskBusyError, StoreAwayError, and what the verb raises.
        """
        return await self._submit(asker, lambda work: verb(work, *args, **kwargs), ahead=False)

    async def work_ahead(
        self, asker: Asker, verb: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same, ahead of the works that wait: for what is short and somebody outside waits for, such as keeping."""
        return await self._submit(asker, lambda work: verb(work, *args, **kwargs), ahead=True)

    async def work_in_round(
        self, asker: Asker, verb: Callable[Concatenate[Work, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same as `work`, for a verb that may be done in a round: it asks the store for nothing that it has itself
        added, unless it flushes, and says by `touch` what it is about."""
        return await self._submit(asker, lambda work: verb(work, *args, **kwargs), ahead=False, verb=verb)

    def _submit(
        self, asker: Asker, run: Callable[[Work], T], *, ahead: bool, verb: Callable[..., Any] | None = None
    ) -> "asyncio.Future[T]":
        if self._closed or self._waiting >= WAITING_LIMIT:
            raise DeskBusyError
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._waiting += 1
        self._line.put(Job(run, asker, future, loop, verb), ahead=ahead)
        return future

    async def look(
        self, asker: Asker, question: Callable[Concatenate[Look, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Answer `question` from one consistent reading.

        Raises: DeskBusyError, StoreAwayError, and what the question raises.
        """
        if self._closed or self._looking >= LOOKING_LIMIT:
            raise DeskBusyError
        loop = asyncio.get_running_loop()
        self._looking += 1
        try:
            return await loop.run_in_executor(self._readers, lambda: self.look_now(asker, question, *args, **kwargs))
        finally:
            self._looking -= 1

    def look_now(
        self, asker: Asker, question: Callable[Concatenate[Look, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The same in the calling thread, for commands and readers."""
        try:
            with (
                self._read_engine.begin() as connection,
                Session(connection, join_transaction_mode="rollback_only", autoflush=False) as session,
            ):
                return question(Look(session, self.clock.now(), self._words, asker), *args, **kwargs)
        except (DBAPIError, PoolTimeoutError) as error:
            if isinstance(away := or_away(error), StoreAwayError):
                raise away from error
            raise

    async def close(self) -> None:
        """Finish what waits, then let the store go."""
        self._closed = True
        self._line.close()
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        for writer in self._writers:
            writer.join()
        self._readers.shutdown()
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _tell(self, settled: list[tuple[Job, Outcome]]) -> None:
        rings: list[Ring] = []
        for job, outcome in settled:
            self._waiting -= 1
            rings.extend(outcome.rings)
            if job.future.done():
                continue
            if outcome.error is None:
                job.future.set_result(outcome.result)
            else:
                job.future.set_exception(_tellable(outcome.error))
        if rings:
            self.doorbell.ring(rings)


def _tellable(error: BaseException) -> BaseException:
    """No future takes a StopIteration: whoever waits, and all behind them, would wait for ever."""
    if not isinstance(error, StopIteration):
        return error
    told = RuntimeError("a work raised StopIteration")
    told.__cause__ = error
    return told
