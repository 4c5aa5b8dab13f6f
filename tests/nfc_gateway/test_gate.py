"""The lamp of a gate tells the truth, and a gate that cannot keep or send any more ends, to begin anew."""

import asyncio
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from nfc_gateway import wire
from nfc_gateway.gate import Gate
from nfc_gateway.lamp import ConsoleLamp, Sign
from nfc_gateway.spool import Spool
from nfc_gateway.state import Identity, find_status
from tests.patience import PATIENCE
from tests.ports import hold_port

SERIAL = "04a1b2c3d4e5f6"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", most_bytes=1000)
    yield spool
    spool.close()


def make_gate(folder: Path, spool: Spool) -> Gate:
    """Its hub is nowhere."""
    identity = Identity(f"http://127.0.0.1:{hold_port()}", "0" * 26, wire.new_key())
    return Gate(folder, identity, spool, f"udp:127.0.0.1:{hold_port()}", ConsoleLamp())


async def test_without_a_hub_a_touch_counts_and_stays(tmp_path: Path, spool: Spool) -> None:
    gate = make_gate(tmp_path, spool)
    running = asyncio.create_task(gate.run())

    assert await asyncio.to_thread(gate.touched, SERIAL, None) is Sign.KEPT
    async with asyncio.timeout(PATIENCE):
        while (status := find_status(tmp_path)) is None or status.problem != "away":
            await asyncio.sleep(0.01)
    gate.stop()
    await running

    assert not gate.has_failed
    assert [kept.serial for kept in spool.list_waiting()] == [SERIAL]


async def test_where_there_is_no_room_a_touch_does_not_count_and_the_gate_goes_on(tmp_path: Path, spool: Spool) -> None:
    gate = make_gate(tmp_path, spool)

    shown = [gate.touched(SERIAL, None) for _ in range(30)]

    assert shown[0] is Sign.KEPT
    assert shown[-1] is Sign.NOT_KEPT
    assert shown.count(Sign.KEPT) == spool.count
    assert not gate.has_failed


async def test_a_gate_whose_disk_fails_says_no_and_ends(
    tmp_path: Path, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    gate = make_gate(tmp_path, spool)
    monkeypatch.setattr(os, "fdatasync", fail)

    assert gate.touched(SERIAL, None) is Sign.NOT_KEPT
    async with asyncio.timeout(PATIENCE):
        await gate.run()

    assert gate.has_failed
