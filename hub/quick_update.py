"""Changes many rows of one table with one call of the driver, by a statement that is made once for a dialect.

The library's own way works out each row's statement again, and a round changes three or four rows for every text.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from hub.quick_insert import Conversions, convert_row, list_conversions, place_mark


class QuickUpdate:
    """Sets `columns` of the rows that are found by their primary key."""

    def __init__(self, table: sa.Table, columns: Sequence[str]) -> None:
        self._table = table
        self._set = [table.columns[name] for name in columns]
        self._keys = list(table.primary_key.columns)
        self._ready: dict[str, tuple[str, Conversions]] = {}

    def run(self, connection: sa.Connection, rows: list[tuple[Any, ...]]) -> None:
        """Each row holds the values of the columns in their order, and then those of its key. Raises: StaleDataError when
        one of them is there no more."""
        statement, conversions = self._prepare(connection.dialect)
        if conversions:
            rows = [convert_row(row, conversions) for row in rows]
        changed = connection.exec_driver_sql(statement, rows, execution_options={"preserve_rowcount": True}).rowcount
        if changed != len(rows):
            raise StaleDataError(f"{len(rows)} rows of {self._table.name} were to be changed, {changed} were there")

    def _prepare(self, dialect: sa.Dialect) -> tuple[str, Conversions]:
        if dialect.name not in self._ready:
            quote, mark = dialect.identifier_preparer.quote, place_mark(dialect)
            values = ", ".join(f"{quote(column.name)} = {mark}" for column in self._set)
            found = " AND ".join(f"{quote(column.name)} = {mark}" for column in self._keys)
            statement = f"UPDATE {quote(self._table.name)} SET {values} WHERE {found}"  # noqa: S608
            self._ready[dialect.name] = statement, list_conversions([*self._set, *self._keys], dialect)
        return self._ready[dialect.name]
