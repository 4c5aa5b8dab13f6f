"""The local spool: keeps what arrives while the store is away, synced, bounded, and drained in order.

A spool is a folder of numbered files of JSON lines. A sync that fails is not tried again: the spool then refuses until the
hub is started anew, since nobody can say what the disk holds. Source: security rule S9.7.
"""

import base64
import errno
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from hub.address import Address
from hub.post.channel import Inbound, MediaLink, Report

LIMIT_BYTES = 256 * 1024 * 1024


class SpoolFullError(Exception):
    """The spool is full or broken: nothing was kept."""


class SpoolUnusableError(Exception):
    """The spool's folder cannot be written to: the hub must not start."""


@dataclass(slots=True)
class SpoolBatch:
    """What one file of the spool holds."""

    file: Path
    arrivals: list[tuple[Inbound, datetime]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    is_readable: bool = True


class Spool:
    """One folder. Safe to use from several threads. Raises: SpoolUnusableError when it cannot be written to."""

    def __init__(self, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._folder = folder
        self._limit = limit_bytes
        self._lock = threading.Lock()
        self._broken = False
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            probe = folder / "probe"
            probe.write_bytes(b"ok")
            probe.unlink()
        except OSError as error:
            raise SpoolUnusableError(str(folder)) from error
        files = self._files()
        self._next = int(files[-1].stem) + 1 if files else 1
        self._size = sum(file.stat().st_size for file in files)

    @property
    def folder(self) -> Path:
        return self._folder

    @property
    def waiting_bytes(self) -> int:
        return self._size

    @property
    def is_broken(self) -> bool:
        return self._broken

    @staticmethod
    def pack_arrival(inbound: Inbound, received_at: datetime) -> bytes:
        original = None if inbound.original is None else base64.b64encode(inbound.original).decode()
        return _line("arrival", asdict(inbound) | {"received_at": received_at.isoformat(), "original": original})

    @staticmethod
    def pack_report(report: Report) -> bytes:
        return _line("report", asdict(report))

    def keep(self, lines: list[bytes]) -> None:
        """Keep the lines in a file of their own, synced with its folder. Raises: SpoolFullError.

        The file has its name only once it is whole, so that nobody drains half of it.
        """
        body = b"".join(lines)
        with self._lock:
            if self._broken or self._size + len(body) > self._limit:
                raise SpoolFullError
            try:
                self._put(self._folder / f"{self._next:012d}.jsonl", body)
            except OSError as error:
                raise SpoolFullError from error
            self._next += 1
            self._size += len(body)

    def _put(self, file: Path, body: bytes) -> None:
        """A disk without room refuses before anything is promised, and may have room again. Raises: OSError."""
        part = file.with_suffix(".part")
        with part.open("wb", buffering=0) as out:
            if out.write(body) != len(body):
                raise OSError(errno.ENOSPC, "cut short")
            self._sync(out.fileno())
        part.rename(file)
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            self._sync(descriptor)
        finally:
            os.close(descriptor)

    def _sync(self, descriptor: int) -> None:
        try:
            os.fsync(descriptor)
        except OSError:
            self._broken = True
            raise

    def batches(self) -> Iterator[SpoolBatch]:
        """What waits, oldest first."""
        for file in self._files():
            batch = SpoolBatch(file)
            for line in file.read_bytes().splitlines():
                try:
                    _unpack(line, batch)
                except (ValueError, TypeError, KeyError):
                    batch.is_readable = False
            yield batch

    def forget(self, batch: SpoolBatch) -> None:
        """It is in the store now."""
        with self._lock:
            self._size -= batch.file.stat().st_size
            batch.file.unlink()

    def set_aside(self, batch: SpoolBatch) -> None:
        """Something in it cannot be kept: it stays beside the spool for a person to look at."""
        with self._lock:
            self._size -= batch.file.stat().st_size
            batch.file.rename(batch.file.with_suffix(".aside"))

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("*.jsonl"))


def _line(kind: str, value: dict[str, Any]) -> bytes:
    return json.dumps({"kind": kind, "value": value}, ensure_ascii=True).encode() + b"\n"


def _unpack(line: bytes, batch: SpoolBatch) -> None:
    """Raises: ValueError, TypeError, KeyError."""
    item = json.loads(line)
    value = item["value"]
    if item["kind"] == "report":
        batch.reports.append(Report(**value))
        return
    received_at = datetime.fromisoformat(value.pop("received_at"))
    for name in ("sender", "recipient"):
        value[name] = Address(**value[name])
    value["media"] = tuple(MediaLink(**link) for link in value["media"])
    if value.get("original") is not None:
        value["original"] = base64.b64decode(value["original"])
    batch.arrivals.append((Inbound(**value), received_at))
