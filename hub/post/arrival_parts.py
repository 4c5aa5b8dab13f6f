"""Parts of texts that come one by one: each kept durably before its provider is told yes, until the others are there.

A part that comes again changes nothing, also when what it belongs to has become a message meanwhile. A number of the whole
that comes with other words begins another whole: references are few, and phones use them anew.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import Address
from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.post.channel import TextPart

REMEMBERED = timedelta(hours=1)
"""How long a part that has become a message is known again."""


class ArrivalPart(Base):
    """One part as it came. `whole_id` is the id of the first that came of its whole; `ended_at` is when that became a
    message, after which the part is soon let go."""

    __tablename__ = "arrival_parts"
    __table_args__ = (sa.Index(None, "sender", "recipient", "reference"),)
    id: Mapped[Id]
    whole_id: Mapped[Ref]
    channel: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(10))
    sender: Mapped[str] = mapped_column(sa.String(254))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    reference: Mapped[int] = mapped_column(sa.Integer)
    total: Mapped[int] = mapped_column(sa.SmallInteger)
    number: Mapped[int] = mapped_column(sa.SmallInteger)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    received_at: Mapped[Moment]
    ended_at: Mapped[Moment | None] = mapped_column(default=None)

    def as_part(self) -> TextPart:
        return TextPart(
            self.channel,
            Address(self.kind, self.sender),
            Address(self.kind, self.recipient),
            self.reference,
            self.total,
            self.number,
            self.body,
            self.whole_id,
        )


def keep_part(work: Work, part: TextPart) -> list[TextPart]:
    """Keep one part. All of its whole in their order when none is missing and it is no message yet, else none."""
    known = list(
        work.session.scalars(
            sa.select(ArrivalPart)
            .where(
                ArrivalPart.channel == part.channel,
                ArrivalPart.sender == part.sender.value,
                ArrivalPart.recipient == part.recipient.value,
                ArrivalPart.reference == part.reference,
                ArrivalPart.total == part.total,
                ArrivalPart.received_at > work.now - REMEMBERED,
            )
            .order_by(ArrivalPart.id)
            .with_for_update()
        )
    )
    same = [row for row in known if row.number == part.number and row.body == part.body]
    whole_id = same[-1].whole_id if same else _find_whole(known, part.number)
    rows = [row for row in known if row.whole_id == whole_id]
    if not same:
        fresh = _row(work, part, whole_id)
        work.session.add(fresh)
        rows.append(fresh)
    if len(rows) < part.total or any(row.ended_at is not None for row in rows):
        return []
    return [row.as_part() for row in sorted(rows, key=lambda row: row.number)]


def _find_whole(known: list[ArrivalPart], number: int) -> str | None:
    """The newest that still waits for this number."""
    for row in reversed(known):
        rows = [other for other in known if other.whole_id == row.whole_id]
        if all(other.ended_at is None and other.number != number for other in rows):
            return row.whole_id
    return None


def _row(work: Work, part: TextPart, whole_id: str | None) -> ArrivalPart:
    id_ = work.new_id()
    return ArrivalPart(
        id=id_,
        whole_id=whole_id or id_,
        channel=part.channel,
        kind=part.sender.kind,
        sender=part.sender.value,
        recipient=part.recipient.value,
        reference=part.reference,
        total=part.total,
        number=part.number,
        body=part.body,
        received_at=work.now,
    )


def list_late_parts(look: Look, asked: tuple[str, timedelta]) -> list[list[TextPart]]:
    """Of a channel, the parts of each whole that has waited for longer than the time asked, in their order."""
    channel, after = asked
    wholes: dict[str, list[TextPart]] = {}
    for row in look.session.scalars(
        sa.select(ArrivalPart)
        .where(ArrivalPart.channel == channel, ArrivalPart.ended_at.is_(None))
        .order_by(ArrivalPart.whole_id, ArrivalPart.number)
    ):
        wholes.setdefault(row.whole_id, []).append(row.as_part())
    late = set(
        look.session.scalars(
            sa.select(ArrivalPart.whole_id)
            .where(ArrivalPart.ended_at.is_(None))
            .group_by(ArrivalPart.whole_id)
            .having(sa.func.max(ArrivalPart.received_at) <= look.now - after)
        )
    )
    return [parts for whole_id, parts in wholes.items() if whole_id in late]


def end_parts(work: Work, whole_id: str) -> None:
    """They have become a message."""
    work.session.execute(
        sa.update(ArrivalPart)
        .where(ArrivalPart.whole_id == whole_id, ArrivalPart.ended_at.is_(None))
        .values(ended_at=work.now)
    )
    forget_parts(work)


def forget_parts(work: Work) -> None:
    """What became a message a while ago is known by that."""
    work.session.execute(sa.delete(ArrivalPart).where(ArrivalPart.ended_at <= work.now - REMEMBERED))
