"""A backup is one sealed file of a running hub that was read back before it is called one."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from hub.asker import operator_asker
from hub.clock import SystemClock
from hub.database import make_engine
from hub.desk import Desk, Look, Work
from hub.doorbell import LocalDoorbell
from hub.operations.archive import Archive
from hub.operations.backup import back_up
from hub.operations.building_site import Place
from hub.operations.restore import restore
from hub.operations.sealed_file import read_lines
from hub.operations.snapshot import Shape, Tally, read_rows, tally, write_rows
from hub.safety.audit import note
from hub.school.consent_catalogue import ship_kinds
from hub.tables import METADATA
from tests.hub.installation import BACKUP_KEY, Installation
from tests.village import Village

NOW = datetime(2025, 3, 3, 20, tzinfo=UTC)
TOUCHED = {"audit", "staff_sessions", "invitations", "staff_devices", "half_sign_ins"}


def count_all(url: str) -> dict[str, Tally]:
    engine = make_engine(url, read_only=True, connections=1)
    with engine.connect() as connection:
        found = {table.name: tally(connection, Shape.of(table)) for table in METADATA.sorted_tables}
    engine.dispose()
    return {name: counted for name, counted in found.items() if name not in TOUCHED}


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


async def test_a_backup_comes_back_as_it_was(village_store_url: str, empty_place: Place, tmp_path: Path) -> None:
    lines: list[str] = []
    (tmp_path / "backups").mkdir()

    assert back_up(village_store_url, tmp_path, tmp_path / "backups", [BACKUP_KEY], NOW, lines.append) == 0
    file = only_file(tmp_path / "backups")
    await restore(file, empty_place, [BACKUP_KEY], SystemClock(), lines.append)

    assert file.name == "budbok-20250303T200000Z.backup"
    assert count_all(empty_place.url) == count_all(village_store_url)
    assert count_all(village_store_url)["children"].rows == 46


async def test_a_backup_moves_a_hub_from_one_kind_of_store_to_the_other(
    village_store_url: str, other_place: Place, tmp_path: Path
) -> None:
    back_up(village_store_url, tmp_path, tmp_path / "one", [BACKUP_KEY], NOW, lambda _: None)

    await restore(tmp_path / "one", other_place, [BACKUP_KEY], SystemClock(), lambda _: None)

    assert count_all(other_place.url) == count_all(village_store_url)


async def test_a_running_hub_is_read_at_one_moment(village_store_url: str, tmp_path: Path) -> None:
    """Two rows of audit are written in each work: a backup holds both or none of them."""
    desk = Desk(village_store_url, SystemClock(), LocalDoorbell(), node="busy")
    stop = asyncio.Event()

    def write_two(work: Work) -> None:
        note(work, "first", [])
        note(work, "second", [])

    async def keep_writing() -> int:
        count = 0
        while not stop.is_set():
            await desk.work(operator_asker("test"), write_two)
            count += 1
        return count

    writing = asyncio.create_task(keep_writing())
    try:
        for number in range(3):
            code = await asyncio.to_thread(
                back_up, village_store_url, tmp_path, tmp_path / f"{number}", [BACKUP_KEY], NOW, lambda _: None
            )
            assert code == 0
    finally:
        stop.set()
        written = await writing
        await desk.close()

    assert written > 0
    for number in range(3):
        rows = [json.loads(line) for line in read_lines(tmp_path / f"{number}", [BACKUP_KEY]) if line[:1] == b"["]
        kinds = [row[7] for row in rows if len(row) == 11 and row[7] in ("first", "second")]
        assert kinds.count("first") == kinds.count("second")


def test_the_command_writes_a_file_that_tells_nothing(installation: Installation, tmp_path: Path) -> None:
    code, lines = installation.run("backup", str(tmp_path / "one.backup"))

    file = tmp_path / "one.backup"
    assert code == 0
    assert lines[-1].endswith("read back, and all is there.")
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"Nordmann" not in file.read_bytes()
    assert b"Nordmann" in b"".join(read_lines(file, [BACKUP_KEY]))
    assert not list(tmp_path.glob("*.part"))
    assert not [left for left in installation.data.iterdir() if left.name.startswith("tmp")]


def test_a_backup_replaces_nothing(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")

    code, lines = installation.run("backup", str(tmp_path / "taken"))

    assert (code, lines) == (1, [f"{tmp_path / 'taken'} is there already; a backup replaces nothing."])
    assert (tmp_path / "taken").read_text() == "mine"


def test_without_a_key_there_is_no_backup(installation: Installation, tmp_path: Path) -> None:
    (installation.secrets / "BUDBOK_HUB__BACKUP_KEY").unlink()

    code, lines = installation.run("backup", str(tmp_path / "one"))

    assert code == 2
    assert lines == ["The setting hub.backup_key is missing: the secret that backups are sealed with."]
    assert not (tmp_path / "one").exists()


async def test_a_key_can_be_changed_without_losing_older_backups(village_store_url: str, tmp_path: Path) -> None:
    back_up(village_store_url, tmp_path, tmp_path / "old", ["o" * 48], NOW, lambda _: None)
    back_up(village_store_url, tmp_path, tmp_path / "new", ["n" * 48, "o" * 48], NOW, lambda _: None)

    for name in ("old", "new"):
        assert Archive(tmp_path / name, ["n" * 48, "o" * 48]).manifest.made_at == NOW.isoformat()


async def test_the_spool_and_the_anchors_go_along(village_store_url: str, empty_place: Place, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "spool").mkdir(parents=True)
    (data / "spool" / "000000000007.jsonl").write_bytes(b"x" * 600_000)
    (data / "anchors.jsonl").write_text('{"at":"2025-03-03","heads":{}}\n')
    back_up(village_store_url, data, tmp_path / "one", [BACKUP_KEY], NOW, lambda _: None)

    await restore(tmp_path / "one", empty_place, [BACKUP_KEY], SystemClock(), lambda _: None)

    assert (empty_place.data / "spool" / "000000000007.jsonl").read_bytes() == b"x" * 600_000
    assert (empty_place.data / "anchors.jsonl").read_text() == '{"at":"2025-03-03","heads":{}}\n'


def test_an_audit_that_was_tampered_with_is_told_and_the_backup_kept(
    installation: Installation, tmp_path: Path
) -> None:
    engine = make_engine(installation.url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit SET why = 'nothing' WHERE number = 1"))
    engine.dispose()

    code, lines = installation.run("backup", str(tmp_path / "one"))

    assert code == 1
    assert "the audit in it does not hold" in lines[-1]
    assert Archive(tmp_path / "one", [BACKUP_KEY]).manifest.made_at


async def test_a_row_is_brought_back_that_was_read_before_the_one_it_refers_to(village: Village) -> None:
    """PostgreSQL reads a row that was changed behind those that were not."""

    kinds, texts = (Shape.of(METADATA.tables[name]) for name in ("consent_kinds", "consent_texts"))

    def read(look: Look, shape: Shape) -> list[bytes]:
        return list(read_rows(look.session.connection(), shape))

    def write(work: Work, lines: list[bytes], texts_of_them: list[bytes]) -> None:
        connection = work.session.connection()
        for shape in (texts, kinds):
            connection.execute(sa.delete(METADATA.tables[shape.name]))
        write_rows(connection, kinds, lines)
        write_rows(connection, texts, texts_of_them)

    operator = operator_asker("test")
    await village.desk.work(operator, ship_kinds, village.owner().id)
    before = await village.desk.look(operator, read, kinds)
    children_first = sorted(before, key=lambda line: json.loads(line)[_place(kinds, "parent_id")] is None)
    await village.desk.work(operator, write, children_first, await village.desk.look(operator, read, texts))

    assert children_first != before
    assert sorted(await village.desk.look(operator, read, kinds)) == sorted(before)


def _place(shape: Shape, name: str) -> int:
    return [column for column, _ in shape.columns].index(name)
