"""Sessions of guardians on the family pages: opened by a code to a registered phone or by a national eID, ended by half an hour
of rest, by time, by hand, or with the phone or proof and the rights they rest on, which are asked each time.

One by a code is as sure as the phone: whoever else uses it reads along, so that it opens no more than all of them may know. One
by a code to a mailbox reads, and no more: a mailbox may pass on what it gets to somebody whom nobody knows of. One by an eID is
its guardian's alone, and as sure as the means was.
Source: security rules S1.1, S1.4, S1.5, S2.3, S2.4 and S3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import MAIL
from hub.asker import Trust
from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import Guardian, GuardianAddress
from hub.post.audience import Freshness, freshness, list_addresses
from hub.post.family import Family, find_family
from hub.post.push_devices import SignedIn, end_all_devices, end_devices_of
from hub.quick_select import QuickSelect
from hub.safety import audit
from hub.safety.access import NotThereError
from hub.sign_in.proofs import Proven, end_proof, find_proof
from hub.sign_in.tokens import new_token
from hub.token_hash import hash_token


class NotShownError(Refusal):
    """It is they, but there is nothing that may be shown to them here, or not by this means."""

    words = "eid.not_shown"

    def __init__(self, contact: str) -> None:
        super().__init__(contact=contact)


class SharedPhoneError(Refusal):
    """Several use the phone that they signed in with: whose word it would be, nobody can tell. Source: security rule S1.5."""

    words = "refusals.shared_phone"


class NotByMailError(Refusal):
    """Signed in by a code to a mailbox, which is enough for reading alone."""

    words = "refusals.not_by_mail"


RESTS_AT_MOST = timedelta(minutes=30)
ENDS_AFTER = timedelta(hours=12)


class FamilySession(Base):
    """One sign-in in one browser. It rests on the phone or mailbox `address_id`, and then `guardian_id` is who they said they
    were; or on the proof `proof_id` that it is they."""

    __tablename__ = "family_sessions"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), index=True)
    address_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("guardian_addresses.id"))
    proof_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("proofs.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    ended_at: Mapped[Moment | None] = mapped_column(default=None)

    def is_live(self, now: datetime) -> bool:
        return self.ended_at is None and now < min(self.ends_at, self.seen_at + RESTS_AT_MOST)


@dataclass(frozen=True, slots=True)
class FoundFamily:
    """A live session, who it is, and what they and all who use the phone may know at this moment.

    `proof_id` is the proof that it rests on, and `provider` whose that is; None for a phone or, `by_mail`, a mailbox.
    """

    id: str
    guardian_id: str
    owner_id: str
    name: str
    language: str
    family: Family
    seen_at: datetime
    trust: Trust
    proof_id: str | None = None
    provider: str | None = None
    by_mail: bool = False
    is_pupil: bool = False
    is_faded: bool = False

    @property
    def is_shared(self) -> bool:
        """Whether several use the phone."""
        return len(self.family.guardian_ids) > 1


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody behind a phone who may sign in with it, and all who use it with them."""

    address: GuardianAddress
    guardian: Guardian
    family: Family


def list_behind(look: Look, kind: str, value: str, owner_id: str) -> list[Behind]:
    """Who of an owner may sign in with this address now; nobody where it is old, or one of them may be shown nothing."""
    people = list_addresses(look, kind, value, owner_id)
    if not people or any(
        address.is_closed or freshness(address, look.now) is not Freshness.FRESH for address, _ in people
    ):
        return []
    family = find_family(look, owner_id, [guardian.id for _, guardian in people])
    return [Behind(address, guardian, family) for address, guardian in people] if family is not None else []


_SESSION = sa.select(FamilySession).limit(1)
_BY_TOKEN = QuickSelect(_SESSION.where(FamilySession.token_hash == sa.bindparam("token")))
_BY_ID = QuickSelect(_SESSION.where(FamilySession.id == sa.bindparam("id")))


def find_family_session(look: Look, token: str) -> FoundFamily | None:
    """The live session of this token, by rights as they are now."""
    return _find(look, _BY_TOKEN.rows(look, token=hash_token(token)))


def get_family_session(look: Look, session_id: str) -> FoundFamily:
    """The same, where it is known already; asked anew wherever something is shown or done. Raises: NotThereError."""
    found = _find(look, _BY_ID.rows(look, id=session_id))
    if found is None:
        raise NotThereError
    return found


def get_acting_session(look: Look, session_id: str) -> FoundFamily:
    """The same, where something is said or done with it. Raises: NotThereError, NotByMailError."""
    found = get_family_session(look, session_id)
    if found.by_mail:
        raise NotByMailError
    return found


def get_unshared_session(look: Look, session_id: str) -> FoundFamily:
    """The same, where it speaks for one guardian alone. Raises: NotThereError, NotByMailError, SharedPhoneError."""
    found = get_acting_session(look, session_id)
    if found.is_shared:
        raise SharedPhoneError
    return found


def _find(look: Look, rows: Sequence[tuple[FamilySession]]) -> FoundFamily | None:
    if not rows or not rows[0][0].is_live(look.now):
        return None
    (session,) = rows[0]
    proven = find_proof(look, session.proof_id) if session.proof_id is not None else None
    stands = _by_phone(look, session) if session.proof_id is None else _by_proof(look, proven)
    if stands is None:
        return None
    guardian, family = stands
    return FoundFamily(
        id=session.id,
        guardian_id=session.guardian_id,
        owner_id=session.owner_id,
        name=guardian.name,
        language=guardian.language,
        family=family,
        seen_at=session.seen_at,
        trust=proven.trust if proven is not None else Trust.CLAIMED,
        proof_id=session.proof_id,
        provider=proven.provider if proven is not None else None,
        by_mail=_is_by_mail(look, session),
        is_pupil=guardian.is_pupil,
    )


def _is_by_mail(look: Look, session: FamilySession) -> bool:
    address = look.session.get(GuardianAddress, session.address_id) if session.address_id is not None else None
    return address is not None and address.kind == MAIL


def _by_phone(look: Look, session: FamilySession) -> tuple[Guardian, Family] | None:
    """Who it is and what they may know, while the phone is theirs."""
    address = look.session.get(GuardianAddress, session.address_id)
    behind = list_behind(look, address.kind, address.value, session.owner_id) if address is not None else []
    own = next((one for one in behind if one.guardian.id == session.guardian_id), None)
    return (own.guardian, own.family) if own is not None else None


def _by_proof(look: Look, proven: Proven | None) -> tuple[Guardian, Family] | None:
    """The same, while the provider has not signed them out."""
    if proven is None:
        return None
    is_strong = proven.trust is Trust.STRONG
    family = find_family(look, proven.owner_id, [proven.guardian_id], is_strong=is_strong)
    guardian = look.session.get_one(Guardian, proven.guardian_id)
    return (guardian, family) if family is not None else None


def open_proven_session(work: Work, proven: Proven, contact: str) -> str:
    """A new session that rests on a proof; returns its token, which is told to the browser and kept nowhere. Audited.

    `contact` is whom to write to when there is nothing to show. Raises: NotShownError.
    """
    stands = _by_proof(work, find_proof(work, proven.proof_id))
    if stands is None:
        raise NotShownError(contact)
    return _open(work, stands[0], proof_id=proven.proof_id)


def open_family_session(work: Work, behind: Behind) -> str:
    """A new session that rests on a phone; returns its token, which is told to the browser and kept nowhere. Audited."""
    return _open(work, behind.guardian, address_id=behind.address.id)


def _open(work: Work, guardian: Guardian, *, address_id: str | None = None, proof_id: str | None = None) -> str:
    token = new_token()
    work.session.add(
        FamilySession(
            id=work.new_id(),
            owner_id=guardian.owner_id,
            guardian_id=guardian.id,
            token_hash=hash_token(token),
            made_at=work.now,
            seen_at=work.now,
            ends_at=work.now + ENDS_AFTER,
            address_id=address_id,
            proof_id=proof_id,
        )
    )
    audit.note(work, "family.sign_in", [guardian.id, *filter(None, (address_id, proof_id))])
    return token


def mark_family_seen(work: Work, session_id: str) -> None:
    """A page was used just now, so the session does not rest."""
    work.session.execute(
        sa.update(FamilySession)
        .where(FamilySession.id == session_id, FamilySession.ended_at.is_(None))
        .values(seen_at=work.now)
    )


def list_own_sessions(look: Look, found: FoundFamily) -> list[FamilySession]:
    """Where this guardian is signed in, by phones of their own or shared, the newest first."""
    own = sa.select(FamilySession).where(
        FamilySession.guardian_id == found.guardian_id, FamilySession.ended_at.is_(None)
    )
    return [one for one in look.session.scalars(own.order_by(FamilySession.id.desc())) if one.is_live(look.now)]


def end_family_session(work: Work, found: FoundFamily, session_id: str) -> None:
    """One of this guardian's sessions ends now. Audited. Raises: NotThereError when it is none of theirs."""
    session = next((one for one in list_own_sessions(work, found) if one.id == session_id), None)
    if session is None:
        raise NotThereError
    _end(work, session)


def end_all_family_sessions(work: Work, found: FoundFamily) -> None:
    """Every session of this guardian ends now. Audited."""
    for session in list_own_sessions(work, found):
        _end(work, session)
    end_all_devices(work, found.guardian_id)


def _end(work: Work, session: FamilySession) -> None:
    session.ended_at = work.now
    audit.note(work, "family.sign_out", [session.guardian_id, session.id])
    end_devices_of(work, session.id)
    if session.proof_id is not None:
        end_proof(work, session.proof_id)


def who_signed_in(look: Look, session_id: str) -> SignedIn:
    """What a browser that is to take notices rests on. Raises: NotThereError."""
    found = get_family_session(look, session_id)
    session = look.session.get_one(FamilySession, session_id)
    return SignedIn(
        session_id, found.guardian_id, session.address_id, session.proof_id, found.family, not found.by_mail
    )
