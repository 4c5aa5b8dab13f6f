"""Early pickups: a child leaves earlier than usual on a day, with somebody or by itself; told by a guardian."""

from collections.abc import Sequence
from datetime import date, time

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import Base, after
from hub.desk import Work
from hub.people.families import Child
from hub.post.messages import Message
from hub.school import told
from hub.school.told import ToldOfLeaving


class EarlyPickup(ToldOfLeaving, Base):
    """`leaves_at` is a wall-clock time at the unit, None when nobody told."""

    __tablename__ = "early_pickups"
    __table_args__ = (sa.Index(None, "child_id", "day"), sa.Index(None, "message_id"))
    leaves_at: Mapped[time | None] = mapped_column(sa.Time, default=None)
    message: Mapped[Message | None] = after(Message)


def report_early(
    work: Work,
    children: Sequence[Child],
    days: Sequence[date],
    leaves_at: time | None,
    *,
    told_by: str,
    trust: Trust,
    message_id: str | None = None,
) -> tuple[list[EarlyPickup], list[EarlyPickup]]:
    """These children leave early on these days; what was told before of the same days ceases.

    Answers what is new, and what it took the place of. Audited.
    """
    fresh = [
        EarlyPickup(
            id=work.new_id(),
            owner_id=child.owner_id,
            child_id=child.id,
            day=day,
            leaves_at=leaves_at,
            told_by=told_by,
            told_at=work.now,
            trust=trust,
            message_id=message_id,
        )
        for child in children
        for day in days
    ]
    return fresh, told.tell(work, fresh, "early.report")


def take_back_early(work: Work, rows: Sequence[EarlyPickup], by: str) -> list[EarlyPickup]:
    """They leave at the usual time after all. Answers those that held until now. Audited."""
    return told.take_back(work, rows, by, "early.take_back")
