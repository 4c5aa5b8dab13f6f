"""A gate that is paired anew: what the pairing before still holds comes to the unit that had it, or is named until somebody has
seen to it. It never comes to the new one.
"""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from nfc_gateway import clock
from nfc_gateway.__main__ import main
from nfc_gateway.spool import TOUCHES, Kept, Spool
from nfc_gateway.state import GATE, Identity, Status, read_identity, spool_of, write_identity, write_status
from tests.hub.door.devices import SERIAL
from tests.nfc_gateway.gates import Hubside
from tests.ports import hold_port

OTHER = "04958caa5c5e80"


async def budbok_gate(folder: Path, *arguments: str) -> int:
    """Its exit code."""
    return await asyncio.to_thread(main, ["--folder", str(folder), *arguments])


async def pair(hub: Hubside, folder: Path, *more: str) -> int:
    return await budbok_gate(folder, "pair", *more, hub.url, await hub.code())


def touch(folder: Path, *serials: str) -> None:
    """At the gate, while it has no network; it runs, as far as its folder tells."""
    identity, now = read_identity(folder), clock.now()
    spool = Spool(spool_of(folder, identity.reader))
    for serial in serials:
        spool.keep(serial, now, None)
    at = now.isoformat(timespec="seconds")
    write_status(folder, Status(at, spool.count, spool.last_number, 0, at, 0.0))
    spool.close()


async def taps_by_reader(hub: Hubside) -> dict[str, list[str]]:
    taps: dict[str, list[str]] = {}
    for tap in await hub.taps():
        taps.setdefault(tap.reader_id, []).append(tap.serial)
    return taps


async def test_what_waits_is_sent_as_the_pairing_before_first(
    hub: Hubside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await pair(hub, tmp_path) == 0
    before = read_identity(tmp_path)
    touch(tmp_path, SERIAL, OTHER)

    assert await pair(hub, tmp_path) == 0

    now = read_identity(tmp_path)
    assert now.reader != before.reader
    assert await taps_by_reader(hub) == {before.reader: [SERIAL, OTHER]}
    assert not spool_of(tmp_path, before.reader).exists()
    assert "Of a pairing before" not in capsys.readouterr().out


async def test_what_the_hub_refuses_stays_apart_and_status_names_it_until_it_is_seen_to(
    hub: Hubside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await pair(hub, tmp_path)
    before = read_identity(tmp_path)
    touch(tmp_path, SERIAL, OTHER)
    await hub.revoke(before)

    assert await pair(hub, tmp_path) == 0
    said = capsys.readouterr().out
    touch(tmp_path)
    code = await budbok_gate(tmp_path, "status")
    told = capsys.readouterr().out

    place = spool_of(tmp_path, before.reader)
    assert f"its hub never took 2 touches from {clock.now():%Y-%m-%d}" in said
    assert (code, f"then remove {place}" in told) == (1, True)
    assert [kept.serial for kept in waiting_in(place)] == [SERIAL, OTHER]
    assert waiting_in(spool_of(tmp_path, read_identity(tmp_path).reader)) == []
    assert await taps_by_reader(hub) == {}

    for file in place.iterdir():
        file.unlink()
    assert await budbok_gate(tmp_path, "status") == 0


def waiting_in(place: Path) -> list[Kept]:
    spool = Spool(place)
    waiting = spool.list_waiting()
    spool.close()
    return waiting


async def test_while_a_hub_may_yet_take_what_waits_nothing_is_changed_unless_it_is_to_be_left(
    hub: Hubside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await pair(hub, tmp_path)
    known = read_identity(tmp_path)
    away = Identity(f"http://127.0.0.1:{hold_port()}", known.reader, known.secret)
    write_identity(tmp_path, away)
    touch(tmp_path, SERIAL)
    capsys.readouterr()

    assert await pair(hub, tmp_path) == 1
    told = capsys.readouterr().out
    assert f"1 touch of the pairing before could not be sent to {away.url} now." in told
    assert read_identity(tmp_path) == away

    assert await pair(hub, tmp_path, "--leave") == 0
    assert read_identity(tmp_path).reader != known.reader
    assert [kept.serial for kept in waiting_in(spool_of(tmp_path, known.reader))] == [SERIAL]
    assert "its hub never took 1 touch" in capsys.readouterr().out


async def test_a_code_that_is_not_right_changes_nothing(hub: Hubside, tmp_path: Path) -> None:
    await pair(hub, tmp_path)
    before = read_identity(tmp_path)
    await hub.revoke(before)
    touch(tmp_path, SERIAL)

    assert await budbok_gate(tmp_path, "pair", hub.url, "2222-2222-2222") == 1

    assert read_identity(tmp_path) == before
    assert [kept.serial for kept in waiting_in(spool_of(tmp_path, before.reader))] == [SERIAL]


async def test_a_gate_whose_settings_were_damaged_keeps_its_touches_apart_when_it_is_paired_anew(
    hub: Hubside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await pair(hub, tmp_path)
    before = read_identity(tmp_path)
    touch(tmp_path, SERIAL)
    (tmp_path / GATE).write_text("")

    assert await pair(hub, tmp_path) == 0

    assert "its hub never took 1 touch" in capsys.readouterr().out
    assert [kept.serial for kept in waiting_in(spool_of(tmp_path, before.reader))] == [SERIAL]


async def test_what_lies_there_from_before_gates_had_a_place_for_each_pairing_is_named(
    hub: Hubside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spool = Spool(tmp_path / "spool")
    spool.keep(SERIAL, clock.now() - timedelta(hours=1), None)
    spool.close()

    assert await pair(hub, tmp_path) == 0

    assert f"then remove {tmp_path / 'spool'}" in capsys.readouterr().out
    assert (tmp_path / "spool" / TOUCHES).exists()


async def test_a_gate_that_runs_is_not_paired_anew(
    hub: Hubside, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await pair(hub, tmp_path)
    before = read_identity(tmp_path)
    running = Spool(spool_of(tmp_path, before.reader))

    assert await pair(hub, tmp_path) == 2

    running.close()
    assert "runs already: stop it first" in capsys.readouterr().err
    assert read_identity(tmp_path) == before
