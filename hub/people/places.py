"""Owners, units and groups: who runs a place, where it is on the clock, and how its children are grouped."""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.clock import local_moment
from hub.database import Base, Id, Json, Ref
from hub.desk import Look


class UnitKind(StrEnum):
    SCHOOL = "school"
    PRESCHOOL = "preschool"
    AFTER_SCHOOL = "after_school"
    FAMILY_DAY_CARE = "family_day_care"


class Owner(Base):
    """A municipality or other body that runs units; nothing passes between two of them."""

    __tablename__ = "owners"
    id: Mapped[Id]
    source_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    country: Mapped[str] = mapped_column(sa.String(2))
    language: Mapped[str] = mapped_column(sa.String(8))


WAKES, SLEEPS = 7, 21
"""The hours of the day, at a unit, between which people may be written to about what does not hurry."""


class Unit(Base):
    """A preschool, school, after-school club or family day carer. `opens` and `closes` are wall-clock times in `zone`.

    `languages` are those its staff and families are written to in, the first one by default. `phone` is the office's, E.164,
    to which calls to the unit's numbers go on while it is open.
    """

    __tablename__ = "units"
    __table_args__ = (sa.UniqueConstraint("owner_id", "source_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    source_id: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(200))
    zone: Mapped[str] = mapped_column(sa.String(64))
    languages: Mapped[Json]
    opens: Mapped[time] = mapped_column(sa.Time, default=time(7, 30))
    closes: Mapped[time] = mapped_column(sa.Time, default=time(16, 30))
    phone: Mapped[str | None] = mapped_column(sa.String(20), default=None)

    def local(self, now: datetime) -> datetime:
        return now.astimezone(ZoneInfo(self.zone))

    def today(self, now: datetime) -> date:
        """The day it is at this unit, whatever day it is elsewhere."""
        return self.local(now).date()

    def is_awake(self, now: datetime) -> bool:
        """Whether a text that nobody waits for may leave: it is no night here."""
        return WAKES <= self.local(now).hour < SLEEPS

    def moment(self, day: date, at: time) -> datetime:
        """The moment of a wall-clock time here, UTC."""
        return local_moment(day, at.hour, at.minute, self.zone).astimezone(UTC)


class Group(Base):
    """A group or class within a unit."""

    __tablename__ = "groups"
    __table_args__ = (sa.UniqueConstraint("owner_id", "source_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"), index=True)
    source_id: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(100))


_OF_OWNER = sa.select(Unit).where(Unit.owner_id == sa.bindparam("owner")).order_by(Unit.name, Unit.id)


def list_units_of(look: Look, owner_id: str) -> list[Unit]:
    """All units of an owner, by name."""
    return list(look.session.scalars(_OF_OWNER, {"owner": owner_id}))
