"""Who was named to know of a protected child, and who waits for a second person's yes. Source: security rules S4.4 and S4.6."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Moment, Ref


class NamedReader(Base):
    """A member of staff who may know of a protected child."""

    __tablename__ = "named_readers"
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), primary_key=True)
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    since: Mapped[Moment]


class LapsedReader(Base):
    """Somebody who was named a reader, until a colleague handed them a new way in, or who `is_new` and was never one: a second
    person says yes."""

    __tablename__ = "lapsed_readers"
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), primary_key=True)
    staff_id: Mapped[Ref] = mapped_column(sa.ForeignKey("staff.id"), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    lapsed_at: Mapped[Moment]
    is_new: Mapped[bool] = mapped_column(default=False)
