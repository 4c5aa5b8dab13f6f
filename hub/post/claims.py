"""Claims deliveries that are due, asks once more whether each may still go, and writes down what became of it.

A claim counts its try and writes the attempt before anything leaves. A claim whose lease ran out belongs to an attempt
of unknown fate: it is looked up before it is tried again. Source: security rules S3.4, S9.2, S9.3 and S9.8.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.address import Address
from hub.desk import Look, Work
from hub.people.families import GuardianAddress, Right
from hub.people.numbers import VirtualNumber
from hub.people.places import Unit
from hub.post.audience import Freshness, entitled_pairs, freshness
from hub.post.channel import Envelope, Receipt
from hub.post.deliveries import RANK, Delivery, Status, take_receipt
from hub.post.messages import Lane, Message, MessageChild, Thread, wait_for_person

LEASE = timedelta(seconds=60)
FAULT_LIMIT = 5
CRASH_LIMIT = 3


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to try now. `look_first`: an earlier attempt may have gone through."""

    envelope: Envelope
    channel: str
    pace_per_second: float
    deadline: datetime
    tries: int
    look_first: bool
    repeated: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed, and when there may be more: None when nothing waits."""

    claimed: list[Claimed]
    next_due: datetime | None


def claim(work: Work, limit: int, paused: Collection[str], busy: Collection[str], urgent_only: bool) -> Claim:
    """Claim up to `limit` due deliveries, the most urgent lane first.

    `paused` are channels, `busy` senders that can take no more now.
    """
    open_ = [Delivery.rank < RANK[Status.ACCEPTED]]
    if paused:
        open_.append(Delivery.channel.not_in(paused))
    if busy:
        open_.append(Delivery.sender.not_in(busy))
    if urgent_only:
        open_.append(Delivery.lane <= Lane.SAFETY)
    free = sa.or_(Delivery.lease_until.is_(None), Delivery.lease_until <= work.now)
    due = list(
        work.session.scalars(
            sa.select(Delivery)
            .where(*open_, free, Delivery.due <= work.now)
            .order_by(Delivery.lane, Delivery.due, Delivery.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )
    claimed = _take(work, due) if due else []
    next_due = None
    if len(due) < limit:
        next_due = work.session.scalar(
            sa.select(sa.func.min(sa.func.coalesce(Delivery.lease_until, Delivery.due))).where(
                *open_, sa.or_(Delivery.due > work.now, Delivery.lease_until > work.now)
            ),
        )
    return Claim(claimed, next_due)


def _take(work: Work, due: Sequence[Delivery]) -> list[Claimed]:
    refused = _refused(work, due)
    senders = {delivery.sender for delivery in due}
    paces = {
        number.value: number.pace_per_second
        for number in work.session.execute(
            sa.select(VirtualNumber.value, VirtualNumber.pace_per_second).where(VirtualNumber.value.in_(senders))
        )
    }
    out = []
    for delivery in due:
        crashed = delivery.status == Status.CLAIMED
        unknown = crashed and "unknown" in (delivery.marks or [])
        if crashed and not unknown:
            delivery.faults += 1
            delivery.mark("crashed")
        if delivery.id in refused:
            end_badly(work, delivery, Status.DROPPED, refused[delivery.id])
            continue
        if work.now >= delivery.deadline and not crashed:
            end_badly(work, delivery, Status.EXPIRED, "deadline")
            continue
        if delivery.faults >= (CRASH_LIMIT if crashed else FAULT_LIMIT):
            end_badly(work, delivery, Status.PARKED, "faults")
            continue
        first_attempt = delivery.attempted_at if crashed else work.now
        delivery.status, delivery.rank = Status.CLAIMED, RANK[Status.CLAIMED]
        delivery.tries += 1
        delivery.lease_until = work.now + LEASE
        delivery.attempted_at = first_attempt
        out.append(
            Claimed(
                envelope=Envelope(
                    delivery_id=delivery.id,
                    sender=Address(delivery.kind, delivery.sender),
                    recipient=Address(delivery.kind, delivery.recipient),
                    text=delivery.text,
                    urgent=delivery.lane <= Lane.SAFETY,
                    attempted_at=first_attempt,
                ),
                channel=delivery.channel,
                pace_per_second=paces.get(delivery.sender, 1.0),
                deadline=delivery.deadline,
                tries=delivery.tries,
                look_first=crashed,
                repeated="repeated" in (delivery.marks or []),
            )
        )
    return out


def _refused(look: Look, due: Sequence[Delivery]) -> dict[str, str]:
    """Those that may not go any more, each with a code: asked at this moment, whatever was true when they were posted."""
    addresses = {
        address.id: address
        for address in look.session.scalars(
            sa.select(GuardianAddress).where(GuardianAddress.id.in_({d.address_id for d in due if d.address_id}))
        )
    }
    children: dict[str, list[str]] = {}
    for message_id, child_id in look.session.execute(
        sa.select(MessageChild.message_id, MessageChild.child_id).where(
            MessageChild.message_id.in_({d.message_id for d in due})
        )
    ):
        children.setdefault(message_id, []).append(child_id)
    out: dict[str, str] = {}
    pairs = {(d.guardian_id, child) for d in due if d.guardian_id for child in children.get(d.message_id, [])}
    entitled: set[tuple[str, str]] = set()
    if pairs:
        zone_days = {unit.today(look.now) for unit in _units(look, due)}
        entitled = set.intersection(
            *(
                entitled_pairs(look, {g for g, _ in pairs}, {c for _, c in pairs}, Right.INFORM, day)
                for day in zone_days
            )
        )
    for delivery in due:
        address = addresses.get(delivery.address_id or "")
        if delivery.address_id and (address is None or freshness(address, look.now) is Freshness.OVER):
            out[delivery.id] = "address_over"
        elif address is not None and address.stopped_at is not None and delivery.lane >= Lane.ORDINARY:
            out[delivery.id] = "stopped"
        elif (
            any((delivery.guardian_id, child) not in entitled for child in children.get(delivery.message_id, []))
            and delivery.guardian_id
        ):
            out[delivery.id] = "no_right"
    return out


def _units(look: Look, due: Sequence[Delivery]) -> list[Unit]:
    ids = (
        sa.select(Thread.unit_id)
        .join(Message, Message.thread_id == Thread.id)
        .where(Message.id.in_({d.message_id for d in due}))
    )
    return list(look.session.scalars(sa.select(Unit).where(Unit.id.in_(ids))))


def end_badly(work: Work, delivery: Delivery, status: Status, reason: str) -> None:
    """It will not arrive: say so to staff, unless it was one of many."""
    delivery.end(status, work.now, reason)
    if delivery.lane == Lane.BULK:
        return
    thread = work.session.scalar(
        sa.select(Thread).join(Message, Message.thread_id == Thread.id).where(Message.id == delivery.message_id)
    )
    if thread is not None:
        wait_for_person(work, thread, "not_delivered")


@dataclass(frozen=True, slots=True)
class Handed:
    """The provider took it. `found`: an earlier attempt had got through."""

    delivery_id: str
    receipt: Receipt
    found: bool = False


@dataclass(frozen=True, slots=True)
class NotHanded:
    """It did not go, or nobody knows. `again_at` is when to try, None when never."""

    delivery_id: str
    reason: str
    again_at: datetime | None = None
    unknown: bool = False
    repeating: bool = False
    fault: bool = False
    gone: bool = False
    opted_out: bool = False


def settle(work: Work, outcomes: Sequence[Handed | NotHanded]) -> list[bool]:
    """Write down what became of attempts. True for each that stood as it was claimed."""
    found = work.session.scalars(sa.select(Delivery).where(Delivery.id.in_([o.delivery_id for o in outcomes])))
    deliveries = {delivery.id: delivery for delivery in found}
    out = []
    for outcome in outcomes:
        delivery = deliveries[outcome.delivery_id]
        if isinstance(outcome, Handed):
            if outcome.found:
                delivery.mark("found")
            take_receipt(work, delivery, outcome.receipt)
        elif delivery.status == Status.CLAIMED:
            _settle_not_handed(work, delivery, outcome)
        out.append(True)
    return out


def _settle_not_handed(work: Work, delivery: Delivery, outcome: NotHanded) -> None:
    delivery.reason = outcome.reason
    if outcome.fault:
        delivery.faults += 1
    if outcome.gone:
        _note_gone(work, delivery, outcome)
    if outcome.again_at is None:
        end_badly(work, delivery, Status.FAILED, outcome.reason)
        return
    if outcome.unknown:
        delivery.mark("unknown")
        delivery.lease_until = outcome.again_at
        return
    delivery.status, delivery.rank = Status.WAITING, RANK[Status.WAITING]
    delivery.due, delivery.lease_until = outcome.again_at, None


def mark_repeat(work: Work, delivery_id: str) -> None:
    """Written before the one repeat of an attempt that nobody could find."""
    delivery = work.session.get(Delivery, delivery_id)
    if delivery is not None:
        delivery.mark("repeated")


def _note_gone(work: Work, delivery: Delivery, outcome: NotHanded) -> None:
    addresses = work.session.scalars(
        sa.select(GuardianAddress).where(
            GuardianAddress.owner_id == delivery.owner_id,
            GuardianAddress.kind == delivery.kind,
            GuardianAddress.value == delivery.recipient,
        )
    )
    for address in addresses:
        if outcome.opted_out:
            if address.stopped_at is None:
                address.stopped_at, address.stopped_by = work.now, "provider"
        elif address.gone_at is None:
            address.gone_at, address.gone_reason = work.now, outcome.reason
