"""Reading a register: JSON and CSV say the same, and every fault is a sentence that tells where and not what."""

import json
from pathlib import Path

import pytest

from hub.register.reading import RegisterError, read_register


def faults_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(RegisterError) as caught:
        read_register(path)
    return caught.value.sentences


def write(folder: Path, tables: object) -> Path:
    file = folder / "register.json"
    file.write_text(json.dumps(tables), "utf-8")
    return file


CHILD = {"id": "c-1", "first_name": "Iben", "last_name": "Holt"}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({**CHILD, "shoe_size": "31"}, "In children c-1, the column shoe_size is unknown."),
        ({"id": "c-1", "first_name": "Iben"}, "In children c-1, last_name is missing."),
        ({**CHILD, "birth_date": "4.5.2016"}, "In children c-1, birth_date is not a day like 2025-03-03."),
        ({**CHILD, "birth_date": "2016-02-30"}, "In children c-1, birth_date is not a day in the calendar."),
        ({**CHILD, "birth_date": 20160504}, "In children c-1, birth_date is not a day like 2025-03-03."),
        (
            {**CHILD, "placements": [{"group": "3A", "from": "2025-01-02", "to": "2025-01-01"}]},
            "In children c-1, placements.1 ends before it begins.",
        ),
        ({**CHILD, "id": "Iben Holt"}, "In children, row 1, id is not right: string should match pattern"),
        ("Iben Holt", "In children, row 1, the row is not right:"),
        (
            {**CHILD, "first_name": "Iben \u202egnitset"},
            "In children c-1, first_name is not right: string should match",
        ),
        ({**CHILD, "first_name": "Iben\x9b31m"}, "In children c-1, first_name is not right: string should match"),
        ({**CHILD, "first_name": "Iben\nBcc: all"}, "In children c-1, first_name is not right: string should match"),
    ],
)
def test_a_fault_names_the_row_and_the_column(tmp_path: Path, row: object, sentence: str) -> None:
    faults = faults_of(write(tmp_path, {"children": [row]}))

    assert len(faults) == 1
    assert faults[0].startswith(sentence)
    assert "Iben" not in faults[0]
    assert "Holt" not in faults[0]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    faults = faults_of(write(tmp_path, {"children": [{"id": "c-1"}, {"id": "c-2"}], "pets": []}))

    assert len(faults) == 5
    assert "The register has an unknown table pets." in faults


def test_very_many_faults_are_cut_short(tmp_path: Path) -> None:
    faults = faults_of(write(tmp_path, {"children": [{"id": f"c-{number}"} for number in range(100)]}))

    assert len(faults) == 51
    assert faults[-1] == "There are 150 more faults."


def test_an_id_stands_once_in_its_table_and_owner(tmp_path: Path) -> None:
    twice = write(tmp_path, {"children": [CHILD, CHILD]})
    assert faults_of(twice) == ("In children, the id c-1 stands 2 times.",)

    apart = write(tmp_path, {"children": [{**CHILD, "owner": "here"}, {**CHILD, "owner": "there"}]})
    assert len(read_register(apart).children) == 2


@pytest.mark.parametrize("text", ["[]", "{", '{"children": {}}', "3", "[" * 100_000, '{"children": null}'])
def test_what_is_no_register_is_refused_in_words(tmp_path: Path, text: str) -> None:
    file = tmp_path / "register.json"
    file.write_text(text)

    faults = faults_of(file)
    assert faults
    assert all(sentence.endswith(".") for sentence in faults)


def test_a_file_that_is_not_there_or_not_utf8_is_refused_in_words(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "nowhere")[0].startswith("There is no register")
    assert faults_of(tmp_path)[0].endswith("holds no CSV files.")
    (tmp_path / "children.csv").write_bytes("id,first_name,last_name\nc-1,Åse,Holt\n".encode("latin-1"))
    assert faults_of(tmp_path) == ("children.csv is not UTF-8.",)


def test_csv_may_come_with_semicolons_and_a_byte_order_mark_as_spreadsheets_write_it(tmp_path: Path) -> None:
    (tmp_path / "children.csv").write_text(
        '\ufeffid;first_name;last_name;protected;placements\r\nc-1;Åse;Holt;true;"3A; SFO"\r\n', "utf-8", newline=""
    )

    child = read_register(tmp_path).children[0]

    assert (child.first_name, child.protected) == ("Åse", True)
    assert [item.group for item in child.placements] == ["3A", "SFO"]


def test_an_empty_cell_is_a_column_left_out(tmp_path: Path) -> None:
    (tmp_path / "children.csv").write_text("id,first_name,last_name,protected,nickname\nc-1,Iben,Holt,,\n")

    child = read_register(tmp_path).children[0]

    assert not child.has("protected")
    assert not child.has("nickname")


def test_a_lists_own_file_hangs_on_the_rows_it_names(tmp_path: Path) -> None:
    (tmp_path / "children.csv").write_text("id,first_name,last_name\nc-1,Iben,Holt\nc-2,Aron,Holt\n")
    (tmp_path / "children.placements.csv").write_text("child,group,from\nc-1,3A,2024-08-19\nc-1,SFO,\nc-3,3A,\n")
    assert faults_of(tmp_path) == ("In children.placements, row 3 names no child in children.csv.",)

    (tmp_path / "children.placements.csv").write_text("child,group,from\nc-1,3A,2024-08-19\nc-1,SFO,\n")
    first, second = read_register(tmp_path).children
    assert [item.group for item in first.placements] == ["3A", "SFO"]
    assert second.has("placements")
    assert second.placements == []


def test_a_row_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    (tmp_path / "children.csv").write_text("id,first_name,last_name\nc-1,Iben,Holt,Berg\n")

    assert faults_of(tmp_path) == ("In children, row 1 has more cells than the first line has columns.",)


def test_a_key_or_a_column_that_stands_twice_has_no_one_meaning(tmp_path: Path) -> None:
    file = tmp_path / "register.json"
    file.write_text('{"children": [{"id": "c-1", "protected": true, "protected": false}]}', "utf-8")
    (tmp_path / "children.csv").write_text("id,protected, protected\nc-1,true,false\n", "utf-8")

    assert faults_of(file) == (f"{file} has an object in which one key stands twice.",)
    assert faults_of(tmp_path) == ("In children.csv, the first line names a column twice.",)
