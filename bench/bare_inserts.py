"""What the rows of a bench cost by themselves: the very same, written table by table in one transaction as durable."""

import sqlite3
import time as wall
from pathlib import Path

WRITTEN = (
    "threads", "thread_guardians", "messages", "message_children", "deliveries", "conversations", "not_arrived",
    "not_arrived_steps", "care_rounds", "weekly_texts", "audit",
)  # fmt: skip
"""What asking and telling families by itself writes, in the order in which rows name each other."""


def close_up(store: Path) -> None:
    """All of the store is in its one file, which can be copied then."""
    with sqlite3.connect(store) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def insert_bare(before: Path, after: Path, limit: Path) -> float:
    """Seconds for the rows that `after` has and `before` has not, written into `limit` alone."""
    rows = {}
    with sqlite3.connect(after) as source:
        source.execute("ATTACH ? AS old", (str(before),))
        for table in WRITTEN:
            rows[table] = source.execute(f"SELECT * FROM {table} EXCEPT SELECT * FROM old.{table}").fetchall()
    connection = sqlite3.connect(limit, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    begun = wall.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    for table, fresh in rows.items():
        if fresh:
            marks = ", ".join("?" * len(fresh[0]))
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", fresh)
    connection.execute("COMMIT")
    took = wall.perf_counter() - begun
    connection.close()
    return took
