"""Sessions of staff: opened by a sign-in, faded when left alone, ended by time, by hand, or with the role they rest on.

Source: security rules S2.3 to S2.5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.people.staff import Role, RoleHolding, RoleKind, Staff
from hub.quick_select import QuickSelect
from hub.safety import audit
from hub.sign_in.tokens import new_token
from hub.token_hash import hash_token

FADES_AFTER = timedelta(minutes=15)
ENDS_AFTER = timedelta(hours=12)
FRESH_FOR = timedelta(minutes=10)
SECOND_FACTOR_EVERY = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)


class StaffDevice(Base):
    """A browser in which somebody proved their second factor; several people may share one browser's token."""

    __tablename__ = "staff_devices"
    __table_args__ = (sa.UniqueConstraint("token_hash", "staff_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    proven_at: Mapped[Moment]


class StaffSession(Base):
    """One sign-in in one browser. While `fresh_until` lasts, the second factor was proven just now."""

    __tablename__ = "staff_sessions"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[Moment]
    seen_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    device_id: Mapped[str | None] = mapped_column(sa.ForeignKey("staff_devices.id", ondelete="SET NULL"), default=None)
    fresh_until: Mapped[Moment | None] = mapped_column(default=None)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A live session, and who it is. `leads` are the units this person leads today, `unit_kinds` of which kinds those are at
    which they hold a role; `role` is what they are called."""

    id: str
    staff_id: str
    owner_id: str
    name: str
    language: str
    role: str
    leads: frozenset[str]
    unit_kinds: frozenset[str]
    seen_at: datetime
    is_faded: bool
    is_fresh: bool


_SESSION = sa.select(StaffSession, Staff).join(Staff, Staff.id == StaffSession.staff_id).limit(1)
_BY_TOKEN = QuickSelect(_SESSION.where(StaffSession.token_hash == sa.bindparam("token")))
_BY_ID = QuickSelect(_SESSION.where(StaffSession.id == sa.bindparam("id")))
_ROLES = QuickSelect(
    sa.select(RoleHolding, Role, Unit)
    .join(Role, Role.id == RoleHolding.role_id)
    .join(Unit, Unit.id == Role.unit_id)
    .where(RoleHolding.staff_id == sa.bindparam("staff"), RoleHolding.owner_id == sa.bindparam("owner"))
    .order_by(RoleHolding.id)
)


def find_session(look: Look, token: str) -> FoundSession | None:
    """The live session of this token, if its person still works here and holds a role today."""
    return _find(look, _BY_TOKEN.rows(look, token=hash_token(token)))


def find_session_by_id(look: Look, session_id: str) -> FoundSession | None:
    """The same, for what was made for a session and ends with it."""
    return _find(look, _BY_ID.rows(look, id=session_id))


def _find(look: Look, rows: Sequence[tuple[StaffSession, Staff]]) -> FoundSession | None:
    if not rows:
        return None
    session, staff = rows[0]
    if session.ended_at is not None or session.ends_at <= look.now:
        return None
    held = _list_held_today(look, staff)
    if not held:
        return None
    return FoundSession(
        id=session.id,
        staff_id=staff.id,
        owner_id=staff.owner_id,
        name=staff.name,
        language=staff.language,
        role=held[0][0].title,
        leads=frozenset(unit.id for role, unit in held if role.kind == RoleKind.LEADER),
        unit_kinds=frozenset(unit.kind for _, unit in held),
        seen_at=session.seen_at,
        is_faded=look.now - session.seen_at >= FADES_AFTER,
        is_fresh=session.fresh_until is not None and look.now < session.fresh_until,
    )


def list_roles_today(look: Look, staff: Staff) -> list[Role]:
    """The roles this person holds today, each by the day of its own unit; none once they have left."""
    return [role for role, _ in _list_held_today(look, staff)]


def _list_held_today(look: Look, staff: Staff) -> list[tuple[Role, Unit]]:
    if staff.has_left(look.now):
        return []
    rows = _ROLES.rows(look, staff=staff.id, owner=staff.owner_id)
    return [(role, unit) for holding, role, unit in rows if holding.covers(unit.today(look.now), look.now)]


def open_session(work: Work, staff: Staff, device: StaffDevice | None, *, fresh: bool) -> str:
    """A new session; returns its token, which is told to the browser and kept nowhere."""
    token = new_token()
    work.session.add(
        StaffSession(
            id=work.new_id(),
            owner_id=staff.owner_id,
            staff_id=staff.id,
            token_hash=hash_token(token),
            made_at=work.now,
            seen_at=work.now,
            ends_at=work.now + ENDS_AFTER,
            device_id=device.id if device else None,
            fresh_until=work.now + FRESH_FOR if fresh else None,
        )
    )
    audit.note(work, "sign_in.opened", [staff.id])
    return token


def renew_session(work: Work, session_id: str) -> str:
    """The same session under a new token after a fresh proof; the old token is dead, and the end stays where it was."""
    token = new_token()
    session = work.session.get_one(StaffSession, session_id)
    session.token_hash = hash_token(token)
    session.seen_at = work.now
    session.fresh_until = work.now + FRESH_FOR
    audit.note(work, "sign_in.proven", [session.staff_id])
    return token


def mark_seen(work: Work, session_id: str) -> None:
    """The page was used just now, so it does not fade yet."""
    work.session.execute(
        sa.update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
        .values(seen_at=work.now)
    )


def sign_out(work: Work, session_id: str) -> None:
    session = work.session.get_one(StaffSession, session_id)
    if session.ended_at is None:
        session.ended_at = work.now
        audit.note(work, "sign_in.closed", [session.staff_id])


def sign_out_everywhere(work: Work, staff_id: str, why: str) -> None:
    """Every session of this person ends now, and each device has to prove the second factor again.

    `why` is a short code: "asked", "password", "left".
    """
    work.session.execute(
        sa.update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=work.now)
    )
    work.session.execute(sa.update(StaffSession).where(StaffSession.staff_id == staff_id).values(device_id=None))
    work.session.execute(sa.delete(StaffDevice).where(StaffDevice.staff_id == staff_id))
    audit.note(work, "sign_in.closed_everywhere", [staff_id], why)


def find_device(look: Look, staff_id: str, device_token: str | None) -> StaffDevice | None:
    """The device of this token, if this person proved their second factor on it in the last 30 days."""
    if not device_token:
        return None
    return look.session.scalar(
        sa.select(StaffDevice).where(
            StaffDevice.token_hash == hash_token(device_token),
            StaffDevice.staff_id == staff_id,
            StaffDevice.proven_at > look.now - SECOND_FACTOR_EVERY,
        )
    )


def trust_device(work: Work, staff: Staff, device_token: str) -> StaffDevice:
    """This person proved their second factor on this device just now."""
    device = work.session.scalar(
        sa.select(StaffDevice).where(
            StaffDevice.token_hash == hash_token(device_token), StaffDevice.staff_id == staff.id
        )
    )
    if device is None:
        device = StaffDevice(
            id=work.new_id(),
            owner_id=staff.owner_id,
            staff_id=staff.id,
            token_hash=hash_token(device_token),
            proven_at=work.now,
        )
        work.session.add(device)
    device.proven_at = work.now
    work.session.flush()
    return device
