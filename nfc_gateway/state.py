"""The gate's own folder: who it is, its key, what it has read, and how it fares. Nobody else may look into it, and no name is
in it.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nfc_gateway import wire

GATE, STATUS, SPOOLS = "gate.json", "status.json", "spool"
KEY = "key"
"""Where the key of a gate lies that was paired before it stood in the one file."""
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NotPairedError(Exception):
    """The folder holds no gate yet."""


class DamagedError(Exception):
    """A file of the folder makes no sense: it was damaged, or cut off."""

    def __init__(self, file: Path) -> None:
        super().__init__(file.name)
        self.file = file


class InTheClearError(Exception):
    """The hub's address is not https, and not this computer."""


@dataclass(frozen=True, slots=True)
class Identity:
    """`url` is the hub's public address without a slash at its end, `secret` the key in hex: never show it."""

    url: str
    reader: str
    secret: str

    def __repr__(self) -> str:
        return f"Identity({self.reader})"


@dataclass(frozen=True, slots=True)
class Status:
    """How the gate fares, as it last wrote it down. Moments are ISO 8601 in UTC; `clock_off_seconds` is how far the hub's
    clock is ahead of ours; `problem` is empty, "away", "refused", "no room", "broken" or the number of the hub's answer;
    `has_reader`: it could read tags; `is_cut`: its spool ended before what it had counted when it began."""

    written_at: str
    waiting: int
    last_number: int
    damaged: int
    answered_at: str | None = None
    clock_off_seconds: float | None = None
    problem: str = ""
    has_reader: bool = True
    is_cut: bool = False


def check_url(url: str) -> str:
    """The address without a slash at its end. Raises: InTheClearError."""
    parts = urlsplit(url)
    if parts.hostname is None or parts.scheme not in ("https", "http"):
        raise InTheClearError
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise InTheClearError
    return url.rstrip("/")


def make_folder(folder: Path) -> None:
    """For its owner alone. Raises: OSError."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def write_identity(folder: Path, identity: Identity) -> None:
    """Whole or not at all, whenever the power goes. Raises: OSError."""
    said = {"url": identity.url, "reader": identity.reader, "key": identity.secret}
    _write(folder / GATE, json.dumps(said) + "\n", is_synced=True)
    (folder / KEY).unlink(missing_ok=True)


def read_identity(folder: Path) -> Identity:
    """Raises: NotPairedError, DamagedError, InTheClearError."""
    try:
        known = _read(folder / GATE)
    except FileNotFoundError:
        raise NotPairedError from None
    match known:
        case {"url": str(url), "reader": str(reader), "key": str(secret)} if wire.is_reader(reader) and wire.is_key(
            secret
        ):
            return Identity(check_url(url), reader, secret)
        case {"url": str(url), "reader": str(reader)} if wire.is_reader(reader) and "key" not in known:
            return Identity(check_url(url), reader, _read_key(folder / KEY))
    raise DamagedError(folder / GATE)


def _read_key(file: Path) -> str:
    """Raises: DamagedError."""
    try:
        secret = file.read_bytes().strip().decode("ascii", "replace")
    except FileNotFoundError:
        raise DamagedError(file) from None
    if not wire.is_key(secret):
        raise DamagedError(file)
    return secret


def spool_of(folder: Path, reader: str) -> Path:
    """Where the touches lie that were made while the hub knew the gate by this name: those of another pairing never mix in."""
    return folder / SPOOLS / reader


def write_status(folder: Path, status: Status) -> None:
    """Whole or not at all; a full disk keeps the older one."""
    try:
        _write(folder / STATUS, json.dumps(asdict(status)) + "\n", is_synced=False)
    except OSError:
        return


def find_status(folder: Path) -> Status | None:
    """Raises: DamagedError."""
    try:
        said = _read(folder / STATUS)
    except FileNotFoundError:
        return None
    try:
        status = Status(**said)
        datetime.fromisoformat(status.written_at)
    except (TypeError, ValueError):
        raise DamagedError(folder / STATUS) from None
    return status


def drop_status(folder: Path) -> None:
    """It was another pairing's."""
    (folder / STATUS).unlink(missing_ok=True)


def _read(file: Path) -> Any:
    """Raises: FileNotFoundError, DamagedError."""
    try:
        return json.loads(file.read_bytes())
    except ValueError:
        raise DamagedError(file) from None


def _write(file: Path, text: str, *, is_synced: bool) -> None:
    new = file.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
        out.flush()
        if is_synced:
            os.fsync(descriptor)
    os.replace(new, file)
    if is_synced:
        holder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(holder)
        finally:
            os.close(holder)
