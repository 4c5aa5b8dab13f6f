"""Where work is done. An edge hands the desk a plain function; the desk runs it from begin to commit in the store's own
thread, and rings the doorbell afterwards.

On SQLite there is one writer: works that wait together share one durable commit, each in its savepoint, so that one that
fails takes nobody along. On PostgreSQL a small pool of writers works side by side. Readers stand beside both.

Works of one verb may be done in a round: in one session, with one flush. When one of a round fails, the round did not
happen, and each of its works is done by itself.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from hub.asker import Asker
from hub.away import StoreAwayError as StoreAwayError
from hub.away import has_lost_its_transaction, or_away
from hub.clock import Clock, IdMaker
from hub.database import is_sqlite, make_engine
from hub.doorbell import Doorbell, Ring
from hub.line import Line
from hub.quick_flush import write_last, write_new
from hub.words import Words

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

WAITING_LIMIT = 2000
LOOKING_LIMIT = 500
BATCH_LIMIT = 200
BATCH_SECONDS = 0.010
ROUND_LIMIT = 16
IDLE_SECONDS = 1.0
READERS = 3
POSTGRESQL_WRITERS = 4
"""PostgreSQL's code for a store that takes no writes now. Source: PostgreSQL, appendix A."""


class Refusal(Exception):  # a rule's no, not a fault
    """A rule said no to a person. `words` names the utterance that explains it; `parameters` go with it."""

    words = "refusals.not_allowed"

    def __init__(self, **parameters: Any) -> None:
        super().__init__(type(self).__name__)
        self.parameters = parameters


class DeskBusyError(Exception):
    """Too much waits already. The work was not begun."""


@dataclass(slots=True)
class Look:
    """One reading of the store: `now` is aware, UTC, and the same throughout."""

    session: Session
    now: datetime
    words: Words
    asker: Asker

    @property
    def connection(self) -> sa.Connection:
        """For statements that the session need not know of; the same transaction."""
        bind = self.session.get_bind()
        return bind if isinstance(bind, sa.Connection) else self.session.connection()


@dataclass(slots=True)
class Work(Look):
    """One change of the store, whole or not at all. `writer` names the thread that writes, for the audit's chain."""

    ids: IdMaker
    writer: str
    rings: list[Ring] = field(default_factory=list)
    touched_before: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def new_id(self) -> str:
        return self.ids.make(self.now)

    def ring(self, topic: str, id_: str = "") -> None:
        """Tell whoever waits for `topic`, once this work is committed."""
        self.rings.append(Ring(topic, id_))

    def touch(self, ids: Iterable[str]) -> None:
        """Say, before asking about them, what this work may change: in a round, what an earlier work has changed about
        any of these is written first, so that it is seen."""
        ids = set(ids)
        if not self.touched_before.isdisjoint(ids):
            self.session.flush()
            self.touched_before.clear()
        self.touched |= ids


@dataclass(slots=True)
class _Job:
    run: Callable[[Work], Any]
    asker: Asker
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    verb: Callable[..., Any] | None = None
    """Set when it may be done in a round with others of the same verb."""


@dataclass(slots=True)
class _Outcome:
    result: Any = None
    error: BaseException | None = None
    rings: list[Ring] = field(default_factory=list)


class Desk:
    """Opens looks and works. Made and closed inside a running loop."""

    def __init__(self, url: str, clock: Clock, doorbell: Doorbell, language: str = "en", node: str = "hub") -> None:
        self.clock = clock
        self.ids = IdMaker()
        self.url = url
        self.doorbell = doorbell
        self._words = Words(language)
        self._sqlite = is_sqlite(url)
        writers = 1 if self._sqlite else POSTGRESQL_WRITERS
        self._write_engine = make_engine(url, connections=writers)
        self._read_engine = make_engine(url, read_only=True, connections=READERS)
        self._line: Line[_Job] = Line()
        self._waiting = 0
        self._looking = 0
        self._closed = False
        self._readers = ThreadPoolExecutor(READERS, "reader")
        self._threads = [
            threading.Thread(target=self._write, args=(f"{node}.{number}",), name=f"writer-{number}", daemon=True)
            for number in range(writers)
        ]
        for thread in self._threads:
            thread.start()

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
        self._line.put(_Job(run, asker, future, loop, verb), ahead=ahead)
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
            with Session(self._read_engine, expire_on_commit=False) as session:
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
        for thread in self._threads:
            thread.join()
        self._readers.shutdown()
        self._write_engine.dispose()
        self._read_engine.dispose()

    def _write(self, writer: str) -> None:
        """Run works until the desk is closed; the connection is kept while they follow each other closely."""
        kept: sa.Connection | None = None
        while True:
            job = self._line.take(IDLE_SECONDS) if kept is not None else self._line.take(None)
            if job is None and kept is not None:
                kept.close()
                kept = None
                continue
            if job is None:
                return
            batch, outcomes = [job], list[_Outcome]()
            try:
                kept = kept if kept is not None else self._write_engine.connect()
                self._run_batch(kept, batch, outcomes, writer)
            except Exception as error:  # whatever broke the batch, its writer goes on
                outcomes = self._fail(batch, outcomes, error)
                if kept is not None:
                    kept.invalidate()  # SQLite leaves the transaction open when its COMMIT fails
                    kept.close()
                kept = None
            self._settle(batch, outcomes)

    def _fail(self, batch: list[_Job], outcomes: list[_Outcome], error: Exception) -> list[_Outcome]:
        away = or_away(error)
        if not isinstance(away, StoreAwayError):
            log.error("a batch of works failed as a whole", exc_info=error)
        own = [outcome.error or away for outcome in outcomes]
        return [_Outcome(error=e) for e in own + [away] * (len(batch) - len(own))]

    def _run_batch(self, connection: sa.Connection, batch: list[_Job], outcomes: list[_Outcome], writer: str) -> None:
        """Run the first work, then those that wait too, for a moment, and commit them together.

        The first needs no savepoint: when it fails there is nothing else to lose.
        """
        began = self.clock.monotonic()
        transaction = connection.begin()
        try:
            while True:
                together = self._find_round(batch[-1])
                batch.extend(together[1:])
                outcomes.extend(self._run_round(connection, together, writer, alone=len(batch) == 1))
                if len(batch) == 1 and outcomes[0].error is not None:
                    transaction.rollback()
                    return
                if not self._sqlite or len(batch) >= BATCH_LIMIT or self.clock.monotonic() - began > BATCH_SECONDS:
                    break
                more = self._line.take(0.0)
                if more is None:
                    break
                batch.append(more)
            transaction.commit()
        finally:
            if transaction.is_active:
                transaction.rollback()

    def _find_round(self, job: _Job) -> list[_Job]:
        """The work, and those that wait and may be done in a round with it."""
        if job.verb is None:
            return [job]
        return [job, *self._line.take_like(lambda other: other.verb is job.verb, ROUND_LIMIT - 1)]

    def _run_round(self, connection: sa.Connection, jobs: list[_Job], writer: str, *, alone: bool) -> list[_Outcome]:
        savepoint = None if alone else connection.begin_nested()
        session = Session(
            connection,
            join_transaction_mode="rollback_only",
            expire_on_commit=False,
            autoflush=jobs[0].verb is None,
        )
        if jobs[0].verb is not None:
            sa.event.listen(session, "before_flush", write_new)
        try:
            done = self._run_in(session, jobs, writer)
            if savepoint is not None:
                savepoint.commit()
        except Exception as error:  # whatever it is, it belongs to whoever asked for this work
            if has_lost_its_transaction(connection):
                raise StoreAwayError("the store rolled back by itself") from error
            if savepoint is not None and savepoint.is_active:
                savepoint.rollback()
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise
            if len(jobs) == 1:
                return [_Outcome(error=or_away(error))]
        else:
            if has_lost_its_transaction(connection):
                raise StoreAwayError("the store rolled back by itself")
            return done
        finally:
            session.close()
        return [self._run_round(connection, [job], writer, alone=False)[0] for job in jobs]

    def _run_in(self, session: Session, jobs: list[_Job], writer: str) -> list[_Outcome]:
        touched: set[str] = set()
        done = []
        for job in jobs:
            work = Work(session, self.clock.now(), self._words, job.asker, self.ids, writer, touched_before=touched)
            done.append(_Outcome(job.run(work), rings=work.rings))
            touched |= work.touched
        if jobs[0].verb is not None:
            write_last(session)
        if session.in_transaction() or session.new:
            session.commit()
        return done

    def _settle(self, batch: list[_Job], outcomes: list[_Outcome]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Job, _Outcome]]] = {}
        for job, outcome in zip(batch, outcomes, strict=True):
            by_loop.setdefault(job.loop, []).append((job, outcome))
        for loop, settled in by_loop.items():
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._tell, settled)

    def _tell(self, settled: list[tuple[_Job, _Outcome]]) -> None:
        rings: list[Ring] = []
        for job, outcome in settled:
            self._waiting -= 1
            rings.extend(outcome.rings)
            if job.future.done():
                continue
            if outcome.error is None:
                job.future.set_result(outcome.result)
            else:
                job.future.set_exception(outcome.error)
        if rings:
            self.doorbell.ring(rings)
