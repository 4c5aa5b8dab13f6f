"""The spool: synced, bounded, in order, and honest when the disk fails."""

import errno
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.address import SMS, Address
from hub.post.channel import Inbound, MediaLink, Report
from hub.post.spool import Spool, SpoolFullError, SpoolUnusableError

NOW = datetime(2025, 3, 3, 6, 12, tzinfo=UTC)


def an_arrival(number: int, text: str = "Syk") -> Inbound:
    sender, school = Address(SMS, "+4740000101"), Address(SMS, "+4759000017")
    link = MediaLink("https://media.example/1", "image/jpeg")
    return Inbound("twilio", f"key {number}", sender, school, text, f"SM{number}", (link,), "STOP")


def test_what_was_kept_comes_back_whole_and_in_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    report = Report("twilio", "key", "SM1", "delivered", "01", "30005")
    spool.keep(
        [spool.pack_arrival(an_arrival(1, "a\u2028b\u0085\n\r\x00 😷"), NOW), spool.pack_arrival(an_arrival(2), NOW)]
    )
    spool.keep([spool.pack_report(report)])

    first, second = Spool(tmp_path / "spool").batches()

    assert first.arrivals == [(an_arrival(1, "a\u2028b\u0085\n\r\x00 😷"), NOW), (an_arrival(2), NOW)]
    assert second.reports == [report]


def test_each_keeping_is_synced_with_its_folder_before_it_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = os.fsync

    def sync(descriptor: int) -> None:
        synced.append(descriptor)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    spool = Spool(tmp_path / "spool")

    spool.keep([b"{}\n"])

    assert len(synced) == 2


def test_a_failed_sync_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "spool")
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", raise_io_error)
        with pytest.raises(SpoolFullError):
            spool.keep([b"{}\n"])

    with pytest.raises(SpoolFullError):
        spool.keep([b"{}\n"])

    assert spool.is_broken
    assert not Spool(tmp_path / "spool").is_broken


def raise_io_error(_: int) -> None:
    raise OSError(errno.EIO, "the disk is gone")


def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", limit_bytes=300)
    line = spool.pack_report(Report("twilio", "key", "SM1", "delivered"))
    spool.keep([line])

    with pytest.raises(SpoolFullError):
        spool.keep([line, line])

    assert [len(batch.reports) for batch in spool.batches()] == [1]
    assert not spool.is_broken


def test_a_disk_without_room_refuses_and_may_have_room_again(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder)
    line = spool.pack_report(Report("twilio", "key", "SM1", "delivered"))
    in_the_way = folder / f"{1:012d}.part"
    in_the_way.symlink_to("/dev/full")

    with pytest.raises(SpoolFullError):
        spool.keep([line])
    in_the_way.unlink()
    spool.keep([line])

    assert not spool.is_broken
    assert [len(batch.reports) for batch in spool.batches()] == [1]


def test_a_spool_that_cannot_be_written_to_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("no folder")

    with pytest.raises(SpoolUnusableError):
        Spool(tmp_path / "spool")


def test_what_is_drained_leaves_room(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.keep([spool.pack_arrival(an_arrival(1), NOW)])
    (batch,) = spool.batches()

    spool.forget(batch)

    assert spool.waiting_bytes == 0
    assert list(spool.batches()) == []


def test_a_half_written_file_is_never_drained(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder)
    (folder / f"{7:012d}.part").write_bytes(b'{"kind": "repo')

    assert list(spool.batches()) == []


def test_a_reader_beside_the_writer_sees_whole_files_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    lines = [spool.pack_arrival(an_arrival(n, "x" * 1000), NOW) for n in range(20)]

    def write() -> None:
        for _ in range(30):
            spool.keep(lines)

    writer = threading.Thread(target=write)
    writer.start()
    drained = 0
    while writer.is_alive() or spool.waiting_bytes:
        for batch in spool.batches():
            assert len(batch.arrivals) == 20
            drained += len(batch.arrivals)
            spool.forget(batch)
    writer.join()

    assert drained == 600


def test_a_line_that_nobody_can_read_is_set_aside_for_a_person(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    spool.keep([spool.pack_arrival(an_arrival(1), NOW), b'{"kind": "riddle", "value": {}}\n'])
    (batch,) = spool.batches()

    spool.set_aside(batch)

    assert not batch.is_readable
    assert len(batch.arrivals) == 1
    assert spool.waiting_bytes == 0
    assert [file.suffix for file in (tmp_path / "spool").iterdir()] == [".aside"]
