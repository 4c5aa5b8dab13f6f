"""Which of the hubs that share a store is on duty: that one alone wakes the routines, so that no two do the same at once.

The store itself says it, by a lock that one connection holds. When that hub ends, or is not heard of for a quarter of a
minute, the lock is free and another takes it. An SQLite store has one hub, which is always on duty.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hub.clock import Clock
from hub.database import is_sqlite, make_engine

ASK_SECONDS = 1.0
HOLDS_SECONDS = 5.0
"""How long an answer holds where the next does not come: long before the store takes this hub for silent."""
SILENT_MILLISECONDS = 15_000
KNOWS_SILENCE = (14,)
"""The version of PostgreSQL from which it ends a connection that is silent by itself."""
LAST_SECONDS = 2.0
_TAKE = "SELECT pg_try_advisory_lock(hashtextextended('the hub on duty', 0))"


class Duty:
    """Asked before each waking. What it says holds for a second, and a little longer while the store does not answer.

    The clock is one that goes as the store's own does: it is the store that counts how long a hub is silent.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._clock = clock
        self._engine = None if is_sqlite(url) else make_engine(url, connections=1)
        self._thread = ThreadPoolExecutor(1, "duty")
        self._connection: sa.Connection | None = None
        self._is_ours = False
        self._is_asking = False
        self._asked_at: float | None = None

    async def is_ours(self) -> bool:
        """False too while the store is away."""
        if self._engine is None:
            return True
        now = self._clock.monotonic()
        if not self._is_asking and (self._asked_at is None or now - self._asked_at >= ASK_SECONDS):
            self._is_asking = True
            try:
                self._is_ours = await asyncio.get_running_loop().run_in_executor(self._thread, self._ask)
            finally:
                self._is_asking = False
            self._asked_at = now
        return self._is_ours and self._asked_at is not None and self._clock.monotonic() - self._asked_at < HOLDS_SECONDS

    async def close(self) -> None:
        """Whoever asks next has it. A store that does not answer is not waited for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await asyncio.get_running_loop().run_in_executor(self._thread, self._let_go)
        self._thread.shutdown(wait=False)

    def _ask(self) -> bool:
        try:
            if self._connection is None:
                return self._try_to_take()
            self._connection.exec_driver_sql("SELECT 1")
        except DBAPIError:
            self._drop()
            return False
        return True

    def _try_to_take(self) -> bool:
        """The connection is kept only while it holds the lock."""
        assert self._engine is not None
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            if (connection.dialect.server_version_info or ()) >= KNOWS_SILENCE:
                connection.exec_driver_sql(f"SET idle_session_timeout = {SILENT_MILLISECONDS}")
            is_taken = bool(connection.exec_driver_sql(_TAKE).scalar())
        except DBAPIError:
            connection.invalidate()
            connection.close()
            raise
        if is_taken:
            self._connection = connection
        else:
            connection.close()
        return is_taken

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _let_go(self) -> None:
        self._drop()
        if self._engine is not None:
            self._engine.dispose()
