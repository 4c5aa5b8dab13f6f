"""The inbox: keeps each message once, in the store or in the spool, and in the order in which it came."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.desk import WAITING_LIMIT, Desk, Look, Work
from hub.doorbell import LocalDoorbell
from hub.post.arrivals import Arrival
from hub.post.channel import BusyError, Inbound, MediaLink
from hub.post.inbox import DeskInbox
from hub.post.spool import Spool
from tests.hub.post.outboxes import TEST
from tests.patience import PATIENCE

SCHOOL = Address(SMS, "+4759000017")


def an_arrival(number: int, text: str = "Syk", media: tuple[MediaLink, ...] = ()) -> Inbound:
    return Inbound("twilio", f"key {number}", Address(SMS, "+4740000101"), SCHOOL, text, f"SM{number}", media)


def list_kept(look: Look) -> list[tuple[str, str]]:
    return [(a.key, a.text) for a in look.session.scalars(sa.select(Arrival).order_by(Arrival.id))]


def list_changed(look: Look) -> list[str]:
    return list(look.session.scalars(sa.select(Arrival.key).where(Arrival.changed_repeat)))


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def inbox(desk: Desk, spool: Spool) -> DeskInbox:
    return DeskInbox(desk, spool)


async def test_each_message_is_kept_once(desk: Desk, inbox: DeskInbox) -> None:
    fresh = [await inbox.receive(an_arrival(1)), await inbox.receive(an_arrival(1)), await inbox.receive(an_arrival(2))]

    assert fresh == [True, False, True]
    assert [key for key, _ in await desk.look(TEST, list_kept)] == ["key 1", "key 2"]


async def test_the_same_message_many_times_at_once_is_kept_once(desk: Desk, inbox: DeskInbox) -> None:
    fresh = await asyncio.gather(*(inbox.receive(an_arrival(n % 5)) for n in range(50)))

    assert sum(fresh) == 5
    assert len(await desk.look(TEST, list_kept)) == 5


@pytest.mark.parametrize(
    "other",
    [an_arrival(1, "Frisk"), an_arrival(1, media=(MediaLink("https://media.example/1", "image/png"),))],
)
async def test_the_same_name_with_other_content_keeps_the_first_and_flags_it(
    desk: Desk, inbox: DeskInbox, other: Inbound
) -> None:
    await inbox.receive(an_arrival(1))

    await inbox.receive(other)

    assert await desk.look(TEST, list_kept) == [("key 1", "Syk")]
    assert await desk.look(TEST, list_changed) == ["key 1"]


async def test_a_plain_repeat_is_not_flagged(desk: Desk, inbox: DeskInbox) -> None:
    await inbox.receive(an_arrival(1))
    await inbox.receive(an_arrival(1))

    assert await desk.look(TEST, list_changed) == []


async def test_what_came_earlier_is_brought_in_first(
    desk: Desk, inbox: DeskInbox, spool: Spool, clock: StoppedClock
) -> None:
    spool.keep([spool.pack_arrival(an_arrival(n), clock.now() - timedelta(minutes=1)) for n in (1, 2)])

    await inbox.receive(an_arrival(3))

    assert [key for key, _ in await desk.look(TEST, list_kept)] == ["key 1", "key 2", "key 3"]
    assert spool.waiting_bytes == 0


async def test_what_was_found_in_the_providers_log_says_when_though_the_store_is_away_then(
    desk: Desk, inbox: DeskInbox, spool: Spool, clock: StoppedClock
) -> None:
    found_at = clock.now()
    spool.keep([spool.pack_arrival(replace(an_arrival(1), from_log=True), found_at)])
    clock.move(timedelta(minutes=8))

    await inbox.receive(an_arrival(2))

    def list_found(look: Look) -> list[datetime | None]:
        return list(look.session.scalars(sa.select(Arrival.found_at).order_by(Arrival.key)))

    assert await desk.look(TEST, list_found) == [found_at, None]


async def test_what_was_spooled_and_told_again_is_kept_once(
    desk: Desk, inbox: DeskInbox, spool: Spool, clock: StoppedClock
) -> None:
    await inbox.receive(an_arrival(1))
    spool.keep([spool.pack_arrival(an_arrival(n), clock.now()) for n in (1, 2)])

    await asyncio.gather(inbox.drain(), inbox.receive(an_arrival(2)), inbox.drain())

    assert sorted(key for key, _ in await desk.look(TEST, list_kept)) == ["key 1", "key 2"]


async def test_an_item_that_cannot_be_kept_holds_up_no_other(
    desk: Desk, inbox: DeskInbox, spool: Spool, clock: StoppedClock, tmp_path: Path
) -> None:
    unkeepable = Inbound("twilio", "key 2", Address(SMS, "+47"), SCHOOL, None, "SM2")  # type: ignore[arg-type]
    spool.keep([spool.pack_arrival(item, clock.now()) for item in (an_arrival(1), unkeepable, an_arrival(3))])

    await inbox.drain()

    assert [key for key, _ in await desk.look(TEST, list_kept)] == ["key 1", "key 3"]
    assert spool.waiting_bytes == 0
    assert [file.suffix for file in (tmp_path / "spool").iterdir()] == [".aside"]


@pytest.fixture
async def blocked(desk: Desk) -> AsyncIterator[asyncio.Event]:
    """A desk whose writers are all held until the event is set."""
    loop = asyncio.get_running_loop()
    free, held = asyncio.Event(), asyncio.Event()

    def hold(work: Work) -> None:
        loop.call_soon_threadsafe(held.set)
        asyncio.run_coroutine_threadsafe(free.wait(), loop).result()

    holding = [asyncio.create_task(desk.work(TEST, hold)) for _ in range(4)]
    await held.wait()
    yield free
    free.set()
    await asyncio.gather(*holding)


async def test_a_store_that_does_not_answer_counts_as_away(
    desk: Desk, inbox: DeskInbox, spool: Spool, blocked: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.post.inbox.KEEP_SECONDS", 0.1)

    fresh = await asyncio.wait_for(inbox.receive(an_arrival(1)), PATIENCE)
    spooled = [inbound.key for batch in spool.batches() for inbound, _ in batch.arrivals]
    blocked.set()
    await inbox.drain()

    assert fresh
    assert spooled == ["key 1"]
    assert await desk.look(TEST, list_kept) == [("key 1", "Syk")]


async def test_a_desk_with_too_much_waiting_says_so_at_once(
    desk: Desk, inbox: DeskInbox, blocked: asyncio.Event
) -> None:
    works = [asyncio.create_task(desk.work(TEST, lambda work: None)) for _ in range(WAITING_LIMIT - desk.waiting)]
    await asyncio.sleep(0)

    with pytest.raises(BusyError):
        await asyncio.wait_for(inbox.receive(an_arrival(1)), PATIENCE)
    blocked.set()
    await asyncio.gather(*works)

    assert await inbox.receive(an_arrival(1))


async def test_a_message_is_kept_though_its_client_has_gone(desk: Desk, inbox: DeskInbox) -> None:
    gone = asyncio.create_task(inbox.receive(an_arrival(1)))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone

    await inbox.receive(an_arrival(2))

    assert [key for key, _ in await desk.look(TEST, list_kept)] == ["key 1", "key 2"]


async def test_with_neither_store_nor_spool_the_provider_is_told_to_come_back(
    spool: Spool, tmp_path: Path, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(f"sqlite:///{tmp_path / 'nowhere' / 'budbok.sqlite'}", clock, LocalDoorbell())
    inbox = DeskInbox(desk, spool)

    await inbox.receive(an_arrival(1))
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", _fail)
        with pytest.raises(BusyError):
            await inbox.receive(an_arrival(2))
    with pytest.raises(BusyError):
        await inbox.receive(an_arrival(3))
    await desk.close()

    assert [inbound.key for batch in spool.batches() for inbound, _ in batch.arrivals] == ["key 1"]


def _fail(_: int) -> None:
    raise OSError("no disk")
