"""Mailboxes: each virtual number is a mailbox too, so a seat has one where it has a number, and both rest together.

A reply token is behind the number, as in "4759000017+token": 160 random bits, kept as a hash, one person's and one thread's,
and of no use without the right that its person has at that moment. Source: security rule S1.8.
"""

import base64
import secrets
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import MAIL
from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import GuardianAddress
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.post.channel import Mailbox
from hub.post.work_mail import WorkMail, find_addressee
from hub.quick_select import QuickSelect
from hub.token_hash import hash_token

TOKEN_BYTES = 20
TOKEN_LIFE = timedelta(days=14)


class ReplyToken(Base):
    """What lets one person go on in one thread by mail. It names its person's address, which may have ended since; of staff,
    the person, and the mail to them that it was in."""

    __tablename__ = "reply_tokens"
    __table_args__ = (sa.UniqueConstraint("hash"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    hash: Mapped[str] = mapped_column(sa.String(64))
    number: Mapped[str] = mapped_column(sa.String(20))
    thread_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    address_id: Mapped[str] = mapped_column(sa.String(ID_LENGTH), index=True)
    expires_at: Mapped[Moment]
    work_mail_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


def make_token(
    work: Work, owner_id: str, number: str, thread_id: str, address_id: str, work_mail_id: str | None = None
) -> str:
    """A fresh token, in letters that survive being made small. Those of the address that are over are deleted."""
    token = base64.b32encode(secrets.token_bytes(TOKEN_BYTES)).decode().lower()
    work.session.execute(
        sa.delete(ReplyToken).where(ReplyToken.address_id == address_id, ReplyToken.expires_at <= work.now)
    )
    work.session.add(
        ReplyToken(
            id=work.new_id(),
            owner_id=owner_id,
            hash=hash_token(token),
            number=number,
            thread_id=thread_id,
            address_id=address_id,
            expires_at=work.now + TOKEN_LIFE,
            work_mail_id=work_mail_id,
        )
    )
    return token


def find_mailboxes(look: Look, locals_: Sequence[str]) -> list[Mailbox | None]:
    """The same as `find_mailbox`, for each."""
    return [find_mailbox(look, local) for local in locals_]


_SEATED = QuickSelect(
    sa.select(VirtualNumber.value)
    .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
    .where(VirtualNumber.value.in_(sa.bindparam("values", expanding=True)))
    .limit(1)
)


def find_mailbox(look: Look, local: str) -> Mailbox | None:
    """By the part before the @, in any case: a number's digits, and a token behind them that counts only while it lives.

    A number that never had a seat is no mailbox. An unknown or spent token leaves the mailbox as it is without one.
    """
    digits, _, token = local.lower().partition("+")
    if not digits.isascii() or not digits.isdigit():
        return None
    found = _SEATED.rows(look, values=[f"+{digits}", digits])
    if not found:
        return None
    value = found[0][0]
    return _find_holder(look, value, token) if token else Mailbox(value)


def _find_holder(look: Look, number: str, token: str) -> Mailbox:
    found = look.session.scalar(
        sa.select(ReplyToken).where(
            ReplyToken.hash == hash_token(token), ReplyToken.number == number, ReplyToken.expires_at > look.now
        )
    )
    if found is None:
        return Mailbox(number)
    if found.work_mail_id is not None:
        return _find_staff(look, number, found.work_mail_id)
    address = look.session.get(GuardianAddress, found.address_id)
    is_live = address is not None and address.kind == MAIL and address.is_live(look.now)
    return Mailbox(number, address.value if address is not None and is_live else None)


def _find_staff(look: Look, number: str, work_mail_id: str) -> Mailbox:
    mail = look.session.get(WorkMail, work_mail_id)
    staff = None if mail is None else find_addressee(look, mail)
    return Mailbox(number) if staff is None else Mailbox(number, staff.login.lower(), work_mail_id)
