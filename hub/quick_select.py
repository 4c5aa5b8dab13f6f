"""Asks the store with one call of the driver, by a select that is made ready once for a dialect.

What it answers is what the session would answer: the same rows as the same objects. The library's own way through a
select costs several times what the store itself does, and the questions asked here stand on the way of every text.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import instance_state

from hub.database import Base
from hub.desk import Look
from hub.quick_flush import take_in

Ts = TypeVarTuple("Ts")
Convert = Callable[[Any], Any]
Fill = Callable[[dict[str, Any]], Sequence[Any]]
MOST_READY = 256
"""Statements made ready of one select: one for each length of its lists, which are filled up to powers of two."""
LONGEST_FILLED = 1024
"""A longer list is asked for as it is: a store takes only so many parameters, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement, and what fills its places, those of a list together; `names` where its places have names."""

    statement: str
    fills: tuple[Fill, ...]
    names: tuple[str, ...] | None

    def fill(self, parameters: dict[str, Any]) -> Any:
        filled: list[Any] = []
        for fill in self.fills:
            filled += fill(parameters)
        return filled if self.names is None else dict(zip(self.names, filled, strict=True))


def _fill_one(parameter: str, convert: Convert | None) -> Fill:
    """What goes into the place of a parameter."""
    if convert is None:
        return lambda given: (given[parameter],)
    return lambda given: (convert(given[parameter]),)


def _fill_list(parameter: str, convert: Convert | None) -> Fill:
    """What goes into the places of a parameter's list, which stand side by side."""
    if convert is None:
        return lambda given: _filled(given[parameter])
    return lambda given: [convert(value) for value in _filled(given[parameter])]


class _Column:
    """One plain value of each row."""

    def __init__(self, at: int, convert: Convert | None) -> None:
        self._at = at
        self._convert = convert

    def read(self, _: Session, columns: Sequence[Sequence[Any]]) -> Iterable[Any]:
        values = columns[self._at]
        return values if self._convert is None else map(self._convert, values)


class _Entity:
    """An object of each row, whose columns stand side by side from `at` on."""

    def __init__(self, mapper: Mapper[Any], at: int, converts: Sequence[Convert | None]) -> None:
        self._class = mapper.class_
        self._new = mapper.class_manager.new_instance
        self._keys = [mapper.get_property_by_column(column).key for column in mapper.local_table.c]
        self._at = at
        self._converts = converts
        self._primary = [self._keys.index(mapper.get_property_by_column(c).key) for c in mapper.primary_key]

    def read(self, session: Session, columns: Sequence[Sequence[Any]]) -> Iterable[Any]:
        own = [
            column if convert is None else list(map(convert, column))
            for column, convert in zip(columns[self._at :], self._converts, strict=False)
        ]
        kind, keys, get = self._class, self._keys, session.identity_map.get
        entities = []
        ids = zip(*[own[at] for at in self._primary], strict=True)
        for id_, values in zip(ids, zip(*own, strict=True), strict=True):
            key = (kind, id_, None)
            entity = get(key)
            if entity is None:
                entity = self._new()
                entity.__dict__.update(zip(keys, values, strict=True))
                take_in(session, instance_state(entity), key)
            entities.append(entity)
        return entities


class QuickSelect(Generic[*Ts]):
    """A select of whole entities and columns. Its parameters are the statement's `bindparam`s, lists or tuples those that
    expand."""

    def __init__(self, select: sa.Select[*Ts]) -> None:
        self._select = select
        self._lists: tuple[str, ...] | None = None
        self._ready: dict[tuple[str, tuple[int, ...]], _Ready] = {}
        self._readers: dict[str, list[_Column | _Entity]] = {}

    def rows(self, look: Look, /, **parameters: Any) -> list[tuple[*Ts]]:
        """What the select answers. Raises: sa.exc.DBAPIError, as the session would."""
        session = look.session
        if session.autoflush:
            session.flush()
        connection = look.connection
        dialect = connection.dialect
        ready = self._prepare(dialect, parameters)
        found, described = _fetch(connection, ready, ready.fill(parameters))
        readers = self._readers.get(dialect.name)
        if readers is None:
            readers = self._readers[dialect.name] = _list_readers(self._select, dialect, described)
        columns = list(zip(*found, strict=True))
        return list(zip(*[reader.read(session, columns) for reader in readers], strict=True)) if columns else []

    def _prepare(self, dialect: sa.Dialect, parameters: dict[str, Any]) -> _Ready:
        if self._lists is None:
            self._lists = tuple([name for name, value in parameters.items() if isinstance(value, (list, tuple))])
        lengths = tuple([_fill_up(len(parameters[name])) for name in self._lists])
        ready = self._ready.get((dialect.name, lengths))
        if ready is None:
            if len(self._ready) >= MOST_READY:
                self._ready.clear()
            ready = self._ready[dialect.name, lengths] = _make_ready(self._select, dialect, parameters)
        return ready


def _fill_up(length: int) -> int:
    """The next power of two: what a list lacks is its last value again, which changes nothing of what is in it."""
    return 1 << (length - 1).bit_length() if 0 < length <= LONGEST_FILLED else length


def _filled(values: Sequence[Any]) -> list[Any]:
    return [*values, *[values[-1]] * (_fill_up(len(values)) - len(values))] if values else []


def _make_ready(select: Any, dialect: sa.Dialect, parameters: dict[str, Any]) -> _Ready:
    compiled = select.compile(dialect=dialect)
    types = {name: bind.type for name, bind in compiled.binds.items()}
    state = compiled.construct_expanded_state(
        {name: _filled(value) if isinstance(value, (list, tuple)) else value for name, value in parameters.items()}
    )
    lists = {expanded[0]: (name, expanded) for name, expanded in state.parameter_expansion.items() if expanded}
    later = {each for expanded in state.parameter_expansion.values() for each in expanded[1:]}
    fills: list[Fill] = []
    filled: list[str] = []
    for name in state.positiontup if state.positiontup is not None else list(state.parameters):
        if name in later:
            continue
        base, expanded = lists.get(name, (name, [name]))
        filled += expanded
        convert = types[base].dialect_impl(dialect).bind_processor(dialect)
        if base in parameters:
            fills.append(_fill_list(base, convert) if name in lists else _fill_one(base, convert))
        else:
            values = [state.parameters[each] for each in expanded]
            fills.append(_always(values if convert is None else [convert(value) for value in values]))
    return _Ready(state.statement, tuple(fills), None if state.positiontup is not None else tuple(filled))


def _always(values: Sequence[Any]) -> Fill:
    return lambda _: values


def _list_readers(select: Any, dialect: sa.Dialect, columns: Sequence[Any]) -> list[_Column | _Entity]:
    """How each element of a row is read; `columns` are as the driver describes them, the code of the type second."""
    converts = [
        column.type.dialect_impl(dialect).result_processor(dialect, described[1])
        for column, described in zip(select.selected_columns, columns, strict=True)
    ]
    readers: list[_Column | _Entity] = []
    at = 0
    for described in select.column_descriptions:
        entity = described["entity"]
        if entity is not None and described["expr"] is entity and issubclass(entity, Base):
            mapper: Mapper[Any] = sa.inspect(entity)
            width = len(mapper.local_table.c)
            readers.append(_Entity(mapper, at, converts[at : at + width]))
            at += width
        else:
            readers.append(_Column(at, converts[at]))
            at += 1
    return readers


def _fetch(connection: sa.Connection, ready: _Ready, filled: Any) -> tuple[Sequence[Sequence[Any]], Sequence[Any]]:
    """The rows, and how the driver describes their columns."""
    dialect = connection.dialect
    cursor = connection.connection.cursor()
    try:
        cursor.execute(ready.statement, filled)
        return cursor.fetchall(), cursor.description
    except dialect.loaded_dbapi.Error as error:
        is_gone = dialect.is_disconnect(error, connection.connection, cursor)
        if is_gone:
            connection.invalidate(error)
        raise sa.exc.DBAPIError.instance(
            ready.statement,
            None,
            error,
            dialect.loaded_dbapi.Error,
            hide_parameters=True,
            connection_invalidated=is_gone,
            dialect=dialect,
        ) from error
    finally:
        cursor.close()
