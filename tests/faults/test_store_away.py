"""A store that is locked, read-only, full or gone: what was accepted is in the spool, and comes in order when it is back.

Source: security rules S0.2, S9.6 and S9.7.
"""

import asyncio
import errno
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.assembly import assemble
from hub.clock import StoppedClock
from hub.desk import LOOKING_LIMIT, Desk, DeskBusyError, Look, StoreAwayError, Work
from hub.doorbell import LocalDoorbell
from hub.people.places import Owner
from hub.post.arrivals import ArrivalState
from hub.post.channel import Inbound
from hub.post.inbox import DeskInbox
from hub.post.messages import Author, Message
from hub.post.spool import Spool, SpoolUnusableError
from tests.faults.caller import Caller, list_arrivals
from tests.living_hub import OPERATOR, make_settings
from tests.patience import PATIENCE

Away = Callable[[Desk], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def locked(desk: Desk) -> AsyncIterator[None]:
    """Another process holds the write lock."""
    other = sqlite3.connect(sa.make_url(desk.url).database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


class PageLimit:
    """How many pages an SQLite store may have, for every connection made from now on; None: as many as it likes."""

    pages: int | None = None

    @classmethod
    def set_up(cls, connection: object, _: object) -> None:
        if cls.pages is not None and isinstance(connection, sqlite3.Connection):
            connection.execute(f"PRAGMA max_page_count={cls.pages}")


@pytest.fixture(autouse=True)
def heed_page_limit() -> Iterator[None]:
    sa.event.listen(sa.pool.Pool, "connect", PageLimit.set_up)
    yield
    sa.event.remove(sa.pool.Pool, "connect", PageLimit.set_up)


def pragma(work: Work, text: str) -> int:
    answer: int = work.session.connection().exec_driver_sql(f"PRAGMA {text}").scalar_one()
    return answer


@asynccontextmanager
async def full(desk: Desk) -> AsyncIterator[None]:
    """No page more than there are now, and those are full."""
    PageLimit.pages = await desk.work(OPERATOR, pragma, "page_count")
    await desk.work(OPERATOR, pragma, f"max_page_count={PageLimit.pages}")
    with suppress(StoreAwayError):
        while True:
            await desk.work(OPERATOR, add_owner)
    try:
        yield
    finally:
        PageLimit.pages = None
        await desk.work(OPERATOR, pragma, "max_page_count=1000000")


def at_the_server(desk: Desk, *statements: str) -> None:
    url = sa.make_url(desk.url)
    engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(sa.text(statement.format(name=url.database)))
    engine.dispose()


END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


@asynccontextmanager
async def gone(desk: Desk) -> AsyncIterator[None]:
    """The server lets nobody in, and ends whoever is in."""
    await asyncio.to_thread(at_the_server, desk, "ALTER DATABASE {name} ALLOW_CONNECTIONS false", END_ALL)
    try:
        yield
    finally:
        await asyncio.to_thread(at_the_server, desk, "ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@asynccontextmanager
async def read_only_postgresql(desk: Desk) -> AsyncIterator[None]:
    """As on a replica after a switch."""
    setting = "ALTER ROLE postgres IN DATABASE {name} "
    await asyncio.to_thread(at_the_server, desk, setting + "SET default_transaction_read_only = on", END_ALL)
    try:
        yield
    finally:
        await asyncio.to_thread(at_the_server, desk, setting + "RESET default_transaction_read_only", END_ALL)


AWAY: dict[str, list[Away]] = {
    "sqlite": [locked, full],
    "postgresql": [gone, read_only_postgresql],
}


@pytest.fixture(params=[0, 1])
def away(request: pytest.FixtureRequest, store_kind: str) -> Away:
    ways = AWAY[store_kind]
    number: int = request.param
    return ways[number]


def said_by_guardians(look: Look) -> list[str]:
    said = look.session.scalars(sa.select(Message).where(Message.author == Author.GUARDIAN).order_by(Message.id))
    return [message.text for message in said]


async def test_what_is_accepted_while_the_store_is_away_comes_in_order_afterwards(caller: Caller, away: Away) -> None:
    hub = caller.living.hub
    ola = caller.living.village.phone("Ola Nordmann")
    long = " " * 6000
    forms = [caller.message(f"hjelp {n}{long}") for n in range(3)] + [caller.message(f"hjelp{long}", ola)]
    async with away(hub.desk):
        answers = [await caller.tell(forms[0])]
        answers += await asyncio.gather(*(caller.tell(form) for form in forms[1:]))
        spooled = hub.spool.waiting_bytes
        answers.append(await caller.tell(forms[0]))
    last = caller.message("hjelp 3")
    async with asyncio.timeout(PATIENCE):
        while await caller.tell(last) != 200 or hub.spool.waiting_bytes:
            with suppress(StoreAwayError):
                await hub.routines.drain()
    await caller.until_read(20)
    await caller.living.settled()

    kept = await caller.kept()
    assert answers == [200] * 5
    assert spooled > 0
    assert sorted(arrival.provider_id for arrival in kept) == sorted({form["MessageSid"] for form in [*forms, last]})
    assert kept[0].provider_id == forms[0]["MessageSid"]
    assert kept[-1].provider_id == last["MessageSid"]
    assert {arrival.state for arrival in kept} == {ArrivalState.FILED}
    assert not any(arrival.changed_repeat for arrival in kept)
    assert len(caller.living.provider.phone(ola).received) == 1
    said = [text.strip() for text in await hub.desk.look(OPERATOR, said_by_guardians) if text.strip() != "hjelp"]
    assert (said[0], said[-1]) == ("hjelp 0", "hjelp 3")


async def test_with_neither_store_nor_spool_the_provider_is_told_to_come_back_and_finds_us_well_later(
    caller: Caller, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = caller.living.hub
    form = caller.message("hjelp" + " " * 6000)
    async with away(hub.desk):
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", fail)
            refused = await caller.tell(form)
        refused_again = await caller.tell(form)
        readiness = hub.readiness()
    async with asyncio.timeout(PATIENCE):
        while (accepted := await caller.tell(form)) == 503:
            await asyncio.sleep(0.05)

    assert (refused, refused_again) == (503, 503)
    assert "spool_broken" in readiness
    assert accepted == 200
    assert len(await caller.kept()) == 1


def fail(_: int) -> None:
    raise OSError(errno.EIO, "the disk is gone")


async def test_what_a_read_only_store_cannot_take_is_spooled_and_comes_in_when_it_can(
    store_url: str, store_kind: str, tmp_path: Path, clock: StoppedClock
) -> None:
    if store_kind != "sqlite":
        pytest.skip("shown above, with a whole hub")
    file = sa.make_url(store_url).database
    read_only = Desk(f"sqlite:///file:{file}?mode=ro&uri=true", clock, LocalDoorbell())
    spool = Spool(tmp_path / "spool")
    inbound = Inbound("twilio", "key", Address(SMS, "+4740000101"), Address(SMS, "+4759000017"), "Syk", "SM1")
    accepted = await DeskInbox(read_only, spool).receive(inbound)
    await read_only.close()

    desk = Desk(store_url, clock, LocalDoorbell())
    await DeskInbox(desk, spool).drain()

    kept = await desk.look(OPERATOR, list_arrivals)
    await desk.close()
    assert accepted
    assert [arrival.key for arrival in kept] == ["key"]


async def test_a_spool_that_cannot_be_used_stops_the_start(tmp_path: Path, store_url: str, clock: StoppedClock) -> None:
    settings = make_settings(tmp_path, store_url, "http://127.0.0.1:9")
    settings.hub.data.mkdir(parents=True)
    (settings.hub.data / "spool").write_text("no folder")

    with pytest.raises(SpoolUnusableError):
        await assemble(settings, clock)


async def test_the_writer_outlives_a_work_that_breaks_its_connection(desk: Desk) -> None:
    def break_it(work: Work) -> None:
        work.session.execute(sa.select(1))
        driver = work.session.connection().connection.dbapi_connection
        assert driver is not None
        driver.close()

    ends = await asyncio.gather(
        *(desk.work(OPERATOR, verb) for verb in (add_owner, break_it, add_owner)), return_exceptions=True
    )
    after = await desk.work(OPERATOR, add_owner)

    assert isinstance(ends[1], Exception)
    kept = await desk.look(OPERATOR, lambda look: set(look.session.scalars(sa.select(Owner.id))))
    assert kept == {after} | {end for end in ends if isinstance(end, str)}


def add_owner(work: Work) -> str:
    id_ = work.new_id()
    work.session.add(Owner(id=id_, source_id=id_, name="Fjordvik", country="NO", language="nb"))
    return id_


@pytest.mark.parametrize("spoiler", ["add_huge_owner", "swallow"])
async def test_works_that_a_full_disk_rolled_back_are_not_told_that_they_are_kept(
    store_url: str, store_kind: str, clock: StoppedClock, spoiler: str
) -> None:
    if store_kind != "sqlite":
        pytest.skip("works share a commit on SQLite alone")
    desk = Desk(store_url, clock, LocalDoorbell())
    spoil = {"add_huge_owner": add_huge_owner, "swallow": swallow}[spoiler]
    held, free = asyncio.Event(), asyncio.Event()
    async with full(desk):
        holding = asyncio.create_task(desk.work(OPERATOR, hold_writer, asyncio.get_running_loop(), held, free))
        await held.wait()
        works = [asyncio.create_task(desk.work(OPERATOR, verb)) for verb in (rename, spoil)]
        await asyncio.sleep(0)
        free.set()
        ends = await asyncio.gather(holding, *works, return_exceptions=True)
        kept = await desk.look(OPERATOR, lambda look: set(look.session.scalars(sa.select(Owner.name))))
    await desk.work(OPERATOR, rename)
    await desk.close()

    assert [type(end) for end in ends[1:]] == [StoreAwayError] * 2
    assert "renamed" not in kept


def hold_writer(work: Work, loop: asyncio.AbstractEventLoop, held: asyncio.Event, free: asyncio.Event) -> None:
    loop.call_soon_threadsafe(held.set)
    asyncio.run_coroutine_threadsafe(free.wait(), loop).result()


def rename(work: Work) -> None:
    work.session.execute(sa.update(Owner).values(name="renamed"))


def add_huge_owner(work: Work) -> None:
    id_ = work.new_id()
    work.session.add(Owner(id=id_, source_id=id_, name="x" * 100_000, country="NO", language="nb"))


def swallow(work: Work) -> None:
    """A verb that takes the store's failure for nothing."""
    with suppress(sa.exc.SQLAlchemyError):
        add_huge_owner(work)
        work.session.flush()


async def test_a_commit_that_fails_as_a_whole_tells_everyone_in_it_and_keeps_nothing(
    store_url: str, store_kind: str, clock: StoppedClock
) -> None:
    if store_kind != "sqlite":
        pytest.skip("works share a commit on SQLite alone")
    desk = Desk(store_url, clock, LocalDoorbell())

    def owe(work: Work) -> None:
        """Names a guardian that is not there, which is asked at the commit."""
        work.session.execute(sa.text("PRAGMA defer_foreign_keys=ON"))
        work.session.execute(
            sa.text("INSERT INTO thread_guardians (guardian_id, thread_id, owner_id) VALUES ('a', 'b', 'c')")
        )

    ends = await asyncio.gather(
        *(desk.work(OPERATOR, verb) for verb in (lambda work: None, add_owner, owe, add_owner)), return_exceptions=True
    )
    after = await desk.work(OPERATOR, add_owner)

    kept = await desk.look(OPERATOR, lambda look: list(look.session.scalars(sa.select(Owner.id))))
    await desk.close()
    assert sum(isinstance(end, sa.exc.IntegrityError) for end in ends) >= 1
    assert set(kept) == {after} | {end for end in ends if isinstance(end, str)}


async def test_too_many_looks_are_told_so_at_once(desk: Desk) -> None:
    loop = asyncio.get_running_loop()
    free = asyncio.Event()

    def hold(look: Look) -> None:
        asyncio.run_coroutine_threadsafe(free.wait(), loop).result()

    looks = [asyncio.ensure_future(desk.look(OPERATOR, hold)) for _ in range(LOOKING_LIMIT)]
    await asyncio.sleep(0)

    with pytest.raises(DeskBusyError):
        await asyncio.wait_for(desk.look(OPERATOR, hold), 30)
    free.set()
    await asyncio.gather(*looks)

    assert await desk.look(OPERATOR, lambda look: look.session.scalar(sa.select(1))) == 1
