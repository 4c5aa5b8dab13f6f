"""The keys of an owner's proving tags: one that opens who a tag is, and a master from which each tag has a key of its own.

They are drawn here and kept sealed to their row. New ones are drawn beside the old: the newest write tags, all of them read,
so that no tag is lost. A work has no seal: the edge that has one (a page, the receiver of a gate) opens the keys in the same
work, `keys = open_keys(work, seal, reader.owner_id)`, and hands them on, `keep_tap(work, reader, touch, keys)`; who has none
hands on nothing, and a touch is a hint at most. Opened keys are never kept, and print as nothing.

Source: NXP AN12196 and AN10922; security rule S10.6.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.door.sdm import KEY_BYTES, UID_BYTES, Mirrored, NotMirroredError, Seen, diversify, open_picc, verify
from hub.safety.audit import note
from hub.seal import BrokenSealError, Seal

log = logging.getLogger(__name__)

APPLICATION = bytes.fromhex("D2760000850101")
"""The name of the NDEF application, as every NTAG 424 DNA has it."""
SYSTEM = b"Budbok"

DrawBytes = Callable[[int], bytes]


class OwnerTagKey(Base):
    """A pair of keys, sealed: both in hex, one after the other."""

    __tablename__ = "tag_keys"
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), index=True)
    sealed: Mapped[str] = mapped_column(sa.String(300))
    made_at: Mapped[Moment]
    made_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))

    @property
    def bound_to(self) -> str:
        return f"tag keys {self.id}"


@dataclass(frozen=True, slots=True)
class TagKey:
    """One pair, opened."""

    meta: bytes = field(repr=False)
    master: bytes = field(repr=False)

    def of(self, uid: bytes) -> bytes:
        """The key of one tag."""
        return diversify(self.master, uid, APPLICATION, SYSTEM)


@dataclass(frozen=True, slots=True)
class TagKeys:
    """What an owner's tags may have been written with, the newest first. `are_all`: none is missing, so that what none of
    them made is a forgery."""

    pairs: tuple[TagKey, ...] = ()
    are_all: bool = True

    def prove(self, mirrored: Mirrored) -> Seen | None:
        """Who the tag is, where one of the keys says that it made this; each is tried."""
        seen = (self._seen(pair, mirrored) for pair in self.pairs)
        return next(chain.from_iterable(seen), None)

    @staticmethod
    def _seen(pair: TagKey, mirrored: Mirrored) -> tuple[Seen, ...]:
        try:
            seen = mirrored.plain or open_picc(pair.meta, mirrored.picc_data or b"")
        except NotMirroredError:
            return ()
        return (seen,) if verify(mirrored, seen, pair.of(seen.uid)) else ()


NO_KEYS = TagKeys(are_all=False)


@dataclass(frozen=True, slots=True)
class Writing:
    """What the tool that writes one tag is told, in hex."""

    meta: str = field(repr=False)
    file: str = field(repr=False)


_OF_OWNER = sa.select(OwnerTagKey).where(OwnerTagKey.owner_id == sa.bindparam("owner")).order_by(OwnerTagKey.id.desc())


def list_keys(look: Look, owner_id: str) -> list[OwnerTagKey]:
    """An owner's pairs, the newest first; still sealed."""
    return list(look.session.scalars(_OF_OWNER, {"owner": owner_id}))


def open_keys(work: Work, seal: Seal, owner_id: str) -> TagKeys:
    """Those that open; what an older key of the hub sealed is sealed anew. A pair that does not open holds nobody up, and what
    it wrote is a hint until it opens again. An owner that has none has no forgeries either."""
    rows = list_keys(work, owner_id)
    opened = [pair for row in rows if (pair := _find_opened(seal, row)) is not None]
    return TagKeys(tuple(opened), are_all=bool(rows) and len(opened) == len(rows))


def make_keys(work: Work, seal: Seal, owner_id: str, by: str, draw: DrawBytes = secrets.token_bytes) -> OwnerTagKey:
    """Draw a pair that writes from now on; the earlier ones go on reading. Audited."""
    row = OwnerTagKey(id=work.new_id(), owner_id=owner_id, sealed="", made_at=work.now, made_by=by)
    row.sealed = seal.seal(draw(2 * KEY_BYTES).hex(), row.bound_to)
    work.session.add(row)
    work.session.flush()
    note(work, "tag_keys.made", [owner_id, row.id])
    return row


def read_for_writing(work: Work, seal: Seal, owner_id: str, uid: bytes) -> Writing | None:
    """The two keys that a new tag is written with; None where the owner has none yet. Audited. Raises: BrokenSealError."""
    keys = list_keys(work, owner_id)
    if not keys or len(uid) != UID_BYTES:
        return None
    newest = _open(seal, keys[0])
    note(work, "tag_keys.read", [owner_id, keys[0].id])
    return Writing(newest.meta.hex().upper(), newest.of(uid).hex().upper())


def _find_opened(seal: Seal, row: OwnerTagKey) -> TagKey | None:
    try:
        pair = _open(seal, row)
    except BrokenSealError:
        log.exception("a pair of tag keys does not open; its tags prove nothing", extra={"keys": row.id})
        return None
    if not seal.is_current(row.sealed):
        row.sealed = seal.seal((pair.meta + pair.master).hex(), row.bound_to)
    return pair


def _open(seal: Seal, row: OwnerTagKey) -> TagKey:
    """Raises: BrokenSealError."""
    opened = bytes.fromhex(seal.open(row.sealed, row.bound_to))
    return TagKey(opened[:KEY_BYTES], opened[KEY_BYTES:])
