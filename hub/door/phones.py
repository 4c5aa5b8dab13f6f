"""The phone of a member of staff as a reader: taken into use at a unit for one shift, and only while they are signed in there.

What it could not send at once comes later, and each of those things is signed by a key that never leaves the phone, so that a
stolen cookie alone forges nothing. Source: security rules S2.3, S3.4 and S8.3.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Asker, Trust
from hub.database import ID_LENGTH, Base, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.door.readers import NAME_LENGTH, ReaderKind, TagReader
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_reach
from hub.safety.audit import note
from hub.sign_in.tokens import new_token
from hub.token_hash import hash_token

SHIFT = timedelta(hours=12)
QUEUE_LASTS = timedelta(hours=24)
"""What a phone kept is taken from it for so long after its shift."""
PUBLIC_KEY_LENGTH = 200
_HALF = 32
"""Bytes of each of the two numbers of a signature by P-256. Source: W3C Web Cryptography API, section 23.7 (ECDSA)."""


class PhoneKeyError(Refusal):
    """What was told is no public key of the kind that phones make."""

    words = "refusals.phone_key"


class DoorPhone(Base):
    """What is known of a reader that is a phone: the session it ends with, until when its shift lasts, and the key it signs
    by: SubjectPublicKeyInfo, base64; None where its browser makes none, and then nothing waits on it."""

    __tablename__ = "door_phones"
    reader_id: Mapped[Ref] = mapped_column(sa.ForeignKey("tag_readers.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    session_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH), index=True)
    ends_at: Mapped[Moment]
    public_key: Mapped[str | None] = mapped_column(sa.String(PUBLIC_KEY_LENGTH), default=None)


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone and its reader."""

    reader: TagReader
    own: DoorPhone


_PHONE = (
    sa.select(TagReader, DoorPhone)
    .join(DoorPhone, DoorPhone.reader_id == TagReader.id)
    .where(TagReader.kind == ReaderKind.PHONE, TagReader.revoked_at.is_(None))
    .order_by(TagReader.id.desc())
    .limit(1)
)
_BY_TOKEN = _PHONE.where(TagReader.key == sa.bindparam("key"))
_BY_ID = _PHONE.where(TagReader.id == sa.bindparam("id"))


def pair_phone(
    work: Work, reach: Reach, unit: Unit, session_id: str, name: str, public_key: str | None
) -> tuple[TagReader, str]:
    """This phone reads tags at the unit from now on, until the shift is over; its reader, and the token that is told to the
    browser and kept nowhere. Audited.

    Raises: PhoneKeyError.
    """
    if public_key is not None:
        _load(public_key)
    token = new_token()
    reader = TagReader(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        kind=ReaderKind.PHONE,
        name=name[:NAME_LENGTH],
        key=hash_token(token),
        paired_at=work.now,
        paired_by=reach.staff_id,
    )
    work.session.add(reader)
    work.session.flush()
    work.session.add(
        DoorPhone(
            reader_id=reader.id,
            owner_id=unit.owner_id,
            session_id=session_id,
            ends_at=work.now + SHIFT,
            public_key=public_key,
        )
    )
    note(work, "door.pair", [reader.id, unit.id])
    return reader, token


def find_phone(look: Look, token: str | None, unit_id: str, session_id: str) -> Phone | None:
    """The phone of this browser, if it is in use at the unit in this sign-in."""
    if not token:
        return None
    phone = _read(look.session.execute(_BY_TOKEN, {"key": hash_token(token)}).one_or_none())
    if phone is None or phone.reader.unit_id != unit_id or phone.own.session_id != session_id:
        return None
    return phone if look.now < phone.own.ends_at else None


def get_queued(look: Look, reader_id: str, unit_id: str) -> Phone:
    """The phone that something was kept on, its shift over or not. Raises: NotThereError, too when it was revoked."""
    phone = _read(look.session.execute(_BY_ID, {"id": reader_id}).one_or_none())
    if phone is None or phone.reader.unit_id != unit_id or look.now >= phone.own.ends_at + QUEUE_LASTS:
        raise NotThereError
    return phone


def find_reach_of_owner(look: Look, phone: Phone, at: datetime) -> Reach | None:
    """What whoever took the phone into use served when something was written down on it, whoever sends it now."""
    owner = Asker("staff", phone.reader.paired_by, Trust.STRONG, look.asker.why, phone.reader.owner_id)
    try:
        return get_reach(Look(look.session, at, look.words, owner))
    except NotThereError:
        return None


def unpair_phone(work: Work, reader: TagReader, by: str) -> None:
    """It reads no more. Audited."""
    reader.revoked_at, reader.revoked_by = work.now, by
    note(work, "door.unpair", [reader.id, reader.unit_id])


def is_signed(phone: Phone, text: str, signature: str) -> bool:
    """Whether the phone itself signed this. `signature` is base64 of two numbers of 32 bytes."""
    if phone.own.public_key is None:
        return False
    try:
        raw = base64.b64decode(signature, validate=True)
        if len(raw) != 2 * _HALF:
            return False
        halves = int.from_bytes(raw[:_HALF]), int.from_bytes(raw[_HALF:])
        _load(phone.own.public_key).verify(encode_dss_signature(*halves), text.encode(), ec.ECDSA(SHA256()))
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def _load(public_key: str) -> ec.EllipticCurvePublicKey:
    """Raises: PhoneKeyError."""
    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
    except (binascii.Error, ValueError):
        raise PhoneKeyError from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise PhoneKeyError
    return key


def _read(row: sa.Row[TagReader, DoorPhone] | None) -> Phone | None:
    return None if row is None else Phone(row[0], row[1])
