"""Virtual numbers: they come from a pool, belong to a role, rest before they are given to another, and are never
anybody's private phone."""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import shown_phone
from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.staff import Role

QUARANTINE = timedelta(days=180)


class NumberKind(StrEnum):
    E164 = "e164"
    SHORT = "short"
    NATIONAL = "national"


class VirtualNumber(Base):
    """A number in an owner's pool. `value` is E.164, or digits alone for a short or 14-digit national number."""

    __tablename__ = "virtual_numbers"
    __table_args__ = (sa.UniqueConstraint("owner_id", "source_id"), sa.UniqueConstraint("value"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    source_id: Mapped[str] = mapped_column(sa.String(64))
    value: Mapped[str] = mapped_column(sa.String(20))
    channel: Mapped[str] = mapped_column(sa.String(40), default="twilio")
    pace_per_second: Mapped[float] = mapped_column(default=10.0)

    @property
    def kind(self) -> NumberKind:
        if self.value.startswith("+"):
            return NumberKind.E164
        return NumberKind.NATIONAL if len(self.value) > 6 else NumberKind.SHORT

    @property
    def shown(self) -> str:
        """As people read it: in groups, never with a country code that a 14-digit or short number does not take."""
        if self.kind is NumberKind.SHORT:
            return self.value
        if self.kind is NumberKind.NATIONAL:
            return " ".join(self.value[i : i + 4] for i in range(0, len(self.value), 4))
        return shown_phone(self.value)


class NumberAllocation(Base):
    """A number given to a role from a moment until it is released; then it rests until `rests_until`."""

    __tablename__ = "number_allocations"
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    number_id: Mapped[Ref] = mapped_column(sa.ForeignKey("virtual_numbers.id"), index=True)
    role_id: Mapped[Ref] = mapped_column(sa.ForeignKey("roles.id"), index=True)
    from_at: Mapped[Moment]
    released_at: Mapped[Moment | None] = mapped_column(default=None)
    rests_until: Mapped[Moment | None] = mapped_column(default=None)


class NumberTakenError(Refusal):
    """The number belongs to another role."""

    words = "refusals.number_taken"


class NumberRestsError(Refusal):
    """The number was released lately: families may still write to it."""

    words = "refusals.number_rests"


def find_number(look: Look, value: str) -> VirtualNumber | None:
    return look.session.scalar(sa.select(VirtualNumber).where(VirtualNumber.value == value))


def find_allocation(look: Look, number: VirtualNumber) -> NumberAllocation | None:
    """The latest allocation of a number: in force, resting, or long over; None when it never had one."""
    return look.session.scalar(
        sa.select(NumberAllocation)
        .where(NumberAllocation.number_id == number.id)
        .order_by(NumberAllocation.from_at.desc(), NumberAllocation.id.desc())
        .limit(1)
    )


def find_number_of_role(look: Look, role_id: str) -> VirtualNumber | None:
    """The number that a role answers from now, the oldest when it has several."""
    return look.session.scalar(
        sa.select(VirtualNumber)
        .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
        .where(NumberAllocation.role_id == role_id, NumberAllocation.released_at.is_(None))
        .order_by(NumberAllocation.from_at, NumberAllocation.id)
        .limit(1)
    )


def allocate(work: Work, number: VirtualNumber, role: Role) -> NumberAllocation:
    """Give a number to a role. Raises: NumberTakenError, NumberRestsError."""
    last = find_allocation(work, number)
    if last is not None and last.released_at is None:
        if last.role_id == role.id:
            return last
        raise NumberTakenError
    if last is not None and last.role_id != role.id and last.rests_until is not None and last.rests_until > work.now:
        raise NumberRestsError
    fresh = NumberAllocation(
        id=work.new_id(), owner_id=number.owner_id, number_id=number.id, role_id=role.id, from_at=work.now
    )
    work.session.add(fresh)
    work.session.flush()
    return fresh


def release(work: Work, allocation: NumberAllocation, rest: timedelta = QUARANTINE) -> datetime:
    """Take a number back; it rests until the moment returned, and what is texted to it meanwhile is kept."""
    allocation.released_at = work.now
    allocation.rests_until = work.now + rest
    return allocation.rests_until
