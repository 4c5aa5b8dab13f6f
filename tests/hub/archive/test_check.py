"""The checker of an export: alone with Python's own library it finds whatever was changed, taken away, added or moved."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.archive import check
from hub.archive.leaving import Left
from tests.hub.archive.kept import decide_leave, export, put, write
from tests.village import Village


@pytest.fixture
async def made(village: Village, tmp_path: Path) -> tuple[Path, Left]:
    """An export of a leave and two messages."""
    await decide_leave(village)
    for text in ("en", "to"):
        await put(village, await write(village, text, files=[b"one picture"]))
    left = await export(village, tmp_path / "exports")
    assert left is not None
    return tmp_path / "exports", left


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """As somebody runs it who has nothing but the folder, without this house on the path."""
    command = [sys.executable, "-I", "-S", "check.py", *more]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_it_runs_alone_and_tells_the_head(made: tuple[Path, Left]) -> None:
    folder, left = made

    whole = run(folder)
    with_head = run(folder, "--head", left.head)
    other = run(folder, "--head", "0" * 64)

    assert (whole.returncode, with_head.returncode, other.returncode) == (0, 0, 1)
    assert "Records: 3" in whole.stdout
    assert left.head in whole.stdout
    assert (folder / "head.txt").read_text("ascii").strip() == left.head
    assert "not the export whose head was kept" in other.stdout
    assert sorted(file.name for file in folder.iterdir()) == sorted(
        ["check.py", "head.txt", "index.html", "noark5", "records", "records.jsonl"]
    )


def test_it_needs_nothing_but_pythons_own_library() -> None:
    code = Path(check.__file__).read_text("utf-8")

    imported = [
        line.split()[1].partition(".")[0] for line in code.splitlines() if line.startswith(("import ", "from "))
    ]

    assert set(imported) <= set(sys.stdlib_module_names)


@pytest.mark.capability("N-39")
def test_a_flipped_byte_in_any_file_is_found(made: tuple[Path, Left]) -> None:
    """In each file the first, the last and some between; of the lines and their head one in seven."""
    folder, _ = made
    chance = random.Random(39)
    missed = []

    for file in (each for each in sorted(folder.rglob("*")) if each.is_file()):
        body = file.read_bytes()
        is_chained = file.parent == folder and file.name in (check.LINES, check.HEAD)
        some = range(0, len(body), 7) if is_chained else [chance.randrange(len(body)) for _ in range(4)]
        for at in {0, len(body) - 1, *some}:
            file.write_bytes(body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :])
            if not check.check(str(folder)):
                missed.append((file.name, at))
        file.write_bytes(body)

    assert missed == []
    assert check.check(str(folder)) == []


Change = Callable[[list[bytes]], list[bytes]]
CHANGES: dict[str, Change] = {
    "the last is gone": lambda lines: lines[:-1],
    "the last two are gone": lambda lines: lines[:-2],
    "the first is gone": lambda lines: lines[1:],
    "one is gone": lambda lines: [*lines[:2], *lines[3:]],
    "one is there twice": lambda lines: [*lines[:2], lines[1], *lines[2:]],
    "one was added at the end": lambda lines: [*lines, lines[-1]],
    "two have changed places": lambda lines: [lines[0], lines[2], lines[1], *lines[3:]],
    "all are turned round": lambda lines: lines[::-1],
    "an empty one": lambda lines: [*lines[:2], b"", *lines[2:]],
    "one is no JSON": lambda lines: [*lines[:2], b"{", *lines[3:]],
    "one is a list": lambda lines: [*lines[:2], b"[]", *lines[3:]],
    "one is written otherwise": lambda lines: [*lines[:2], lines[2].replace(b":", b": ", 1), *lines[3:]],
    "nothing": lambda _: [],
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_line_that_is_gone_added_or_moved_is_found(made: tuple[Path, Left], name: str) -> None:
    folder, _ = made
    lines = (folder / check.LINES).read_bytes().splitlines()

    (folder / check.LINES).write_bytes(b"".join(line + b"\n" for line in CHANGES[name](lines)))

    assert check.check(str(folder))
    assert run(folder).returncode == 1


def test_a_line_and_its_files_that_are_gone_together_are_found(made: tuple[Path, Left]) -> None:
    folder, _ = made
    lines = (folder / check.LINES).read_bytes().splitlines()
    shutil.rmtree(folder / "records" / json.loads(lines[1])["record"])
    (folder / "noark5" / f"{json.loads(lines[1])['record']}.zip").unlink()

    (folder / check.LINES).write_bytes(b"".join(line + b"\n" for line in [lines[0], *lines[2:]]))

    assert "line 2 does not follow the line before it" in check.check(str(folder))


def test_an_export_made_anew_as_a_whole_is_found_by_the_head_that_was_kept(made: tuple[Path, Left]) -> None:
    folder, left = made
    said = [json.loads(line) for line in (folder / check.LINES).read_bytes().splitlines()]
    gone = said.pop(1)
    for file in gone["files"]:
        (folder / file["path"]).unlink()
    said[-1]["records"] -= 1
    before, lines = check.FIRST, []
    for number, each in enumerate(said):
        lines.append(check.canonical(each | {"number": number, "before": before}))
        before = check.sha256(lines[-1])
    (folder / check.LINES).write_bytes(b"".join(line + b"\n" for line in lines))
    (folder / check.HEAD).write_text(f"{before}\n", "ascii")

    assert check.check(str(folder)) == []
    assert check.check(str(folder), left.head) == ["this is not the export whose head was kept"]


def test_files_that_are_missing_or_do_not_belong_are_named(made: tuple[Path, Left]) -> None:
    folder, _ = made
    (folder / "index.html").unlink()
    (folder / "records" / "more.txt").write_text("more")
    (folder / "link").symlink_to(folder / "records")
    (folder / "x\nAll is as it was written").write_text("more")

    assert set(check.check(str(folder))) == {
        "index.html is missing",
        "link does not belong here",
        "records/more.txt does not belong here",
        "'x\\nAll is as it was written' does not belong here",
    }


def test_what_is_no_plain_file_is_missing_and_holds_nothing_up(made: tuple[Path, Left]) -> None:
    folder, _ = made
    (folder / "index.html").unlink()
    os.mkfifo(folder / "index.html")

    assert check.check(str(folder)) == ["index.html is missing"]


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/hostname", "records/../../outside", "", "records//x", "./x", ".x"]
)
def test_a_line_leads_nowhere_outside_its_folder(made: tuple[Path, Left], path: str) -> None:
    folder, _ = made
    (folder.parent / "outside").write_text("outside")
    file = {"path": path, "sha256": check.sha256(b"outside"), "size": 7}

    line = check.canonical({"number": 0, "what": "begin", "before": check.FIRST, "files": [file]})

    assert check.parse(line) is None
