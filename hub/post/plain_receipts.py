"""Receipts by which nothing happens but that a provider has what was claimed, as with nearly all: they are written down for all
texts of a work at once, without the objects that whatever is out of the ordinary is judged by."""

from collections import Counter
from collections.abc import Collection, Mapping

import sqlalchemy as sa

from hub.database import Base
from hub.desk import Work
from hub.post.channel import Receipt
from hub.post.deliveries import FINAL, RANK, Delivery, Status
from hub.quick_select import QuickSelect
from hub.quick_update import QuickUpdate

_LOCKED = QuickSelect(
    sa.select(Delivery.id, Delivery.status, Delivery.held_by, Delivery.provider_id, Delivery.parts)
    .where(Delivery.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(Delivery.id)
    .with_for_update()
)
_TAKE = QuickUpdate(
    Base.metadata.tables[Delivery.__tablename__],
    ("provider_id", "parts", "handed_at", "lease_until", "status", "rank"),
)


class PlainReceipts:
    """Of some deliveries, which are locked from now on."""

    def __init__(self, work: Work, delivery_ids: Collection[str]) -> None:
        self._work = work
        self._rows = _LOCKED.rows(work, ids=list(delivery_ids))

    def take(self, receipts: Mapping[str, Receipt], node: str | None, known: Collection[str]) -> set[str]:
        """Write down those of the receipts, by delivery, that are plain; the ids of their deliveries. `known` are the
        provider's names of texts of which more is known already than their receipts."""
        names = Counter(receipt.provider_id for receipt in receipts.values())
        taken = []
        for id_, status, held_by, provider_id, parts in self._rows:
            receipt = receipts.get(id_)
            if receipt is None or names[receipt.provider_id] > 1 or receipt.provider_id in known:
                continue
            told = Status(receipt.status)
            stands = status == Status.CLAIMED and held_by == node and provider_id is None
            if stands and RANK[Status.CLAIMED] < RANK[told] < FINAL:
                values = (receipt.provider_id, receipt.parts or parts, self._work.now, None, told.value, RANK[told])
                taken.append((*values, id_))
        if taken:
            _TAKE.run(self._work.connection, taken)
        return {row[-1] for row in taken}
