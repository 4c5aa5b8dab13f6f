"""Where a restored store is built before it takes its place: a folder, or a schema of a PostgreSQL database, of its own.

Nothing at the place itself changes until all is done, and then at once. What stood there is kept under another name.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from hub.database import is_sqlite, make_engine
from hub.tables import METADATA

BUILDING = "restoring"
STORE_FILE = "budbok.sqlite"


class StoreInUseError(Exception):
    """Somebody has the store open."""


@dataclass(frozen=True, slots=True)
class Place:
    """A data folder, and a store in it, or on a PostgreSQL server (`database` is then its address)."""

    data: Path
    database: str = ""

    @property
    def url(self) -> str:
        return self.database or f"sqlite:///{self.file}"

    @property
    def file(self) -> Path:
        return self.data / STORE_FILE

    @property
    def building(self) -> "Place":
        """Where its successor is built."""
        if not self.database:
            return Place(self.data / BUILDING)
        url = sa.make_url(self.database)
        options = " ".join([*_listed(url.query.get("options")), f"-csearch_path={BUILDING}"])
        return Place(
            self.data / BUILDING,
            url.update_query_dict({"options": options}).render_as_string(hide_password=False),
        )

    def is_empty(self) -> bool:
        """Whether nobody keeps anything here: no store, or one without rows."""
        if is_sqlite(self.url) and not self.file.exists():
            return True
        engine = make_engine(self.url, read_only=True, connections=1)
        try:
            with engine.connect() as connection:
                there = set(sa.inspect(connection).get_table_names())
                return not any(
                    connection.scalar(sa.select(sa.exists(sa.select(sa.literal(1)).select_from(table))))
                    for table in METADATA.sorted_tables
                    if table.name in there
                )
        finally:
            engine.dispose()


def _listed(option: str | tuple[str, ...] | None) -> tuple[str, ...]:
    if option is None:
        return ()
    return (option,) if isinstance(option, str) else option


def clear(place: Place) -> None:
    """An empty building site; what a killed restore left there is removed."""
    shutil.rmtree(place.building.data, ignore_errors=True)
    place.building.data.mkdir(mode=0o700, parents=True)
    if place.database:
        with _connected(place.database) as connection:
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {BUILDING} CASCADE"))
            connection.execute(sa.text(f"CREATE SCHEMA {BUILDING}"))


def take_place(place: Place, aside: str) -> None:
    """Put what was built in its place; what was there stays under the name `aside`. Raises: StoreInUseError."""
    _keep_files(place, place.data / aside)
    if place.database:
        _swap_tables(place.database, aside)
    built = place.building.data
    (place.data / "spool").mkdir(mode=0o700, exist_ok=True)
    for file in sorted(built.rglob("*"), key=lambda file: file.name == STORE_FILE):
        if file.is_file():
            file.replace(place.data / file.relative_to(built))
    shutil.rmtree(built)
    descriptor = os.open(place.data, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep_files(place: Place, aside: Path) -> None:
    """Whatever belonged to the old store; its own file keeps its name until the new one takes it over."""
    if not place.database and place.file.exists():
        close_log(place.file)
    old = [place.data / name for name in ("anchors.jsonl", "never_again.jsonl")]
    old += (place.data / "spool").glob("*.jsonl")
    stores = [] if place.database else [place.file, *place.data.glob(f"{STORE_FILE}-*")]
    for file in filter(Path.exists, [*old, *stores]):
        kept = aside / file.relative_to(place.data)
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept.hardlink_to(file)
    for file in [*old, *stores[1:]]:
        file.unlink(missing_ok=True)


def close_log(file: Path) -> None:
    """Bring an SQLite store's log into its file. Raises: StoreInUseError."""
    connection = sqlite3.connect(file, timeout=1, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.OperationalError:
        raise StoreInUseError(f"{file} is in use: stop the hub first") from None
    except sqlite3.DatabaseError:
        pass  # it is no store any more, so there is no log to bring in
    finally:
        connection.close()


def _swap_tables(url: str, aside: str) -> None:
    """In one step: the old tables into a schema of their own, or away where they are empty; the new ones in their place."""
    was_empty = Place(Path(), url).is_empty()
    with _connected(url) as connection:
        schema = connection.scalar(sa.text("SELECT current_schema()"))
        old = sa.inspect(connection).get_table_names(schema)
        if old and not was_empty:
            connection.execute(sa.text(f'CREATE SCHEMA "{aside}"'))
        for name in old:
            move = f'SET SCHEMA "{aside}"'
            connection.execute(
                sa.text(f'DROP TABLE "{name}" CASCADE' if was_empty else f'ALTER TABLE "{schema}"."{name}" {move}')
            )
        for name in sa.inspect(connection).get_table_names(BUILDING):
            connection.execute(sa.text(f'ALTER TABLE {BUILDING}."{name}" SET SCHEMA "{schema}"'))
        connection.execute(sa.text(f"DROP SCHEMA {BUILDING}"))


@contextmanager
def _connected(url: str) -> Iterator[sa.Connection]:
    """One transaction, and the engine gone after it."""
    engine = make_engine(url, connections=1)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()
