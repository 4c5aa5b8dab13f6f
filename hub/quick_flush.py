"""Writes what is new in a session with one call of the driver for each table, before the library writes what has changed.

Every key and every default is made before a row is added, so there is nothing to learn from the store. The library's own
way costs several times as much a row, and a round writes half a dozen rows for every text.
"""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState, Mapper, Session, make_transient, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from hub.database import Base
from hub.quick_insert import QuickInsert


class _Writer:
    """Writes the new entities of one class."""

    def __init__(self, mapper: Mapper[Any], table: sa.Table) -> None:
        self._keys = [mapper.get_property_by_column(column).key for column in table.columns]
        self._defaults = {
            key: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
            for key, column in zip(self._keys, table.columns, strict=True)
        }
        self._insert = QuickInsert(table, [column.name for column in table.columns])

    def write(self, connection: sa.Connection, entities: list[Base]) -> None:
        rows = []
        for entity in entities:
            held = vars(entity)
            held.update(self._defaults | held)
            rows.append(tuple([held[key] for key in self._keys]))
        self._insert.run(connection, rows)


_WRITERS: dict[type[Base], _Writer] = {}
_PLACES: dict[str, int] = {}


def write_new(session: Session, *_: Any) -> None:
    """A listener for a session's `before_flush`: its new entities are then as if they had been written by it."""
    for entity in _write(session):
        make_transient_to_detached(entity)
        state = instance_state(entity)
        take_in(session, state, state.key)


def take_in(session: Session, state: InstanceState[Any], key: Any) -> None:
    """Make an entity that the store has the session's own, as the library's loader does; `session.add` would look for what
    hangs on it, and there is nothing."""
    state.key = key
    state.session_id = session.hash_key
    session.identity_map.add(state)


def write_last(session: Session) -> None:
    """The same at the end: what was new is the session's no longer, as nothing will be changed or asked any more."""
    _write(session)


def _write(session: Session) -> list[Base]:
    """Writes the new entities and lets the session forget them."""
    entities: defaultdict[type[Base], list[Base]] = defaultdict(list)
    for entity in session.new:
        entities[type(entity)].append(entity)
    if not entities:
        return []
    connection = session.connection()
    for kind in sorted(entities, key=_place):
        _writer(kind).write(connection, entities[kind])
    written = [entity for kind in entities.values() for entity in kind]
    for entity in written:
        make_transient(entity)
    return written


def _place(kind: type[Base]) -> int:
    """Tables that others refer to come first."""
    if not _PLACES:
        _PLACES.update({table.name: place for place, table in enumerate(Base.metadata.sorted_tables)})
    return _PLACES[kind.__tablename__]


def _writer(kind: type[Base]) -> _Writer:
    if kind not in _WRITERS:
        _WRITERS[kind] = _Writer(sa.inspect(kind), Base.metadata.tables[kind.__tablename__])
    return _WRITERS[kind]
