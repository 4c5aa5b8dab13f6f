"""An export: every record leaves once, whole and checked, however often it is stopped; and nobody's place leaves in a title."""

import asyncio
import io
import json
import os
import re
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdf
import pytest
import sqlalchemy as sa

from hub.archive import check, leaving
from hub.archive.exports import HELD_FOR, ArchiveExport, Asked, Begun, BrokenRecordError, UnderWayError
from hub.archive.folder import ExportFolder, NotOurFolderError
from hub.archive.leaving import NotWholeError
from hub.archive.records import ArchiveFile, ArchiveRecord, count_waiting
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child, Guardianship
from hub.safety.audit import AuditRow
from tests.hub.archive.arkivmelding_rules import NAMESPACE, faults_of, parse
from tests.hub.archive.kept import (
    ANNE,
    KARI,
    LEADER,
    OLA,
    TEACHER,
    WHY,
    WORDS,
    decide_leave,
    export,
    list_records,
    package_of,
    put,
    record_ids,
    write,
)
from tests.hub.sign_in.school import TEST
from tests.patience import START_PATIENCE
from tests.village import FJORDVIK, Village

STRANGE = "\x00\x0b\ufffe hei \U0001f600 <&> بعد čáhci " + "Maximilian" * 8


def said_in(xml: bytes, name: str) -> list[str]:
    return [each.text or "" for each in parse(xml).iter(f"{{{NAMESPACE}}}{name}")]


def all_said_in(xml: bytes) -> str:
    return " ".join(each.text or "" for each in parse(xml).iter())


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where exports are put, apart from the store."""
    place = tmp_path / "exports"
    place.mkdir()
    return place


async def protect(village: Village, name: str = KARI) -> None:
    def set_it(work: Work) -> None:
        work.session.execute(sa.update(Child).where(Child.id == village.child(name).id).values(protected=True))

    await village.desk.work(TEST, set_it)


async def waiting(village: Village) -> int:
    return sum((await village.desk.look(TEST, count_waiting, village.owner().id)).values())


async def test_everything_that_waits_leaves_once_and_the_folder_reads_without_budbok(
    village: Village, place: Path
) -> None:
    await decide_leave(village, words="Vi skal til bestemor")
    await put(village, await write(village, files=[b"one picture"]))
    folder = place / "out"

    left = await export(village, folder)
    again = await export(village, place / "two")

    assert left is not None
    assert left.records == 2
    assert again is None
    assert not (place / "two").exists()
    assert await waiting(village) == 0
    assert check.check(str(folder), left.head) == []
    ids = [record.id for record in await list_records(village.desk)]
    assert record_ids(folder) == ids
    leave, message = (folder / "records" / id_ for id_ in ids)
    assert sorted(file.name for file in leave.iterdir()) == ["1.pdf", "2.pdf", "3.pdf", "3.txt", "record.json"]
    assert sorted(file.name for file in message.iterdir()) == ["1.pdf", "1.txt", "2.jpg", "record.json"]
    assert (message / "2.jpg").read_bytes() == b"one picture"
    assert WORDS in (message / "1.txt").read_text("utf-8")
    assert "Vi skal til bestemor" in (leave / "3.txt").read_text("utf-8")
    index = (folder / "index.html").read_text("utf-8")
    assert KARI in index
    assert WHY in index
    assert "<script" not in index
    assert not re.search(r"(src|href)=\"(https?:)?//", index)
    for path in re.findall(r'href="([^"#]+)"', index):
        assert (folder / path).is_file()


async def test_every_package_is_what_an_archive_takes_in(village: Village, place: Path) -> None:
    await decide_leave(village)
    await put(village, await write(village, files=[b"one picture"]))

    await export(village, place)
    leave, message = (package_of(place, id_) for id_ in record_ids(place))

    for package in (leave, message):
        xml = package.pop("arkivmelding.xml")
        assert faults_of(xml, set(package)) == []
    assert leave.keys() == {"1.pdf", "2.pdf", "3.pdf", "3.txt"}


async def test_a_package_tells_who_wrote_to_whom_and_shields_names_in_public_titles(
    village: Village, place: Path
) -> None:
    await decide_leave(village)
    await put(village, await write(village))

    await export(village, place)
    leave, message = (package_of(place, id_)["arkivmelding.xml"] for id_ in record_ids(place))

    assert said_in(leave, "tittel")[0] == f"Permisjon for {KARI}"
    assert said_in(leave, "offentligTittel") == ["Permisjon for *****", "Vedtak om permisjon for *****"]
    assert said_in(leave, "journalposttype") == ["Utgående dokument"]
    assert set(said_in(leave, "korrespondanseparttype")) == {"Mottaker"}
    assert set(said_in(leave, "korrespondansepartNavn")) == {ANNE, OLA}
    assert said_in(leave, "saksansvarlig") == [LEADER]
    assert set(said_in(leave, "variantformat")) == {"Arkivformat", "Produksjonsformat"}
    assert said_in(message, "journalposttype") == ["Inngående dokument"]
    assert said_in(message, "korrespondansepartNavn")[0] == ANNE
    assert said_in(message, "arkivertAv") == [TEACHER]
    assert WHY in said_in(message, "merknadstekst")


async def test_documents_are_archive_pdfs_and_their_checksums_are_told(village: Village, place: Path) -> None:
    await put(village, await write(village))

    await export(village, place)
    package = package_of(place, *record_ids(place))
    metadata = pypdf.PdfReader(io.BytesIO(package["1.pdf"])).xmp_metadata

    assert metadata is not None
    assert b"pdfaid" in metadata.stream.get_data()
    remarks = said_in(package["arkivmelding.xml"], "merknadstekst")
    assert {f"SHA-256 {name}: {check.sha256(package[name])}" for name in ("1.pdf", "1.txt")} <= set(remarks)


async def test_any_letters_at_all_leave_whole(village: Village, place: Path) -> None:
    text = STRANGE.replace("\x00", "")
    await put(village, await write(village, text), STRANGE.replace("\x00", "")[:200])

    left = await export(village, place)
    (id_,) = record_ids(place)
    package = package_of(place, id_)
    xml = package.pop("arkivmelding.xml")

    assert left is not None
    assert faults_of(xml, set(package)) == []
    assert text in package["1.txt"].decode()
    assert json.loads((place / "records" / id_ / "record.json").read_text("utf-8"))["documents"][0]["text"] == text


async def test_a_folder_is_its_owners_alone(village: Village, place: Path) -> None:
    await put(village, await write(village))
    folder = place / "out"
    folder.mkdir(mode=0o755)

    await export(village, folder)

    modes = {file: stat.S_IMODE(file.stat().st_mode) for file in [folder, *folder.rglob("*")]}
    assert {mode for file, mode in modes.items() if file.is_dir()} == {0o700}
    assert {mode for file, mode in modes.items() if file.is_file()} == {0o600}


async def test_what_is_of_protected_children_stays_until_somebody_says_so_and_names_nothing(
    village: Village, place: Path
) -> None:
    await decide_leave(village)
    message = await write(village)
    await put(village, message)
    await protect(village)
    await write(village)

    without = await export(village, place / "one")
    left = await export(village, place / "two", Asked(secret=True))
    ids = record_ids(place / "two")

    assert without is None
    assert left is not None
    assert left.records == 2
    for id_ in ids:
        package = package_of(place / "two", id_)
        xml = package.pop("arkivmelding.xml")
        assert faults_of(xml, set(package)) == []
        told = all_said_in(xml)
        for name in (KARI, ANNE, OLA, TEACHER, LEADER, village.unit("school").name, WHY):
            assert name not in told
        assert set(said_in(xml, "korrespondansepartNavn")) == {"Skjermet"}
    assert (place / "two" / "index.html").read_text("utf-8").count(">Skjermet<") == 2


async def test_a_guardian_of_a_protected_child_is_named_in_no_package_of_another(village: Village, place: Path) -> None:
    sibling = next(name for owner, name in village.children if owner == FJORDVIK and name != KARI)

    def tie(work: Work) -> None:
        of_child = Guardianship.child_id == village.child(sibling).id
        bond = work.session.scalars(sa.select(Guardianship).where(of_child).limit(1)).one()
        bond.guardian_id = village.guardian(ANNE).id

    await village.desk.work(TEST, tie)
    await decide_leave(village)
    await protect(village, sibling)

    left = await export(village, place)
    xml = package_of(place, *record_ids(place))["arkivmelding.xml"]

    assert left is not None
    assert ANNE not in all_said_in(xml)
    assert "Skjermet" in said_in(xml, "korrespondansepartNavn")


async def test_a_child_that_is_protected_while_an_export_is_under_way_does_not_leave_with_it(
    village: Village, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(village, await write(village))
    with monkeypatch.context() as stopping:
        stopping.setattr(leaving, "_add", _stop)
        with pytest.raises(KeyboardInterrupt):
            await export(village, place)
    await protect(village)

    left = await export(village, place)
    (record,) = await list_records(village.desk)

    assert left is not None
    assert left.records == 0
    assert record.exported_at is None
    assert record.export_id is None
    assert WORDS not in "".join(file.read_text("utf-8", "replace") for file in place.rglob("*") if file.is_file())


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


async def test_exports_in_pieces_neither_double_nor_lose_a_record(
    village: Village, place: Path, clock: StoppedClock
) -> None:
    kept = [await put(village, await write(village, f"number {n}")) for n in range(3)]
    clock.move(timedelta(days=2))
    kept += [await put(village, await write(village, f"number {n}")) for n in range(3, 5)]
    yesterday = clock.now() - timedelta(days=1)

    newest = await export(village, place / "newest", Asked(since=yesterday))
    rest = await export(village, place / "rest")
    kept.append(await put(village, await write(village, "number 5")))
    last = await export(village, place / "last")

    assert newest is not None
    assert rest is not None
    assert last is not None
    out = [record_ids(place / name) for name in ("rest", "newest", "last")]
    assert [len(ids) for ids in out] == [3, 2, 1]
    assert sorted(id_ for ids in out for id_ in ids) == sorted(kept)
    begins = [json.loads((place / name / "records.jsonl").read_bytes().splitlines()[0]) for name in ("rest", "last")]
    assert [begin["follows"] for begin in begins] == [newest.head, rest.head]


async def test_what_has_left_leaves_again_when_asked_for_and_counts_once(village: Village, place: Path) -> None:
    await put(village, await write(village, files=[b"one picture"]))
    first = await export(village, place / "first")
    (before,) = await list_records(village.desk)

    again = await export(village, place / "again", Asked(again=True))
    (after,) = await list_records(village.desk)

    assert first is not None
    assert again is not None
    assert again.records == 1
    assert record_ids(place / "first") == record_ids(place / "again")
    assert (before.export_id, before.exported_at) == (after.export_id, after.exported_at)
    assert check.check(str(place / "again"), again.head) == []


async def test_each_export_is_audited_with_what_left(village: Village, place: Path) -> None:
    record_id = await put(village, await write(village))
    left = await export(village, place)

    asked = sa.select(AuditRow).where(AuditRow.what.in_(["archive.export", "archive.leave"]))
    rows = await village.desk.look(TEST, lambda look: list(look.session.scalars(asked)))
    (made,) = await village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(ArchiveExport))))

    assert left is not None
    assert {row.why for row in rows if row.what == "archive.export"} == {"begins", f"ends {left.head}"}
    assert [row.ids for row in rows if row.what == "archive.leave"] == [[made.id, record_id]]
    assert (made.head, made.records) == (left.head, 1)


@pytest.mark.parametrize("nth", range(1, 14))
async def test_an_export_that_is_stopped_anywhere_goes_on_and_each_record_is_there_once(
    village: Village, place: Path, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    """It stops when the nth file is being synced, its part half written, as when the power goes out."""
    kept = [await put(village, await write(village, f"number {n}")) for n in range(2)]
    count = 0
    real = os.fsync

    def fsync(file: int) -> None:
        nonlocal count
        count += 1
        if count == nth:
            if stat.S_ISREG(os.fstat(file).st_mode):
                os.ftruncate(file, os.fstat(file).st_size // 2)
            raise KeyboardInterrupt
        real(file)

    with monkeypatch.context() as stopping:
        stopping.setattr(os, "fsync", fsync)
        with pytest.raises(KeyboardInterrupt):
            await export(village, place)
    while_stopped = {record.exported_at for record in await list_records(village.desk)}
    later = await put(village, await write(village, "after it"))

    left = await export(village, place)
    rest = await export(village, place.with_name("rest"))

    assert while_stopped == {None}
    assert left is not None
    assert rest is not None
    assert record_ids(place) == kept
    assert record_ids(place.with_name("rest")) == [later]
    assert check.check(str(place), left.head) == []


async def test_an_export_that_stopped_may_go_on_in_another_folder_and_is_whole_there(
    village: Village, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_id = await put(village, await write(village))
    with monkeypatch.context() as stopping:
        stopping.setattr(leaving, "_end", _stop)
        with pytest.raises(KeyboardInterrupt):
            await export(village, place / "lost")

    left = await export(village, place / "found")

    assert left is not None
    assert left.was_begun
    assert record_ids(place / "found") == [record_id]
    assert "it is not whole" in " ".join(check.check(str(place / "lost")))


async def test_two_exports_at_once_into_two_folders_are_one_and_the_other_is_refused_in_words(
    village: Village, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_id = await put(village, await write(village))
    reached, goes_on, real = threading.Event(), threading.Event(), leaving._add

    def add(*arguments: Any) -> None:
        reached.set()
        assert goes_on.wait(START_PATIENCE)
        real(*arguments)

    monkeypatch.setattr(leaving, "_add", add)
    first = asyncio.create_task(export(village, place / "one"))
    assert await asyncio.to_thread(reached.wait, START_PATIENCE)

    with pytest.raises(UnderWayError, match=r"one$"):
        await export(village, place / "two")
    goes_on.set()
    left, after = await first, await export(village, place / "two")

    assert left is not None
    assert after is None
    assert record_ids(place / "one") == [record_id]
    assert not (place / "two").exists()


async def test_an_export_that_is_gone_on_with_elsewhere_ends_there_alone(
    village: Village, clock: StoppedClock, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its machine slept for so long that nobody could tell it from one that has stopped."""
    await put(village, await write(village))
    reached, goes_on, real = threading.Event(), threading.Event(), leaving._end

    def sleep_once(*arguments: Any) -> None:
        monkeypatch.setattr(leaving, "_end", real)
        reached.set()
        assert goes_on.wait(START_PATIENCE)
        real(*arguments)

    monkeypatch.setattr(leaving, "_end", sleep_once)
    first = asyncio.create_task(export(village, place / "one"))
    assert await asyncio.to_thread(reached.wait, START_PATIENCE)
    clock.move(HELD_FOR)

    left = await export(village, place / "two")
    goes_on.set()
    with pytest.raises(UnderWayError, match=r"two$"):
        await first

    (made,) = await village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(ArchiveExport))))
    assert left is not None
    assert made.head == left.head


async def test_a_folder_of_something_else_is_left_alone(village: Village, place: Path) -> None:
    await put(village, await write(village))
    first = await export(village, place / "first")
    await put(village, await write(village, "more"))
    (place / "own").mkdir()
    (place / "own" / "thesis.txt").write_text("mine")
    before = {file: file.read_bytes() for file in place.rglob("*") if file.is_file()}

    for name in ("first", "own"):
        with pytest.raises(NotOurFolderError):
            await export(village, place / name)

    assert first is not None
    assert {file: file.read_bytes() for file in place.rglob("*") if file.is_file()} == before
    assert await waiting(village) == 1


@pytest.mark.parametrize(
    "name",
    ["index.html", "check.py", "records/thesis.part", "thesis.part", "noark5/mine.zip", "head.txt", "records.jsonl"],
)
async def test_a_folder_with_names_like_ours_that_holds_no_export_is_left_alone(
    village: Village, place: Path, name: str
) -> None:
    await put(village, await write(village))
    (place / name).parent.mkdir(exist_ok=True)
    (place / name).write_text("mine")
    place.chmod(0o755)

    with pytest.raises(NotOurFolderError):
        await export(village, place)

    assert [file.read_text() for file in place.rglob("*") if file.is_file()] == ["mine"]
    assert stat.S_IMODE(place.stat().st_mode) == 0o755
    assert await waiting(village) == 1


async def test_an_export_is_written_through_no_link(village: Village, place: Path) -> None:
    await put(village, await write(village))
    (place / "other").mkdir()
    (place / "out").mkdir()
    (place / "out" / "records").symlink_to(place / "other")

    with pytest.raises(NotOurFolderError):
        await export(village, place / "out")

    assert list((place / "other").iterdir()) == []


async def test_a_file_that_changes_while_it_is_written_keeps_everything_here(
    village: Village, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_id = await put(village, await write(village))
    real = leaving._end

    def spoil(begun: Begun, out: ExportFolder) -> None:
        real(begun, out)
        (place / "records" / record_id / "1.txt").write_text("something else")

    monkeypatch.setattr(leaving, "_end", spoil)
    with pytest.raises(NotWholeError):
        await export(village, place)

    assert await waiting(village) == 1


@pytest.mark.parametrize("table", [ArchiveRecord, ArchiveFile])
async def test_a_record_that_was_changed_in_the_store_does_not_leave(
    village: Village, place: Path, table: type[ArchiveRecord | ArchiveFile]
) -> None:
    await put(village, await write(village, files=[b"one picture"]))
    changed = {"content": "{}"} if table is ArchiveRecord else {"body": b"another picture"}
    await village.desk.work(TEST, lambda work: work.session.execute(sa.update(table).values(**changed)))

    with pytest.raises(BrokenRecordError):
        await export(village, place)

    assert await waiting(village) == 1


KILLED = """
import asyncio, os, sys, threading
from pathlib import Path
import hub.tables
from hub.archive.exports import Asked
from hub.archive.leaving import export_records
from hub.asker import operator_asker
from hub.clock import SystemClock
from hub.desk import Desk
from hub.doorbell import LocalDoorbell
from hub.people.places import Owner

real, count = os.fsync, 0

def fsync(file):
    global count
    count += 1
    if count == 60:
        print("here", flush=True)
        threading.Event().wait()
    real(file)

async def main():
    desk = Desk(sys.argv[1], SystemClock(), LocalDoorbell(), "nb", node="killed")
    asker = operator_asker("records")
    owner = await desk.look(asker, lambda look: look.session.get_one(Owner, sys.argv[2]))
    os.fsync = fsync
    await export_records(desk, asker, owner, Asked(), Path(sys.argv[3]))

asyncio.run(main())
"""
"""An export that stands still in the middle of a record, and says so."""


async def test_killed_by_the_system_it_goes_on_where_it_was(village: Village, place: Path) -> None:
    kept = [await put(village, await write(village, f"number {n}")) for n in range(10)]
    folder = place / "out"
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", KILLED, village.desk.url, village.owner().id, str(folder)), stdout=subprocess.PIPE
    )
    assert running.stdout is not None
    said = await asyncio.wait_for(running.stdout.readline(), START_PATIENCE)
    running.kill()
    await running.wait()
    before = record_ids(folder)

    left = await export(village, folder)

    assert said == b"here\n"
    assert 0 < len(before) < 10
    assert left is not None
    assert left.was_begun
    assert record_ids(folder) == kept
    assert check.check(str(folder), left.head) == []
