"""Sessions of guardians on the family pages: opened by a code to a registered phone, ended by half an hour of rest, by time, by
hand, or with the phone and the rights they rest on, which are asked each time.

A session is as sure as the phone: whoever else uses it reads along, so that it opens no more than all of them may know.
Source: security rules S1.1, S1.4, S1.5, S2.3, S2.4 and S3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import APP
from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import Guardian, GuardianAddress
from hub.post.audience import Freshness, freshness, list_addresses
from hub.post.family import Family, find_family
from hub.quick_select import QuickSelect
from hub.safety import audit
from hub.safety.access import NotThereError
from hub.sign_in.tokens import hash_token, new_token

RESTS_AT_MOST = timedelta(minutes=30)
ENDS_AFTER = timedelta(hours=12)


class FamilySession(Base):
    """One sign-in in one browser. `address_id` is the phone it rests on, `guardian_id` who they said they were."""

    __tablename__ = "family_sessions"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), index=True)
    address_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardian_addresses.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    ended_at: Mapped[Moment | None] = mapped_column(default=None)

    def is_live(self, now: datetime) -> bool:
        return self.ended_at is None and now < min(self.ends_at, self.seen_at + RESTS_AT_MOST)


@dataclass(frozen=True, slots=True)
class FoundFamily:
    """A live session, who it is, and what they and all who use the phone may know at this moment."""

    id: str
    guardian_id: str
    owner_id: str
    name: str
    language: str
    family: Family
    seen_at: datetime
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


_SESSION = (
    sa.select(FamilySession, GuardianAddress)
    .join(GuardianAddress, GuardianAddress.id == FamilySession.address_id)
    .limit(1)
)
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


def _find(look: Look, rows: Sequence[tuple[FamilySession, GuardianAddress]]) -> FoundFamily | None:
    if not rows or not rows[0][0].is_live(look.now):
        return None
    session, address = rows[0]
    behind = list_behind(look, address.kind, address.value, session.owner_id)
    own = next((one for one in behind if one.guardian.id == session.guardian_id), None)
    if own is None:
        return None
    return FoundFamily(
        id=session.id,
        guardian_id=session.guardian_id,
        owner_id=session.owner_id,
        name=own.guardian.name,
        language=own.guardian.language,
        family=own.family,
        seen_at=session.seen_at,
    )


def open_family_session(work: Work, behind: Behind) -> str:
    """A new session; returns its token, which is told to the browser and kept nowhere. Audited."""
    token = new_token()
    work.session.add(
        FamilySession(
            id=work.new_id(),
            owner_id=behind.guardian.owner_id,
            guardian_id=behind.guardian.id,
            address_id=behind.address.id,
            token_hash=hash_token(token),
            made_at=work.now,
            seen_at=work.now,
            ends_at=work.now + ENDS_AFTER,
        )
    )
    audit.note(work, "family.sign_in", [behind.guardian.id, behind.address.id])
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


def _end(work: Work, session: FamilySession) -> None:
    session.ended_at = work.now
    audit.note(work, "family.sign_out", [session.guardian_id, session.id])


def keep_app_addresses(work: Work, found: FoundFamily, session_id: str) -> str:
    """The app as an address of exactly those behind the session's phone, and as fresh as that; its value."""
    session = work.session.get_one(FamilySession, session_id)
    phone = work.session.get_one(GuardianAddress, session.address_id)
    value = found.family.app_address
    kept = {
        address.guardian_id: address
        for address in work.session.scalars(
            sa.select(GuardianAddress).where(GuardianAddress.kind == APP, GuardianAddress.value == value)
        )
    }
    for guardian_id in found.family.guardian_ids:
        if guardian_id in kept:
            kept[guardian_id].confirmed_at, kept[guardian_id].gone_at = phone.confirmed_at, None
            continue
        work.session.add(
            GuardianAddress(
                id=work.new_id(),
                owner_id=found.owner_id,
                guardian_id=guardian_id,
                kind=APP,
                value=value,
                confirmed_at=phone.confirmed_at,
                confirmed_by="sign_in",
                rank=LAST_RANK,
            )
        )
    return value


LAST_RANK = 99
"""The app is nobody's first address: what the hub says by itself goes to a phone."""
