"""`budbok records`: tells what waits for the archive, and writes it into a folder."""

import asyncio
import json
import stat
from pathlib import Path

import pytest

from hub.archive import check
from hub.asker import routine_asker
from hub.people.families import Child
from tests.hub.archive.kept import KARI, LEADER, decide_leave, put, record_ids, write
from tests.hub.installation import Installation
from tests.village import SAARELA, Village

HELPER = routine_asker("test")


async def run(installation: Installation, *arguments: str) -> tuple[int, list[str]]:
    return await asyncio.to_thread(installation.run, *arguments)


async def tell(installation: Installation) -> dict[str, dict[str, object]]:
    _, lines = await run(installation, "records", "list", "--json")
    return {str(told["name"]): told for told in map(json.loads, lines)}


async def test_it_tells_what_waits_and_writes_it_once(
    installation: Installation, village: Village, tmp_path: Path
) -> None:
    await decide_leave(village)
    await put(village, await write(village))
    owner, folder = village.owner(), tmp_path / "out"

    before = (await tell(installation))[owner.name]
    code, lines = await run(installation, "records", "export", "--owner", owner.source_id, "--to", str(folder))
    after = (await tell(installation))[owner.name]
    again, said = await run(installation, "records", "export", "--owner", owner.id, "--to", str(folder))
    plain = (await run(installation, "records", "list"))[1]

    assert before["waiting"] == {"leave": 1, "message": 1, "proof": 1}
    assert (code, again) == (0, 0)
    assert lines == [f"Records in {folder}: 3, checked.", f"Keep this apart from them: {after['head']}"]
    assert after["waiting"] == {}
    assert (after["left"], after["unfinished"]) == (3, False)
    assert said == ["Nothing waits."]
    assert check.check(str(folder), str(after["head"])) == []
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert any(owner.name in line and "waiting: nothing" in line for line in plain)


async def test_what_is_of_protected_children_is_told_and_waits_for_its_own_word(
    installation: Installation, village: Village, tmp_path: Path
) -> None:
    await put(village, await write(village))
    child = village.child(KARI).id
    await village.desk.work(HELPER, lambda work: setattr(work.session.get_one(Child, child), "protected", True))
    named = ["records", "export", "--owner", village.owner().name, "--to"]

    code, lines = await run(installation, *named, str(tmp_path / "one"))
    more, said = await run(installation, *named, str(tmp_path / "two"), "--protected")

    assert (code, more) == (0, 0)
    assert lines == [
        "Nothing waits.",
        "1 of protected children wait: --protected exports them too. Decide first who may read them.",
    ]
    assert said[0] == f"Records in {tmp_path / 'two'}: 1, checked."


async def test_a_day_and_once_more(installation: Installation, village: Village, tmp_path: Path) -> None:
    await put(village, await write(village))
    named = ["records", "export", "--owner", village.owner().id, "--to"]

    later = await run(installation, *named, str(tmp_path / "later"), "--since", "2199-01-01")
    early = await run(installation, *named, str(tmp_path / "early"), "--since", "2025-01-01")
    again = await run(installation, *named, str(tmp_path / "again"), "--again")

    assert later == (0, ["Nothing waits."])
    assert early[0] == again[0] == 0
    assert record_ids(tmp_path / "early") == record_ids(tmp_path / "again")


@pytest.mark.parametrize("named", ["nobody", "0" * 26, ""])
async def test_an_owner_that_is_not_there_is_a_sentence(installation: Installation, tmp_path: Path, named: str) -> None:
    code, lines = await run(installation, "records", "export", "--owner", named, "--to", str(tmp_path / "out"))

    assert code == 1
    assert lines[0].startswith("There is no owner of that name")
    assert not (tmp_path / "out").exists()


async def test_a_folder_of_something_else_is_a_sentence_and_nothing_has_left(
    installation: Installation, village: Village, tmp_path: Path
) -> None:
    await put(village, await write(village), who=LEADER)
    folder = tmp_path / "own"
    folder.mkdir(mode=0o755)
    (folder / "thesis.txt").write_text("mine")

    code, lines = await run(installation, "records", "export", "--owner", village.owner().id, "--to", str(folder))
    told = (await tell(installation))[village.owner().name]

    assert code == 1
    assert "something else lies there" in lines[0]
    assert told["waiting"] == {"message": 1}
    assert told["unfinished"] is True
    assert stat.S_IMODE(folder.stat().st_mode) == 0o755


async def test_a_file_in_the_way_is_a_sentence(
    installation: Installation, village: Village, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await put(village, await write(village))
    (tmp_path / "file").write_text("mine")

    code, _ = await run(
        installation, "records", "export", "--owner", village.owner().id, "--to", str(tmp_path / "file")
    )

    assert code == 1


async def test_another_owners_records_stay(installation: Installation, village: Village, tmp_path: Path) -> None:
    await put(village, await write(village))

    other = village.owner(SAARELA)
    said = await run(installation, "records", "export", "--owner", other.id, "--to", str(tmp_path / "out"))
    told = (await tell(installation))[village.owner().name]

    assert said == (0, ["Nothing waits."])
    assert told["waiting"] == {"message": 1}
