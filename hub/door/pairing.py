"""How a gate becomes a unit's, and how it stops being one: a code that counts for ten minutes, shown once to whoever runs the
unit and typed at the gate, which answers with a key of its own. Source: security rules S2.8, S8.3 and S10.6.
"""

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref, Utc
from hub.desk import Look, Work
from hub.door.phones import QUEUE_LASTS, DoorPhone
from hub.door.readers import NAME_LENGTH, ReaderKind, TagReader
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.safety.access import NotThereError, get_reach, get_unit
from hub.safety.audit import note
from hub.safety.roles import may_run
from hub.token_hash import hash_token

LASTS = timedelta(minutes=10)
MOST_TRIES = 5
LETTERS = "23456789CDFGHJKMNPQRTVWX"
"""None is taken for another, and no code is a word."""
PART = 4
_CODE = re.compile(f"[{LETTERS}]{{{PART}}}(?:-[{LETTERS}]{{{PART}}}){{2}}")

Draw = Callable[[Sequence[str]], str]


class GatePairing(Base):
    """A code that was handed out. Its first four letters, the `handle`, find it; the rest is kept as a hash alone."""

    __tablename__ = "gate_pairings"
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    handle: Mapped[str] = mapped_column(sa.String(PART), unique=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[Moment]
    made_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    tries: Mapped[int] = mapped_column(default=0)


_OF_UNIT = (
    sa.select(TagReader)
    .outerjoin(DoorPhone, DoorPhone.reader_id == TagReader.id)
    .where(
        TagReader.unit_id == sa.bindparam("unit"),
        sa.or_(
            TagReader.kind == ReaderKind.GATE,
            DoorPhone.ends_at > sa.bindparam("since", type_=Utc),
        ),
    )
    .order_by(TagReader.id)
)


@dataclass(frozen=True, slots=True)
class Offered:
    """A code, for the one time that it is shown."""

    code: str
    name: str


def get_run_unit(look: Look, unit_id: str) -> Unit:
    """A unit that the asker leads or is the office of. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    if not may_run(look, reach, unit.id):
        raise NotThereError
    return unit


def list_readers(look: Look, unit: Unit) -> list[TagReader]:
    """Every gate that was ever paired to a unit, and the phones from which something may still be taken, in the order of
    pairing. It asks no rights of the reader: its callers have."""
    asked = {"unit": unit.id, "since": look.now - QUEUE_LASTS}
    return list(look.session.scalars(_OF_UNIT, asked))


def offer_pairing(work: Work, unit_id: str, name: str, draw: Draw = secrets.choice) -> Offered:
    """A code for one new gate; an earlier one of the unit ends with it. Audited. Raises: NotThereError."""
    unit = get_run_unit(work, unit_id)
    work.take_turns([GatePairing.__tablename__])
    is_over = GatePairing.made_at <= work.now - LASTS
    work.session.execute(sa.delete(GatePairing).where(sa.or_(GatePairing.unit_id == unit.id, is_over)))
    taken = set(work.session.scalars(sa.select(GatePairing.handle)))
    parts = ["", _draw(draw), _draw(draw)]
    while not parts[0] or parts[0] in taken:
        parts[0] = _draw(draw)
    code = "-".join(parts)
    work.session.add(
        GatePairing(
            id=work.new_id(),
            owner_id=unit.owner_id,
            unit_id=unit.id,
            name=name,
            handle=parts[0],
            code_hash=hash_token(code),
            made_at=work.now,
            made_by=work.asker.id,
        )
    )
    note(work, "reader.offer", [unit.id])
    return Offered(code, name)


def is_offered(look: Look, code: str) -> bool:
    """Whether there is a code that begins so: it takes one to make a try worth counting."""
    found = sa.select(GatePairing.id).where(GatePairing.handle == code[:PART])
    return look.session.scalars(found).first() is not None


def pair_gate(work: Work, code: str, key: str) -> TagReader | None:
    """The gate with this public key (Ed25519, in hex) is the unit's from now on. Audited. None, with the try counted, when the
    code is not right; after a few tries none is."""
    if not _CODE.fullmatch(code):
        return None
    found = sa.update(GatePairing).where(GatePairing.handle == code[:PART]).values(tries=GatePairing.tries + 1)
    pairing = work.session.scalars(found.returning(GatePairing)).one_or_none()
    if pairing is None or pairing.tries > MOST_TRIES or pairing.made_at <= work.now - LASTS:
        return None
    if not hmac.compare_digest(pairing.code_hash, hash_token(code)):
        return None
    reader = TagReader(
        id=work.new_id(),
        owner_id=pairing.owner_id,
        unit_id=pairing.unit_id,
        kind=ReaderKind.GATE,
        name=pairing.name,
        key=key,
        paired_at=work.now,
        paired_by=pairing.made_by,
    )
    work.session.add(reader)
    work.session.delete(pairing)
    note(work, "reader.pair", [pairing.unit_id, reader.id])
    work.ring(LIVE, reader.unit_id)
    return reader


def revoke(work: Work, unit_id: str, reader_id: str) -> None:
    """Nothing more is taken from this device. Audited. Raises: NotThereError."""
    reader = _get_of_unit(work, unit_id, reader_id)
    reader.revoked_at, reader.revoked_by = work.now, work.asker.id
    note(work, "reader.revoke", [reader.unit_id, reader.id])
    work.ring(LIVE, reader.unit_id)


def let_confirm(work: Work, unit_id: str, reader_id: str, *, itself: bool) -> None:
    """Whether what a proving tag says at this gate counts without a glance. Audited. Raises: NotThereError."""
    reader = _get_of_unit(work, unit_id, reader_id)
    if reader.kind != ReaderKind.GATE:
        raise NotThereError
    reader.confirms_itself = itself
    note(work, "reader.let_confirm" if itself else "reader.let_wait", [reader.unit_id, reader.id])


def _get_of_unit(work: Work, unit_id: str, reader_id: str) -> TagReader:
    """Raises: NotThereError, too when it was revoked."""
    unit = get_run_unit(work, unit_id)
    reader = work.session.get(TagReader, reader_id)
    if reader is None or reader.unit_id != unit.id or reader.revoked_at is not None:
        raise NotThereError
    return reader


def _draw(draw: Draw) -> str:
    return "".join(draw(LETTERS) for _ in range(PART))
