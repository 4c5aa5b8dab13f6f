"""One-time codes with which a guardian signs in: sent to a registered phone or mailbox alone, bound to the browser that asked,
kept as a hash, counted, and used once.

Whether a number or address is known shows nowhere: for one that is not, the same is kept, and no code is ever right.
Source: security rules S1.9, S2.2, S2.6 and S5.5.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import MAIL, SMS, parse_phone
from hub.database import Base, Id, Moment
from hub.desk import Look, Refusal, Work
from hub.people.families import GuardianAddress
from hub.people.places import Owner
from hub.post.running_kinds import running_kinds
from hub.safety.address_changes import CODE_LIFE, TRIES, Code, digest_of
from hub.safety.audit import note
from hub.sign_in.family_sessions import Behind, list_behind
from hub.sign_in.pace import Pace, count_try
from hub.sign_in.tokens import new_token
from hub.token_hash import hash_token

CODES = Pace(3, timedelta(hours=1))
"""So many codes to one phone at once, then one an hour: enough for its owner, and no nuisance by a stranger."""
OWN_CODES = Pace(5, timedelta(minutes=10))
"""In a browser where the phone was proven before, whoever else asks for codes to it."""
AT = "@"
CHOOSES_WITHIN = timedelta(minutes=5)


class WrongFamilyCodeError(Refusal):
    """It is not the code that was sent, or none was."""

    words = "family.wrong_code"


class AskAgainError(Refusal):
    """The code is too old, was used, or was tried too often."""

    words = "family.ask_again"


class FamilyCode(Base):
    """A code on its way. `value` is the phone, E.164, or the mailbox, and None where nobody may sign in with what was typed."""

    __tablename__ = "family_codes"
    __table_args__ = (sa.UniqueConstraint("token_hash"),)
    id: Mapped[Id]
    value: Mapped[str | None] = mapped_column(sa.String(254))
    token_hash: Mapped[str] = mapped_column(sa.String(64))
    salt: Mapped[str] = mapped_column(sa.String(32))
    digest: Mapped[str] = mapped_column(sa.String(64))
    ends_at: Mapped[Moment]
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    proven_at: Mapped[Moment | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Asked:
    """A code was asked for: what the browser brings back with it, and whom it goes to, if anybody."""

    token: str
    code_id: str
    behind: Behind | None


def ask_for_code(work: Work, typed: str, client: str, is_own: Callable[[str], bool], code: Code) -> Asked:
    """Count the asking, and keep the code. `is_own` tells whether a phone, named by `name_phone`, was proven in this browser.

    Raises: SlowDownError, whoever's number it is.
    """
    value, behind = _find_mailbox(work, typed) if AT in typed else _find_phone(work, typed)
    named = name_phone(value) if value is not None else name_phone(typed)
    device = named if is_own(named) else None
    count_try(work, f"family {named}", client, device, account=CODES, own=OWN_CODES)
    token = new_token()
    kept = FamilyCode(
        id=work.new_id(),
        value=value if behind else None,
        token_hash=hash_token(token),
        salt=code.salt,
        digest=digest_of(code.salt, code.figures),
        ends_at=work.now + CODE_LIFE,
    )
    work.session.add(kept)
    note(work, "family.code_asked", [behind[0].address.id] if behind else [])
    return Asked(token, kept.id, behind[0] if behind else None)


def name_phone(value: str) -> str:
    """A phone or mailbox by a hash of it, for counting."""
    return hash_token(f"phone {value.strip()}")


def _find_phone(look: Look, typed: str) -> tuple[str | None, list[Behind]]:
    """The number as any of the owners' countries read it, and who may sign in with it; nobody where it may be two."""
    countries = sorted(set(look.session.scalars(sa.select(Owner.country))))
    read = (parse_phone(typed, country) for country in countries)
    values = list(dict.fromkeys(address.value for address in read if address is not None))
    known = [(value, behind) for value in values if (behind := list_behind_address(look, value))]
    return known[0] if len(known) == 1 else (next(iter(values), None), [])


def _find_mailbox(look: Look, typed: str) -> tuple[str | None, list[Behind]]:
    """The mailbox, and who may sign in with it; nobody where no mail is sent."""
    value = typed.strip().lower()
    return value, list_behind_address(look, value) if MAIL in running_kinds(look) else []


def list_behind_address(look: Look, value: str) -> list[Behind]:
    """Everyone who may sign in with a phone or mailbox now, whichever owner knows them."""
    kind = MAIL if AT in value else SMS
    owners = sa.select(GuardianAddress.owner_id).where(GuardianAddress.kind == kind, GuardianAddress.value == value)
    found = look.session.scalars(owners.distinct().order_by(GuardianAddress.owner_id)).all()
    return [one for owner_id in found for one in list_behind(look, kind, value, owner_id)]


def try_family_code(work: Work, token: str, figures: str) -> list[Behind] | Refusal:
    """Who may now say that it is they who sign in. A try that fails is counted, and so its refusal is returned."""
    code = _get_code(work, token)
    if code is None or code.proven_at is not None or code.tries >= TRIES or work.now >= code.ends_at:
        return AskAgainError()
    code.tries += 1
    is_right = hmac.compare_digest(code.digest, digest_of(code.salt, "".join(figures.split())))
    behind = list_behind_address(work, code.value) if code.value is not None else []
    if not is_right or not behind:
        note(work, "family.wrong_code", [code.id])
        return WrongFamilyCodeError()
    code.proven_at, code.salt, code.digest = work.now, "", ""
    code.ends_at = work.now + CHOOSES_WITHIN
    return behind


def list_proven(look: Look, token: str) -> list[Behind]:
    """Who may be chosen by whoever proved the phone a moment ago; nobody once that is over."""
    code = _get_code(look, token)
    if code is None or code.proven_at is None or look.now >= code.ends_at or code.value is None:
        return []
    return list_behind_address(look, code.value)


def use_up(work: Work, token: str) -> None:
    """The code has done what it was for."""
    work.session.execute(sa.delete(FamilyCode).where(FamilyCode.token_hash == hash_token(token)))


def _get_code(look: Look, token: str) -> FamilyCode | None:
    question = sa.select(FamilyCode).where(FamilyCode.token_hash == hash_token(token))
    return look.session.scalar(question.with_for_update() if isinstance(look, Work) else question)
