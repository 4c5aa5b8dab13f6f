"""One hub of a store is on duty, and another takes over when it ends or its store was away."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.database import is_sqlite
from hub.duty import ASK_SECONDS, Duty


def later(clock: StoppedClock) -> None:
    clock.move(timedelta(seconds=ASK_SECONDS))


async def test_one_of_two_hubs_is_on_duty_until_it_ends(store_url: str, clock: StoppedClock) -> None:
    first, second = Duty(store_url, clock), Duty(store_url, clock)
    try:
        assert await first.is_ours()
        assert await second.is_ours() is is_sqlite(store_url), "an SQLite store has one hub alone"
        later(clock)
        assert await first.is_ours()

        await first.close()
        later(clock)

        assert await second.is_ours()
    finally:
        await second.close()


@pytest.mark.parametrize("ends", ["pg_terminate_backend"])
async def test_a_hub_whose_connection_was_cut_is_not_on_duty_any_more(
    store_url: str, clock: StoppedClock, ends: str
) -> None:
    if is_sqlite(store_url):
        pytest.skip("an SQLite store has no connections to cut")
    first, second = Duty(store_url, clock), Duty(store_url, clock)
    engine = sa.create_engine(store_url, isolation_level="AUTOCOMMIT")
    try:
        assert await first.is_ours()
        with engine.connect() as connection:
            held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND database ="
            whose = "(SELECT oid FROM pg_database WHERE datname = current_database())"
            for (pid,) in connection.exec_driver_sql(f"{held} {whose}").all():
                connection.exec_driver_sql(f"SELECT {ends}({int(pid)})")

        later(clock)
        assert not await first.is_ours()
        assert await second.is_ours()
        later(clock)
        assert not await first.is_ours(), "the other one has it now"
    finally:
        engine.dispose()
        await first.close()
        await second.close()
