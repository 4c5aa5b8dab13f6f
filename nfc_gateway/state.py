"""The gate's own folder: who it is, its key, and how it fares. Nobody else may look into it, and no name is in it."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

KEY, GATE, STATUS = "key", "gate.json", "status.json"
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class NotPairedError(Exception):
    """The folder holds no gate yet."""


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
    clock is ahead of ours; `problem` is empty, "away", "refused", "no room", "broken" or the number of the hub's answer."""

    written_at: str
    waiting: int
    last_number: int
    damaged: int
    answered_at: str | None = None
    clock_off_seconds: float | None = None
    problem: str = ""


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
    _write(folder / KEY, identity.secret + "\n", is_synced=True)
    _write(folder / GATE, json.dumps({"url": identity.url, "reader": identity.reader}) + "\n", is_synced=True)


def read_identity(folder: Path) -> Identity:
    """Raises: NotPairedError."""
    try:
        known = json.loads((folder / GATE).read_text())
        return Identity(check_url(known["url"]), known["reader"], (folder / KEY).read_text().strip())
    except FileNotFoundError:
        raise NotPairedError from None


def write_status(folder: Path, status: Status) -> None:
    """Whole or not at all; a full disk keeps the older one."""
    try:
        _write(folder / STATUS, json.dumps(asdict(status)) + "\n", is_synced=False)
    except OSError:
        return


def find_status(folder: Path) -> Status | None:
    try:
        return Status(**json.loads((folder / STATUS).read_text()))
    except FileNotFoundError:
        return None


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
