"""What the gate has read and the hub has not kept: a file that is only added to, and on the disk before the lamp says yes.

Each line carries its checksum. A line that the power went out over never lit the lamp, and is cut off. Numbers rise for ever:
they outlive what they numbered, and the damage of a line.
"""

import errno
import fcntl
import json
import os
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from nfc_gateway import wire

MOST_BYTES = 16 * 1024 * 1024
"""Half a year of a busy door without any network."""
SWEEP_BYTES = 256 * 1024
"""A file with nothing left to send is made anew when it is larger."""
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
TOUCHES, LOCK = "touches", "lock"
_NEW = ".new"


class NoRoomError(Exception):
    """The touch was not kept: the disk or the spool is full."""


class BrokenSpoolError(Exception):
    """What was written may not be there. Only a new start, which reads it again, finds out."""


class InUseError(Exception):
    """Another gate runs in this folder."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A touch on the disk. `is_early`: it was there when this process began."""

    number: int
    serial: str
    touched_at: datetime
    proven: str | None
    is_early: bool = False


@dataclass(slots=True)
class Found:
    """What a file of touches says, read to its last whole line: what waits by its number, the oldest first; `damaged` lines
    make no sense; `is_cut`: something follows the last whole one."""

    waiting: OrderedDict[int, Kept] = field(default_factory=OrderedDict)
    last_number: int = 0
    damaged: int = 0
    is_cut: bool = False

    def take(self, line: bytes) -> None:
        try:
            self._take(_read_line(line))
        except wire.NotOurWordsError:
            self._pass_over()

    def _take(self, said: Any) -> None:
        match said:
            case {"n": int(number), "s": str(serial), "t": str(at), "p": proven}:
                self.last_number = max(self.last_number, number)
                self.waiting[number] = Kept(number, serial, wire.read_moment(at), proven, is_early=True)
            case {"k": list(numbers)}:
                for number in numbers:
                    self.waiting.pop(number, None)
            case {"c": int(number)}:
                self.last_number = max(self.last_number, number)
            case _:
                self._pass_over()

    def _pass_over(self) -> None:
        self.damaged += 1
        self.last_number += 1  # it may have been a touch, and its number told


def read_touches(content: bytes) -> Found:
    *lines, rest = content.split(b"\n")
    found = Found(is_cut=bool(rest))
    for line in lines:
        found.take(line)
    return found


def find_touches(folder: Path) -> Found | None:
    """What lies in a spool, also while a gate writes to it; nothing is changed. None where no file is. Raises: OSError."""
    try:
        return read_touches((folder / TOUCHES).read_bytes())
    except FileNotFoundError:
        return None


class Spool:
    """One process holds it at a time; its threads take turns. `damaged` lines were found unreadable at the start.

    Raises: InUseError, OSError.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder = folder
        self._file = folder / TOUCHES
        self._most_bytes = most_bytes
        self._turns = threading.Lock()
        self._last = 0
        self._is_broken = False
        _make_folder(folder)
        self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise InUseError from None
        self._open()

    @property
    def last_number(self) -> int:
        return self._last

    @property
    def count(self) -> int:
        """How many wait for the hub."""
        return len(self._waiting)

    def keep(self, serial: str, touched_at: datetime, proven: str | None) -> Kept:
        """Return when it is on the disk. Raises: NoRoomError, BrokenSpoolError."""
        with self._turns:
            kept = Kept(self._last + 1, serial, touched_at, proven)
            self._add({"n": kept.number, "s": serial, "t": wire.write_moment(touched_at), "p": proven}, is_synced=True)
            self._last = kept.number
            self._waiting[kept.number] = kept
            return kept

    def list_waiting(self, most: int = wire.BATCH) -> list[Kept]:
        """The oldest of what the hub has not kept."""
        with self._turns:
            return [kept for kept, _ in zip(self._waiting.values(), range(most), strict=False)]

    def forget(self, numbers: Iterable[int]) -> None:
        """The hub keeps these. Should that be lost here, they are sent once more, which changes nothing."""
        with self._turns:
            gone = [number for number in numbers if self._waiting.pop(number, None) is not None]
            if gone and not self._is_broken:
                self._note({"k": gone})
                self._clear()

    def skip_to(self, number: int) -> None:
        """The next touch has a higher number than this one. Raises: NoRoomError, BrokenSpoolError."""
        with self._turns:
            if number > self._last:
                self._add({"c": number}, is_synced=True)
                self._last = number

    def close(self) -> None:
        with self._turns:
            os.close(self._descriptor)
            os.close(self._lock)

    def _open(self) -> None:
        (self._folder / (TOUCHES + _NEW)).unlink(missing_ok=True)
        self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        content = self._file.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            os.ftruncate(self._descriptor, whole)
        found = read_touches(content[:whole])
        self._waiting, self._last, self.damaged = found.waiting, found.last_number, found.damaged
        self._size = whole
        os.fsync(self._descriptor)  # what was read may be told to others, so it has to stay
        _sync_folder(self._folder)
        self._is_marred = self.damaged > 0
        self._clear()

    def _add(self, said: dict[str, Any], *, is_synced: bool) -> None:
        """All of it, or nothing. Raises: NoRoomError, BrokenSpoolError."""
        if self._is_broken:
            raise BrokenSpoolError
        line = _write_line(said)
        if self._size + len(line) > self._most_bytes:
            raise NoRoomError
        try:
            written = os.write(self._descriptor, line)
        except OSError as error:
            if error.errno in NO_ROOM:
                raise NoRoomError from None
            self._is_broken = True
            raise BrokenSpoolError from error
        if written != len(line):
            self._cut_back()
            raise NoRoomError
        if is_synced:
            self._sync()
        self._size += len(line)

    def _cut_back(self) -> None:
        try:
            os.ftruncate(self._descriptor, self._size)
        except OSError as error:
            self._is_broken = True
            raise BrokenSpoolError from error

    def _sync(self) -> None:
        """A sync that failed is not tried again: the system may have dropped what it could not write."""
        try:
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._is_broken = True
            raise BrokenSpoolError from error

    def _note(self, said: dict[str, Any]) -> None:
        try:
            self._add(said, is_synced=False)
        except NoRoomError:
            return

    def _clear(self) -> None:
        """A file that has grown, or was damaged, begins anew once nothing in it waits."""
        if not self._waiting and (self._is_marred or self._size > SWEEP_BYTES):
            self._sweep()

    def _sweep(self) -> None:
        """A new file that knows only the last number takes the place of the old one, whole or not at all."""
        new = self._folder / (TOUCHES + _NEW)
        line = _write_line({"c": self._last})
        descriptor = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            is_whole = os.write(descriptor, line) == len(line)
            os.fsync(descriptor)
        except OSError:
            is_whole = False
        if not is_whole:
            os.close(descriptor)
            return
        os.replace(new, self._file)
        _sync_folder(self._folder)
        os.close(self._descriptor)
        self._descriptor, self._size, self._is_marred = descriptor, len(line), False


def _write_line(said: dict[str, Any]) -> bytes:
    text = json.dumps(said, separators=(",", ":")).encode()
    return b"%08x %b\n" % (zlib.crc32(text), text)


def _read_line(line: bytes) -> Any:
    """None when it is damaged."""
    checksum, _, text = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        return None
    return json.loads(text)


def _make_folder(folder: Path) -> None:
    """On the disk with all above it, for its owner alone."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
