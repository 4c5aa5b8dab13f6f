"""One-time codes that link a chat to a phone: texted to the phone, typed in the chat, hashed, short-lived, used once.

Whoever types one proves that they read the phone. Nothing tells a wrong code from one that never was.
Source: security rules S1.9, S2.2 and S5.5.
"""

import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.post.arrivals import BESIDES_TEXTS, Arrival
from hub.safety.address_changes import digest_of
from hub.safety.audit import note

LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
"""None that is taken for another, and no vowels, so that no code is a word."""
LENGTH = 8
"""38 bits: so many that guessing leads nowhere, whichever of the codes that wait is meant."""
CODE_LIFE = timedelta(minutes=10)
CODES_A_DAY = 5
TRIES = 5


class ChatCode(Base):
    """A code that waits, or waited within the last day. `digest` is all that is kept of it."""

    __tablename__ = "chat_codes"
    __table_args__ = (sa.Index(None, "owner_id", "phone"), sa.Index(None, "expires_at"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    road: Mapped[str] = mapped_column(sa.String(40))
    phone: Mapped[str] = mapped_column(sa.String(20))
    number: Mapped[str] = mapped_column(sa.String(20))
    salt: Mapped[str] = mapped_column(sa.String(32))
    digest: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[Moment]
    expires_at: Mapped[Moment]


def make_code(work: Work, owner_id: str, road: str, phone: str, number: str) -> str | None:
    """A code for this phone, in two halves to be read; an earlier one counts no more. None after too many in a day."""
    work.session.execute(sa.delete(ChatCode).where(ChatCode.made_at <= work.now - timedelta(days=1)))
    own = (ChatCode.owner_id == owner_id, ChatCode.phone == phone)
    made = work.session.scalar(sa.select(sa.func.count()).select_from(ChatCode).where(*own))
    if (made or 0) >= CODES_A_DAY:
        return None
    work.session.execute(sa.update(ChatCode).where(*own, ChatCode.expires_at > work.now).values(expires_at=work.now))
    letters = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    salt = secrets.token_hex(16)
    code = ChatCode(
        id=work.new_id(),
        owner_id=owner_id,
        road=road,
        phone=phone,
        number=number,
        salt=salt,
        digest=digest_of(salt, letters),
        made_at=work.now,
        expires_at=work.now + CODE_LIFE,
    )
    work.session.add(code)
    note(work, "chat.code", [code.id])
    half = LENGTH // 2
    return f"{letters[:half]}-{letters[half:]}"


def read_code(text: str) -> str | None:
    """The code that somebody typed, with or without its hyphen and in any case; None when it is none."""
    letters = "".join(letter for letter in text.upper() if letter not in " -\u2010\u2011\u2013\n")
    return letters if len(letters) == LENGTH and set(letters) <= set(LETTERS) else None


def use_code(work: Work, road: str, letters: str) -> ChatCode | None:
    """The code that waits with these letters, once: it counts no more."""
    waiting = work.session.scalars(
        sa.select(ChatCode).where(ChatCode.road == road, ChatCode.expires_at > work.now).with_for_update()
    ).all()
    found = [code for code in waiting if secrets.compare_digest(code.digest, digest_of(code.salt, letters))]
    if len(found) != 1:
        return None
    found[0].expires_at = work.now
    note(work, "chat.code_used", [found[0].id])
    return found[0]


def may_try(look: Look, sender: str) -> bool:
    """Whether a chat that is linked to nobody may try one more code, with what it wrote just now: five in ten minutes."""
    since = look.now - CODE_LIFE
    asked = (BESIDES_TEXTS, Arrival.sender == sender, Arrival.received_at > since)
    tried = sa.select(sa.func.count()).select_from(Arrival).where(*asked)
    return (look.session.scalar(tried) or 0) <= TRIES
