"""Legal holds: what is about a child, or in a thread, is kept until the hold is lifted, however old it is.

A hold on a child keeps every thread of its guardians whole. Source: security rule S10.3.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import Child, GuardianAddress, Guardianship
from hub.post.arrivals import Arrival
from hub.post.deliveries import Delivery
from hub.post.messages import Message, MessageChild, Thread, ThreadGuardian
from hub.post.reports import DeliveryReport
from hub.safety.audit import note


class LegalHold(Base):
    """Of one child or of one thread. `reason` is for people to read, and stays in this row."""

    __tablename__ = "legal_holds"
    __table_args__ = (sa.CheckConstraint("(child_id IS NULL) <> (thread_id IS NULL)", name="one"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("children.id"))
    thread_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("threads.id"))
    reason: Mapped[str] = mapped_column(sa.String(200))
    set_by: Mapped[str] = mapped_column(sa.String(60))
    set_at: Mapped[Moment]
    lifted_by: Mapped[str | None] = mapped_column(sa.String(60), default=None)
    lifted_at: Mapped[Moment | None] = mapped_column(default=None)

    @property
    def of(self) -> str:
        """The child or the thread."""
        return self.child_id or self.thread_id or ""


class NotHeldError(Refusal):
    """There is no hold to lift."""

    words = "refusals.not_held"


def hold(work: Work, what: Child | Thread, reason: str) -> LegalHold:
    """Keep what is about a child, or in a thread. One that is held already keeps its hold."""
    held = find_hold(work, what.id)
    if held is None:
        is_child = isinstance(what, Child)
        held = LegalHold(
            id=work.new_id(),
            owner_id=what.owner_id,
            child_id=what.id if is_child else None,
            thread_id=None if is_child else what.id,
            reason=reason,
            set_by=work.asker.id,
            set_at=work.now,
        )
        work.session.add(held)
        note(work, "hold.set", [held.id, what.id])
    return held


def lift(work: Work, what: Child | Thread) -> None:
    """What is over may go again. Raises: NotHeldError."""
    held = find_hold(work, what.id)
    if held is None:
        raise NotHeldError
    held.lifted_by, held.lifted_at = work.asker.id, work.now
    note(work, "hold.lifted", [held.id, what.id])


def hold_again(work: Work, what: Child | Thread, reason: str, set_by: str, set_at: datetime) -> bool:
    """For a store that was restored: whether the hold was missing."""
    if find_hold(work, what.id) is not None:
        return False
    held = hold(work, what, reason)
    held.set_by, held.set_at = set_by, set_at
    return True


def find_hold(look: Look, id_: str) -> LegalHold | None:
    """The hold on a child or a thread that stands now."""
    of = sa.or_(LegalHold.child_id == id_, LegalHold.thread_id == id_)
    return look.session.scalar(sa.select(LegalHold).where(of, LegalHold.lifted_at.is_(None)))


def list_holds(look: Look) -> list[LegalHold]:
    """Those that stand now, oldest first."""
    return list(look.session.scalars(sa.select(LegalHold).where(LegalHold.lifted_at.is_(None)).order_by(LegalHold.id)))


_CHILDREN = sa.select(LegalHold.child_id).where(LegalHold.lifted_at.is_(None), LegalHold.child_id.is_not(None))
_GUARDIANS = sa.select(Guardianship.guardian_id).where(Guardianship.child_id.in_(_CHILDREN))
_THREADS: sa.CompoundSelect[Any] = sa.union_all(
    sa.select(LegalHold.thread_id).where(LegalHold.lifted_at.is_(None), LegalHold.thread_id.is_not(None)),
    sa.select(ThreadGuardian.thread_id).where(ThreadGuardian.guardian_id.in_(_GUARDIANS)),
)
_PHONES = sa.select(GuardianAddress.value).where(GuardianAddress.guardian_id.in_(_GUARDIANS))


def holds_child(child_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """What is of a held child."""
    return child_id.in_(_CHILDREN)


def holds_message() -> sa.ColumnElement[bool]:
    """Messages that a hold keeps."""
    about = sa.exists().where(MessageChild.message_id == Message.id, MessageChild.child_id.in_(_CHILDREN))
    return sa.or_(Message.thread_id.in_(_THREADS), about)


def holds_arrival() -> sa.ColumnElement[bool]:
    """Texts as they came that a hold keeps: those of a held message, and all from the phones of a held child's guardians."""
    kept = sa.exists().where(Message.id == Arrival.message_id, holds_message())
    return sa.or_(Arrival.sender.in_(_PHONES), kept)


def holds_report() -> sa.ColumnElement[bool]:
    """Reports of a held message's deliveries."""
    return sa.exists().where(
        sa.or_(Delivery.id == DeliveryReport.delivery_id, Delivery.provider_id == DeliveryReport.provider_id),
        Message.id == Delivery.message_id,
        holds_message(),
    )
