"""One message on its way to one address: its status only climbs, whatever order the reports come in."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import APP, MAIL, PUSH
from hub.database import ID_LENGTH, NODE_LENGTH, Base, Id, Json, Moment, Ref, after
from hub.desk import Work
from hub.doorbell import DELIVERIES
from hub.people.families import GuardianAddress
from hub.post.channel import Receipt
from hub.post.messages import Lane, Message, Thread, ThreadKind, wait_for_person
from hub.post.push_devices import end_device
from hub.post.work_mail import WorkMail, end_mailboxes
from hub.safety.staff_phones import end_phone, list_phones_at


class Status(StrEnum):
    """Where a delivery is. The first two and the last four are ours, the others the provider's."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    ACCEPTED = "accepted"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELED = "canceled"
    READ = "read"
    UNDONE = "undone"
    DROPPED = "dropped"
    EXPIRED = "expired"
    PARKED = "parked"


RANK = {
    Status.WAITING: 0,
    Status.CLAIMED: 1,
    Status.ACCEPTED: 2,
    Status.QUEUED: 3,
    Status.SENDING: 4,
    Status.SENT: 5,
    Status.DELIVERED: 6,
    Status.UNDELIVERED: 6,
    Status.FAILED: 6,
    Status.CANCELED: 6,
    Status.UNDONE: 6,
    Status.DROPPED: 6,
    Status.EXPIRED: 6,
    Status.PARKED: 6,
    Status.READ: 7,
}
FINAL = 6
ON_ITS_WAY = frozenset({Status.ACCEPTED, Status.QUEUED, Status.SENDING, Status.SENT})
ARRIVED = frozenset({Status.DELIVERED, Status.READ})
RECALLED, TAKEN_BACK = "recalled", "taken_back"
"""Why one does not go any more; and what marks one that was just leaving then."""
FAILED_ENDS = frozenset({Status.UNDELIVERED, Status.FAILED, Status.DROPPED, Status.EXPIRED, Status.PARKED})


class Delivery(Base):
    """One message on its way to one address. `tries` are counted before each attempt; `faults` are those that
    ended in a fault of ours; `automatic` ones nobody typed; `marks` tell what was odd; `troubles` are the codes of
    what went wrong before it went on, each with the first time it did. `beside` are the ids of further children whom its
    text names and the message does not. `files` are as many as its message has to show on the family pages. `topic` is what
    it is about (hub.post.topics); at `climbs_at` it is looked whether the next way is to be taken, of which there is one
    if `has_next`. `held_by` is the hub that claimed it, where several share the store."""

    __tablename__ = "deliveries"
    __table_args__ = (
        sa.Index(
            "ix_deliveries_open",
            "lane",
            "due",
            "id",
            sqlite_where=sa.text("rank < 2"),
            postgresql_where=sa.text("rank < 2"),
        ),
        sa.Index(
            "ix_deliveries_climbing",
            "climbs_at",
            sqlite_where=sa.text("climbs_at IS NOT NULL"),
            postgresql_where=sa.text("climbs_at IS NOT NULL"),
        ),
        sa.Index(None, "provider_id"),
        sa.Index(None, "recipient", "due"),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    message_id: Mapped[Ref] = mapped_column(sa.ForeignKey("messages.id"), index=True)
    guardian_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH))
    address_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH))
    channel: Mapped[str] = mapped_column(sa.String(40))
    kind: Mapped[str] = mapped_column(sa.String(10))
    sender: Mapped[str] = mapped_column(sa.String(254))
    recipient: Mapped[str] = mapped_column(sa.String(254))
    text: Mapped[str] = mapped_column(sa.Text)
    lane: Mapped[int] = mapped_column(sa.SmallInteger)
    due: Mapped[Moment]
    deadline: Mapped[Moment]
    status: Mapped[str] = mapped_column(sa.String(12), default=Status.WAITING)
    rank: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    tries: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    lease_until: Mapped[Moment | None] = mapped_column(default=None)
    held_by: Mapped[str | None] = mapped_column(sa.String(NODE_LENGTH), default=None)
    attempted_at: Mapped[Moment | None] = mapped_column(default=None)
    handed_at: Mapped[Moment | None] = mapped_column(default=None)
    ended_at: Mapped[Moment | None] = mapped_column(default=None)
    faults: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    automatic: Mapped[bool] = mapped_column(default=False)
    provider_id: Mapped[str | None] = mapped_column(sa.String(80), default=None)
    parts: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    reason: Mapped[str | None] = mapped_column(sa.String(80), default=None)
    marks: Mapped[Json | None] = mapped_column(default=None)
    troubles: Mapped[Json | None] = mapped_column(default=None)
    beside: Mapped[Json | None] = mapped_column(default=None)
    files: Mapped[int] = mapped_column(sa.SmallInteger, default=0)
    topic: Mapped[str | None] = mapped_column(sa.String(10), default=None)
    climbs_at: Mapped[Moment | None] = mapped_column(default=None)
    has_next: Mapped[bool] = mapped_column(default=False)
    message: Mapped[Message] = after(Message)

    def mark(self, what: str) -> None:
        self.marks = [*(self.marks or []), what]

    def mark_once(self, what: str) -> None:
        if what not in (self.marks or []):
            self.mark(what)

    def unmark(self, what: str) -> None:
        """Take back the latest of these marks, if there is one."""
        marks = list(self.marks or [])
        if what in marks:
            del marks[len(marks) - 1 - marks[::-1].index(what)]
            self.marks = marks

    def note_trouble(self, code: str, now: datetime) -> None:
        """An attempt did not succeed, and there will be another."""
        if all(known != code for known, _ in self.troubles or ()):
            self.troubles = [*(self.troubles or []), [code, now.isoformat()]]

    @property
    def is_taken_back(self) -> bool:
        """While it was on its way to the provider: where it did not get there, nothing more of it goes."""
        return TAKEN_BACK in (self.marks or [])

    def take_back(self, now: datetime, reason: str) -> bool:
        """Nothing of it goes that has not gone; whether it only waited, and so surely never goes."""
        if self.status == Status.WAITING:
            self.end(Status.UNDONE, now, reason)
            return True
        self.mark_once(TAKEN_BACK)
        return False

    def end(self, status: Status, now: datetime, reason: str | None = None) -> None:
        """Nothing more will be tried."""
        self.status, self.rank, self.ended_at, self.lease_until = status, RANK[status], now, None
        if reason is not None:
            self.reason = reason


def take_receipt(
    work: Work, delivery: Delivery, receipt: Receipt, early: Sequence[tuple[str, str | None]] = ()
) -> None:
    """The provider has it. Reports that overtook this receipt (see `list_early_reports`) are heeded now.

    Where reports told of an earlier attempt already, that one is kept, and this one marked as the second.
    """
    if delivery.provider_id is not None and delivery.provider_id != receipt.provider_id:
        delivery.mark_once(f"second:{receipt.provider_id}")
        delivery.handed_at = delivery.handed_at or work.now
        return
    delivery.provider_id = receipt.provider_id
    delivery.parts = receipt.parts or delivery.parts
    delivery.handed_at = work.now
    delivery.lease_until = None
    status = Status(receipt.status)
    climb(work, delivery, status, None)
    for told, error in early:
        climb(work, delivery, Status(told), error)


def look_again(work: Work, delivery: Delivery, holders: Iterable[Delivery]) -> bool:
    """The provider's text is surely this delivery's: one alike that only found it there is looked for once more, so that
    neither is lost. Whether there was one."""
    mistaken = [
        h for h in holders if h is not delivery and h.channel == delivery.channel and "found" in (h.marks or [])
    ]
    for holder in mistaken:
        holder.unmark("found")
        holder.status, holder.rank = Status.CLAIMED, RANK[Status.CLAIMED]
        holder.reason, holder.lease_until = "found_anothers", work.now
        holder.provider_id = holder.handed_at = holder.ended_at = None
        work.ring(DELIVERIES)
    return bool(mistaken)


def climb(work: Work, delivery: Delivery, status: Status, error: str | None) -> None:
    """Heed a status if it is higher; a contradiction between two ends keeps the first and marks the second.

    A report may bring a delivery to an end only once it was handed over, or from an attempt whose fate is unknown.
    """
    rank = RANK[status]
    if rank > delivery.rank:
        delivery.status, delivery.rank = status, rank
        if rank >= FINAL:
            delivery.ended_at = work.now
            delivery.lease_until = None
        if error is not None:
            delivery.reason = error
        if status in FAILED_ENDS:
            fall_short(work, delivery)
    elif rank == delivery.rank == FINAL and status != delivery.status:
        delivery.mark_once(f"contradicted:{status}")


def tell_staff(work: Work, delivery: Delivery) -> None:
    """A person sees that it did not arrive, unless it was one of many, a notice beside it, or a mail to staff about what stands
    in the book."""
    if delivery.lane == Lane.BULK or delivery.kind == PUSH or work.session.get(WorkMail, delivery.id) is not None:
        return
    thread = work.session.scalar(
        sa.select(Thread).join(Message, Message.thread_id == Thread.id).where(Message.id == delivery.message_id)
    )
    if thread is not None and thread.kind != ThreadKind.STAFF:
        wait_for_person(work, thread, "not_delivered")


def end_badly(work: Work, delivery: Delivery, status: Status, reason: str) -> None:
    """It will not arrive: the next way is taken at once; without one staff are told, unless it was one of many."""
    delivery.end(status, work.now, reason)
    fall_short(work, delivery)


def end_climbing(work: Work, message_ids: Collection[str]) -> None:
    """What was taken back goes on by no further way, also to whom it has gone already."""
    work.session.execute(
        sa.update(Delivery)
        .where(Delivery.message_id.in_(list(message_ids)), Delivery.climbs_at.is_not(None))
        .values(climbs_at=None)
    )


RESERVED = "reserved"


def fall_short(work: Work, delivery: Delivery) -> None:
    """It did not arrive. That it does not what a family reserved against is no news to staff, where nothing hurries."""
    if delivery.kind == PUSH:
        _take_next_way(work, delivery)
        return
    if delivery.climbs_at is not None:
        delivery.climbs_at = work.now
    is_wished = delivery.reason == RESERVED and delivery.automatic and delivery.lane >= Lane.ORDINARY
    if not delivery.has_next and not is_wished:
        tell_staff(work, delivery)


def _take_next_way(work: Work, notice: Delivery) -> None:
    """Nothing tells the family of what lies in the app: the way after it is not waited for, unless another notice is out."""
    others = work.session.scalars(
        sa.select(Delivery)
        .where(Delivery.message_id == notice.message_id, Delivery.guardian_id == notice.guardian_id)
        .with_for_update()
    ).all()
    if any(each.kind == PUSH and each.id != notice.id and each.status not in FAILED_ENDS for each in others):
        return
    for each in others:
        if each.kind == APP and each.climbs_at is not None:
            each.climbs_at = work.now


def end_addresses(work: Work, delivery: Delivery, reason: str, *, stopped: bool = False) -> None:
    """Nobody is where the delivery went, or (`stopped`) the provider lets nothing through to them: for all who have it.

    Source: security rule S1.4.
    """
    if delivery.kind == PUSH:
        end_device(work, delivery.recipient, reason)
        return
    addresses = work.session.scalars(
        sa.select(GuardianAddress).where(
            GuardianAddress.owner_id == delivery.owner_id,
            GuardianAddress.kind == delivery.kind,
            GuardianAddress.value == delivery.recipient,
        )
    )
    for address in addresses:
        if stopped and address.stopped_at is None:
            address.stopped_at, address.stopped_by = work.now, "provider"
        elif not stopped and address.gone_at is None:
            address.gone_at, address.gone_reason = work.now, reason
    if not stopped and delivery.kind == MAIL:
        end_mailboxes(work, delivery.owner_id, delivery.recipient)
    elif not stopped:
        for phone in list_phones_at(work, delivery.owner_id, delivery.recipient):
            end_phone(work, phone, "provider")
