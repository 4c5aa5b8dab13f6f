"""What became of an attempt, written down. Source: security rules S9.3 and S9.5."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.desk import Work
from hub.post.channel import Receipt
from hub.post.deliveries import RANK, RECALLED, Delivery, Status, end_addresses, end_badly, look_again, take_receipt
from hub.post.plain_receipts import PlainReceipts
from hub.post.reports import list_early_reports
from hub.quick_select import QuickSelect

NOT_FOUND_YET = "not_found_yet"
LOOK_AGAIN = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Handed:
    """The provider took it. `found`: an earlier attempt had got through."""

    delivery_id: str
    receipt: Receipt
    found: bool = False


@dataclass(frozen=True, slots=True)
class NotHanded:
    """It did not go, or nobody knows. `again_at` is when to try, None when never.

    `counted`: the try was this message's own, and not lost to a pause of the whole channel or to our stopping.
    `unrepeated`: a repeat that was written down surely did not go.
    """

    delivery_id: str
    reason: str
    again_at: datetime | None = None
    unknown: bool = False
    counted: bool = True
    unrepeated: bool = False
    fault: bool = False
    gone: bool = False
    opted_out: bool = False


_ATTEMPTED = QuickSelect(
    sa.select(Delivery)
    .where(Delivery.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(Delivery.id)
    .with_for_update()
)


_HOLDERS = QuickSelect(
    sa.select(Delivery).where(Delivery.provider_id.in_(sa.bindparam("ids", expanding=True))).order_by(Delivery.id)
)


def settle(work: Work, outcomes: Sequence[Handed | NotHanded], node: str | None = None) -> list[bool]:
    """Write down what became of attempts. True for each that stood as it was claimed.

    `node` is the hub that made them, where several share the store. One that another has claimed since is the other's: only
    what the provider took is heeded still.
    """
    plain = PlainReceipts(work, [outcome.delivery_id for outcome in outcomes])
    receipts = [outcome.receipt.provider_id for outcome in outcomes if isinstance(outcome, Handed)]
    early = list_early_reports(work, receipts)
    holders = [holder for (holder,) in _HOLDERS.rows(work, ids=receipts)] if receipts else []
    found = [outcome.receipt.provider_id for outcome in outcomes if isinstance(outcome, Handed) and outcome.found]
    known = {*(name for _, name in early), *(holder.provider_id or "" for holder in holders), *found}
    fresh = {one.delivery_id: one.receipt for one in outcomes if isinstance(one, Handed) and not one.found}
    taken = plain.take(fresh, node, known)
    others = [outcome.delivery_id for outcome in outcomes if outcome.delivery_id not in taken]
    deliveries = {delivery.id: delivery for (delivery,) in (_ATTEMPTED.rows(work, ids=others) if others else ())}
    holding: defaultdict[str | None, dict[str, Delivery]] = defaultdict(dict)
    for holder in (*holders, *deliveries.values()):
        holding[holder.provider_id][holder.id] = holder
    out = []
    for outcome in outcomes:
        if outcome.delivery_id in taken:
            out.append(True)
            continue
        delivery = deliveries[outcome.delivery_id]
        stood = _stands(delivery, node)
        if isinstance(outcome, Handed):
            told = early.get((delivery.channel, outcome.receipt.provider_id), [])
            if not outcome.found:
                _look_again(work, delivery, outcome.receipt, holding[outcome.receipt.provider_id].values())
            _settle_handed(work, delivery, outcome, told, stood=stood)
            holding[delivery.provider_id][delivery.id] = delivery
        else:
            if outcome.reason != NOT_FOUND_YET and (outcome.again_at is not None or not stood):
                delivery.note_trouble(outcome.reason, work.now)
            if stood:
                _settle_not_handed(work, delivery, outcome)
        out.append(stood)
    return out


def _look_again(work: Work, delivery: Delivery, receipt: Receipt, others: Iterable[Delivery]) -> None:
    """For those alike that found this text, before its receipt came, and were taken for it."""
    if delivery.provider_id in (None, receipt.provider_id):
        look_again(work, delivery, [other for other in others if other.provider_id == receipt.provider_id])


def _settle_handed(
    work: Work, delivery: Delivery, outcome: Handed, early: Sequence[tuple[str, str | None]], *, stood: bool
) -> None:
    if not outcome.found:
        take_receipt(work, delivery, outcome.receipt, early)
        return
    holder = work.session.scalar(
        sa.select(Delivery.id).where(
            Delivery.provider_id == outcome.receipt.provider_id,
            Delivery.channel == delivery.channel,
            Delivery.id != delivery.id,
        )
    )
    if holder is None:
        delivery.mark("found")
        take_receipt(work, delivery, outcome.receipt, early)
    elif stood:
        delivery.reason = "found_anothers"
        delivery.lease_until = work.now + LOOK_AGAIN


def _settle_not_handed(work: Work, delivery: Delivery, outcome: NotHanded) -> None:
    delivery.reason = outcome.reason
    if outcome.fault:
        delivery.faults += 1
    if not outcome.counted:
        delivery.tries -= 1
    if outcome.unrepeated:
        delivery.unmark("repeated")
    if outcome.gone:
        end_addresses(work, delivery, outcome.reason, stopped=outcome.opted_out)
    if outcome.again_at is None:
        end_badly(work, delivery, Status.FAILED, outcome.reason)
        return
    if outcome.unknown:
        delivery.mark_once("unknown")
        delivery.lease_until = outcome.again_at
        return
    if delivery.is_taken_back:
        delivery.end(Status.UNDONE, work.now, RECALLED)
        return
    delivery.status, delivery.rank = Status.WAITING, RANK[Status.WAITING]
    delivery.due, delivery.lease_until = outcome.again_at, None


def mark_repeat(work: Work, delivery_id: str, node: str | None = None) -> bool:
    """Written before the one repeat of an attempt that nobody could find. Whether it is this hub's to make: not where it was
    taken back meanwhile, and so never of what may have gone already."""
    delivery = work.session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or not _stands(delivery, node):
        return False
    if delivery.is_taken_back:
        delivery.end(Status.FAILED, work.now, "unknown_fate")
        return False
    delivery.mark("repeated")
    return True


def _stands(delivery: Delivery, node: str | None) -> bool:
    """As this hub claimed it."""
    return delivery.status == Status.CLAIMED and delivery.held_by == node
