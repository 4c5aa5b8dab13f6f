"""`budbok register load`: looks first, does when told, and says no names and no numbers."""

import json
from pathlib import Path

import sqlalchemy as sa

from hub.asker import operator_asker
from hub.desk import Desk, Look
from hub.people.families import Child
from hub.register.command import DONE, NOT_LOADED, TOO_LARGE, load
from tests.hub.register.sheets import Sheet
from tests.village import FOLDER, Village

TEST = operator_asker("test")
FILE = FOLDER / "village.json"


def count_children(look: Look) -> int:
    return look.session.scalar(sa.select(sa.func.count()).select_from(Child)) or 0


async def test_it_shows_and_changes_nothing_until_told(desk: Desk) -> None:
    lines: list[str] = []

    assert await load(desk, FILE, lines.append) == DONE
    assert "children: 46 added" in lines
    assert lines[-1] == "Nothing was changed yet: add --apply."
    assert await desk.look(TEST, count_children) == 0

    assert await load(desk, FILE, lines.append, apply_it=True) == DONE
    assert lines[-1] == "Done."
    assert await desk.look(TEST, count_children) == 46


async def test_alarms_come_with_a_mark_and_what_approves_them(desk: Desk) -> None:
    lines: list[str] = []

    await load(desk, FILE, lines.append, apply_it=True)

    (alarm,) = [line for line in lines if line.startswith("!")]
    assert alarm == (
        "! guardianships:fjordvik/ragnhild-lien.ada waiting for approval: a new reader of a protected child"
        " (rights: absence care_time consent fetch inform leave write)"
        " (--approve guardianships:fjordvik/ragnhild-lien.ada)"
    )


async def test_it_says_no_personal_data(desk: Desk, tmp_path: Path) -> None:
    sheet = Sheet.of_village()
    for table in ("children", "guardians", "guardianships"):
        for number, row in enumerate(sheet.tables[table]):
            row["id"] = f"{table}-{number}"
    sheet.tables["guardianships"] = []
    lines: list[str] = []
    sheet.read(tmp_path)

    await load(desk, tmp_path / "register.json", lines.append)
    await load(desk, tmp_path / "register.json", lines.append, apply_it=True, as_json=True)
    sheet.row("guardians", "guardians-0")["phones"] = ["+47 590 00 017"]
    sheet.row("guardians", "guardians-1")["first_name"] = "Åse"
    sheet.row("guardians", "guardians-2")["phones"] = ["not a phone 40000103"]
    sheet.read(tmp_path)
    await load(desk, tmp_path / "register.json", lines.append)

    said = "\n".join(lines)
    for secret in ("Nordmann", "Åse", "40000103", "4740000", "400 00", "017", "@mail"):
        assert secret not in said


async def test_faults_are_sentences_and_an_exit_code(village: Village, tmp_path: Path) -> None:
    lines: list[str] = []

    assert await load(village.desk, tmp_path / "none.json", lines.append) == NOT_LOADED
    assert lines[-1] == "Nothing was changed."


async def test_much_at_once_takes_a_word(village: Village, tmp_path: Path) -> None:
    sheet = Sheet(
        {"guardianships": [r for r in Sheet.of_village().tables["guardianships"] if r["owner"] == "fjordvik"]}
    )
    for row in sheet.tables["guardianships"]:
        row["relation"] = "parent"
    sheet.read(tmp_path)
    file, lines = tmp_path / "register.json", list[str]()

    assert await load(village.desk, file, lines.append) == DONE
    assert lines[-1] == "This is much for fjordvik: it takes --apply --large."
    assert await load(village.desk, file, lines.append, apply_it=True) == TOO_LARGE
    assert await load(village.desk, file, lines.append, apply_it=True, large=True) == DONE


async def test_json_is_one_object_a_line(village: Village, tmp_path: Path) -> None:
    sheet = Sheet.of_village().only("children", "c-kari-nordmann")
    sheet.row("children", "c-kari-nordmann")["nickname"] = "Kaia"
    sheet.read(tmp_path)
    lines: list[str] = []

    await load(village.desk, tmp_path / "register.json", lines.append, as_json=True)

    assert {
        "table": "children",
        "owner": "fjordvik",
        "id": "c-kari-nordmann",
        "change": "changed",
        "what": ["nickname"],
    } in [json.loads(line) for line in lines]
