"""The store is brought up to date before anything is served, and a kill in the middle leaves nothing half done."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from hub.database import is_sqlite, make_engine
from hub.tables import METADATA
from hub.upgrade import NewerStoreError, bring_up_to_date, newest_version, version_of
from tests.hub.installation import make_place
from tests.patience import START_PATIENCE

UPGRADE = "import sys; from hub.upgrade import bring_up_to_date; bring_up_to_date(sys.argv[1])"


@pytest.fixture
def empty_url(store_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    with make_place(store_kind, tmp_path / "fresh", request) as place:
        yield place.url


def version(url: str) -> str | None:
    engine = make_engine(url)
    try:
        return version_of(engine)
    finally:
        engine.dispose()


def set_version(url: str, version: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    engine.dispose()


def test_the_steps_make_exactly_the_tables_that_the_hub_knows(empty_url: str) -> None:
    assert bring_up_to_date(empty_url)

    engine = make_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_a_store_that_is_up_to_date_is_left_alone(empty_url: str) -> None:
    bring_up_to_date(empty_url)

    assert not bring_up_to_date(empty_url)
    assert version(empty_url) == newest_version()


def test_a_newer_store_is_refused_and_left_as_it_is(empty_url: str) -> None:
    bring_up_to_date(empty_url)
    set_version(empty_url, "9999")

    with pytest.raises(NewerStoreError, match="9999"):
        bring_up_to_date(empty_url)
    assert version(empty_url) == "9999"


def has_begun(url: str) -> bool:
    """Whether somebody is in the middle of writing: SQLite's log, which comes and goes, has grown, or a transaction has taken
    locks."""
    if is_sqlite(url):
        with suppress(FileNotFoundError):
            return Path(f"{sa.make_url(url).database}-wal").stat().st_size > 0
        return False
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        busy = connection.scalar(
            sa.text("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND pid <> pg_backend_pid()")
        )
    engine.dispose()
    return bool(busy)


def test_an_upgrade_killed_in_the_middle_is_done_at_the_next_start(empty_url: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", UPGRADE, empty_url])
    limit = time.monotonic() + 30
    while not has_begun(empty_url) and process.poll() is None and time.monotonic() < limit:
        pass
    process.kill()
    process.wait()

    bring_up_to_date(empty_url)

    assert version(empty_url) == newest_version()
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    engine.dispose()


def test_several_hubs_that_start_at_once_on_an_empty_store_bring_it_up_to_date_together(empty_url: str) -> None:
    if is_sqlite(empty_url):
        pytest.skip("several hubs share a PostgreSQL")
    processes = [subprocess.Popen([sys.executable, "-c", UPGRADE, empty_url]) for _ in range(3)]

    assert [process.wait(START_PATIENCE) for process in processes] == [0, 0, 0]
    assert version(empty_url) == newest_version()
