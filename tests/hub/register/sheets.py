"""A register to change by hand in a test: the village's own, or a small one, written out as JSON and read again."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from hub.register.reading import read_register
from hub.register.rows import Register
from tests.village import FOLDER

Cells = dict[str, Any]


class Sheet:
    """Tables of rows, by the id of each; an owner's id where two have the same."""

    def __init__(self, tables: dict[str, list[Cells]]) -> None:
        self.tables = deepcopy(tables)

    @classmethod
    def of_village(cls) -> "Sheet":
        return cls(json.loads((FOLDER / "village.json").read_text("utf-8")))

    def row(self, table: str, id_: str, owner: str = "fjordvik") -> Cells:
        return next(row for row in self.tables[table] if row["id"] == id_ and row.get("owner", owner) == owner)

    def only(self, table: str, *ids: str) -> "Sheet":
        """A register with these rows of one table alone."""
        return Sheet({table: [self.row(table, id_) for id_ in ids]})

    def add(self, table: str, **cells: Any) -> None:
        self.tables.setdefault(table, []).append(cells)

    def read(self, folder: Path) -> Register:
        file = folder / "register.json"
        file.write_text(json.dumps(self.tables), "utf-8")
        return read_register(file)
