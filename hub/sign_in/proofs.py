"""What a national identity provider has shown of a guardian: who it is, how surely, by what means and when.

A guardian is found by the register alone, and an account opens by itself for whoever has a child here today; nobody else leaves
anything behind, whoever they are. What a guardian may see is asked again wherever it is shown. Source: security rules S1.1,
S2.1, S3.4 and S10.6.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import Guardian, Right
from hub.people.national_ids import find_guardians, keep_national_id, parse_national_id
from hub.people.places import Unit
from hub.post.audience import list_entitled
from hub.post.push_devices import end_devices_by_proof
from hub.safety import audit
from hub.seal import Seal
from hub.sign_in.identity import Identity, Level, Shown, SignedOut


class NobodyError(Refusal):
    """The register knows no guardian with this number who has anything to see here; which of the two is not told."""

    words = "eid.nobody"

    def __init__(self, contact: str) -> None:
        super().__init__(contact=contact)


class SeveralOwnersError(Refusal):
    """The same person is a guardian at several owners, and this way in does not say at which."""

    words = "eid.several_owners"


class Proof(Base):
    """One sign-in by a provider. `at` is when the provider saw them; `subject` and `sid` are keyed hashes of its own names for
    the person and its session. `is_strong`: it counts as T3 here."""

    __tablename__ = "proofs"
    __table_args__ = (sa.Index(None, "provider", "subject"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), index=True)
    provider: Mapped[str] = mapped_column(sa.String(40))
    subject: Mapped[str] = mapped_column(sa.String(64))
    sid: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    level: Mapped[int] = mapped_column(sa.SmallInteger)
    method: Mapped[str] = mapped_column(sa.String(60))
    is_strong: Mapped[bool]
    at: Mapped[Moment]
    ended_at: Mapped[Moment | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Proven:
    """This guardian, at this level, by this method. A session that rests on it keeps `proof_id`."""

    proof_id: str
    guardian_id: str
    owner_id: str
    provider: str
    level: Level
    method: str
    trust: Trust
    at: datetime


def prove(work: Work, seal: Seal, identity: Identity, shown: Shown) -> Proven:
    """Find whom a provider has seen, and keep that it has. Audited. Raises: NobodyError, SeveralOwnersError."""
    number = parse_national_id(shown.national_id, identity.country, work.now.date())
    known = find_guardians(work, seal, number, identity.owner) if number is not None else []
    there = [guardian for guardian in known if has_children_here(work, guardian)]
    if not there or number is None:
        raise NobodyError(identity.contact)
    if len(there) > 1:
        raise SeveralOwnersError
    guardian = there[0]
    keep_national_id(work, seal, (guardian.owner_id, guardian.id), number)
    proof = Proof(
        id=work.new_id(),
        owner_id=guardian.owner_id,
        guardian_id=guardian.id,
        provider=identity.name,
        subject=_name_subject(seal, shown.issuer, shown.subject),
        sid=_name_sid(seal, shown.issuer, shown.sid) if shown.sid is not None else None,
        level=shown.level,
        method=shown.method,
        is_strong=shown.level >= identity.strong,
        at=shown.at,
    )
    work.session.add(proof)
    audit.note(work, "eid.signed_in", [guardian.id, proof.id], f"{identity.name} {shown.level.name} {shown.method}")
    return _proven(proof)


def has_children_here(look: Look, guardian: Guardian) -> bool:
    """Whether the guardian has any right for any child on the day that it is at one of the owner's units, blocks heeded."""
    days = {
        unit.today(look.now) for unit in look.session.scalars(sa.select(Unit).where(Unit.owner_id == guardian.owner_id))
    }
    return any(list_entitled(look, [guardian.id], right, day) for day in days for right in Right)


def find_proof(look: Look, proof_id: str) -> Proven | None:
    """What a session rests on, while the provider has not signed its person out."""
    proof = look.session.get(Proof, proof_id)
    return _proven(proof) if proof is not None and proof.ended_at is None else None


def is_proven(look: Look, proof_id: str | None, within: timedelta, least: Trust = Trust.STRONG) -> bool:
    """Whether a session rests on a proof that is sure enough and not older than this; if not, ask for a fresh one."""
    proven = find_proof(look, proof_id) if proof_id is not None else None
    return proven is not None and proven.trust >= least and look.now - proven.at <= within


def end_proof(work: Work, proof_id: str) -> None:
    """Signed out here; what rests on it is over. Audited."""
    proof = work.session.get(Proof, proof_id)
    if proof is not None and proof.ended_at is None:
        _end(work, proof)


def end_proofs(work: Work, seal: Seal, provider: str, gone: SignedOut) -> int:
    """The provider has signed somebody out: whatever rests on it is over, in every browser. Audited."""
    names = []
    if gone.sid is not None:
        names.append(Proof.sid == _name_sid(seal, gone.issuer, gone.sid))
    if gone.subject is not None:
        names.append(Proof.subject == _name_subject(seal, gone.issuer, gone.subject))
    if not names:
        return 0
    live = sa.select(Proof).where(Proof.provider == provider, Proof.ended_at.is_(None), *names)
    proofs = list(work.session.scalars(live.with_for_update()))
    for proof in proofs:
        _end(work, proof)
    return len(proofs)


def _end(work: Work, proof: Proof) -> None:
    proof.ended_at = work.now
    end_devices_by_proof(work, proof.id)
    audit.note(work, "eid.signed_out", [proof.guardian_id, proof.id])


def _proven(proof: Proof) -> Proven:
    return Proven(
        proof_id=proof.id,
        guardian_id=proof.guardian_id,
        owner_id=proof.owner_id,
        provider=proof.provider,
        level=Level(proof.level),
        method=proof.method,
        trust=Trust.STRONG if proof.is_strong else Trust.CONFIRMED,
        at=proof.at,
    )


def _name_subject(seal: Seal, issuer: str, subject: str) -> str:
    """A person is the pair of issuer and subject. Source: security rule S2.1."""
    return seal.derive("eid subject", f"{issuer}\0{subject}").hex()


def _name_sid(seal: Seal, issuer: str, sid: str) -> str:
    return seal.derive("eid session", f"{issuer}\0{sid}").hex()
