"""Whatever the network does to requests and answers, the hub's taps end equal to what was touched, each once."""

import asyncio
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from nfc_gateway import wire
from nfc_gateway.road import AwayError, NotTakenError, RefusedError, Road
from nfc_gateway.spool import Spool
from nfc_gateway.state import Identity
from nfc_gateway.uplink import LONGEST_WAIT, MOST_AFTER, REFUSED_WAIT, Uplink
from tests.hub.door.devices import SERIAL
from tests.nfc_gateway.gates import Hubside


class BadNetwork:
    """Loses requests and answers, and brings an earlier request once more behind a later one."""

    def __init__(self, road: Road, chance: random.Random) -> None:
        self._road = road
        self._chance = chance
        self._earlier: list[tuple[bytes, str]] = []

    def send(self, identity: Identity, body: bytes, sent_at: str) -> wire.Answer:
        self._earlier.append((body, sent_at))
        if self._chance.random() < 0.3:
            raise AwayError
        answer = self._road.send(identity, body, sent_at)
        if self._chance.random() < 0.5:
            self._road.send(identity, *self._chance.choice(self._earlier))
        if self._chance.random() < 0.3:
            raise AwayError
        return answer


class Saying:
    """A hub of few words: what it says is set before."""

    def __init__(self, *said: wire.Answer | Exception) -> None:
        self.said = list(said)
        self.heard: list[list[wire.Told]] = []

    def send(self, identity: Identity, body: bytes, sent_at: str) -> wire.Answer:
        self.heard.append(wire.read_batch(body))
        said = self.said.pop(0)
        if isinstance(said, Exception):
            raise said
        return said


def make_uplink(spool: Spool, way: "Road | BadNetwork | Saying", gate: Identity, now: datetime) -> Uplink:
    return Uplink(gate, spool, way, lambda: now, random.Random(1))


@pytest.mark.parametrize("seed", range(5))
async def test_a_bad_network_loses_and_doubles_no_touch(
    hub: Hubside, gate: Identity, tmp_path: Path, seed: int
) -> None:
    chance, road = random.Random(seed), Road(hub.url)
    touched = {}
    for _ in range(3):  # the gate begins anew in between
        spool = Spool(tmp_path)
        uplink = make_uplink(spool, BadNetwork(road, chance), gate, hub.now)
        for _ in range(20):
            kept = spool.keep(chance.randbytes(7).hex(), hub.now, None)
            touched[kept.number] = kept.serial
            if chance.random() < 0.5:
                await uplink.send_once()
        spool.close()
    spool = Spool(tmp_path)
    last = make_uplink(spool, road, gate, hub.now)
    while spool.count:
        assert await last.send_once() == 0

    spool.close()
    road.close()
    assert len(touched) == 60
    assert {tap.number: tap.serial for tap in await hub.taps()} == touched


async def test_only_what_this_answer_is_about_is_forgotten(gate: Identity, hub: Hubside, tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for _ in range(3):
        spool.keep(SERIAL, hub.now, None)
    said = Saying(wire.Answer(2, 99, hub.now))

    await make_uplink(spool, said, gate, hub.now).send_once()

    assert [kept.number for kept in spool.list_waiting()] == [3]
    assert spool.keep(SERIAL, hub.now, None).number == 100
    spool.close()


async def test_what_could_not_be_sent_at_once_is_said_to_have_waited(
    gate: Identity, hub: Hubside, tmp_path: Path
) -> None:
    spool = Spool(tmp_path)
    spool.keep(SERIAL, hub.now, None)
    spool.close()
    spool = Spool(tmp_path)
    spool.keep(SERIAL, hub.now, None)
    said = Saying(AwayError(), wire.Answer(2, 2, hub.now), wire.Answer(3, 3, hub.now))
    uplink = make_uplink(spool, said, gate, hub.now)

    await uplink.send_once()
    await uplink.send_once()
    spool.keep(SERIAL, hub.now, None)
    await uplink.send_once()

    assert [[touch.waited for touch in batch] for batch in said.heard] == [[True, False], [True, True], [False]]
    spool.close()


async def test_it_waits_longer_each_time_as_long_as_it_is_told_and_not_for_ever(
    gate: Identity, hub: Hubside, tmp_path: Path
) -> None:
    spool = Spool(tmp_path)
    away = make_uplink(spool, Saying(*(AwayError() for _ in range(30))), gate, hub.now)
    waits = [await away.send_once() for _ in range(30)]
    told = make_uplink(spool, Saying(NotTakenError(503, 120), NotTakenError(503, 10**9)), gate, hub.now)
    refused = make_uplink(spool, Saying(RefusedError()), gate, hub.now)

    assert waits[0] <= 1 < waits[3] < waits[6]
    assert LONGEST_WAIT / 2 <= waits[-1] <= LONGEST_WAIT
    assert [await told.send_once(), await told.send_once()] == [120, MOST_AFTER]
    assert await refused.send_once() == REFUSED_WAIT
    assert refused.is_refused
    spool.close()


async def test_a_clock_that_is_wrong_is_noticed(gate: Identity, hub: Hubside, tmp_path: Path) -> None:
    spool, road = Spool(tmp_path), Road(hub.url)
    uplink = make_uplink(spool, road, gate, hub.now - timedelta(days=1))

    await uplink.send_once()

    assert uplink.clock_off_seconds == timedelta(days=1).total_seconds()
    spool.close()
    road.close()


async def test_a_touch_leaves_at_once(gate: Identity, hub: Hubside, tmp_path: Path) -> None:
    spool, road = Spool(tmp_path), Road(hub.url)
    sent = asyncio.Event()
    uplink = Uplink(gate, spool, road, lambda: hub.now, random.Random(1), lambda told: sent.set())
    running = asyncio.create_task(uplink.run())
    async with asyncio.timeout(30):
        await sent.wait()
        await asyncio.to_thread(spool.keep, SERIAL, hub.now, None)
        uplink.wake()
        sent.clear()
        while not await hub.taps():
            await sent.wait()
            sent.clear()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert [tap.number for tap in await hub.taps()] == [1]
    spool.close()
    road.close()


async def test_an_answer_from_somebody_who_is_no_hub_is_no_answer(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    road = Road(url)

    with pytest.raises(AwayError):
        await asyncio.to_thread(
            road.send, Identity(url, "0" * 26, wire.new_key()), wire.write_batch([]), "2025-03-03T06:12:00.000Z"
        )

    road.close()
    server.close()
