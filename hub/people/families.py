"""Children, their guardians, what each guardian may do and know for each child, and who must never learn of a child."""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref


class Child(Base):
    """A child. `protected` children have a secret address: nothing about where they are leaves strong sign-in.

    `code` is what its family may write instead of the name (hub.people.child_codes), `code_renewed_at` since when the one
    before is nobody's.
    """

    __tablename__ = "children"
    __table_args__ = (sa.UniqueConstraint("owner_id", "source_id"), sa.UniqueConstraint("owner_id", "code"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    source_id: Mapped[str] = mapped_column(sa.String(64))
    first_name: Mapped[str] = mapped_column(sa.String(100))
    last_name: Mapped[str] = mapped_column(sa.String(100))
    nickname: Mapped[str | None] = mapped_column(sa.String(100), default=None)
    birth_date: Mapped[date | None] = mapped_column(sa.Date, default=None)
    protected: Mapped[bool] = mapped_column(default=False)
    code: Mapped[str | None] = mapped_column(sa.String(6), default=None)
    code_renewed_at: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def called(self) -> str:
        """What people say."""
        return self.nickname or self.first_name


class Placement(Base):
    """A child in a group from a day to a day, both included; the group's unit stands beside it for speed."""

    __tablename__ = "placements"
    __table_args__ = (sa.UniqueConstraint("child_id", "group_id", "from_day"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    group_id: Mapped[Ref] = mapped_column(sa.ForeignKey("groups.id"), index=True)
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"), index=True)
    from_day: Mapped[date] = mapped_column(sa.Date)
    to_day: Mapped[date | None] = mapped_column(sa.Date, default=None)


class Guardian(Base):
    """Somebody who answers for a child. `language` is the one they are written to in.

    `shares_thread` is their own choice to read and write in one thread together with the child's other guardians
    who chose the same. `reserved`: the register holds that they want no digital post from the public sector.

    `pupil_id` is set where this is the pupil, who speaks for themselves and is nobody's guardian (hub.safety.pupils).
    """

    __tablename__ = "guardians"
    __table_args__ = (sa.UniqueConstraint("owner_id", "source_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    source_id: Mapped[str] = mapped_column(sa.String(64))
    first_name: Mapped[str] = mapped_column(sa.String(100))
    last_name: Mapped[str] = mapped_column(sa.String(100))
    language: Mapped[str] = mapped_column(sa.String(8))
    shares_thread: Mapped[bool] = mapped_column(default=False)
    reserved: Mapped[bool] = mapped_column(default=False)
    pupil_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("children.id"), default=None)

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_pupil(self) -> bool:
        return self.pupil_id is not None


class Right(StrEnum):
    """What a guardian may do or know for one child."""

    INFORM = "inform"
    WRITE = "write"
    ABSENCE = "absence"
    FETCH = "fetch"
    CONSENT = "consent"
    LEAVE = "leave"
    CARE_TIME = "care_time"


class Guardianship(Base):
    """One guardian and one child. It grants nothing by itself: the rights beside it do. Source: security rule S3.2."""

    __tablename__ = "guardianships"
    __table_args__ = (sa.UniqueConstraint("guardian_id", "child_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), index=True)
    source_id: Mapped[str] = mapped_column(sa.String(64))
    relation: Mapped[str] = mapped_column(sa.String(40), default="guardian")
    lives_with: Mapped[bool] = mapped_column(default=True)


UNDER_AGE, OF_AGE = "pupil", "pupil of age"
"""What the rights of a pupil for themselves rest on: under age they may know and do, and are no one whom the school addresses
in a guardian's place; of age they are."""


class GuardianRight(Base):
    """One right, from a day to a day, both included, with the ground it rests on."""

    __tablename__ = "guardian_rights"
    __table_args__ = (sa.UniqueConstraint("guardianship_id", "kind", "from_day"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardianship_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardianships.id"))
    kind: Mapped[str] = mapped_column(sa.String(20))
    from_day: Mapped[date] = mapped_column(sa.Date)
    to_day: Mapped[date | None] = mapped_column(sa.Date, default=None)
    basis: Mapped[str] = mapped_column(sa.String(200), default="register")


class Block(Base):
    """This adult must neither reach nor learn of this child. It outranks every right and every import.

    It is lifted only by a named leader with a reason. Source: security rule S4.1.
    """

    __tablename__ = "blocks"
    __table_args__ = (sa.Index("ix_blocks_guardian_id_child_id", "guardian_id", "child_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(500))
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    lifted_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    lifted_at: Mapped[Moment | None] = mapped_column(default=None)
    lifted_reason: Mapped[str | None] = mapped_column(sa.String(500), default=None)


class GuardianAddress(Base):
    """An address of a guardian: a fact with dates. Two guardians may have the same one.

    `confirmed_at` is when it was last known to be theirs, `asked_at` when we last asked whether it still is,
    `told_at` when we told that its time is over. `stopped_at` is set while its owner wants nothing that is not
    essential. `gone_at` ends its life. Source: security rule S1.4.
    """

    __tablename__ = "guardian_addresses"
    __table_args__ = (sa.UniqueConstraint("guardian_id", "kind", "value"), sa.Index(None, "kind", "value"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    value: Mapped[str] = mapped_column(sa.String(254))
    confirmed_at: Mapped[Moment]
    rank: Mapped[int] = mapped_column(default=1)
    confirmed_by: Mapped[str] = mapped_column(sa.String(20), default="register")
    stopped_at: Mapped[Moment | None] = mapped_column(default=None)
    stopped_by: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    gone_at: Mapped[Moment | None] = mapped_column(default=None)
    gone_reason: Mapped[str | None] = mapped_column(sa.String(40), default=None)
    asked_at: Mapped[Moment | None] = mapped_column(default=None)
    told_at: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def is_closed(self) -> bool:
        """The provider lets nothing through. A STOP that we heard ourselves leaves answers and what is urgent open."""
        return self.stopped_at is not None and self.stopped_by == "provider"

    def is_live(self, now: datetime) -> bool:
        return self.gone_at is None or self.gone_at > now
