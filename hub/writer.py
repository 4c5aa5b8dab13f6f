"""The store's own thread: takes works from the line, runs them from begin to commit, and tells what became of each.

On SQLite works that wait together share one durable commit, each in its savepoint, so that one that fails takes nobody
along. Works of one verb may be done in a round: in one session, with one flush. When one of a round fails, the round did
not happen, and each of its works is done by itself.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hub.asker import Asker
from hub.away import StoreAwayError, has_lost_its_transaction, or_away
from hub.clock import Clock, IdMaker
from hub.doorbell import Ring
from hub.line import Line
from hub.quick_flush import WorkSession
from hub.words import Words
from hub.work import Work

log = logging.getLogger(__name__)
BATCH_LIMIT = 200
BATCH_SECONDS = 0.010
ROUND_LIMIT = 8
IDLE_SECONDS = 1.0


@dataclass(slots=True)
class Job:
    """A work that waits in the line, and who waits for it where."""

    run: Callable[[Work], Any]
    asker: Asker
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop
    verb: Callable[..., Any] | None = None
    """Set when it may be done in a round with others of the same verb."""


@dataclass(slots=True)
class Outcome:
    """What became of a work, and the rings for after the commit."""

    result: Any = None
    error: BaseException | None = None
    rings: list[Ring] = field(default_factory=list)


Tell = Callable[[list[tuple[Job, Outcome]]], None]


class Writer:
    """Runs until its line is closed and empty. `tell` is called in the loop of those who wait."""

    def __init__(
        self, name: str, engine: sa.Engine, line: Line[Job], clock: Clock, ids: IdMaker, words: Words, tell: Tell
    ) -> None:
        self._name = name
        self._engine = engine
        self._shares = engine.dialect.name == "sqlite"
        self._line = line
        self._clock = clock
        self._ids = ids
        self._words = words
        self._tell = tell
        self._thread = threading.Thread(target=self._run, name=f"writer-{name}", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def join(self) -> None:
        """Return when the line is closed and everything in it is done."""
        self._thread.join()

    def _run(self) -> None:
        """Run works until the line is closed; the connection is kept while they follow each other closely."""
        kept: sa.Connection | None = None
        while True:
            job = self._line.take(IDLE_SECONDS) if kept is not None else self._line.take(None)
            if job is None and kept is not None:
                kept.close()
                kept = None
                continue
            if job is None:
                return
            batch, outcomes = [job], list[Outcome]()
            try:
                kept = kept if kept is not None else self._engine.connect()
                self._run_batch(kept, batch, outcomes)
            except Exception as error:  # whatever broke the batch, its writer goes on
                outcomes = self._fail(batch, outcomes, error)
                if kept is not None:
                    kept.invalidate()  # SQLite leaves the transaction open when its COMMIT fails
                    kept.close()
                kept = None
            self._settle(batch, outcomes)

    def _fail(self, batch: list[Job], outcomes: list[Outcome], error: Exception) -> list[Outcome]:
        away = or_away(error)
        if not isinstance(away, StoreAwayError):
            log.error("a batch of works failed as a whole", exc_info=error)
        own = [outcome.error or away for outcome in outcomes]
        return [Outcome(error=e) for e in own + [away] * (len(batch) - len(own))]

    def _run_batch(self, connection: sa.Connection, batch: list[Job], outcomes: list[Outcome]) -> None:
        """Run the first work, then those that wait too, for a moment, and commit them together.

        The first needs no savepoint: when it fails there is nothing else to lose.
        """
        began = self._clock.monotonic()
        transaction = connection.begin()
        try:
            while True:
                together = self._find_round(batch[-1])
                batch.extend(together[1:])
                outcomes.extend(self._run_round(connection, together, alone=len(batch) == 1))
                if len(batch) == 1 and outcomes[0].error is not None:
                    return
                if not self._shares or len(batch) >= BATCH_LIMIT or self._clock.monotonic() - began > BATCH_SECONDS:
                    break
                more = self._line.take(0.0)
                if more is None:
                    break
                batch.append(more)
            transaction.commit()
        finally:
            if transaction.is_active:
                transaction.rollback()

    def _find_round(self, job: Job) -> list[Job]:
        """The work, and those that wait and may be done in a round with it."""
        if job.verb is None:
            return [job]
        return [job, *self._line.take_like(lambda other: other.verb is job.verb, ROUND_LIMIT - 1)]

    def _run_round(self, connection: sa.Connection, jobs: list[Job], *, alone: bool) -> list[Outcome]:
        savepoint = None if alone else connection.begin_nested()
        session = WorkSession(connection, in_round=jobs[0].verb is not None)
        try:
            done = self._run_in(session, jobs)
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
                return [Outcome(error=or_away(error))]
        else:
            if has_lost_its_transaction(connection):
                raise StoreAwayError("the store rolled back by itself")
            return done
        finally:
            session.close()
        return [self._run_round(connection, [job], alone=False)[0] for job in jobs]

    def _run_in(self, session: WorkSession, jobs: list[Job]) -> list[Outcome]:
        touched: set[str] = set()
        done = []
        for job in jobs:
            work = Work(
                session, self._clock.now(), self._words, job.asker, self._ids, self._name, touched_before=touched
            )
            done.append(Outcome(job.run(work), rings=work.rings))
            touched |= work.touched
        session.end()
        return done

    def _settle(self, batch: list[Job], outcomes: list[Outcome]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Job, Outcome]]] = {}
        for job, outcome in zip(batch, outcomes, strict=True):
            by_loop.setdefault(job.loop, []).append((job, outcome))
        for loop, settled in by_loop.items():
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(self._tell, settled)
