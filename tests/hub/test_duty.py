"""One hub of a store is on duty, and another takes over when it ends or its store was away."""

import asyncio
import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.database import is_sqlite
from hub.duty import ASK_SECONDS, HOLDS_SECONDS, Duty
from tests.patience import PATIENCE


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


class CutOff(Duty):
    """Its hub's way to the store is cut, so that no answer comes, until it is `mended`."""

    mended = threading.Event()

    def _ask(self) -> bool:
        return self.mended.wait(PATIENCE) and super()._ask()


async def test_a_hub_that_hears_nothing_from_its_store_does_not_go_on_believing_that_it_is_on_duty(
    store_url: str, clock: StoppedClock
) -> None:
    if is_sqlite(store_url):
        pytest.skip("an SQLite store is on the same machine")
    duty = CutOff(store_url, clock)
    duty.mended.set()
    assert await duty.is_ours()
    duty.mended.clear()

    later(clock)
    asking = asyncio.create_task(duty.is_ours())
    await asyncio.sleep(0)
    assert await duty.is_ours(), "for a moment, the last answer holds"
    clock.move(timedelta(seconds=HOLDS_SECONDS))

    assert not await duty.is_ours()
    duty.mended.set()
    await asking
    await duty.close()


async def test_a_store_too_old_to_end_silent_connections_has_a_hub_on_duty_too(
    store_url: str, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_sqlite(store_url):
        pytest.skip("an SQLite store has one hub alone")
    monkeypatch.setattr("hub.duty.KNOWS_SILENCE", (1000,))
    sa.event.listen(sa.Engine, "before_cursor_execute", as_an_old_one, retval=True)
    duty = Duty(store_url, clock)
    try:
        assert await duty.is_ours()
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", as_an_old_one)
        await duty.close()


def as_an_old_one(_: sa.Connection, __: object, statement: str, parameters: object, *___: object) -> tuple[str, object]:
    return statement.replace("idle_session_timeout", "what_it_does_not_know"), parameters
