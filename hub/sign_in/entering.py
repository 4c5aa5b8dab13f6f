"""Signing in: the password, then, on a device that did not prove it lately, the second factor.

A verb that counts a try returns its refusal instead of raising it, so that the count is kept. Nothing here tells whether
a login exists. Source: security rules S2.3 to S2.6.
"""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref
from hub.desk import Refusal, Work
from hub.people.staff import Staff, find_by_login
from hub.safety import audit
from hub.seal import Seal
from hub.sign_in import second_factor
from hub.sign_in.invitations import NoRoleTodayError, WrongCodeError
from hub.sign_in.pace import count_try, forget_tries, give_back
from hub.sign_in.sessions import (
    StaffSession,
    find_device,
    list_roles_today,
    mark_seen,
    open_session,
    renew_session,
    trust_device,
)
from hub.sign_in.tokens import new_token
from hub.token_hash import hash_token

HALF_LASTS = timedelta(minutes=5)
CODE_TRIES = 5


class WrongPasswordError(Refusal):
    """The login and the password do not belong together."""

    words = "sign_in.wrong_password"


class StartAgainError(Refusal):
    """The first half of the sign-in is too long ago, or was tried too often."""

    words = "sign_in.start_again"


class HalfSignIn(Base):
    """The password was right; the second factor is still asked. `password_hash` is the one that was right."""

    __tablename__ = "half_sign_ins"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    ends_at: Mapped[Moment]
    tries: Mapped[int] = mapped_column(default=0)


@dataclass(frozen=True, slots=True)
class Knock:
    """A try that was counted: what the password has to match, None where nobody signs in with that login."""

    staff_id: str | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Entered:
    """Signed in. The token is told to the browser and kept nowhere."""

    session_token: str


@dataclass(frozen=True, slots=True)
class CodeAsked:
    """The password was right; the token goes with the code that is asked next."""

    half_token: str


def knock(work: Work, login: str, address: str, device_token: str | None) -> Knock:
    """Count a try. The password is checked outside, then comes `enter` or `note_failure`. Raises: SlowDownError."""
    staff = find_by_login(work, login)
    device = find_device(work, staff.id, device_token) if staff else None
    count_try(work, login.strip(), address, device.id if device else None)
    return Knock(staff.id if staff else None, staff.password_hash if staff else None)


def note_failure(work: Work, staff_id: str | None) -> None:
    """A password or code did not fit."""
    audit.note(work, "sign_in.failed", [staff_id] if staff_id else [])


def enter(
    work: Work,
    staff_id: str,
    password_hash: str,
    address: str,
    device_token: str | None,
    better_hash: str | None = None,
) -> Entered | CodeAsked | Refusal:
    """The password fits `password_hash`. `better_hash` replaces one that was made with less care."""
    give_back(work, address)
    staff = work.session.get_one(Staff, staff_id, with_for_update=True)
    if staff.password_hash != password_hash or staff.second_factor is None:
        return WrongPasswordError()
    if better_hash is not None:
        staff.password_hash = better_hash
    device = find_device(work, staff.id, device_token)
    if device is None:
        return _ask_code(work, staff)
    if not list_roles_today(work, staff):
        return NoRoleTodayError()
    forget_tries(work, staff.login, device.id)
    return Entered(open_session(work, staff, device, fresh=False))


def _ask_code(work: Work, staff: Staff) -> CodeAsked:
    token = new_token()
    work.session.execute(
        sa.delete(HalfSignIn).where(sa.or_(HalfSignIn.ends_at <= work.now, HalfSignIn.tries >= CODE_TRIES))
    )
    work.session.add(
        HalfSignIn(
            id=work.new_id(),
            owner_id=staff.owner_id,
            staff_id=staff.id,
            token_hash=hash_token(token),
            password_hash=staff.password_hash or "",
            ends_at=work.now + HALF_LASTS,
        )
    )
    return CodeAsked(token)


def enter_code(
    work: Work, seal: Seal, half_token: str, code: str, address: str, device_token: str
) -> Entered | Refusal:
    """The second half: a code from the phone, which makes this device known. Raises: SlowDownError."""
    half = work.session.scalar(
        sa.select(HalfSignIn).where(HalfSignIn.token_hash == hash_token(half_token)).with_for_update()
    )
    if half is None or half.ends_at <= work.now or half.tries >= CODE_TRIES:
        return StartAgainError()
    staff = work.session.get_one(Staff, half.staff_id)
    if staff.password_hash != half.password_hash:
        return StartAgainError()
    count_try(work, staff.id, address)
    half.tries += 1
    if not second_factor.prove(work, staff, seal, code):
        note_failure(work, staff.id)
        return WrongCodeError()
    if not list_roles_today(work, staff):
        return NoRoleTodayError()
    work.session.delete(half)
    give_back(work, address)
    forget_tries(work, staff.login)
    forget_tries(work, staff.id)
    return Entered(open_session(work, staff, trust_device(work, staff, device_token), fresh=True))


def prove_fresh(work: Work, seal: Seal, session_id: str, code: str, address: str) -> Entered | Refusal:
    """A code for what asks for fresh proof; the session goes on under a new token. Raises: SlowDownError."""
    session = work.session.get_one(StaffSession, session_id)
    staff = work.session.get_one(Staff, session.staff_id)
    count_try(work, staff.id, address, session.id)
    if not second_factor.prove(work, staff, seal, code):
        note_failure(work, staff.id)
        return WrongCodeError()
    give_back(work, address)
    forget_tries(work, staff.id, session.id)
    return Entered(renew_session(work, session_id))


def knock_again(work: Work, session_id: str, address: str) -> Knock:
    """Count a try at the password that opens a faded page again. Raises: SlowDownError."""
    session = work.session.get_one(StaffSession, session_id)
    staff = work.session.get_one(Staff, session.staff_id)
    count_try(work, staff.id, address, session.id)
    return Knock(staff.id, staff.password_hash)


def wake(work: Work, session_id: str, address: str) -> None:
    """The password was right: the faded page is open again."""
    give_back(work, address)
    session = work.session.get_one(StaffSession, session_id)
    mark_seen(work, session_id)
    forget_tries(work, session.staff_id, session.id)
    audit.note(work, "sign_in.woken", [session.staff_id])
