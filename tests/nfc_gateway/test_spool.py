"""The lamp lights for what is on the disk, and for nothing else; what is there is kept until the hub has it."""

import errno
import os
import random
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from nfc_gateway import spool as spools
from nfc_gateway.spool import BrokenSpoolError, InUseError, NoRoomError, Spool
from tests.patience import PATIENCE

AT = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)
SERIAL = "04a1b2c3d4e5f6"
ROOT = Path(__file__).parent.parent.parent


@contextmanager
def opened(folder: Path, most_bytes: int = spools.MOST_BYTES) -> Iterator[Spool]:
    spool = Spool(folder, most_bytes)
    try:
        yield spool
    finally:
        spool.close()


def keep(spool: Spool, times: int = 1) -> None:
    for _ in range(times):
        spool.keep(SERIAL, AT, None)


def numbers(spool: Spool) -> list[int]:
    return [kept.number for kept in spool.list_waiting(10_000)]


def test_what_was_kept_is_there_after_a_new_start_oldest_first(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.keep(SERIAL, AT, "picc=AA")
        keep(spool, 2)

    with opened(tmp_path) as again:
        first, *_ = again.list_waiting()
        assert (first.number, first.serial, first.touched_at, first.proven) == (1, SERIAL, AT, "picc=AA")
        assert first.is_early
        assert numbers(again) == [1, 2, 3]


def test_only_what_the_hub_keeps_is_forgotten_and_forgotten_for_good(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        keep(spool, 5)
        spool.forget([1, 2, 4, 99])

    with opened(tmp_path) as again:
        assert numbers(again) == [3, 5]


def test_no_number_comes_again_after_the_spool_was_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "SWEEP_BYTES", 200)
    with opened(tmp_path) as spool:
        keep(spool, 20)
        spool.forget(numbers(spool))
        assert (tmp_path / spools.TOUCHES).stat().st_size < 200

    with opened(tmp_path) as again:
        keep(again)
        assert numbers(again) == [21]


def test_a_gate_that_was_put_back_goes_on_where_the_hub_has_counted_to(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        spool.skip_to(41)
        spool.skip_to(3)

    with opened(tmp_path) as again:
        keep(again)
        assert numbers(again) == [42]


def test_two_gates_do_not_share_a_folder(tmp_path: Path) -> None:
    with opened(tmp_path), pytest.raises(InUseError):
        Spool(tmp_path)


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    with opened(tmp_path / "spool") as spool:
        keep(spool)

        assert (tmp_path / "spool").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "spool" / spools.TOUCHES).stat().st_mode & 0o777 == 0o600


@settings(deadline=None)
@given(some.data())
def test_whatever_the_power_cut_off_the_rest_is_whole(
    tmp_path_factory: pytest.TempPathFactory, data: some.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    with opened(folder) as spool:
        keep(spool, 4)
    file = folder / spools.TOUCHES
    content = file.read_bytes()
    left = data.draw(some.integers(0, len(content)))
    file.write_bytes(content[:left])

    with opened(folder) as again:
        assert numbers(again) == list(range(1, content[:left].count(b"\n") + 1))
        keep(again)

    with opened(folder) as once_more:
        assert numbers(once_more) == list(range(1, content[:left].count(b"\n") + 2))
        assert once_more.damaged == 0


def test_a_line_gone_bad_loses_no_other_and_its_number_is_not_used_again(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        keep(spool, 3)
    file = tmp_path / spools.TOUCHES
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + lines[1] + lines[2].replace(b"04a1", b"04a2"))

    with opened(tmp_path) as again:
        keep(again)
        assert (numbers(again), again.damaged) == ([1, 2, 4], 1)


def test_a_file_that_was_damaged_begins_anew_once_nothing_in_it_waits(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        keep(spool, 3)
    file = tmp_path / spools.TOUCHES
    file.write_bytes(file.read_bytes().replace(b"04a1", b"04a2", 1))

    with opened(tmp_path) as again:
        again.forget([2])
        again.forget([3])
        assert again.damaged == 1

    with opened(tmp_path) as mended:
        keep(mended)
        assert (numbers(mended), mended.damaged) == ([4], 0)


@pytest.mark.parametrize("text", ['{"n":1,"s":"04a1","t":"9999-01-01T00:00:00.000Z","p":null}', '{"n":"1"}', "[]"])
def test_a_line_that_is_whole_and_makes_no_sense_keeps_no_gate_from_beginning(tmp_path: Path, text: str) -> None:
    with opened(tmp_path) as spool:
        keep(spool)
    with (tmp_path / spools.TOUCHES).open("ab") as file:
        file.write(b"%08x %b\n" % (zlib.crc32(text.encode()), text.encode()))

    with opened(tmp_path) as again:
        assert (numbers(again), again.damaged) == ([1], 1)


def test_looking_into_a_spool_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as spool:
        keep(spool, 3)
        spool.forget([1])
        with (tmp_path / spools.TOUCHES).open("ab") as file:
            file.write(b"half a li")
        before = (tmp_path / spools.TOUCHES).read_bytes()

        found = spools.find_touches(tmp_path)

        assert found is not None
        assert (list(found.waiting), found.last_number, found.damaged, found.is_cut) == ([2, 3], 3, 0, True)
        assert (tmp_path / spools.TOUCHES).read_bytes() == before
    assert spools.find_touches(tmp_path / "elsewhere") is None


def test_a_full_spool_says_no_and_takes_again_when_the_hub_has_caught_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "SWEEP_BYTES", 100)
    with opened(tmp_path, most_bytes=400) as spool:
        with pytest.raises(NoRoomError):
            keep(spool, 100)
        waiting = numbers(spool)
        spool.forget(waiting)

        keep(spool)

        assert numbers(spool) == [waiting[-1] + 1]


def test_a_disk_that_takes_half_a_line_keeps_none_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    with opened(tmp_path) as spool:
        keep(spool)
        with monkeypatch.context() as full:
            full.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:9]))
            with pytest.raises(NoRoomError):
                keep(spool)
        keep(spool)

    with opened(tmp_path) as again:
        assert (numbers(again), again.damaged) == ([1, 2], 0)


def test_a_sync_that_failed_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "input/output error")

    with opened(tmp_path) as spool:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fdatasync", fail)
            with pytest.raises(BrokenSpoolError):
                keep(spool)

        with pytest.raises(BrokenSpoolError):
            keep(spool)

        assert numbers(spool) == []


class PowerCutError(BaseException):
    """The process is gone, and runs nothing more of its own."""


class Instructions:
    """What the spool asks of the system, counted; at one of them, before or after it is done, everything ends."""

    CALLS = ("open", "write", "fsync", "fdatasync", "ftruncate", "replace")

    def __init__(self, patch: pytest.MonkeyPatch, end: int, *, is_done: bool) -> None:
        self.count = 0
        self._end = end
        self._is_done = is_done
        self._held: set[int] = set()
        self._open, self._close = os.open, os.close
        for name in self.CALLS:
            patch.setattr(os, name, partial(self._call, self._hold if name == "open" else getattr(os, name)))
        patch.setattr(os, "close", self._let_go)

    def _call(self, real: Callable[..., Any], *given: Any) -> Any:
        self.count += 1
        if self.count > self._end or (self.count == self._end and not self._is_done):
            raise PowerCutError
        did = real(*given)
        if self.count == self._end:
            raise PowerCutError
        return did

    def _hold(self, *given: Any) -> int:
        descriptor = self._open(*given)
        self._held.add(descriptor)
        return descriptor

    def _let_go(self, descriptor: int) -> None:
        self._held.remove(descriptor)
        self._close(descriptor)

    def let_all_go(self) -> None:
        """As the system does, when a process is gone."""
        for descriptor in list(self._held):
            self._let_go(descriptor)


def live(folder: Path, lit: dict[int, str], sent: set[int]) -> None:
    """A day of a gate: touches, the hub keeps some, has counted further, keeps all, and the file begins anew."""
    spool = Spool(folder)
    for at in range(6):
        serial = f"04a1b2c3d4e5{at:02x}"
        lit[spool.keep(serial, AT, None).number] = serial
        if at in (2, 5):
            told = numbers(spool)[: 2 if at == 2 else 9]
            sent.update(told)
            spool.forget(told)
        if at == 3:
            spool.skip_to(20)
    lit[spool.keep(SERIAL, AT, None).number] = SERIAL


@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
def test_a_gate_that_ends_at_any_instruction_of_its_spool_loses_no_touch_that_lit_the_lamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_done: bool
) -> None:
    monkeypatch.setattr(spools, "SWEEP_BYTES", 300)
    for end in range(1, 100):
        folder = tmp_path / str(end)
        lit: dict[int, str] = {}
        sent: set[int] = set()
        with monkeypatch.context() as patch:
            instructions = Instructions(patch, end, is_done=is_done)
            with suppress(PowerCutError):
                live(folder, lit, sent)
            instructions.let_all_go()
        with opened(folder) as again:
            there = {kept.number: kept.serial for kept in again.list_waiting()}
            assert again.damaged == 0
            assert again.last_number >= max(lit, default=0)
            assert all(there.get(number) == serial for number, serial in lit.items() if number not in sent)
            assert all(lit.get(number, serial) == serial for number, serial in there.items())
            keep(again)
        if instructions.count < end:
            break
    else:
        raise AssertionError("the day was longer than what was tried")

    assert len(lit) == 7
    assert end > 20


def start_touching(folder: Path, *more: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.nfc_gateway.touching", str(folder), *more],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )


def hold_to_the_end(folder: Path, told: bytes) -> dict[int, str]:
    """What the process said, held against what is on the disk; returns the touches that lit the lamp."""
    lines = [line.split() for line in told.split(b"\n")[:-1]]
    lit = {int(line[1]): line[2].decode() for line in lines if line[0] == b"lit"}
    sent = {int(line[1]): line[2].decode() for line in lines if line[0] == b"sent"}
    with opened(folder) as spool:
        there = {kept.number: kept.serial for kept in spool.list_waiting(10**6)}
        assert spool.damaged == 0
        for number, serial in lit.items():
            assert there.get(number, sent.get(number)) == serial, "a touch that lit the lamp is lost"
        assert there.keys() & sent.keys() <= {max(sent, default=0), max(sent, default=0) - 1, max(sent, default=0) - 2}
        assert spool.last_number >= max(lit, default=0)
    return lit


def kill_again_and_again(folder: Path, times: int, chance: random.Random) -> None:
    """Each time after another number of lines; no number lights the lamp twice."""
    seen: dict[int, str] = {}
    for _ in range(times):
        process = start_touching(folder)
        assert process.stdout is not None
        told = b"".join(process.stdout.readline() for _ in range(chance.randint(1, 40)))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()  # `communicate` would pass over what was read ahead
        process.stdout.close()
        process.wait(PATIENCE)
        lit = hold_to_the_end(folder, told + rest)
        assert not lit.keys() & seen.keys(), "a number was given twice"
        seen |= lit


def test_a_gate_killed_again_and_again_loses_no_touch_that_lit_the_lamp(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, 5, random.Random(5))


@pytest.mark.sweep
def test_a_gate_killed_a_hundred_times_loses_no_touch_that_lit_the_lamp(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, 100, random.Random(100))


def test_on_a_full_disk_the_lamp_says_no_and_what_lit_it_is_kept(tmp_path: Path) -> None:
    process = start_touching(tmp_path, "3000")

    told, _ = process.communicate(timeout=PATIENCE)

    assert told.endswith(b"room\n")
    assert hold_to_the_end(tmp_path, told)
