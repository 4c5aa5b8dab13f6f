"""One entry of a book as a page shows it: what was said, by whom, how it went, and who can read it."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from hub.post.deliveries import FAILED_ENDS, ON_ITS_WAY, Status
from hub.post.messages import Author


class Sharing(StrEnum):
    """Who shares a message: guardians who chose to, one guardian and the school, those behind one phone, a pupil and the
    school, or staff alone."""

    JOINT = "joint"
    PRIVATE = "private"
    SHARED_PHONE = "shared_phone"
    PUPIL = "pupil"
    STAFF = "staff"


class Progress(StrEnum):
    """How far a delivery came, as one word of the page."""

    WAITING = "waiting"
    SENT = "sent"
    ARRIVED = "arrived"
    READ = "read"
    FAILED = "failed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Sent:
    """One delivery: to whom, by which kind of address (shown masked), how far. `reason` is a code of why it failed."""

    id: str
    to: str
    kind: str
    address: str
    progress: Progress
    status: str
    reason: str | None
    due: datetime
    said_all: bool


@dataclass(frozen=True, slots=True)
class Brought:
    """A file of a message: `state` is waiting, kept or refused, `reason` a code of why; a kept picture has pixels, a document
    a `name`. `shows` says whom one can recognise on it, where somebody has said so."""

    id: str
    state: str
    reason: str | None
    width: int
    height: int
    is_picture: bool = True
    name: str = ""
    shows: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the book. `readers` are the guardians who can read it now; `held_until` is set while it can be undone."""

    id: str
    thread_id: str
    unit_id: str
    at: datetime
    author: Author
    author_id: str | None
    who: str
    channel: str
    text: str
    language: str
    note: bool
    sensitive: bool
    children: tuple[Person, ...]
    readers: tuple[Person, ...]
    sharing: Sharing
    deliveries: tuple[Sent, ...]
    files: tuple[Brought, ...]
    steps: tuple[dict[str, Any], ...]
    held_until: datetime | None

    @property
    def is_undone(self) -> bool:
        """It was taken back before it left anybody."""
        return bool(self.deliveries) and all(sent.progress is Progress.UNDONE for sent in self.deliveries)

    def as_json(self) -> dict[str, Any]:
        """The entry with times as ISO 8601 text."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def progress(status: Status) -> Progress:
    """One word for a status of ours or a provider's."""
    if status is Status.DELIVERED:
        return Progress.ARRIVED
    if status is Status.READ:
        return Progress.READ
    if status in (Status.UNDONE, Status.CANCELED):
        return Progress.UNDONE
    if status in FAILED_ENDS:
        return Progress.FAILED
    return Progress.SENT if status in ON_ITS_WAY else Progress.WAITING
