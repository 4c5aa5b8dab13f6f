"""The limits' store: rows that wait together go to the disk in one durable commit, and that is all it does.

As durable as the hub's own: SQLite with WAL and `synchronous=FULL`; PostgreSQL with `synchronous_commit` on.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg

BATCH = 500
Write = Callable[[Sequence[Any]], None]


def open_sqlite(file: str, table: str, insert: str) -> Write:
    """Writes rows of the given insert, one commit for each call. To be used from one thread, whichever it is."""
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(table)

    def write(rows: Sequence[Any]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(insert, rows)
        connection.execute("COMMIT")

    return write


def open_postgresql(url: str, table: str, insert: str) -> Write:
    """The same on a server; `insert` has question marks for its values."""
    connection = psycopg.connect(url)
    with connection.transaction():
        connection.execute("SET synchronous_commit=on")
        connection.execute(table.encode())
    statement = insert.replace("?", "%s").encode()

    def write(rows: Sequence[Any]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany(statement, rows)

    return write


class GroupWriter:
    """`await put(row)` returns once the row is durable."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[tuple[Any, asyncio.Future[None]]] = queue.SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()

    async def put(self, row: Any) -> None:
        future = self._loop.create_future()
        self._waiting.put((row, future))
        await future

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while len(batch) < BATCH:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            self._write([row for row, _ in batch])
            self._loop.call_soon_threadsafe(_tell, [future for _, future in batch])


def _tell(futures: list["asyncio.Future[None]"]) -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)
