"""docs/register.md: its examples load, and it names every table and column there is."""

import re
from pathlib import Path

from hub.asker import operator_asker
from hub.desk import Desk
from hub.register.changes import Kind
from hub.register.loading import apply, compare
from hub.register.reading import read_register
from hub.register.rows import TABLES, HoldingItem, MailItem, Part, PhoneItem, PlacementItem, PostItem, RightItem

DOC = Path(__file__).parents[3] / "docs" / "register.md"
TEST = operator_asker("test")
ITEMS: tuple[type[Part], ...] = (HoldingItem, MailItem, PhoneItem, PlacementItem, PostItem, RightItem)


def example(folder: Path) -> Path:
    file = folder / "example.json"
    found = re.search(r"```json\n(.*?)```", DOC.read_text("utf-8"), re.S)
    assert found is not None
    file.write_text(found[1], "utf-8")
    return file


async def test_the_example_loads_and_a_second_time_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    register = read_register(example(tmp_path))

    first = await desk.work(TEST, apply, register)
    second = await desk.look(TEST, compare, register)

    assert len(first.of(Kind.ADDED)) == 14
    assert second.rows == []


async def test_the_csv_example_says_the_same(desk: Desk, tmp_path: Path) -> None:
    await desk.work(TEST, apply, read_register(example(tmp_path)))
    folder = tmp_path / "csv"
    folder.mkdir()
    for name, text in re.findall(r"`([a-z.]+\.csv)`\n\n```csv\n(.*?)```", DOC.read_text("utf-8"), re.S):
        (folder / name).write_text(text, "utf-8")
    (folder / "owners.csv").write_text("id,name,country,language\ndalen,Dalen kommune,NO,nb\n")

    changes = await desk.look(TEST, compare, read_register(folder))

    assert changes.rows == []


def test_every_table_and_column_is_documented() -> None:
    text = DOC.read_text("utf-8")
    sections = {part.partition(":")[0].strip().split("\n")[0]: part for part in text.split("\n### ")[1:]}

    assert sections.keys() == TABLES.keys()
    for table, model in TABLES.items():
        for name, field in model.model_fields.items():
            column = field.alias or name
            assert re.search(rf"\|.*\b{column}\b.*\|", sections[table]), f"{table}.{column}"
    for item in ITEMS:
        for name, field in item.model_fields.items():
            assert f"`{field.alias or name}`" in text
