"""What a provider billed, line by line, as its own ledger tells it: kept beside the deliveries, and found to be theirs.

A provider tells a price later than that a text left, so what was told lately is asked about again, and a line that has its
price now is set right. Nothing here is rounded.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment
from hub.desk import Look, Work
from hub.post.billing import BillLine
from hub.post.deliveries import Delivery
from hub.post.reports import DeliveryReport

PRICES_COME_WITHIN = timedelta(days=3)
"""Whatever has no price of the provider's by then has none."""
LONGEST_LOOK_BACK = timedelta(days=31)
KEPT = timedelta(days=400)


class Bill(Base):
    """One line. `amount` is exact, as decimal digits, in the provider's `currency`; None while there is no price. `delivery_id`
    is whose text it was, None where nobody knows; then alone `recipient` says whom it went to. `at` is the provider's."""

    __tablename__ = "bills"
    __table_args__ = (
        sa.UniqueConstraint("channel", "provider_id"),
        sa.Index(None, "delivery_id"),
        sa.Index(None, "at"),
    )
    id: Mapped[Id]
    channel: Mapped[str] = mapped_column(sa.String(40))
    provider_id: Mapped[str] = mapped_column(sa.String(80))
    at: Mapped[Moment]
    sender: Mapped[str] = mapped_column(sa.String(254))
    parts: Mapped[int] = mapped_column(sa.SmallInteger)
    recipient: Mapped[str | None] = mapped_column(sa.String(254), default=None)
    amount: Mapped[str | None] = mapped_column(sa.String(40), default=None)
    currency: Mapped[str] = mapped_column(sa.String(3), default="")
    delivery_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)

    @property
    def money(self) -> Decimal | None:
        return None if self.amount is None else Decimal(self.amount)


class BillReading(Base):
    """Up to which moment a channel's ledger has been read, whole."""

    __tablename__ = "bill_readings"
    channel: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    read_to: Mapped[Moment]


def find_since(look: Look, channel: str) -> datetime:
    """From when on a ledger is to be read: what may have got its price since the last time is read again."""
    reading = look.session.get(BillReading, channel)
    if reading is None:
        return look.now - LONGEST_LOOK_BACK
    return max(reading.read_to - PRICES_COME_WITHIN, look.now - LONGEST_LOOK_BACK)


def list_read_to(look: Look) -> dict[str, datetime]:
    """By each channel that has a ledger, up to when that was read."""
    return {row.channel: row.read_to for row in look.session.scalars(sa.select(BillReading))}


def keep_bills(work: Work, channel: str, lines: Sequence[BillLine]) -> None:
    """New lines are kept, and known ones get what is told now; each is looked for among the deliveries while it is nobody's."""
    ids = [line.provider_id for line in lines]
    known = {
        bill.provider_id: bill
        for bill in work.session.scalars(sa.select(Bill).where(Bill.channel == channel, Bill.provider_id.in_(ids)))
    }
    owners = _find_deliveries(work, channel, ids)
    for line in {line.provider_id: line for line in lines}.values():
        bill = known.get(line.provider_id)
        if bill is None:
            bill = Bill(
                id=work.new_id(),
                channel=channel,
                provider_id=line.provider_id,
                at=line.at,
                sender=line.sender,
                parts=line.parts,
            )
            work.session.add(bill)
        bill.delivery_id = bill.delivery_id or owners.get(line.provider_id)
        bill.recipient = None if bill.delivery_id is not None else line.recipient
        bill.parts = line.parts or bill.parts
        if line.amount is not None:
            bill.amount, bill.currency = format(line.amount, "f"), line.currency


def mark_read(work: Work, channel: str, read_to: datetime) -> None:
    reading = work.session.get(BillReading, channel)
    if reading is None:
        work.session.add(BillReading(channel=channel, read_to=read_to))
    else:
        reading.read_to = max(reading.read_to, read_to)


def forget_bills(work: Work) -> None:
    """Let go of what is older than anybody compares, and of whom a line nobody knows of went to, once nobody asks any more."""
    work.session.execute(
        sa.update(Bill)
        .where(Bill.recipient.is_not(None), Bill.at < work.now - LONGEST_LOOK_BACK)
        .values(recipient=None)
    )
    work.session.execute(sa.delete(Bill).where(Bill.at < work.now - KEPT))


def _find_deliveries(look: Look, channel: str, provider_ids: Iterable[str]) -> dict[str, str]:
    """By the provider's id, whose text it was; of a text that was sent twice, the reports told whose the other was."""
    ids = list(provider_ids)
    own = look.session.execute(
        sa.select(Delivery.provider_id, Delivery.id).where(Delivery.channel == channel, Delivery.provider_id.in_(ids))
    )
    told = look.session.execute(
        sa.select(DeliveryReport.provider_id, DeliveryReport.delivery_id).where(
            DeliveryReport.channel == channel,
            DeliveryReport.provider_id.in_(ids),
            DeliveryReport.delivery_id.in_(sa.select(Delivery.id)),
        )
    )
    return {provider: delivery for provider, delivery in [*told, *own] if provider and delivery}
