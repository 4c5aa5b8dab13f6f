"""The phones that staff text from. One is registered by a code that was sent to it, is one person's at a time, has a date, and
ends at once when its person or a leader says so.

It tells who claims to write, and no more: what they may do is asked at each text. Source: security rules S1.1, S1.4, S2.2
and S3.4.
"""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import SMS, Address
from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.numbers import find_number
from hub.people.staff import Staff
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError
from hub.safety.address_changes import CODE_LIFE, CODES_A_DAY, TRIES, Code, digest_of
from hub.safety.audit import note

SHOWN_FOR = timedelta(days=7)
"""So long it is shown that a phone was not answered any more."""


class StaffPhone(Base):
    """`proven_at` is when the code came back from it, and None until then. `digest` is all that is kept of the code.

    `silenced_at` is when so many texts had come from it that the last was not answered, and nothing was done.
    """

    __tablename__ = "staff_phones"
    __table_args__ = (sa.Index(None, "owner_id", "value"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    value: Mapped[str] = mapped_column(sa.String(254))
    told_at: Mapped[Moment]
    salt: Mapped[str] = mapped_column(sa.String(32))
    digest: Mapped[str] = mapped_column(sa.String(64))
    code_until: Mapped[Moment]
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    proven_at: Mapped[Moment | None] = mapped_column(default=None)
    silenced_at: Mapped[Moment | None] = mapped_column(default=None)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)

    def was_silenced(self, now: datetime) -> bool:
        """Whether its owner, and whoever leads them, should know of it still."""
        return self.silenced_at is not None and self.silenced_at > now - SHOWN_FOR

    def has_code(self, now: datetime) -> bool:
        """Whether the code that was sent may still be tried."""
        return self.ended_at is None and self.proven_at is None and self.tries < TRIES and now < self.code_until


class NotAPhoneError(Refusal):
    """No phone could have this number, or it is none that texts can be sent to."""

    words = "staff_phones.not_a_phone"


class OurOwnNumberError(Refusal):
    """It is one of Budbok's own numbers."""

    words = "staff_phones.our_own"


class CodesTooOftenError(Refusal):
    """Enough codes were sent for one day. Source: security rule S5.5."""

    words = "staff_phones.too_often"


def begin_phone(work: Work, staff: Staff, new: Address, code: Code) -> StaffPhone:
    """Somebody tells of a phone of their own, which a code is now to prove. Audited.

    Raises: NotAPhoneError, OurOwnNumberError, CodesTooOftenError.
    """
    if not new.value.startswith("+"):
        raise NotAPhoneError
    if find_number(work, new.value) is not None:
        raise OurOwnNumberError
    lately = sa.select(StaffPhone).where(
        StaffPhone.staff_id == staff.id, StaffPhone.told_at > work.now - timedelta(days=1)
    )
    before = work.session.scalars(lately).all()
    if len(before) >= CODES_A_DAY:
        raise CodesTooOftenError
    for phone in before:
        if phone.proven_at is None and phone.ended_at is None:
            phone.ended_at, phone.ended_by = work.now, staff.id
    phone = StaffPhone(
        id=work.new_id(),
        owner_id=staff.owner_id,
        staff_id=staff.id,
        value=new.value,
        told_at=work.now,
        salt=code.salt,
        digest=digest_of(code.salt, code.figures),
        code_until=work.now + CODE_LIFE,
    )
    work.session.add(phone)
    work.session.flush()
    note(work, "staff_phone.begin", [phone.id, staff.id])
    return phone


def try_phone_code(work: Work, phone: StaffPhone, figures: str) -> bool | None:
    """Whether the code is right, and then the phone is theirs, and nobody else's; None when nothing is left to try. Audited."""
    if not phone.has_code(work.now):
        return None
    phone.tries += 1
    if not hmac.compare_digest(phone.digest, digest_of(phone.salt, figures)):
        note(work, "staff_phone.wrong_code", [phone.id, phone.staff_id])
        return False
    _end_for_all(work, phone)
    phone.proven_at, phone.salt, phone.digest = work.now, "", ""
    note(work, "staff_phone.prove", [phone.id, phone.staff_id])
    return True


def _end_for_all(work: Work, phone: StaffPhone) -> None:
    """Whoever had the number before has it no more. Source: security rule S1.4."""
    for other in list_phones_at(work, phone.owner_id, phone.value):
        if other.proven_at is not None:
            end_phone(work, other, phone.staff_id)


def end_phone(work: Work, phone: StaffPhone, by: str) -> None:
    """Nothing that comes from it counts any more. A second time changes nothing. Audited."""
    if phone.ended_at is None:
        phone.ended_at, phone.ended_by, phone.salt, phone.digest = work.now, by, "", ""
        note(work, "staff_phone.end", [phone.id, phone.staff_id])


_OF_SENDER = QuickSelect(
    sa.select(StaffPhone, Staff)
    .join(Staff, Staff.id == StaffPhone.staff_id)
    .where(
        StaffPhone.owner_id == sa.bindparam("owner"),
        StaffPhone.value == sa.bindparam("value"),
        StaffPhone.proven_at.is_not(None),
        StaffPhone.ended_at.is_(None),
    )
    .limit(1)
)


def find_phone(look: Look, owner_id: str, sender: Address) -> tuple[StaffPhone, Staff] | None:
    """Whose phone it is; None when it is nobody's who still works for the owner."""
    if sender.kind != SMS:
        return None
    found = _OF_SENDER.rows(look, owner=owner_id, value=sender.value)
    return None if not found or found[0][1].has_left(look.now) else found[0]


def list_phones_at(work: Work, owner_id: str, value: str) -> list[StaffPhone]:
    """Whoever of an owner's staff has, or is about to have, this number."""
    same = sa.select(StaffPhone).where(
        StaffPhone.owner_id == owner_id, StaffPhone.value == value, StaffPhone.ended_at.is_(None)
    )
    return list(work.session.scalars(same.with_for_update()))


def list_phones(look: Look, staff_ids: Iterable[str]) -> list[StaffPhone]:
    """The phones of some staff that have not ended, the oldest first; also those that a code is still to prove."""
    mine = sa.select(StaffPhone).where(StaffPhone.staff_id.in_(list(staff_ids)), StaffPhone.ended_at.is_(None))
    return [
        phone
        for phone in look.session.scalars(mine.order_by(StaffPhone.id))
        if phone.proven_at is not None or phone.has_code(look.now)
    ]


def get_phone(look: Look, staff_id: str, phone_id: str) -> StaffPhone:
    """One of somebody's phones. Raises: NotThereError when it is none of theirs, or has ended."""
    question = sa.select(StaffPhone).where(StaffPhone.id == phone_id, StaffPhone.staff_id == staff_id)
    phone = look.session.scalar(question.with_for_update() if isinstance(look, Work) else question)
    if phone is None or phone.ended_at is not None:
        raise NotThereError
    return phone
