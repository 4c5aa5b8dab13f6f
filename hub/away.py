"""Tells a store that cannot serve now (locked, full, read-only, restarting) from a fault of ours."""

import sqlite3

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

READ_ONLY = "25006"
SQLITE_AWAY = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_PERM,
    }
)


class StoreAwayError(Exception):
    """The store cannot be read or written now: locked, full, read-only, restarting. The work was not done."""


def has_lost_its_transaction(connection: sa.Connection) -> bool:
    """A full or failing disk makes SQLite roll back the whole transaction, and with it the works before this one; a COMMIT
    would then find nothing to do and say that all is well. Source: SQLite, "Response to errors within a transaction". One
    that we rolled back ourselves, as a session does whose flush fails, is not lost: the error says what is wrong."""
    if connection.invalidated or not connection.in_transaction():
        return False
    return not getattr(connection.connection.dbapi_connection, "in_transaction", True)


def or_away(error: BaseException) -> BaseException:
    """A StoreAwayError in place of an error that tells that the store cannot serve now; any other as it is."""
    if not _tells_away(error):
        return error
    away = StoreAwayError(type(error.__cause__ or error).__name__)
    away.__cause__ = error
    return away


def _tells_away(error: BaseException) -> bool:
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in SQLITE_AWAY
    return (
        isinstance(error, OperationalError)
        or error.connection_invalidated
        or getattr(error.orig, "sqlstate", None) == READ_ONLY
    )
