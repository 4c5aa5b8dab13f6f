"""Browsers in which a guardian wants to be told that something has come: only that, by a push service, while the phone or the
proof stands that they signed in with.

A device ends with its sign-out, when its push service knows it no more, and half a year after the last sign-in in it. That a
session merely rests does not end it: a notice says nothing, and whoever follows it signs in. Nothing of an ended one is kept.
Source: security rules S3.4, S4.4 and S6.1; RFC 8030.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import APP, PUSH
from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import GuardianAddress
from hub.post.audience import Freshness, freshness, list_addresses
from hub.post.channel import Device
from hub.post.family import Family, find_family
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError
from hub.safety.audit import note
from hub.token_hash import hash_token

LASTS = timedelta(days=180)
MOST_DEVICES = 10
"""Of one guardian; the oldest ends for an eleventh."""


class NoPushServiceError(Refusal):
    """It is no address at a push service that notices may go to."""

    words = "refusals.no_push_service"


@runtime_checkable
class PushRoad(Protocol):
    """The channel that speaks to push services. `public_key` is the application server's, in base64url, as browsers want it."""

    public_key: str

    def takes(self, device: Device) -> bool:
        """Whether it is at a push service that we may speak to, with keys that make sense."""


class PushDevice(Base):
    """One browser. `people` are all behind the sign-in, whose ids are joined by commas; `guardian_id` who they said they were.
    It rests on the phone `address_id`, or on the proof `proof_id`."""

    __tablename__ = "push_devices"
    __table_args__ = (sa.UniqueConstraint("endpoint_hash"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"), index=True)
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), index=True)
    people: Mapped[str] = mapped_column(sa.Text)
    session_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH), index=True)
    address_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("guardian_addresses.id"))
    proof_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), index=True)
    is_strong: Mapped[bool]
    endpoint: Mapped[str] = mapped_column(sa.Text)
    endpoint_hash: Mapped[str] = mapped_column(sa.String(64))
    key: Mapped[str] = mapped_column(sa.String(100))
    auth: Mapped[str] = mapped_column(sa.String(40))
    made_at: Mapped[Moment]
    renewed_at: Mapped[Moment]

    @property
    def recipient(self) -> str:
        """What a delivery to it is addressed to."""
        return f"{PUSH}:{self.id}"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a device is to rest on: the session that it is told in. Where it merely reads, by a mailbox, nothing rests on it."""

    session_id: str
    guardian_id: str
    address_id: str | None
    proof_id: str | None
    family: Family
    may_act: bool = True


def find_device(look: Look, endpoint: str) -> PushDevice | None:
    """The one at this address of a push service, whosever it is."""
    return look.session.scalar(sa.select(PushDevice).where(PushDevice.endpoint_hash == hash_token(endpoint)))


def keep_device(work: Work, who: SignedIn, told: Device) -> PushDevice:
    """From now on this browser is told of what comes for whoever is signed in there; it tells of nobody else's any more.
    Audited."""
    work.take_turns([who.guardian_id, hash_token(told.endpoint)])
    before = find_device(work, told.endpoint)
    if before is not None:
        work.session.delete(before)
        work.session.flush()
    for one in list_devices(work, who.guardian_id)[MOST_DEVICES - 1 :]:
        _end(work, one, "too_many")
    device = PushDevice(
        id=work.new_id(),
        owner_id=who.family.owner_id,
        guardian_id=who.guardian_id,
        people=_people(who.family),
        session_id=who.session_id,
        address_id=who.address_id,
        proof_id=who.proof_id,
        is_strong=who.family.is_strong,
        endpoint=told.endpoint,
        endpoint_hash=hash_token(told.endpoint),
        key=told.key,
        auth=told.auth,
        made_at=work.now,
        renewed_at=work.now,
    )
    work.session.add(device)
    note(work, "push.on", [who.guardian_id, device.id])
    return device


def renew_device(work: Work, who: SignedIn, endpoint: str) -> bool:
    """Somebody has signed in in this browser: it goes on for them if it was theirs, and ends if it was another's. Whether it
    goes on."""
    device = find_device(work, endpoint)
    if device is None:
        return False
    if (device.guardian_id, device.people) != (who.guardian_id, _people(who.family)):
        _end(work, device, "another")
        return False
    if not who.may_act:
        return True
    device.session_id, device.is_strong = who.session_id, who.family.is_strong
    device.address_id, device.proof_id = who.address_id, who.proof_id
    device.renewed_at = work.now
    return True


def list_devices(look: Look, guardian_id: str) -> list[PushDevice]:
    """A guardian's, the newest first."""
    own = sa.select(PushDevice).where(PushDevice.guardian_id == guardian_id)
    return list(look.session.scalars(own.order_by(PushDevice.id.desc())))


def end_own_device(work: Work, guardian_id: str, device_id: str) -> None:
    """By the guardian's own hand. Audited. Raises: NotThereError when it is none of theirs."""
    device = next((one for one in list_devices(work, guardian_id) if one.id == device_id), None)
    if device is None:
        raise NotThereError
    _end(work, device, "by_hand")


def end_device(work: Work, recipient: str, why: str) -> None:
    """Its push service knows it no more. Audited."""
    device = work.session.get(PushDevice, recipient.removeprefix(f"{PUSH}:"))
    if device is not None:
        _end(work, device, why)


def end_devices_of(work: Work, session_id: str) -> None:
    """Signed out in that browser. Audited."""
    for device in work.session.scalars(sa.select(PushDevice).where(PushDevice.session_id == session_id)).all():
        _end(work, device, "signed_out")


def end_devices_by_proof(work: Work, proof_id: str) -> None:
    """The provider has signed them out. Audited."""
    for device in work.session.scalars(sa.select(PushDevice).where(PushDevice.proof_id == proof_id)).all():
        _end(work, device, "signed_out")


def end_all_devices(work: Work, guardian_id: str) -> None:
    """Signed out everywhere. Audited."""
    for device in list_devices(work, guardian_id):
        _end(work, device, "signed_out")


def tidy_devices(work: Work) -> None:
    """For a routine: what no longer stands is ended, so that no key of it is kept."""
    for device in work.session.scalars(sa.select(PushDevice)).all():
        if find_family_of(work, device) is None:
            _end(work, device, "over")


def _end(work: Work, device: PushDevice, why: str) -> None:
    work.session.delete(device)
    note(work, "push.off", [device.guardian_id, device.id], why)


def find_family_of(look: Look, device: PushDevice) -> Family | None:
    """Whom it tells, by rights as they are now; None where what it rests on does not stand."""
    people = device.people.split(",")
    if look.now >= device.renewed_at + LASTS or (device.address_id is not None and not _is_theirs(look, device)):
        return None
    return find_family(look, device.owner_id, people, is_strong=device.is_strong)


def _is_theirs(look: Look, device: PushDevice) -> bool:
    """Whether exactly those have the phone who had it at the sign-in."""
    phone = look.session.get(GuardianAddress, device.address_id)
    if phone is None:
        return False
    behind = list_addresses(look, phone.kind, phone.value, device.owner_id)
    if any(one.is_closed or freshness(one, look.now) is not Freshness.FRESH for one, _ in behind):
        return False
    return {guardian.id for _, guardian in behind} == set(device.people.split(","))


_OWN_ALONE = QuickSelect(
    sa.select(PushDevice).where(
        PushDevice.guardian_id == sa.bindparam("guardian"), PushDevice.people == sa.bindparam("guardian")
    )
)


def has_notices(look: Look, guardian_id: str) -> bool:
    """Whether a browser tells this guardian, and nobody with them, that something has come."""
    return any(find_family_of(look, one) is not None for (one,) in _OWN_ALONE.rows(look, guardian=guardian_id))


def is_noticed(look: Look, address: GuardianAddress) -> bool:
    """Whether what lies at this address in the app is told of: at the one of a guardian alone, who has such a browser."""
    return address.value == f"{APP}:{address.guardian_id}" and has_notices(look, address.guardian_id)


def find_devices(look: Look, recipients: Sequence[str]) -> dict[str, PushDevice]:
    """By what deliveries are addressed to, those that there are."""
    ids = [recipient.removeprefix(f"{PUSH}:") for recipient in recipients]
    found = look.session.scalars(sa.select(PushDevice).where(PushDevice.id.in_(ids)))
    return {device.recipient: device for device in found}


def address_device(look: Look, recipient: str) -> Device | None:
    """Where a notice goes, and its keys."""
    device = find_devices(look, [recipient]).get(recipient)
    return Device(device.endpoint, device.key, device.auth) if device is not None else None


def _people(family: Family) -> str:
    return ",".join(family.guardian_ids)
