"""Brings the store up to date before anything is served. A store from a newer hub is refused.

Each step is one transaction, and on PostgreSQL all of them are one: a kill in the middle leaves undone what was under way, and
the next start does it again.
Source: security rule S9.12.
"""

from pathlib import Path

import sqlalchemy as sa

from hub.database import is_sqlite, make_engine

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerStoreError(Exception):
    """The store was made by a newer hub than this."""


def newest_version() -> str:
    """The version this hub works with: the name of its last step."""
    return sorted(file.stem.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))[-1]


def version_of(engine: sa.Engine) -> str | None:
    """The store's version; None when it is empty."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return version


def bring_up_to_date(url: str, version_wanted: str | None = None) -> bool:
    """Make or mend the tables, up to the newest version or one before it; True when there was something to do.

    Raises: NewerStoreError, sqlalchemy's errors.
    """
    if is_sqlite(url):
        file = sa.make_url(url).database
        if file:
            Path(file).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = make_engine(url, connections=2)
    try:
        version, newest = version_of(engine), newest_version()
        wanted = version_wanted or newest
        if version == wanted:
            return False
        newer = max(version or "", wanted)
        if newer > newest:
            raise NewerStoreError(f"The store is of version {newer}; this hub knows {newest} at most.")
        _upgrade(engine, wanted)
    finally:
        engine.dispose()
    return True


def _upgrade(engine: sa.Engine, version: str) -> None:
    from alembic import command  # slow to import, and seldom needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":  # one hub after the other, where several start
            connection.execute(sa.text("SET LOCAL lock_timeout = 0"))
            connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended('the tables', 0))"))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
        connection.commit()
