"""Invitations: a link that lets one person in once, to choose a password and a second factor.

After a lost phone the old password is asked instead of a new one, so that the link alone opens nothing. A link for a new
password opens an account to whoever holds it, so behind one that a colleague made the protected children stay hidden until a
second person has confirmed who it is. Source: security rules S2.3, S2.8 and S4.6.
"""

from datetime import timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.staff import Staff, find_by_login
from hub.safety import audit
from hub.seal import Seal
from hub.sign_in import second_factor
from hub.sign_in.pace import count_try, forget_tries, give_back
from hub.sign_in.sessions import list_roles_today, open_session, sign_out_everywhere, trust_device
from hub.sign_in.tokens import new_token
from hub.sign_in.vouching import is_colleague, let_in
from hub.token_hash import hash_token

LASTS = timedelta(hours=72)


class Purpose(StrEnum):
    FIRST = "first"
    LOST_SECOND_FACTOR = "lost_second_factor"


class InvitationOverError(Refusal):
    """There is no such invitation any more: used, too old, or replaced by a newer one."""

    words = "sign_in.invitation_over"


class WrongCodeError(Refusal):
    """The code does not fit, or was used before."""

    words = "sign_in.wrong_code"


class NoSuchLoginError(Refusal):
    """Nobody who works here signs in with this."""

    words = "sign_in.no_such_login"


class NoRoleTodayError(Refusal):
    """The person holds no role today, so there is nothing they may see."""

    words = "sign_in.no_role_today"


class Invitation(Base):
    """One link. `password_hash` waits here until the second factor is confirmed too. `made_by` is a colleague, or nobody."""

    __tablename__ = "invitations"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    purpose: Mapped[str] = mapped_column(sa.String(20))
    made_at: Mapped[Moment]
    ends_at: Mapped[Moment]
    made_by: Mapped[str | None] = mapped_column(sa.ForeignKey("staff.id"), default=None)
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), default=None)
    used_at: Mapped[Moment | None] = mapped_column(default=None)


def invite(work: Work, staff: Staff, purpose: Purpose = Purpose.FIRST) -> str:
    """A new invitation, which ends every earlier one of this person; returns its token."""
    token = new_token()
    work.session.execute(
        sa.update(Invitation)
        .where(Invitation.staff_id == staff.id, Invitation.used_at.is_(None), Invitation.ends_at > work.now)
        .values(ends_at=work.now)
    )
    work.session.add(
        Invitation(
            id=work.new_id(),
            owner_id=staff.owner_id,
            staff_id=staff.id,
            token_hash=hash_token(token),
            purpose=purpose,
            made_at=work.now,
            ends_at=work.now + LASTS,
            made_by=work.asker.id if is_colleague(work) else None,
        )
    )
    audit.note(work, "sign_in.invited", [staff.id], purpose)
    return token


def invite_link(work: Work, login: str, base_url: str) -> str:
    """The one-time link for whoever signs in with `login`. Raises: NoSuchLoginError."""
    staff = find_by_login(work, login)
    if staff is None or staff.has_left(work.now):
        raise NoSuchLoginError
    return link_of(invite(work, staff), base_url)


def link_of(token: str, base_url: str) -> str:
    return f"{base_url}/welcome/{token}"


def get_invitation(look: Look, token: str) -> tuple[Invitation, Staff]:
    """A live invitation, and whose it is. Raises: InvitationOverError."""
    live = (
        sa.select(Invitation, Staff)
        .join(Staff, Staff.id == Invitation.staff_id)
        .where(Invitation.token_hash == hash_token(token), Invitation.used_at.is_(None), Invitation.ends_at > look.now)
    )
    row = look.session.execute(live.with_for_update() if isinstance(look, Work) else live).first()
    if row is None or row.Staff.has_left(look.now):
        raise InvitationOverError
    return row.Invitation, row.Staff


def choose_password(work: Work, token: str, password_hash: str) -> None:
    """The first half: a new password waits for the second factor. Raises: InvitationOverError."""
    invitation, _ = get_invitation(work, token)
    if invitation.purpose != Purpose.FIRST:
        raise InvitationOverError
    invitation.password_hash = password_hash


def count_old_password(work: Work, token: str, address: str) -> str | None:
    """Count a try at the password that goes with a lost phone; returns what it has to match.

    Raises: InvitationOverError, SlowDownError.
    """
    _, staff = get_invitation(work, token)
    count_try(work, staff.login, address)
    return staff.password_hash


def confirm_old_password(work: Work, token: str, password_hash: str, address: str) -> None:
    """The first half after a lost phone: the password was right. Raises: InvitationOverError."""
    give_back(work, address)
    invitation, _ = get_invitation(work, token)
    invitation.password_hash = password_hash


def accept(work: Work, seal: Seal, token: str, code: str, address: str, device_token: str) -> str | Refusal:
    """The second half: the phone shows the right code, so the person is signed in here and nowhere else.

    Returns the session's token, or a refusal after a try that counts. Raises: InvitationOverError, SlowDownError.
    """
    invitation, staff = get_invitation(work, token)
    if invitation.password_hash is None or not _is_still_theirs(invitation, staff):
        raise InvitationOverError
    count_try(work, staff.id, address)
    secret = second_factor.new_secret(seal, token)
    step = second_factor.accepted_step(secret, code, work.now, after=0)
    if step is None:
        return WrongCodeError()
    if not list_roles_today(work, staff):
        return NoRoleTodayError()
    give_back(work, address)
    forget_tries(work, staff.id)
    sign_out_everywhere(work, staff.id, "invitation")
    staff.password_hash = invitation.password_hash
    second_factor.keep_secret(staff, seal, secret, step)
    if invitation.purpose == Purpose.FIRST:
        let_in(work, staff, invitation.made_by)
    invitation.used_at, invitation.password_hash = work.now, None
    audit.note(work, "sign_in.invitation_used", [staff.id], invitation.purpose)
    return open_session(work, staff, trust_device(work, staff, device_token), fresh=True)


def _is_still_theirs(invitation: Invitation, staff: Staff) -> bool:
    return invitation.purpose == Purpose.FIRST or invitation.password_hash == staff.password_hash
