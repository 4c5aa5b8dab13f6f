"""Staff, the roles there are, and who holds each role from day to day."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref
from hub.desk import Look


class RoleKind(StrEnum):
    """What a role is for. Leaders and offices serve their whole unit, the others the groups of their role.

    Administrators set what holds for all units of their owner; the role sits at one of them, and serves no child.
    """

    LEADER = "leader"
    OFFICE = "office"
    CONTACT_TEACHER = "contact_teacher"
    TEACHER = "teacher"
    ASSISTANT = "assistant"
    CLUB = "club"
    CARER = "carer"
    ADMINISTRATOR = "administrator"


WHOLE_UNIT = frozenset({RoleKind.LEADER, RoleKind.OFFICE, RoleKind.CLUB, RoleKind.CARER})
LOOKS_AFTER = frozenset(RoleKind) - {RoleKind.OFFICE, RoleKind.ADMINISTRATOR}
"""Roles that are with the children: an office writes to families, and need not know of their health."""
TEACHES = frozenset({RoleKind.LEADER, RoleKind.CONTACT_TEACHER, RoleKind.TEACHER})
"""Roles that assess pupils, and answer for what was assessed."""


class Staff(Base):
    """Somebody who works for an owner. The password is kept as an argon2id hash, the second factor sealed.

    `let_in_by` is the colleague who made the link that their sign-in rests on, and `let_in_at` when it was opened; None where
    it was whoever runs Budbok.
    """

    __tablename__ = "staff"
    __table_args__ = (sa.UniqueConstraint("owner_id", "source_id"), sa.UniqueConstraint("login"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    source_id: Mapped[str] = mapped_column(sa.String(64))
    first_name: Mapped[str] = mapped_column(sa.String(100))
    last_name: Mapped[str] = mapped_column(sa.String(100))
    login: Mapped[str] = mapped_column(sa.String(254))
    language: Mapped[str] = mapped_column(sa.String(8))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200), default=None)
    second_factor: Mapped[str | None] = mapped_column(sa.String(400), default=None)
    second_factor_step: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    left_at: Mapped[Moment | None] = mapped_column(default=None)
    let_in_by: Mapped[str | None] = mapped_column(sa.ForeignKey("staff.id"), default=None)
    let_in_at: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def has_left(self, now: datetime) -> bool:
        return self.left_at is not None and self.left_at <= now


class Role(Base):
    """A seat in a unit: "contact teacher of 7A", "music teacher", "the office". Numbers belong to it, people hold it."""

    __tablename__ = "roles"
    __table_args__ = (sa.UniqueConstraint("owner_id", "source_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"), index=True)
    source_id: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(200))


class RoleGroup(Base):
    """A group that a role serves."""

    __tablename__ = "role_groups"
    role_id: Mapped[Ref] = mapped_column(sa.ForeignKey("roles.id"), primary_key=True)
    group_id: Mapped[Ref] = mapped_column(sa.ForeignKey("groups.id"), primary_key=True, index=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))


class RoleHolding(Base):
    """Who holds a role from a day to a day, both included. While somebody stands in, both see what reaches the role,
    and the stand-in is the one who is asked first."""

    __tablename__ = "role_holdings"
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    role_id: Mapped[Ref] = mapped_column(sa.ForeignKey("roles.id"), index=True)
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), index=True)
    from_day: Mapped[date] = mapped_column(sa.Date)
    made_at: Mapped[Moment]
    to_day: Mapped[date | None] = mapped_column(sa.Date, default=None)
    stand_in: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)

    def covers(self, day: date, now: datetime) -> bool:
        return self.from_day <= day and (self.to_day is None or day <= self.to_day) and not self.is_ended(now)

    def is_over(self, day: date, now: datetime) -> bool:
        return self.is_ended(now) or (self.to_day is not None and self.to_day < day)

    def is_ended(self, now: datetime) -> bool:
        return self.ended_at is not None and self.ended_at <= now


def find_by_login(look: Look, login: str) -> Staff | None:
    """Whoever signs in with it, in upper or lower case; also somebody who has left."""
    return look.session.scalar(sa.select(Staff).where(sa.func.lower(Staff.login) == login.strip().lower()))


def list_hands(look: Look, staff_id: str, since: datetime | None = None) -> set[str]:
    """Everybody who could be this person: they themselves, who let them in, who let those in, and so on; with `since`, only by
    links that were opened after that."""
    hands: set[str] = set()
    next_: str | None = staff_id
    while next_ is not None and next_ not in hands:
        hands.add(next_)
        staff = look.session.get_one(Staff, next_)
        is_new = since is None or staff.let_in_at is None or staff.let_in_at > since
        next_ = staff.let_in_by if is_new else None
    return hands
