"""Rows worked out ahead: what a work would add is tried in a session that never writes, taken down as JSON, and written later
as it stands.

So the same verbs say what is to be written, and only their rows are left to write when it hurries.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from hub.database import Base, Utc
from hub.quick_flush import WorkSession, place_of, writer_of
from hub.work import Work

Rows = Mapping[str, Sequence[Sequence[Any]]]
"""By table, rows as JSON takes them, with the values of all its columns in their order."""


class NotOnlyNewError(Exception):
    """What was tried would have written by itself, or would have written before its end: it can't be worked out ahead."""


class _TrialSession(WorkSession):
    """Reads, and keeps what is added to it; whatever would write fails."""

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        raise NotOnlyNewError

    def execute(self, statement: Any, *arguments: Any, **more: Any) -> Any:
        if statement.is_dml:
            raise NotOnlyNewError
        return super().execute(statement, *arguments, **more)


@contextmanager
def trial(work: Work, now: datetime) -> Iterator[Work]:
    """A work at the moment `now` that sees what this one sees and writes nothing. Its rings are for nobody."""
    session = _TrialSession(work.connection, in_round=True)
    try:
        yield Work(session, now, work.words, work.asker, work.ids, work.writer)
    finally:
        session.close()


def take_down(tried: Work) -> tuple[dict[str, list[list[Any]]], list[Base]]:
    """What was added since the last taking down, as rows; and the entities that were there already and have changed."""
    session = tried.session
    dialect = tried.connection.dialect
    added = sorted(session.new, key=lambda entity: place_of(type(entity)))
    out: defaultdict[str, list[list[Any]]] = defaultdict(list)
    for entity in added:
        table = entity.__tablename__
        values = writer_of(type(entity)).row(entity)
        out[table].append([_plain(value, how) for value, how in zip(values, _hows(table, dialect), strict=True)])
        session.expunge(entity)
    changed = list(session.dirty)
    return dict(out), changed


def write_down(work: Work, many: Iterable[Rows]) -> None:
    """Write what was taken down, all of one table with one call, as an insert does it."""
    together: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for rows in many:
        for table, of_table in rows.items():
            together[table] += map(tuple, of_table)
    for kind in sorted((_kind_of(table) for table in together), key=place_of):
        writer_of(kind).insert.run_converted(work.connection, together[kind.__tablename__])


@cache
def shape() -> str:
    """Of all tables: rows that were taken down in another shape are of no use."""
    names = [f"{table.name}({','.join(table.columns.keys())})" for table in Base.metadata.sorted_tables]
    return sha256(";".join(names).encode()).hexdigest()[:16]


@cache
def _kind_of(table: str) -> type[Base]:
    return next(mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == table)


_HOWS: dict[tuple[str, str], list[Any]] = {}


def _hows(table: str, dialect: sa.Dialect) -> list[Any]:
    """How the values of each column become what both JSON and the driver take; None where they are that."""
    if (table, dialect.name) not in _HOWS:
        columns = Base.metadata.tables[table].columns
        _HOWS[table, dialect.name] = [_find_how(column.type, dialect) for column in columns]
    return _HOWS[table, dialect.name]


def _find_how(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Any:
    if isinstance(kind, sa.JSON):
        return json.dumps
    if isinstance(kind, Utc) and dialect.name != "sqlite":
        return datetime.isoformat
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _plain(value: Any, how: Any) -> Any:
    return value if value is None or how is None else how(value)
