"""Who fetches: a guardian tells that somebody else, or one of them by name, fetches a child on a day.

It is noted for staff to check. Budbok never says that somebody may fetch a child: it says what is known of the name, and a
name that may be that of somebody who must not fetch rings. Source: security rules S0.1, S1.2 and S4.1.
"""

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import Base, Moment, after
from hub.desk import Look, Work
from hub.people.families import Child
from hub.post.messages import Message
from hub.school import told
from hub.school.told import ToldOfLeaving, list_holding

NAME_LENGTH = 100
PHONE_LENGTH = 20


class Fetching(ToldOfLeaving, Base):
    """`person` is the name as it was said."""

    __tablename__ = "fetchings"
    __table_args__ = (sa.Index(None, "child_id", "day"), sa.Index(None, "message_id"))
    person: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    phone: Mapped[str | None] = mapped_column(sa.String(PHONE_LENGTH), default=None)
    confirmed_at: Mapped[Moment | None] = mapped_column(default=None)
    message: Mapped[Message | None] = after(Message)

    @property
    def is_confirmed(self) -> bool:
        """The guardian said so twice, or was surely themselves."""
        return self.trust >= Trust.CONFIRMED


def report_fetching(
    work: Work,
    children: Sequence[Child],
    days: Sequence[date],
    person: str,
    phone: str | None,
    *,
    told_by: str,
    trust: Trust,
    message_id: str | None = None,
) -> tuple[list[Fetching], list[Fetching]]:
    """This person fetches these children on these days; whoever was told of before does not.

    Answers what is new, and what it took the place of. Audited.
    """
    fresh = [
        Fetching(
            id=work.new_id(),
            owner_id=child.owner_id,
            child_id=child.id,
            day=day,
            person=person[:NAME_LENGTH],
            phone=phone[:PHONE_LENGTH] if phone else None,
            told_by=told_by,
            told_at=work.now,
            trust=trust,
            message_id=message_id,
        )
        for child in children
        for day in days
    ]
    return fresh, told.tell(work, fresh, "fetch.report")


def take_back_fetching(work: Work, rows: Iterable[Fetching], by: str) -> list[Fetching]:
    """They do not fetch after all. Answers those that held until now. Audited."""
    return told.take_back(work, rows, by, "fetch.take_back")


def confirm_fetching(work: Work, rows: Sequence[Fetching], trust: Trust) -> None:
    """The guardian said yes to a question about exactly this. Audited."""
    for row in rows:
        row.trust, row.confirmed_at = max(row.trust, trust), work.now
    told.note_about(work, rows, "fetch.confirm")


def list_same(look: Look, child_ids: Iterable[str], days: Sequence[date], person: str) -> list[Fetching]:
    """What holds of these children and days and names the same person."""
    return [
        row
        for child_id in child_ids
        for row in list_holding(look, Fetching, child_id, days)
        if row.person.casefold() == person.casefold()
    ]
