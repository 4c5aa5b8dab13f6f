"""A guardian's new phone or mail address, from when it is told until it acts or somebody says no.

A phone needs a code that was sent to it, or staff who confirm it, and a day in which the old one may say no; staff may
refuse whatever is open. Source: security rules S1.2, S1.4 and S2.2.
"""

import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import Address
from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.families import Guardian, GuardianAddress
from hub.people.numbers import find_number
from hub.safety.audit import note

DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
TRIES = 5
CODES_A_DAY = 3
DAY_OF_THE_OLD = timedelta(days=1)
OPEN_DAYS = timedelta(days=30)
"""For so long staff may still confirm what nobody has proven."""


class ChangeState(StrEnum):
    """Coded: a code went to the new one. For staff: nothing can be sent there. Proven: the old one may still say no."""

    CODED = "coded"
    FOR_STAFF = "for_staff"
    PROVEN = "proven"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    LAPSED = "lapsed"


OPEN = (ChangeState.CODED, ChangeState.FOR_STAFF, ChangeState.PROVEN)


class AddressChange(Base):
    """`old_id` is the address that told of it, or whose place it takes. `digest` is all that is kept of the code.

    `ended_by` is a guardian or staff, `confirmed_by` staff. `warned` once the person's phones have been told of it,
    `welcomed` once the new one has been told that it acts.
    """

    __tablename__ = "address_changes"
    __table_args__ = (
        sa.Index(None, "guardian_id", "state"),
        sa.Index(None, "state", "acts_from"),
        sa.Index(
            "ix_address_changes_unwelcomed",
            "id",
            sqlite_where=sa.text("state = 'in_force' AND welcomed = 0"),
            postgresql_where=sa.text("state = 'in_force' AND NOT welcomed"),
        ),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    old_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("guardian_addresses.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    value: Mapped[str] = mapped_column(sa.String(254))
    told_at: Mapped[Moment]
    state: Mapped[str] = mapped_column(sa.String(12))
    salt: Mapped[str] = mapped_column(sa.String(32), default="")
    digest: Mapped[str] = mapped_column(sa.String(64), default="")
    code_until: Mapped[Moment | None] = mapped_column(default=None)
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    acts_from: Mapped[Moment | None] = mapped_column(default=None)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    confirmed_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    warned: Mapped[bool] = mapped_column(default=False)
    welcomed: Mapped[bool] = mapped_column(default=False)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def end(self, state: ChangeState, now: datetime, by: str | None = None) -> None:
        self.state, self.ended_at, self.ended_by = state, now, by
        self.salt = self.digest = ""


class NoLongerOpenError(Refusal):
    """Somebody has confirmed or refused it already, or its time is over."""

    words = "refusals.no_longer_open"


@dataclass(frozen=True, slots=True)
class Code:
    """A one-time code, and the salt it is hashed with. It never prints."""

    figures: str
    salt: str

    def __repr__(self) -> str:
        return "<code>"


def new_code() -> Code:
    """A code nobody can guess."""
    return Code(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", secrets.token_hex(16))


def digest_of(salt: str, figures: str) -> str:
    """All that is kept of a code."""
    return hmac.digest(salt.encode(), figures.encode(), "sha256").hex()


def may_change(look: Look, guardian_id: str, new: Address) -> str | None:
    """Why a guardian's address may not become this one now, as a code: "same", "ours" or "often"; None when it may."""
    own = look.session.scalars(
        sa.select(GuardianAddress).where(
            GuardianAddress.guardian_id == guardian_id,
            GuardianAddress.kind == new.kind,
            GuardianAddress.value == new.value,
        )
    ).all()
    if any(address.is_live(look.now) for address in own):
        return "same"
    if find_number(look, new.value) is not None:
        return "ours"
    since = look.session.scalar(
        sa.select(sa.func.count())
        .select_from(AddressChange)
        .where(AddressChange.guardian_id == guardian_id, AddressChange.told_at > look.now - timedelta(days=1))
    )
    return "often" if (since or 0) >= CODES_A_DAY else None


def begin_change(
    work: Work, guardian: Guardian, old: GuardianAddress | None, new: Address, code: Code | None
) -> AddressChange:
    """The guardian tells of a new address. With a code it is to be proven; without one staff confirm it. Audited.

    Whatever else of the kind was open for them ends.
    """
    for before in list_open(work, [guardian.id]):
        if before.kind == new.kind:
            before.end(ChangeState.LAPSED, work.now)
    change = AddressChange(
        id=work.new_id(),
        owner_id=guardian.owner_id,
        guardian_id=guardian.id,
        old_id=None if old is None else old.id,
        kind=new.kind,
        value=new.value,
        told_at=work.now,
        state=ChangeState.FOR_STAFF if code is None else ChangeState.CODED,
        salt="" if code is None else code.salt,
        digest="" if code is None else digest_of(code.salt, code.figures),
        code_until=None if code is None else work.now + CODE_LIFE,
    )
    work.session.add(change)
    tell_change(work, "address.change", change)
    return change


def try_code(work: Work, change: AddressChange, figures: str) -> bool | None:
    """Whether the code is right, which proves the change; None when there is nothing left to try. Audited."""
    has_time = change.code_until is not None and work.now < change.code_until
    if change.state != ChangeState.CODED or not has_time or change.tries >= TRIES:
        return None
    change.tries += 1
    if not hmac.compare_digest(change.digest, digest_of(change.salt, figures)):
        note(work, "address.wrong_code", [change.id, change.guardian_id])
        return False if change.tries < TRIES else None
    _prove(work, change)
    change.warned = True
    tell_change(work, "address.prove", change)
    return True


def _prove(work: Work, change: AddressChange) -> None:
    change.state, change.acts_from = ChangeState.PROVEN, work.now + DAY_OF_THE_OLD
    change.salt = change.digest = ""


def refuse_change(work: Work, change: AddressChange, by: str) -> None:
    """The old address, or staff, says no. Audited. Raises: NoLongerOpenError."""
    if not change.is_open:
        raise NoLongerOpenError
    change.end(ChangeState.REFUSED, work.now, by)
    tell_change(work, "address.refuse", change)


def confirm_change(work: Work, change: AddressChange, by: str, *, may_be_denied: bool) -> None:
    """Staff know that it is theirs. Where another phone of theirs may deny it, that has a day to do so; else it acts at once.

    Audited. Raises: NoLongerOpenError.
    """
    if not change.is_open or change.confirmed_by is not None:
        raise NoLongerOpenError
    change.confirmed_by = by
    tell_change(work, "address.confirm", change)
    if not may_be_denied:
        put_in_force(work, change, "staff", by)
    elif change.state != ChangeState.PROVEN:
        _prove(work, change)


def list_open(look: Look, guardian_ids: Iterable[str]) -> list[AddressChange]:
    """What is open for these guardians, the oldest first."""
    return list(
        look.session.scalars(
            sa.select(AddressChange)
            .where(
                AddressChange.guardian_id.in_(list(guardian_ids)),
                AddressChange.state.in_(OPEN),
                AddressChange.told_at > look.now - OPEN_DAYS,
            )
            .order_by(AddressChange.id)
        )
    )


def find_coded(look: Look, owner_id: str, new: Address) -> AddressChange | None:
    """The change that a code was sent to this address for and still may prove; None as well where there are several."""
    found = look.session.scalars(
        sa.select(AddressChange).where(
            AddressChange.owner_id == owner_id,
            AddressChange.kind == new.kind,
            AddressChange.value == new.value,
            AddressChange.state == ChangeState.CODED,
            AddressChange.code_until > look.now,
        )
    ).all()
    return found[0] if len(found) == 1 else None


def find_change(look: Look, change_id: str) -> AddressChange | None:
    """As it is now; where it may be written, no other writer changes it meanwhile."""
    question = sa.select(AddressChange).where(AddressChange.id == change_id)
    return look.session.scalar(question.with_for_update() if isinstance(look, Work) else question)


def put_in_force(work: Work, change: AddressChange, how: str, by: str | None) -> GuardianAddress:
    """The new one comes first; a phone that another takes the place of ends. Source: security rule S1.4."""
    addresses = list_of_kind(work, change)
    known = next((address for address in addresses if address.value == change.value), None)
    for address in addresses:
        address.rank += 1
        if address.id == change.old_id and address is not known and address.is_live(work.now):
            address.gone_at, address.gone_reason = work.now, "replaced"
    fresh = known or GuardianAddress(
        id=work.new_id(),
        owner_id=change.owner_id,
        guardian_id=change.guardian_id,
        kind=change.kind,
        value=change.value,
        confirmed_at=work.now,
    )
    fresh.rank, fresh.confirmed_at, fresh.confirmed_by = 1, work.now, how
    fresh.gone_at = fresh.gone_reason = None
    work.session.add(fresh)
    change.end(ChangeState.IN_FORCE, work.now, by)
    tell_change(work, "address.in_force", change)
    return fresh


def list_of_kind(look: Look, change: AddressChange) -> Sequence[GuardianAddress]:
    """The guardian's addresses of the kind that the change is about, in the order they are used."""
    return look.session.scalars(
        sa.select(GuardianAddress)
        .where(GuardianAddress.guardian_id == change.guardian_id, GuardianAddress.kind == change.kind)
        .order_by(GuardianAddress.rank)
    ).all()


def tell_change(work: Work, what: str, change: AddressChange) -> None:
    """Audited, and whoever looks at it sees it at once."""
    note(work, what, [change.id, change.guardian_id])
    work.ring(LIVE, change.guardian_id)
