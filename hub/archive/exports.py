"""Exports: which records leave, once, and what became of it. An export that was broken off goes on; until it is whole, none of
its records has left. An owner's export is written into one folder at a time, so that each follows the one before.
Source: security rule S10.2.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.archive.records import ArchiveFile, ArchiveRecord, digest, is_secret
from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import Child, Guardianship
from hub.people.places import Owner
from hub.safety.audit import note

SHOWN = 10
HELD_FOR = timedelta(minutes=10)
"""So long after its last sign of life an export may go on in another folder, where nobody can tell that it has stopped."""


class ArchiveExport(Base):
    """One export. `again`: of what had left already. `secret`: with what is of protected children. `head` is the hash of its
    last line, `records` how many left; both are told when it is whole. `follows` is the head of the one before. `written_to` is
    the machine and the folder that it is written into, until `held_until` at least."""

    __tablename__ = "archive_exports"
    __table_args__ = (sa.Index(None, "owner_id", "begun_at"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    begun_at: Mapped[Moment]
    again: Mapped[bool]
    secret: Mapped[bool]
    since: Mapped[Moment | None]
    follows: Mapped[str | None] = mapped_column(sa.String(64))
    written_to: Mapped[str] = mapped_column(sa.Text)
    held_until: Mapped[Moment]
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    head: Mapped[str | None] = mapped_column(sa.String(64), default=None)
    records: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to leave: what was kept since a moment, or all. `again`: what has left already; `secret`: also protected
    children's."""

    since: datetime | None = None
    again: bool = False
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Begun:
    """An export that is under way. `is_resumed`: it was begun before, and what it holds was settled then."""

    id: str
    written_to: str
    owner: str
    country: str
    language: str
    begun_at: datetime
    follows: str | None
    again: bool
    is_resumed: bool


@dataclass(frozen=True, slots=True)
class Leaving:
    """A record on its way out. `shielded` are people whose names stand in no package's own words."""

    id: str
    content: str
    sha256: str
    kept_at: datetime
    is_secret: bool
    files: Mapping[int, bytes]
    shielded: frozenset[str]


class BrokenRecordError(Exception):
    """A record is not as it was kept; `args` is its id."""


class UnderWayError(Exception):
    """The owner's export is being written into another folder; `args` is that one."""


def begin_export(work: Work, owner: Owner, asked: Asked, written_to: str, stopped: str | None = None) -> Begun | None:
    """Settle which records leave, or go on with the export that was broken off; None when there is nothing. Audited.

    `stopped` is a folder into which nobody writes any more, as its machine tells. Raises: UnderWayError.
    """
    work.take_turns([f"export {owner.id}"])
    export = find_open(work, owner.id)
    is_resumed = export is not None
    if export is not None:
        if export.written_to not in (written_to, stopped) and work.now < export.held_until:
            raise UnderWayError(export.written_to)
        export.written_to, export.held_until = written_to, work.now + HELD_FOR
    else:
        export = ArchiveExport(
            id=work.new_id(),
            owner_id=owner.id,
            begun_at=work.now.replace(microsecond=0),
            again=asked.again,
            secret=asked.secret,
            since=asked.since,
            follows=find_head(work, owner.id),
            written_to=written_to,
            held_until=work.now + HELD_FOR,
        )
        if not _claim(work, export):
            return None
        work.session.add(export)
    note(work, "archive.export", [export.id, owner.id], "goes on" if is_resumed else "begins")
    return Begun(
        export.id,
        written_to,
        owner.name,
        owner.country,
        owner.language,
        export.begun_at,
        export.follows,
        export.again,
        is_resumed,
    )


def _claim(work: Work, export: ArchiveExport) -> bool:
    """Whether there is anything. What leaves again stays as it left: it is asked for as it goes."""
    if export.again:
        return work.session.scalar(_left_before(export).limit(1)) is not None
    which = [ArchiveRecord.owner_id == export.owner_id, ArchiveRecord.export_id.is_(None)]
    if export.since is not None:
        which.append(ArchiveRecord.kept_at >= export.since)
    if not export.secret:
        which.append(~is_secret())
    ids = list(work.session.scalars(sa.select(ArchiveRecord.id).where(*which)))
    for some in _parts(ids):
        work.session.execute(sa.update(ArchiveRecord).where(ArchiveRecord.id.in_(some)).values(export_id=export.id))
    return bool(ids)


def _left_before(export: ArchiveExport) -> "sa.Select[str]":
    """While it is not whole no other export of the owner ends, so this stays the same."""
    which = [
        ArchiveRecord.owner_id == export.owner_id,
        ArchiveRecord.exported_at.is_not(None),
        ArchiveRecord.let_go_at.is_(None),
    ]
    if export.since is not None:
        which.append(ArchiveRecord.kept_at >= export.since)
    if not export.secret:
        which.append(~is_secret())
    return sa.select(ArchiveRecord.id).where(*which)


def take_records(work: Work, begun: Begun, after: str, most: int) -> list[Leaving]:
    """The next of an export after a record, in order; none of a child who was protected meanwhile. Audited before they leave.

    Raises: BrokenRecordError, UnderWayError.
    """
    export = _get_held(work, begun)
    export.held_until = work.now + HELD_FOR
    ids = (
        _left_before(export)
        if export.again
        else sa.select(ArchiveRecord.id).where(ArchiveRecord.export_id == export.id)
    )
    may_leave = sa.true() if export.secret else ~is_secret()
    found = work.session.execute(
        sa.select(ArchiveRecord, is_secret().label("secret"))
        .where(ArchiveRecord.id.in_(ids), ArchiveRecord.id > after, may_leave)
        .order_by(ArchiveRecord.id)
        .limit(most)
    ).all()
    if not found:
        return []
    files = _files_of(work, [record.id for record, _ in found])
    shielded = _list_shielded(work, export.owner_id)
    leaving = [
        Leaving(record.id, record.content, record.sha256, record.kept_at, secret, files.get(record.id, {}), shielded)
        for record, secret in found
    ]
    for each in leaving:
        if digest(each.content.encode()) != each.sha256:
            raise BrokenRecordError(each.id)
    note(work, "archive.leave", [export.id, *(each.id for each in leaving)])
    return leaving


def _files_of(look: Look, record_ids: Sequence[str]) -> dict[str, dict[int, bytes]]:
    """Raises: BrokenRecordError."""
    out: dict[str, dict[int, bytes]] = {}
    for file in look.session.scalars(sa.select(ArchiveFile).where(ArchiveFile.record_id.in_(record_ids))):
        if digest(file.body) != file.sha256:
            raise BrokenRecordError(file.record_id)
        out.setdefault(file.record_id, {})[file.number] = file.body
    return out


def _list_shielded(look: Look, owner_id: str) -> frozenset[str]:
    """The guardians of protected children, as that is now."""
    asked = (
        sa.select(Guardianship.guardian_id)
        .join(Child, Child.id == Guardianship.child_id)
        .where(Child.owner_id == owner_id, Child.protected.is_(True))
    )
    return frozenset(look.session.scalars(asked))


def _get_held(work: Work, begun: Begun) -> ArchiveExport:
    """The export, as long as it is nobody else's to write. Raises: UnderWayError."""
    export = work.session.get_one(ArchiveExport, begun.id, with_for_update=True)
    if export.written_to != begun.written_to:
        raise UnderWayError(export.written_to)
    return export


def end_export(work: Work, begun: Begun, head: str, record_ids: Sequence[str]) -> None:
    """It is whole, and checked: these records have left. What it was to take and did not waits for another. Audited.

    Raises: UnderWayError.
    """
    export = _get_held(work, begun)
    if export.ended_at is not None:
        return
    export.ended_at, export.head, export.records = work.now, head, len(record_ids)
    if not export.again:
        for some in _parts(record_ids):
            work.session.execute(
                sa.update(ArchiveRecord).where(ArchiveRecord.id.in_(some)).values(exported_at=work.now)
            )
        work.session.execute(
            sa.update(ArchiveRecord)
            .where(ArchiveRecord.export_id == export.id, ArchiveRecord.exported_at.is_(None))
            .values(export_id=None)
        )
    note(work, "archive.export", [export.id, export.owner_id], f"ends {head}")


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at once as a statement takes."""
    return (ids[start : start + 500] for start in range(0, len(ids), 500))


def find_open(look: Look, owner_id: str) -> ArchiveExport | None:
    """The export of an owner that is not whole yet."""
    return look.session.scalar(
        sa.select(ArchiveExport).where(ArchiveExport.owner_id == owner_id, ArchiveExport.ended_at.is_(None))
    )


def find_head(look: Look, owner_id: str) -> str | None:
    """The head of the owner's last export, which the next one follows."""
    last = list_exports(look, owner_id, 1)
    return last[0].head if last else None


def list_exports(look: Look, owner_id: str, most: int = SHOWN) -> list[ArchiveExport]:
    """Those that are whole, the newest first."""
    return list(
        look.session.scalars(
            sa.select(ArchiveExport)
            .where(ArchiveExport.owner_id == owner_id, ArchiveExport.ended_at.is_not(None))
            .order_by(ArchiveExport.begun_at.desc(), ArchiveExport.id.desc())
            .limit(most)
        )
    )
