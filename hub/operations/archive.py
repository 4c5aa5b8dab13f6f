"""What a backup holds, line by line: what it is, the files beside the store, then each table with its rows and its tally.

Lines that are JSON objects say what follows; lists are rows.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from hub.operations.sealed_file import BrokenFileError, SealedWriter, read_lines
from hub.operations.snapshot import Shape, Tally, read_rows, write_rows

FILE_PIECE = 256 * 1024
ANCHORS, NEVER_AGAIN = "anchors.jsonl", "never_again.jsonl"
_FILES = re.compile(r"anchors\.jsonl|never_again\.jsonl|spool/\d{1,20}\.jsonl")


@dataclass(frozen=True, slots=True)
class Manifest:
    """`version` is the store's, `made_at` ISO 8601, and `shapes` stand so that what a table refers to comes before it."""

    version: str
    made_at: str
    shapes: tuple[Shape, ...]


def read_files(data: Path) -> dict[str, bytes]:
    """What stands beside the store and belongs to it: the anchors of the audit, the spool, what must not come back."""
    spooled = (f"spool/{file.name}" for file in sorted((data / "spool").glob("*.jsonl")))
    return {name: (data / name).read_bytes() for name in (ANCHORS, NEVER_AGAIN, *spooled) if (data / name).is_file()}


def write_archive(
    out: SealedWriter, manifest: Manifest, files: Mapping[str, bytes], connection: sa.Connection
) -> dict[str, Tally]:
    """Write everything that a reading of the store holds; returns each table's tally."""
    _say(
        out,
        budbok=1,
        version=manifest.version,
        made_at=manifest.made_at,
        tables=[[shape.name, shape.columns] for shape in manifest.shapes],
    )
    for name, body in files.items():
        for start in range(0, max(1, len(body)), FILE_PIECE):
            _say(out, file=name, piece=base64.b64encode(body[start : start + FILE_PIECE]).decode())
    tallies = {}
    for shape in manifest.shapes:
        found = Tally()
        _say(out, table=shape.name)
        for line in read_rows(connection, shape):
            found.count(line)
            out.write(line)
        _say(out, end=shape.name, rows=found.rows, total=f"{found.total:x}")
        tallies[shape.name] = found
    _say(out, done=True)
    return tallies


def _say(out: SealedWriter, **what: Any) -> None:
    out.write(json.dumps(what, separators=(",", ":")).encode())


class Archive:
    """A backup that is being read. Raises: BrokenFileError, OSError."""

    def __init__(self, file: Path, keys: Sequence[str]) -> None:
        self._file = file
        self._lines = read_lines(file, keys)
        head = self._next()
        if head.get("budbok") != 1:
            raise BrokenFileError(f"{file} was written by a newer Budbok")
        self.manifest = Manifest(
            head["version"],
            head["made_at"],
            tuple(Shape(name, tuple((column, kind) for column, kind in columns)) for name, columns in head["tables"]),
        )

    def unpack(self, connection: sa.Connection, keep: Callable[[str, bytes], None]) -> dict[str, Tally]:
        """Put the rows into empty tables and hand out the files, piece by piece; returns each table's tally as written.

        Raises: BrokenFileError, sqlalchemy's errors.
        """
        tallies: dict[str, Tally] = {}
        shapes = {shape.name: shape for shape in self.manifest.shapes}
        while not (said := self._next()).get("done"):
            if "file" in said:
                if not _FILES.fullmatch(said["file"]):
                    raise BrokenFileError(f"{self._file} holds a file that no backup holds")
                keep(said["file"], base64.b64decode(said["piece"]))
                continue
            shape, found = shapes[said["table"]], Tally()
            write_rows(connection, shape, self._rows(found))
            tallies[shape.name] = found
        if tallies.keys() != shapes.keys():
            raise BrokenFileError(f"{self._file} lacks tables")
        return tallies

    def _next(self) -> dict[str, Any]:
        """The next line, which is no row."""
        line = next(self._lines, None)
        said = None if line is None else json.loads(line)
        if not isinstance(said, dict):
            raise BrokenFileError(f"{self._file} ends in the middle")
        return said

    def _rows(self, found: Tally) -> Iterator[bytes]:
        for line in self._lines:
            if line.startswith(b"["):
                found.count(line)
                yield line
                continue
            said = json.loads(line)
            if said["rows"] != found.rows or int(said["total"], 16) != found.total:
                raise BrokenFileError(f"{self._file}: the table {said['end']} is not as it was written")
            return
        raise BrokenFileError(f"{self._file} ends in the middle")
