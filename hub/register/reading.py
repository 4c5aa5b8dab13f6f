"""Reads a register from one JSON file or a folder of CSV files, and says in a sentence what is not right, and where.

The sentences name the table, the row by its source's id and the column, never what a cell holds.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from hub.register.rows import TABLES, Part, Register, Row, SourceId, make_register

SENTENCES_AT_MOST = 50

_LISTS = {
    "children.placements": "child",
    "guardians.phones": "guardian",
    "guardians.emails": "guardian",
    "guardianships.rights": "guardianship",
    "staff.roles": "staff",
}
_SOURCE_ID: TypeAdapter[str] = TypeAdapter(SourceId)

Cells = dict[str, Any]


class RegisterError(Exception):
    """The register cannot be loaded. `sentences` say why, one fault each, without personal data."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


def read_register(path: Path) -> Register:
    """Read a JSON file or a folder of CSV files. Raises: RegisterError."""
    faults: list[str] = []
    if path.is_dir():
        tables = _read_folder(path, faults)
    elif path.is_file():
        tables = _read_json(path)
    else:
        raise RegisterError([f"There is no register {path}."])
    faults.extend(f"The register has an unknown table {name}." for name in tables if name not in TABLES)
    rows = {name: _read_rows(name, tables[name], faults) for name in TABLES if name in tables}
    if not faults:
        faults.extend(_find_doubles(rows))
    if faults:
        more = len(faults) - SENTENCES_AT_MOST
        raise RegisterError(faults[:SENTENCES_AT_MOST] + ([f"There are {more} more faults."] if more > 0 else []))
    return make_register(rows)


class _DoubledError(Exception):
    """An object of a JSON file says two things under one key."""


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Raises: _DoubledError."""
    told = dict(pairs)
    if len(told) < len(pairs):
        raise _DoubledError
    return told


def _read_json(path: Path) -> Mapping[str, Any]:
    try:
        tables = json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_once_each)
    except _DoubledError:
        raise RegisterError([f"{path} has an object in which one key stands twice."]) from None
    except UnicodeDecodeError:
        raise RegisterError([f"{path} is not UTF-8."]) from None
    except json.JSONDecodeError as error:
        raise RegisterError([f"{path} is not JSON: line {error.lineno}, column {error.colno}."]) from None
    except RecursionError:
        raise RegisterError([f"{path} is nested too deeply."]) from None
    if not isinstance(tables, dict):
        raise RegisterError([f"{path} does not hold one object with a list for each table."])
    return tables


def _read_folder(path: Path, faults: list[str]) -> Mapping[str, list[Cells]]:
    files = {file.stem: file for file in sorted(path.glob("*.csv"))}
    if not files:
        raise RegisterError([f"The folder {path} holds no CSV files."])
    tables = {name: _read_csv(file, faults) for name, file in files.items() if name not in _LISTS}
    for name in _LISTS:
        if name in files:
            _hang_on(name, _read_csv(files[name], faults), tables, faults)
    return tables


def _read_csv(file: Path, faults: list[str]) -> list[Cells]:
    """Rows without their empty cells. Comma or semicolon between columns, whichever the first line has more of."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise RegisterError([f"{file.name} is not UTF-8."]) from None
    head = text.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    rows: list[Cells] = []
    try:
        table = csv.DictReader(text.splitlines(keepends=True), delimiter=delimiter)
        columns = Counter(column.strip() for column in table.fieldnames or ())
        if any(times > 1 for times in columns.values()):
            raise RegisterError([f"In {file.name}, the first line names a column twice."])
        for number, row in enumerate(table, start=1):
            if None in row:
                faults.append(f"In {file.stem}, row {number} has more cells than the first line has columns.")
                continue
            rows.append({column.strip(): cell.strip() for column, cell in row.items() if cell and cell.strip()})
    except csv.Error:
        raise RegisterError([f"{file.name} is not CSV after row {len(rows)}."]) from None
    return rows


def _hang_on(name: str, items: list[Cells], tables: Mapping[str, list[Cells]], faults: list[str]) -> None:
    """Hang the items of a list's own file on the rows they belong to."""
    table, column = name.split(".")
    parent = _LISTS[name]
    rows = {(row.get("owner"), row.get("id")): row for row in tables.get(table, [])}
    for row in tables.get(table, []):
        if column in row:
            faults.append(f"In {_named(table, row, 0)}, {column} stands both in its cell and in {name}.csv.")
            return
        row[column] = []
    for number, item in enumerate(items, start=1):
        row_id = item.pop(parent, None)
        bearer = rows.get((item.pop("owner", None), row_id))
        if bearer is None:
            faults.append(f"In {name}, row {number} names no {parent} in {table}.csv.")
        else:
            bearer[column].append(item)


def _read_rows(name: str, rows: object, faults: list[str]) -> list[Part]:
    if not isinstance(rows, list):
        faults.append(f"The table {name} is not a list.")
        return []
    model, read = TABLES[name], []
    for number, row in enumerate(rows, start=1):
        try:
            read.append(model.model_validate(row))
        except ValidationError as error:
            faults.extend(_explain(error, _named(name, row, number)))
    return read


def _named(table: str, row: object, number: int) -> str:
    try:
        return f"{table} {_SOURCE_ID.validate_python(row['id'])}" if isinstance(row, dict) else f"{table}, row {number}"
    except (KeyError, ValidationError):
        return f"{table}, row {number}"


def _explain(error: ValidationError, row: str) -> list[str]:
    sentences = []
    for fault in error.errors(include_input=False, include_url=False):
        column = ".".join(str(part + 1 if isinstance(part, int) else part) for part in fault["loc"]) or "the row"
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            sentences.append(f"In {row}, the column {column} is unknown.")
        elif fault["type"] == "missing":
            sentences.append(f"In {row}, {column} is missing.")
        elif fault["type"] == "value_error":
            sentences.append(f"In {row}, {column} {message}.")
        else:
            sentences.append(f"In {row}, {column} is not right: {message[0].lower()}{message[1:]}.")
    return sentences


def _find_doubles(tables: Mapping[str, list[Part]]) -> list[str]:
    sentences = []
    for name, rows in tables.items():
        seen = Counter((row.owner, row.id) if isinstance(row, Row) else getattr(row, "id", None) for row in rows)
        for key, times in seen.items():
            if times > 1:
                shown = key[1] if isinstance(key, tuple) else key
                sentences.append(f"In {name}, the id {shown} stands {times} times.")
    return sentences
