"""A child who is looked after for some days at a unit where it has no place: its own is closed, or its carer is ill.

It is never a placement: rights, hours, fees and the book stay where the child is at home. The place is asked for by whoever
leads there and holds once the other unit has accepted it; no longer than the child's own place does.
"""

from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.people.families import Placement


class GuestWhy(StrEnum):
    """Why a child is looked after elsewhere; nothing of it is said of the child."""

    CLOSED = "closed"
    CARER_AWAY = "carer_away"
    STAFF_SHORT = "staff_short"
    OTHER = "other"


class GuestPlace(Base):
    """From a day to a day, both included, at `unit_id` instead of at `home_unit_id`. `group_id` is set when it is accepted.

    `called_off_at`: it holds for no day that is to come; `to_day` is the last that was held, and `seen_to` the last on which
    the child may have been there: where that is later, it was called off on that day before anybody saw the child. `told_at`
    and `untold_at` are when families were told that it holds, and that it does not any more; `unreached` is how many could not
    be.
    """

    __tablename__ = "guest_places"
    __table_args__ = (sa.Index(None, "unit_id", "to_day"), sa.Index(None, "home_unit_id", "to_day"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), index=True)
    home_unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    from_day: Mapped[date] = mapped_column(sa.Date)
    to_day: Mapped[date] = mapped_column(sa.Date)
    seen_to: Mapped[date] = mapped_column(sa.Date)
    why: Mapped[str] = mapped_column(sa.String(20))
    asked_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    asked_at: Mapped[Moment]
    group_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("groups.id"), default=None)
    accepted_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    accepted_at: Mapped[Moment | None] = mapped_column(default=None)
    declined_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    declined_at: Mapped[Moment | None] = mapped_column(default=None)
    called_off_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    called_off_at: Mapped[Moment | None] = mapped_column(default=None)
    told_at: Mapped[Moment | None] = mapped_column(default=None)
    untold_at: Mapped[Moment | None] = mapped_column(default=None)
    unreached: Mapped[int] = mapped_column(sa.SmallInteger, default=0)

    @property
    def days(self) -> tuple[date, ...]:
        """Each day, in their order."""
        return tuple(self.from_day + timedelta(days=n) for n in range((self.to_day - self.from_day).days + 1))

    @property
    def is_asked(self) -> bool:
        """It waits for the other unit's word."""
        return self.accepted_at is None and self.declined_at is None and self.called_off_at is None


_HELD_FROM = sa.case((Placement.from_day > GuestPlace.from_day, Placement.from_day), else_=GuestPlace.from_day)


_HELD_TO = sa.case((Placement.to_day < GuestPlace.seen_to, Placement.to_day), else_=GuestPlace.seen_to)
_AS_PLACES = (
    sa.select(
        GuestPlace.id,
        GuestPlace.owner_id,
        GuestPlace.child_id,
        GuestPlace.group_id,
        GuestPlace.unit_id,
        _HELD_FROM.label("from_day"),
        _HELD_TO.label("to_day"),
    )
    .join(
        Placement,
        sa.and_(Placement.child_id == GuestPlace.child_id, Placement.unit_id == GuestPlace.home_unit_id),
    )
    .where(GuestPlace.accepted_at.is_not(None), _HELD_TO >= _HELD_FROM)
)


def aliased_guests() -> type[Placement]:
    """The days on which a child is a guest, read as places are: those accepted on which its own place holds, and the one on
    which it was called off, on which the child may be there. For a question that asks twice; each is another."""
    return aliased(Placement, _AS_PLACES.subquery(), adapt_on_names=True)


GuestStay = aliased_guests()
"""The same for every other question."""
