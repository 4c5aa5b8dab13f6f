"""The lamp of a gate tells the truth, and a gate that cannot keep or send any more ends, to begin anew."""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nfc_gateway import wire
from nfc_gateway.gate import Gate
from nfc_gateway.lamp import ConsoleLamp, Sign
from nfc_gateway.spool import Spool
from nfc_gateway.state import Identity, Status, find_status, write_status
from tests.patience import PATIENCE
from tests.ports import hold_port

SERIAL = "04a1b2c3d4e5f6"


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", most_bytes=1000)
    yield spool
    spool.close()


def make_gate(folder: Path, spool: Spool, path: str = "") -> Gate:
    """Its hub is nowhere."""
    identity = Identity(f"http://127.0.0.1:{hold_port()}", "0" * 26, wire.new_key())
    return Gate(folder, identity, spool, path or f"udp:127.0.0.1:{hold_port()}", ConsoleLamp())


async def noted(folder: Path, is_so: Callable[[Status], bool]) -> None:
    """Return when it has noted this of itself."""
    async with asyncio.timeout(PATIENCE):
        while (status := find_status(folder)) is None or not is_so(status):
            await asyncio.sleep(0.01)


async def test_without_a_hub_a_touch_counts_and_stays(tmp_path: Path, spool: Spool) -> None:
    gate = make_gate(tmp_path, spool)
    running = asyncio.create_task(gate.run())

    assert await asyncio.to_thread(gate.touched, SERIAL, None) is Sign.KEPT
    await noted(tmp_path, lambda status: status.problem == "away" and status.has_reader)
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

    running = asyncio.create_task(gate.run())
    await noted(tmp_path, lambda status: status.problem == "no room")
    gate.stop()
    await running


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


async def test_a_gate_without_a_reader_notes_it_and_what_it_notes_when_the_reader_goes(
    tmp_path: Path, spool: Spool
) -> None:
    gate = make_gate(tmp_path, spool, "tty:NONE9:pn532")
    running = asyncio.create_task(gate.run())

    await noted(tmp_path, lambda status: not status.has_reader)
    async with asyncio.timeout(PATIENCE):
        while (status := find_status(tmp_path)) is None or not status.has_reader:
            await asyncio.to_thread(gate.show, Sign.READY)  # the gate's own lamp goes out again and again
            await asyncio.sleep(0.01)
    await noted(tmp_path, lambda status: not status.has_reader)
    gate.stop()
    await running


async def test_a_gate_whose_spool_ends_before_what_it_had_counted_says_so_and_uses_no_number_again(
    tmp_path: Path, spool: Spool
) -> None:
    write_status(tmp_path, Status("2025-03-03T06:12:00+00:00", 0, 41, 0))
    gate = make_gate(tmp_path, spool)
    running = asyncio.create_task(gate.run())

    await noted(tmp_path, lambda status: status.is_cut)
    gate.touched(SERIAL, None)
    gate.stop()
    await running

    assert [kept.number for kept in spool.list_waiting()] == [42]


async def test_a_note_that_the_power_cut_off_keeps_no_gate_from_beginning(tmp_path: Path, spool: Spool) -> None:
    (tmp_path / "status.json").write_text("")

    gate = make_gate(tmp_path, spool)

    assert gate.touched(SERIAL, None) is Sign.KEPT
