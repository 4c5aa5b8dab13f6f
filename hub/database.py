"""The store: its types, its base class, and engines that keep what they are told on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, mapped_column, relationship
from sqlalchemy.orm.base import DONT_SET
from sqlalchemy.pool import ConnectionPoolEntry

ID_LENGTH = 26
NODE_LENGTH = 100
BUSY_MILLISECONDS = 5000


class Utc(sa.TypeDecorator[datetime]):
    """A moment, aware and UTC on the way in and on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], Any] | None:
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _as_text(moment: datetime | None) -> str | None:
    """As the library writes it for SQLite, which knows no moments: several are written for every text, and read."""
    if moment is None:
        return None
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _from_text(written: str | None) -> datetime | None:
    """A zone that is read along costs a tenth of one that is put in place behind."""
    return None if written is None else datetime.fromisoformat(f"{written}+00:00")


_BYTE_ORDER = sa.String(ID_LENGTH).with_variant(sa.String(ID_LENGTH, collation="C"), "postgresql")

Id = Annotated[str, mapped_column(_BYTE_ORDER, primary_key=True)]
Ref = Annotated[str, mapped_column(_BYTE_ORDER)]
Moment = Annotated[datetime, mapped_column(Utc)]
Json = Annotated[Any, mapped_column(sa.JSON(none_as_null=True))]


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Every table. Ids come from `work.new_id()`; nothing is loaded by surprise."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        sa.inspect(cls).class_manager.original_init = _take_values


def _take_values(entity: Base, **values: Any) -> None:
    """Fills a new entity at once. The library's own way tells each value's listeners, of which there are none: a third of what
    making an entity costs, and half a dozen are made for every text."""
    vars(entity).update((name, value) for name, value in values.items() if value is not DONT_SET)


def after(table: type[Base]) -> Any:
    """Tells that rows of this table are written after those of another in the same flush. It is never loaded or set."""
    return relationship(table, lazy="raise", init=False, repr=False, compare=False, default=None)


def insert_missing(connection: sa.Connection, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An insert that leaves alone what is there already, also where two connections make the same row at once."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    return insert(table).on_conflict_do_nothing()


def is_sqlite(url: str) -> bool:
    return sa.make_url(url).get_backend_name() == "sqlite"


def make_engine(url: str, *, read_only: bool = False, connections: int = 5) -> sa.Engine:
    """An engine for writing, or one for pages that cannot write.

    SQLite: WAL and `synchronous=FULL`, so that a commit survives the power going out; BEGIN is ours, and a writer
    takes the write lock at once. PostgreSQL: `synchronous_commit` on. Source: security rule S9.1.
    """
    if not is_sqlite(url):
        engine = sa.create_engine(
            url, pool_size=connections, max_overflow=0, pool_timeout=5, pool_pre_ping=True, hide_parameters=True
        )
        sa.event.listen(engine, "connect", _set_up_postgresql_reader if read_only else _set_up_postgresql)
        return engine
    engine = sa.create_engine(url, pool_size=connections, max_overflow=0, pool_timeout=5, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # BEGIN is ours
        cursor = connection.cursor()
        pragmas = [
            f"busy_timeout={BUSY_MILLISECONDS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"query_only={'ON' if read_only else 'OFF'}",
        ]
        for pragma in pragmas:
            cursor.execute("PRAGMA " + pragma)
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _set_up_postgresql(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _run_once(connection, "SET synchronous_commit=on", "SET lock_timeout='5s'", "SET statement_timeout='30s'")


def _set_up_postgresql_reader(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    _run_once(connection, "SET default_transaction_read_only=on", "SET statement_timeout='30s'")


def _run_once(connection: DBAPIConnection, *statements: str) -> None:
    cursor = connection.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
    connection.commit()
