"""The doorbell of several hubs rings by a real broker, and no broker's end costs more than a look at everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import pytest

from hub.doorbell import ARRIVALS, LIVE, Ring
from hub.nats_doorbell import NatsDoorbell
from tests.broker import Broker, broker_at
from tests.patience import PATIENCE


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with broker_at(tmp_path / "broker") as broker:
        yield broker


@asynccontextmanager
async def bells(broker: Broker, number: int = 2) -> AsyncIterator[list[NatsDoorbell]]:
    found = [NatsDoorbell(broker.url) for _ in range(number)]
    for bell in found:
        await bell.start()
    try:
        yield found
    finally:
        for bell in found:
            await bell.stop()


async def next_ring(queue: "asyncio.Queue[str]") -> str:
    return await asyncio.wait_for(queue.get(), PATIENCE)


async def heard_anew(bell: NatsDoorbell) -> None:
    async with asyncio.timeout(PATIENCE):
        while not bell.is_connected:
            await asyncio.sleep(0.02)


async def test_a_ring_is_heard_once_in_each_hub(broker: Broker) -> None:
    async with bells(broker, 3) as (here, there, elsewhere):
        with here.watching(LIVE) as own, there.watching(LIVE) as first, elsewhere.watching(LIVE) as second:
            here.ring([Ring(LIVE, "a-message"), Ring(LIVE, "a-child")])
            here.ring([Ring(LIVE, "the-last")])

            for queue in (own, first, second):
                assert [await next_ring(queue) for _ in range(3)] == ["a-message", "a-child", "the-last"]
                assert queue.empty()


async def test_who_waits_in_another_hub_wakes(broker: Broker) -> None:
    async with bells(broker) as (here, there):
        waiter = there.waiter(ARRIVALS)
        await waiter.wait(0)

        here.ring([Ring(ARRIVALS)])

        await asyncio.wait_for(waiter.wait(PATIENCE), PATIENCE - 1)


async def test_without_a_broker_a_hub_rings_within_itself(tmp_path: Path) -> None:
    async with broker_at(tmp_path / "broker") as broker:
        await broker.kill()
        async with bells(broker) as (here, there):
            with here.watching(LIVE) as own, there.watching(LIVE) as other:
                here.ring([Ring(LIVE, "a-message")])

                assert await next_ring(own) == "a-message"
                assert other.empty()
                assert not here.is_connected


async def test_a_page_that_is_open_looks_at_everything_now_and_then_while_nobody_tells_of_other_hubs(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.nats_doorbell.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("hub.nats_doorbell.LOOK_ALONE_SECONDS", 0.1)
    async with bells(broker, 1) as (bell,):
        await heard_anew(bell)
        with bell.watching(LIVE) as heard:
            await broker.kill()

            assert [await next_ring(heard) for _ in range(3)] == ["", "", ""]


@pytest.mark.parametrize("is_wiped", [False, True])
async def test_a_broker_that_comes_back_even_empty_is_used_again_and_everything_is_looked_at(
    broker: Broker, is_wiped: bool
) -> None:
    async with bells(broker) as (here, there):
        with there.watching(LIVE) as heard:
            await broker.kill()
            here.ring([Ring(LIVE, "while-it-is-away")])
            if is_wiped:
                broker.wipe()
            await broker.start()

            assert await next_ring(heard) == "", "what rang meanwhile is not known: look again"
            await heard_anew(here)
            await heard_anew(there)
            here.ring([Ring(LIVE, "afterwards")])
            while (rung := await next_ring(heard)) == "":
                pass
            assert rung == "afterwards"


async def test_a_broker_that_asks_for_a_token_takes_the_hubs_that_have_it(tmp_path: Path) -> None:
    async with broker_at(tmp_path / "broker", "hemmelig") as broker:
        knowing, unknowing = NatsDoorbell(broker.url, "hemmelig"), NatsDoorbell(broker.url, "wrong")
        await knowing.start()
        await unknowing.start()
        try:
            assert knowing.is_connected
            assert not unknowing.is_connected
        finally:
            await knowing.stop()
            await unknowing.stop()


async def test_what_no_hub_says_is_not_heard(broker: Broker) -> None:
    async with bells(broker) as (here, there):
        with there.watching(LIVE) as heard:
            client = await nats.connect(broker.url)
            for said in (b"\xff\xfe", b"{}", b"[1, 2]", b'["x", [["live"]]]', b'["x", [["other", "id"]]]', b"null"):
                await client.publish("budbok.rings", said)
            await client.close()
            here.ring([Ring(LIVE, "a-message")])

            assert await next_ring(heard) == "a-message"


async def test_what_no_hub_could_say_is_not_heard_however_long_or_deep(broker: Broker) -> None:
    async with bells(broker) as (here, there):
        with there.watching(LIVE) as heard:
            client = await nats.connect(broker.url)
            for said in (b'["x", [["live", "%s"]]]' % (b"a" * 900_000), b"[" * 60_000):
                await client.publish("budbok.rings", said)
            await client.close()
            here.ring([Ring(LIVE, "a-message")])

            assert await next_ring(heard) == "a-message"


async def test_a_ring_is_heard_once_also_after_the_broker_stood_still(broker: Broker) -> None:
    async with bells(broker) as (here, there):
        broker.pause()
        await cut_off(here)
        await cut_off(there)
        broker.go_on()
        await heard_anew(here)
        await heard_anew(there)

        with there.watching(LIVE) as heard:
            here.ring([Ring(LIVE, "a-message"), Ring(LIVE, "the-last")])
            rung = []
            while (ring := await next_ring(heard)) != "the-last":
                rung.append(ring)

            assert rung == ["a-message"]
            await until_all_is_heard(broker, there)
            assert heard.empty()


async def cut_off(bell: NatsDoorbell) -> None:
    async with asyncio.timeout(PATIENCE):
        while bell.is_connected:
            await asyncio.sleep(0.02)


async def until_all_is_heard(broker: Broker, bell: NatsDoorbell) -> None:
    """What a second listener of the same hub would have heard has come by the time that something later has."""
    async with bells(broker, 1) as (other,):
        with bell.watching(ARRIVALS) as queue:
            other.ring([Ring(ARRIVALS, "later")])
            while await next_ring(queue) != "later":
                pass


async def test_a_broker_without_streams_is_told_of_and_used_when_it_has_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with broker_at(tmp_path / "broker", streams=False) as broker, bells(broker, 1) as (bell,):
        assert not bell.is_connected
        await broker.kill()
        broker.streams = True
        await broker.start()
        await heard_anew(bell)

    told = [record for record in caplog.records if record.message == "the doorbell rings in this hub alone"]
    assert 1 <= len(told) <= 3, "without streams, and while it was away"


async def test_a_stream_of_somebody_elses_by_this_name_is_told_of_and_left_alone(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    client = await nats.connect(broker.url)
    await client.jetstream().add_stream(name="BUDBOK_RINGS", subjects=["others.>"])
    async with bells(broker, 1) as (bell,):
        assert not bell.is_connected
        assert "the doorbell rings in this hub alone" in caplog.messages
        await client.jetstream().delete_stream("BUDBOK_RINGS")
        await heard_anew(bell)
    await client.close()


@pytest.mark.parametrize("servers", ["nats://nowhere.invalid:4222", "nats://127.0.0.1:1,nats://127.0.0.1:2"])
async def test_a_broker_that_is_nowhere_keeps_no_hub_from_starting_and_stopping(servers: str) -> None:
    before = asyncio.all_tasks()
    bell = NatsDoorbell(servers)
    await bell.start()
    assert not bell.is_connected

    await bell.stop()

    assert asyncio.all_tasks() == before, "nothing is left of what it tried"


@pytest.mark.parametrize(
    "said", [b"", b"INFO {nonsense\r\n", b"INFO []\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\x00\r\n"]
)
async def test_what_is_no_broker_keeps_no_hub_from_starting_and_stopping(said: bytes) -> None:
    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await reader.read()
        writer.close()

    async with await asyncio.start_server(say, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        bell = NatsDoorbell(f"nats://{host}:{port}")
        await bell.start()
        assert not bell.is_connected

        await asyncio.wait_for(bell.stop(), PATIENCE)


async def test_several_servers_are_named_with_or_without_a_space_between(broker: Broker) -> None:
    bell = NatsDoorbell(f"nats://127.0.0.1:1, {broker.url}")
    await bell.start()
    try:
        await heard_anew(bell)
    finally:
        await bell.stop()
