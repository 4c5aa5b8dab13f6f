"""Writes many rows of one table with one call of the driver, and leaves alone those whose key is there already.

The statement is made once for a dialect, and only the columns whose type asks for it are converted: an insert that the
whole library looks after row by row costs several times as much, and this one stands on the way of every text.
"""

from collections.abc import Callable, Sequence
from typing import Any

import sqlalchemy as sa

Conversions = list[tuple[int, Callable[[Any], Any]]]
"""Which places of a row the driver wants in another form, and how each is brought into it."""


def place_mark(dialect: sa.Dialect) -> str:
    """What stands for a value in a statement."""
    return "?" if dialect.paramstyle == "qmark" else "%s"


def list_conversions(columns: Sequence[sa.Column[Any]], dialect: sa.Dialect) -> Conversions:
    """For rows that hold the values of these columns in their order."""
    found = [(place, column.type.dialect_impl(dialect).bind_processor(dialect)) for place, column in enumerate(columns)]
    return [(place, convert) for place, convert in found if convert is not None]


def convert_row(row: tuple[Any, ...], conversions: Conversions) -> tuple[Any, ...]:
    """The row as the driver takes it."""
    out = list(row)
    for place, convert in conversions:
        out[place] = convert(out[place])
    return tuple(out)


class QuickInsert:
    """For `columns` of a table, whose unique column `key` tells a row that is there already; without one a row that is
    there already is an error, sa.exc.IntegrityError."""

    def __init__(self, table: sa.Table, columns: Sequence[str], key: str | None = None) -> None:
        self._table = table
        self._columns = tuple(columns)
        self._key = key
        self._ready: dict[str, tuple[str, Conversions]] = {}

    def run(self, connection: sa.Connection, rows: list[tuple[Any, ...]]) -> int:
        """How many rows were new. Each row holds the values of the columns in their order."""
        _, conversions = self._prepare(connection.dialect)
        if conversions:
            rows = [convert_row(row, conversions) for row in rows]
        return self.run_converted(connection, rows)

    def run_converted(self, connection: sa.Connection, rows: list[tuple[Any, ...]]) -> int:
        """The same of rows whose values are as the driver takes them."""
        statement, _ = self._prepare(connection.dialect)
        written = connection.exec_driver_sql(statement, rows, execution_options={"preserve_rowcount": True})
        return written.rowcount

    def _prepare(self, dialect: sa.Dialect) -> tuple[str, Conversions]:
        if dialect.name not in self._ready:
            columns = [self._table.columns[name] for name in self._columns]
            quote = dialect.identifier_preparer.quote
            names = ", ".join(quote(column.name) for column in columns)
            marks = ", ".join(place_mark(dialect) for _ in columns)
            known = f" ON CONFLICT ({quote(self._key)}) DO NOTHING" if self._key is not None else ""
            statement = f"INSERT INTO {quote(self._table.name)} ({names}) VALUES ({marks}){known}"  # noqa: S608
            self._ready[dialect.name] = statement, list_conversions(columns, dialect)
        return self._ready[dialect.name]
