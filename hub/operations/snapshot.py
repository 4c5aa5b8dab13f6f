"""The rows of a store as lines, the same from SQLite and from PostgreSQL, so that what one gave the other takes.

A row is a JSON list of its columns in order. A table's tally is a count and a sum of its rows' digests, whatever their
order, by which two stores are held against each other.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa

from hub.database import Utc
from hub.tables import METADATA

ROWS_AT_ONCE = 1000
_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "moment": Utc(),
    "date": sa.Date(),
    "time": sa.Time(),
    "bool": sa.Boolean(),
    "json": sa.Text(),
    "text": sa.Text(),
    "int": sa.BigInteger(),
    "float": sa.Double(),
    "bytes": sa.LargeBinary(),
}
_READERS: dict[str, Callable[[str], Any]] = {
    "bytes": base64.b64decode,
    "moment": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table's name, and the name and kind of each of its columns."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, table: sa.Table) -> "Shape":
        return cls(table.name, tuple((column.name, _kind_of(column.type)) for column in table.columns))

    @property
    def table(self) -> sa.TableClause:
        return sa.table(self.name, *(sa.column(name, _TYPES[kind]) for name, kind in self.columns))


@dataclass(slots=True)
class Tally:
    """How many rows, and the sum of their digests."""

    rows: int = 0
    total: int = 0

    def count(self, line: bytes) -> None:
        self.rows += 1
        self.total = (self.total + int.from_bytes(hashlib.sha256(line).digest(), "big")) % 2**256


def _kind_of(type_: sa.types.TypeEngine[Any]) -> str:
    kinds: list[tuple[type[sa.types.TypeEngine[Any]], str]] = [
        (Utc, "moment"),
        (sa.Date, "date"),
        (sa.Time, "time"),
        (sa.Boolean, "bool"),
        (sa.JSON, "json"),
        (sa.String, "text"),
        (sa.Integer, "int"),
        (sa.Float, "float"),
        (sa.LargeBinary, "bytes"),
    ]
    for each, kind in kinds:
        if isinstance(type_, each):
            return kind
    raise TypeError(f"a column of a kind that no backup knows: {type_!r}")


def read_rows(connection: sa.Connection, shape: Shape) -> Iterator[bytes]:
    """Every row of a table, as a line each, in no order."""
    columns = [
        sa.cast(column, sa.Text) if kind == "json" else column
        for column, (_, kind) in zip(shape.table.columns, shape.columns, strict=True)
    ]
    found = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(sa.select(*columns))
    for row in found:
        yield json.dumps([_plain(value) for value in row], separators=(",", ":")).encode()


def write_rows(connection: sa.Connection, shape: Shape, lines: Iterable[bytes]) -> None:
    """Put rows into an empty table."""
    table = shape.table
    as_json = connection.dialect.name == "postgresql"
    values = {
        name: sa.cast(sa.bindparam(name, type_=sa.Text()), sa.JSON)
        if kind == "json" and as_json
        else sa.bindparam(name, type_=_TYPES[kind])
        for name, kind in shape.columns
    }
    insert = sa.insert(table).values(values)
    batch: list[dict[str, Any]] = []
    for row in _first_first(shape, (_typed(shape, json.loads(line)) for line in lines)):
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE:
            connection.execute(insert, batch)
            batch = []
    if batch:
        connection.execute(insert, batch)


def _first_first(shape: Shape, rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """Those that others of the same table refer to before these; only tables that refer to themselves are held whole."""
    columns = METADATA.tables[shape.name].columns if shape.name in METADATA.tables else ()
    names = [column.name for column in columns for key in column.foreign_keys if key.column.table is column.table]
    if not names:
        return rows
    waiting = {row["id"]: row for row in rows}
    return _in_order(waiting, names)


def _in_order(waiting: dict[str, dict[str, Any]], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    while waiting:
        free = [row for row in waiting.values() if not any(row.get(name) in waiting for name in names)]
        for row in free or list(waiting.values()):  # rows that refer to each other in a ring are the store's to refuse
            del waiting[row["id"]]
            yield row


def tally(connection: sa.Connection, shape: Shape) -> Tally:
    """Count a table as it stands in a store."""
    found = Tally()
    for line in read_rows(connection, shape):
        found.count(line)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, (bytes, memoryview)) else value


def _typed(shape: Shape, row: list[Any]) -> dict[str, Any]:
    return {
        name: value if value is None or kind not in _READERS else _READERS[kind](value)
        for (name, kind), value in zip(shape.columns, row, strict=True)
    }
