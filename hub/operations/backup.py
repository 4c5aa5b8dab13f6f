"""`budbok backup`: one sealed file of a running hub, and the proof that it can be restored, before it is called a backup.

Source: security rule S10.4.
"""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from hub.asker import operator_asker
from hub.database import make_engine
from hub.desk import Look
from hub.operations.archive import ANCHORS, Archive, Manifest, read_files, write_archive
from hub.operations.sealed_file import SealedWriter
from hub.operations.snapshot import Shape, Tally, tally
from hub.safety.audit import Fault, verify
from hub.tables import METADATA
from hub.upgrade import newest_version
from hub.words import Words

Say = Callable[[str], None]


class BackupFailedError(Exception):
    """What was written cannot be restored to what was read."""


def back_up(url: str, data: Path, target: Path, keys: Sequence[str], now: datetime, say: Say) -> int:
    """Write a backup into a folder, or under a name of its own, and read it back. The exit code.

    Raises: OSError, BrokenFileError, BackupFailedError.
    """
    file = target / f"budbok-{now:%Y%m%dT%H%M%SZ}.backup" if target.is_dir() else target
    if file.exists():
        say(f"{file} is there already; a backup replaces nothing.")
        return 1
    part = file.with_name(file.name + ".part")
    try:
        written = _write(url, data, part, keys[0], now)
        faults = read_back(part, keys, data, now, written)
        part.rename(file)
        _sync_folder(file.parent)
    finally:
        part.unlink(missing_ok=True)
    rows = sum(found.rows for found in written.values())
    say(f"{file}: {rows} rows of {len(written)} tables, {file.stat().st_size} bytes; read back, and all is there.")
    for fault in faults:
        say(f"But the audit in it does not hold: chain {fault.chain}, row {fault.number}; see `budbok verify`.")
    return 1 if faults else 0


def _write(url: str, data: Path, part: Path, key: str, now: datetime) -> dict[str, Tally]:
    """The files are read first: an anchor then never speaks of an audit row that the reading of the store lacks, and what
    the spool hands over meanwhile is there twice at worst, which is harmless."""
    files = read_files(data)
    manifest = Manifest(newest_version(), now.isoformat(), tuple(Shape.of(table) for table in METADATA.sorted_tables))
    engine = make_engine(url, read_only=True, connections=1)
    try:
        with _one_reading(engine) as connection, SealedWriter(part, key) as out:
            return write_archive(out, manifest, files, connection)
    finally:
        engine.dispose()


@contextmanager
def _one_reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """The store as it is at one moment, while others go on writing."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
                yield connection
        else:
            with connection.begin():
                yield connection


def read_back(
    file: Path, keys: Sequence[str], folder: Path, now: datetime, written: Mapping[str, Tally]
) -> list[Fault]:
    """Restore a backup into a store without a name in `folder`, and hold it against what was written; what is wrong with
    the audit in it is no fault of the backup.

    Raises: BrokenFileError, BackupFailedError.
    """
    engine = _nameless_store(folder)
    anchors = bytearray()

    def keep(name: str, piece: bytes) -> None:
        if name == ANCHORS:
            anchors.extend(piece)

    try:
        METADATA.create_all(engine)
        with engine.begin() as connection:
            archive = Archive(file, keys)
            archive.unpack(connection, keep)
            for shape in archive.manifest.shapes:
                if tally(connection, shape) != written[shape.name]:
                    raise BackupFailedError(f"The table {shape.name} does not come back as it was.")
            with Session(connection) as session, tempfile.NamedTemporaryFile(dir=folder) as told:
                told.write(anchors)
                told.flush()
                look = Look(session, now, Words("en"), operator_asker("backup"))
                return list(verify(look, Path(told.name)))
    finally:
        engine.dispose()


def _nameless_store(folder: Path) -> sa.Engine:
    """A store on the disk that nobody else can open, and that is gone with this process however it ends."""

    def connect() -> sqlite3.Connection:
        descriptor, name = tempfile.mkstemp(dir=folder)
        os.close(descriptor)
        connection = sqlite3.connect(name)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        Path(name).unlink()
        return connection

    return sa.create_engine("sqlite://", creator=connect, poolclass=sa.StaticPool)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
