"""A work's session, which writes with one call of the driver for each table what is new and what has changed.

Every key and every default is made before a row is added, so there is nothing to learn from the store. The library's own
way costs several times as much a row, and a round writes half a dozen rows for every text and changes as many.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstanceState, Mapper, Session, make_transient, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from hub.database import Base
from hub.quick_insert import QuickInsert
from hub.quick_update import QuickUpdate

READ_AHEAD = "what was read ahead in this session"
"""Holds in its `info` until it writes."""


class WorkSession(Session):
    """Asks, and keeps what verbs add and change. In a round it writes only when it is told to, at the latest at the end."""

    def __init__(self, connection: sa.Connection, *, in_round: bool) -> None:
        super().__init__(
            connection, join_transaction_mode="rollback_only", expire_on_commit=False, autoflush=not in_round
        )
        self._in_round = in_round

    def add(self, instance: object, *, _warn: bool = True) -> None:
        """Nothing hangs on an entity, so nothing is looked for that would have to come with it."""
        self._save_or_update_impl(instance_state(instance))

    def add_all(self, instances: Iterable[object]) -> None:
        for instance in instances:
            self.add(instance)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what is new and what has changed; the library does what is left, as rows that go."""
        self.info.pop(READ_AHEAD, None)
        if self._in_round:
            for entity in _write_new(self):
                make_transient_to_detached(entity)
                state = instance_state(entity)
                take_in(self, state, state.key)
        if not self._new and not self._deleted:
            _write_changed(self)
        super().flush(objects)

    def execute(self, statement: Any, *arguments: Any, **more: Any) -> Any:
        """As the library does it; what was read ahead holds no more where it writes."""
        if statement.is_dml:
            self.info.pop(READ_AHEAD, None)
        return super().execute(statement, *arguments, **more)

    def end(self) -> None:
        """Write what is left of a work, or of a round, and let go of it: nothing will be changed or asked any more."""
        if self._in_round:
            _write_new(self)
        if self.in_transaction() or not self._is_clean():
            self.commit()


class EntityWriter:
    """Writes the new entities of one class."""

    def __init__(self, mapper: Mapper[Any], table: sa.Table) -> None:
        self._keys = [mapper.get_property_by_column(column).key for column in table.columns]
        self._defaults = {
            key: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
            for key, column in zip(self._keys, table.columns, strict=True)
        }
        self.insert = QuickInsert(table, [column.name for column in table.columns])

    def row(self, entity: Base) -> tuple[Any, ...]:
        """Its values, in the order of its table's columns."""
        held = vars(entity)
        held.update(self._defaults | held)
        return tuple([held[key] for key in self._keys])

    def write(self, connection: sa.Connection, entities: list[Base]) -> None:
        self.insert.run(connection, [self.row(entity) for entity in entities])


class _Changer:
    """Writes the changed entities of one class, those together in which the same has changed."""

    def __init__(self, mapper: Mapper[Any], table: sa.Table) -> None:
        self._table = table
        self._names = {mapper.get_property_by_column(column).key: column.name for column in table.columns}
        self._primary = [mapper.get_property_by_column(column).key for column in mapper.primary_key]
        self._equal = {key: mapper.class_manager[key].impl.is_equal for key in self._names}
        self._updates: dict[tuple[str, ...], QuickUpdate] = {}

    def find_changed(self, state: InstanceState[Any]) -> tuple[str, ...]:
        """What is not as the store has it."""
        held, before = state.dict, state.committed_state
        return tuple(
            [key for key in self._names if key in before and self._equal[key](held[key], before[key]) is not True]
        )

    def write(self, connection: sa.Connection, keys: tuple[str, ...], states: list[InstanceState[Any]]) -> None:
        if keys not in self._updates:
            self._updates[keys] = QuickUpdate(self._table, [self._names[key] for key in keys])
        rows = [tuple([state.dict[key] for key in (*keys, *self._primary)]) for state in states]
        self._updates[keys].run(connection, rows)


_CHANGERS: dict[type[Base], _Changer] = {}
_WRITERS: dict[type[Base], EntityWriter] = {}
_PLACES: dict[str, int] = {}


def take_in(session: Session, state: InstanceState[Any], key: Any) -> None:
    """Make an entity that the store has the session's own, as the library's loader does; `session.add` would look for what
    hangs on it, and there is nothing."""
    state.key = key
    state.session_id = session.hash_key
    session.identity_map.add(state)


def _write_changed(session: Session) -> None:
    """In the order of their keys, whatever changed in each, so that two who change the same rows don't wait for each other in a
    ring; those that stand together and changed alike go with one call."""
    modified = session.identity_map._modified
    found = [(state.class_, _changer(state.class_).find_changed(state), state) for state in modified]
    changed = [each for each in found if each[1]]
    changed.sort(key=lambda each: (place_of(each[0]), each[2].key[1] if each[2].key else ()))
    for (kind, keys), alike in groupby(changed, key=lambda each: each[:2]):
        _changer(kind).write(session.connection(), keys, [state for _, _, state in alike])
    for state in list(modified):
        state._commit_all(state.dict, session.identity_map)


def _write_new(session: Session) -> list[Base]:
    """Writes the new entities and lets the session forget them."""
    entities: defaultdict[type[Base], list[Base]] = defaultdict(list)
    for entity in session.new:
        entities[type(entity)].append(entity)
    if not entities:
        return []
    connection = session.connection()
    for kind in sorted(entities, key=place_of):
        writer_of(kind).write(connection, entities[kind])
    written = [entity for kind in entities.values() for entity in kind]
    for entity in written:
        make_transient(entity)
    return written


def place_of(kind: type[Base]) -> int:
    """Tables that others refer to come first."""
    if not _PLACES:
        _PLACES.update({table.name: place for place, table in enumerate(Base.metadata.sorted_tables)})
    return _PLACES[kind.__tablename__]


def _changer(kind: type[Base]) -> _Changer:
    if kind not in _CHANGERS:
        _CHANGERS[kind] = _Changer(sa.inspect(kind), Base.metadata.tables[kind.__tablename__])
    return _CHANGERS[kind]


def writer_of(kind: type[Base]) -> EntityWriter:
    if kind not in _WRITERS:
        _WRITERS[kind] = EntityWriter(sa.inspect(kind), Base.metadata.tables[kind.__tablename__])
    return _WRITERS[kind]
