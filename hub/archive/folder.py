"""The folder that an export is written into: each file is synced before the line that names it, and each line before the next.

So whatever stops it, what its lines name is whole, and it is gone on with from there. The folder and its files are their
owner's alone.
"""

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub.archive import check

FILES = 0o600
FOLDERS = 0o700
PART = ".part"
CHECKER = "check.py"
_OURS = frozenset({check.LINES, check.HEAD, CHECKER, "index.html", "records", "noark5"})


class NotOurFolderError(Exception):
    """Something else lies in the folder, another export, or another process writes into it. `args` is a sentence."""


class ExportFolder:
    """Opened for one export; to be closed. Raises: NotOurFolderError, OSError."""

    def __init__(self, folder: Path, export_id: str) -> None:
        self.folder = folder
        self.lines: list[dict[str, Any]] = []
        self._before = check.FIRST
        folder.mkdir(mode=FOLDERS, parents=True, exist_ok=True)
        self._lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._open(export_id)
        except BlockingIOError:
            self.close()
            raise NotOurFolderError(f"{folder}: another export is being written there") from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        os.close(self._lock)

    def _open(self, export_id: str) -> None:
        files = list(self.folder.iterdir())
        names = {file.name for file in files}
        are_ours = {name.removesuffix(PART) for name in names} <= _OURS and not any(file.is_symlink() for file in files)
        torn = self._read(export_id) if are_ours and check.LINES in names else 0
        if not are_ours or (not self.lines and not self._is_just_begun(names)):
            raise NotOurFolderError(f"{self.folder}: something else lies there; name an empty folder")
        self.folder.chmod(FOLDERS)
        if torn:
            self._cut_off(torn)
        for file in self.folder.rglob(f"*{PART}"):
            file.unlink()

    def _is_just_begun(self, names: set[str]) -> bool:
        """Whether all that is there is what lies there before the first line: a copy of the checker, whole or not yet."""
        own, part = Path(check.__file__).read_bytes(), f"{CHECKER}{PART}"
        if CHECKER in names:
            return names <= {CHECKER, check.LINES} and (self.folder / CHECKER).read_bytes() == own
        return not names or (names == {part} and own.startswith((self.folder / part).read_bytes()))

    def _read(self, export_id: str) -> int:
        """The lines that are whole; how many bytes there are of one that a crash cut short."""
        *lines, torn = (self.folder / check.LINES).read_bytes().split(b"\n")
        faults, told = check.check_links(lines)
        self.lines = [said for said in told if said is not None]
        if faults or (self.lines and self.lines[0].get("export") != export_id):
            raise NotOurFolderError(
                f"{self.folder}: another export lies there, or it was changed; name an empty folder"
            )
        self._before = check.sha256(lines[-1]) if lines else check.FIRST
        return len(torn)

    def _cut_off(self, torn: int) -> None:
        file = self.folder / check.LINES
        with file.open("r+b") as out:
            out.truncate(file.stat().st_size - torn)
            os.fsync(out.fileno())

    @property
    def is_whole(self) -> bool:
        return bool(self.lines) and self.lines[-1]["what"] == "end"

    @property
    def last_record(self) -> str:
        """The id of the last record that is here, "" before the first."""
        return self.records[-1] if self.records else ""

    @property
    def records(self) -> list[str]:
        """The ids of the records that are here, in order."""
        return [said["record"] for said in self.lines if said["what"] == "record"]

    @property
    def head(self) -> str:
        """The hash of the last line."""
        return self._before

    def add(self, what: str, files: Sequence[tuple[str, bytes]], **more: Any) -> None:
        """Write the files, by their names in the folder, and then the line that names them."""
        for name, body in files:
            write_synced(self.folder / name, body)
        said = {
            "number": len(self.lines),
            "what": what,
            "before": self._before,
            "files": [{"path": name, "sha256": check.sha256(body), "size": len(body)} for name, body in files],
            **more,
        }
        line = check.canonical(said)
        with os.fdopen(os.open(self.folder / check.LINES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILES), "ab") as out:
            out.write(line + b"\n")
            out.flush()
            os.fsync(out.fileno())
        _sync_folder(self.folder)
        self.lines.append(said)
        self._before = check.sha256(line)

    def seal(self) -> None:
        """Name the last line."""
        write_synced(self.folder / check.HEAD, f"{self.head}\n".encode())


def is_written_to(folder: Path) -> bool:
    """Whether a process has it open for an export. Raises: OSError."""
    try:
        opened = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False


def write_synced(file: Path, body: bytes) -> None:
    """Whole or not at all, and there after the power went out. Raises: OSError."""
    _make_folders(file.parent)
    part = file.with_name(f"{file.name}{PART}")
    out = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILES)
    with os.fdopen(out, "wb") as stream:
        stream.write(body)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    _sync_folder(file.parent)


def _make_folders(folder: Path) -> None:
    if not folder.exists():
        _make_folders(folder.parent)
        folder.mkdir(mode=FOLDERS)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
