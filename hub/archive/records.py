"""Records: what was kept for the archive, once and as it was at that moment, apart from what it is of.

So a record stands however the message or the application ends, and whoever may read those no longer. Its content is JSON
text; the SHA-256 of that text is kept beside it, and stands for its files too, whose digests are in it.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Owner, Unit
from hub.safety.audit import note

PDF, TEXT = "application/pdf", "text/plain"
_OURS = uuid.UUID("7c0d4f0e-5a9b-4b0a-9c61-2f4e6d1a8b35")


class RecordKind(StrEnum):
    """Of what it is: a leave that was decided or given up, the end of a leave that had been granted, the proof of how a
    decision's letters arrived, a word of consent, a message."""

    LEAVE = "leave"
    LEAVE_END = "leave_end"
    PROOF = "proof"
    CONSENT = "consent"
    MESSAGE = "message"


class Direction(StrEnum):
    """Which way it went, as a journal has it."""

    IN = "in"
    OUT = "out"
    INTERNAL = "internal"


class ArchiveRecord(Base):
    """One record. `subject_id` and `child_id` name what it is of, which may be gone. `kept_by` is who put it there, or the
    routine. It waits while `exported_at` is None; `export_id` is the export that takes it. Once it was let go of, its
    `content` is empty and its files are gone; the row tells that it left."""

    __tablename__ = "archive_records"
    __table_args__ = (
        sa.UniqueConstraint("subject_id", "kind", "child_id"),
        sa.Index(None, "owner_id", "exported_at"),
        sa.Index(None, "export_id"),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    subject_id: Mapped[Ref]
    child_id: Mapped[Ref]
    protected: Mapped[bool]
    kept_at: Mapped[Moment]
    kept_by: Mapped[str] = mapped_column(sa.String(60))
    content: Mapped[str] = mapped_column(sa.Text)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    export_id: Mapped[Ref | None] = mapped_column(default=None)
    exported_at: Mapped[Moment | None] = mapped_column(default=None)
    let_go_at: Mapped[Moment | None] = mapped_column(default=None)


class ArchiveFile(Base):
    """A file of a record, by its number there: a copy of its own, with the SHA-256 of its bytes in hex."""

    __tablename__ = "archive_files"
    record_id: Mapped[Ref] = mapped_column(sa.ForeignKey("archive_records.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, autoincrement=False)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sha256: Mapped[str] = mapped_column(sa.String(64))
    record: Mapped[ArchiveRecord] = after(ArchiveRecord)


@dataclass(frozen=True, slots=True)
class Person:
    """Who wrote it or was written to, by the name they had then."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """A document of words: `facts` are lines that say what it is, `text` is as it was said."""

    title: str
    facts: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A document that is a file. `lasts`: it is PDF/A, and made to be kept."""

    title: str
    media_type: str
    body: bytes
    name: str = ""
    lasts: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """What is to be kept, said in the unit's language. `at` is when it happened; `case` names what it belongs to with others;
    the titles in public name nobody. `missing` are files that came with it and were never taken."""

    kind: RecordKind
    subject_id: str
    case: str
    at: datetime
    direction: Direction
    case_title: str
    case_title_public: str
    title: str
    title_public: str
    responsible: str
    senders: tuple[Person, ...]
    receivers: tuple[Person, ...]
    documents: tuple[Written | Enclosed, ...]
    is_over: bool
    reason: str = ""
    missing: int = 0


def keep_record(work: Work, child: Child, unit: Unit, kept: Kept, by: str) -> ArchiveRecord:
    """Keep it, with copies of its files. It asks neither rights nor whether it is kept already: its callers do. Audited.

    Its `entry` in the journal is the same whenever it is kept, so that an archive knows what leaves again from a store that was
    put back.
    """
    id_ = work.new_id()
    owner = work.session.get_one(Owner, unit.owner_id)
    content = {
        "id": id_,
        "entry": name_uuid(f"record {kept.kind} {kept.subject_id} {child.id}"),
        "kind": kept.kind,
        "owner": owner.name,
        "unit": unit.name,
        "zone": unit.zone,
        "language": unit.languages[0],
        "child": asdict(Person(child.id, child.name)),
        "protected": child.protected,
        "case": {
            "id": name_uuid(kept.case),
            "title": kept.case_title,
            "title_public": kept.case_title_public,
            "responsible": kept.responsible,
            "is_over": kept.is_over,
        },
        "title": kept.title,
        "title_public": kept.title_public,
        "direction": kept.direction,
        "senders": [asdict(one) for one in kept.senders],
        "receivers": [asdict(one) for one in kept.receivers],
        "at": _write(kept.at),
        "kept_at": _write(work.now),
        "kept_by": by,
        "reason": kept.reason,
        "missing_files": kept.missing,
        "documents": [_describe(number, each) for number, each in enumerate(kept.documents, 1)],
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1)
    record = ArchiveRecord(
        id=id_,
        owner_id=unit.owner_id,
        kind=kept.kind,
        subject_id=kept.subject_id,
        child_id=child.id,
        protected=child.protected,
        kept_at=work.now,
        kept_by=work.asker.id,
        content=text,
        sha256=digest(text.encode()),
    )
    work.session.add(record)
    for number, each in enumerate(kept.documents, 1):
        if isinstance(each, Enclosed):
            work.session.add(
                ArchiveFile(
                    record_id=id_, number=number, owner_id=unit.owner_id, body=each.body, sha256=digest(each.body)
                )
            )
    note(work, "archive.keep", [id_, kept.subject_id, child.id], kept.kind)
    return record


def _describe(number: int, document: Written | Enclosed) -> dict[str, Any]:
    said: dict[str, Any] = {"number": number, "title": document.title}
    if isinstance(document, Written):
        return said | {"facts": list(document.facts), "text": document.text}
    return said | {
        "media_type": document.media_type,
        "name": document.name,
        "lasts": document.lasts,
        "sha256": digest(document.body),
        "size": len(document.body),
    }


def _write(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def name_uuid(name: str) -> str:
    """Always the same for the same thing, so that what leaves twice is known again."""
    return str(uuid.uuid5(_OURS, name))


def find_record(look: Look, kind: RecordKind, subject_id: str, child_id: str) -> ArchiveRecord | None:
    """It asks no rights: its callers have."""
    return look.session.scalar(
        sa.select(ArchiveRecord).where(
            ArchiveRecord.subject_id == subject_id, ArchiveRecord.kind == kind, ArchiveRecord.child_id == child_id
        )
    )


def find_reason(record: ArchiveRecord) -> str:
    """Why somebody put it there; "" where nobody did, or where it was let go of."""
    return str(json.loads(record.content)["reason"]) if record.content else ""


def list_kept(look: Look, child_id: str, message_ids: Sequence[str]) -> set[str]:
    """Those of the messages that stand in the child's file."""
    return set(
        look.session.scalars(
            sa.select(ArchiveRecord.subject_id).where(
                ArchiveRecord.subject_id.in_(message_ids),
                ArchiveRecord.kind == RecordKind.MESSAGE,
                ArchiveRecord.child_id == child_id,
            )
        )
    )


def is_secret() -> sa.ColumnElement[bool]:
    """On a question about ArchiveRecord: its child was protected when it was kept, or is now."""
    now = sa.exists().where(Child.id == ArchiveRecord.child_id, Child.protected.is_(True))
    return sa.or_(ArchiveRecord.protected.is_(True), now)


def count_waiting(look: Look, owner_id: str, *, secret: bool = False) -> Mapping[RecordKind, int]:
    """How many of each kind wait to leave: those of protected children, or all others."""
    which = is_secret() if secret else ~is_secret()
    rows = look.session.execute(
        sa.select(ArchiveRecord.kind, sa.func.count())
        .where(ArchiveRecord.owner_id == owner_id, ArchiveRecord.exported_at.is_(None), which)
        .group_by(ArchiveRecord.kind)
    )
    return {RecordKind(kind): count for kind, count in rows}
