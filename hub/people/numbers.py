"""Virtual numbers: they come from a pool, belong to a role, rest before they are given to another, and are never
anybody's private phone."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from hub.address import shown_phone
from hub.ahead_select import AheadSelect
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


def list_numbers_of(look: Look, role_ids: Iterable[str]) -> dict[str, list[VirtualNumber]]:
    """The numbers that roles answer from now, by role, the oldest first."""
    out: dict[str, list[VirtualNumber]] = {role_id: [] for role_id in role_ids}
    rows = look.session.execute(
        sa.select(NumberAllocation.role_id, VirtualNumber)
        .join(VirtualNumber, VirtualNumber.id == NumberAllocation.number_id)
        .where(NumberAllocation.role_id.in_(out), NumberAllocation.released_at.is_(None))
        .order_by(NumberAllocation.from_at, NumberAllocation.id)
    )
    for role_id, number in rows:
        out[role_id].append(number)
    return out


def list_resting(look: Look, role_id: str) -> list[tuple[VirtualNumber, NumberAllocation]]:
    """The numbers that a role has given up and that still rest, the latest first."""
    rows = look.session.execute(
        sa.select(VirtualNumber, NumberAllocation)
        .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
        .where(
            NumberAllocation.role_id == role_id,
            NumberAllocation.rests_until > look.now,
            ~_is_allocated(),
        )
        .order_by(NumberAllocation.released_at.desc(), NumberAllocation.id.desc())
    )
    latest: dict[str, tuple[VirtualNumber, NumberAllocation]] = {}
    for number, allocation in rows:
        latest.setdefault(number.id, (number, allocation))
    return list(latest.values())


def list_free(look: Look, owner_id: str) -> list[VirtualNumber]:
    """The numbers in an owner's pool that may be given to any role now."""
    resting = sa.exists().where(NumberAllocation.number_id == VirtualNumber.id, NumberAllocation.rests_until > look.now)
    return list(
        look.session.scalars(
            sa.select(VirtualNumber)
            .where(VirtualNumber.owner_id == owner_id, ~_is_allocated(), ~resting)
            .order_by(VirtualNumber.value)
        )
    )


def _is_allocated() -> sa.ColumnElement[bool]:
    given = aliased(NumberAllocation)
    return sa.exists().where(given.number_id == VirtualNumber.id, given.released_at.is_(None))


OF_ROLE = AheadSelect(
    sa.select(VirtualNumber)
    .join(NumberAllocation, NumberAllocation.number_id == VirtualNumber.id)
    .where(NumberAllocation.released_at.is_(None))
    .order_by(NumberAllocation.from_at, NumberAllocation.id)
    .limit(1),
    NumberAllocation.role_id,
)
"""The number that a role answers from now; to be remembered, not read ahead."""


def find_number_of_role(look: Look, role_id: str) -> VirtualNumber | None:
    """The number that a role answers from now, the oldest when it has several."""
    found = OF_ROLE.rows(look, role_id)
    return found[0][0] if found else None


def allocate(work: Work, number: VirtualNumber, role: Role) -> NumberAllocation:
    """Give a number to a role. Raises: NumberTakenError, NumberRestsError."""
    work.session.execute(sa.select(VirtualNumber.id).where(VirtualNumber.id == number.id).with_for_update())
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
    if allocation.released_at is not None and allocation.rests_until is not None:
        return allocation.rests_until
    allocation.released_at = work.now
    allocation.rests_until = work.now + rest
    return allocation.rests_until
