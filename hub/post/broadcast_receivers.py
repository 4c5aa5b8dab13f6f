"""Whom a broadcast is for: one row a guardian, written while it begins to leave, by which each is told once.

Whoever is told is asked for again then: these rows say who waits, and what became of each.
"""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.quick_select import QuickSelect
from hub.quick_update import QuickUpdate


class ReceiverState(StrEnum):
    WAITING = "waiting"
    TOLD = "told"
    DROPPED = "dropped"


class BroadcastReceiver(Base):
    """One guardian whom a broadcast is for: written when it begins to leave. `why_not` is a code of what stood in the way.

    `guarded` ones have to do with a protected child: only its named readers see their rows. Several behind one phone have
    the same `message_id`.
    """

    __tablename__ = "broadcast_receivers"
    __table_args__ = (
        sa.UniqueConstraint("broadcast_id", "guardian_id"),
        sa.Index(None, "broadcast_id", "state"),
        sa.Index(None, "message_id"),
    )
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    broadcast_id: Mapped[Ref] = mapped_column(sa.ForeignKey("broadcasts.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    child_ids: Mapped[Json]
    guarded: Mapped[bool]
    state: Mapped[str] = mapped_column(sa.String(10), default=ReceiverState.WAITING)
    message_id: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    told_at: Mapped[Moment | None] = mapped_column(default=None)
    why_not: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    answer: Mapped[int | None] = mapped_column(sa.SmallInteger, default=None)
    answered_at: Mapped[Moment | None] = mapped_column(default=None)

    def drop(self, why_not: str) -> None:
        self.state, self.why_not = ReceiverState.DROPPED, why_not


_WAITING = (
    sa.select(BroadcastReceiver.id)
    .where(
        BroadcastReceiver.broadcast_id == sa.bindparam("broadcast"), BroadcastReceiver.state == ReceiverState.WAITING
    )
    .order_by(BroadcastReceiver.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def list_waiting(look: Look, broadcast_id: str, limit: int) -> list[str]:
    """The first receivers who have not been told; by their ids."""
    return list(look.session.scalars(_WAITING, {"broadcast": broadcast_id, "limit": limit}))


def list_receivers(look: Look, broadcast_id: str, state: ReceiverState) -> list[BroadcastReceiver]:
    asked = sa.select(BroadcastReceiver).where(
        BroadcastReceiver.broadcast_id == broadcast_id, BroadcastReceiver.state == state
    )
    return list(look.session.scalars(asked.order_by(BroadcastReceiver.id)))


_OF_IDS = QuickSelect(sa.select(BroadcastReceiver).where(BroadcastReceiver.id.in_(sa.bindparam("ids", expanding=True))))


def get_receivers(look: Look, ids: Collection[str]) -> dict[str, BroadcastReceiver]:
    """By their ids."""
    return {receiver.id: receiver for (receiver,) in _OF_IDS.rows(look, ids=list(ids))}


def list_of_guardians(look: Look, broadcast_id: str, guardian_ids: Sequence[str]) -> list[BroadcastReceiver]:
    """The rows of these guardians."""
    asked = sa.select(BroadcastReceiver).where(
        BroadcastReceiver.broadcast_id == broadcast_id, BroadcastReceiver.guardian_id.in_(list(guardian_ids))
    )
    return list(look.session.scalars(asked))


def keep_answer(work: Work, broadcast_id: str, guardian_ids: Sequence[str], choice: int | None) -> None:
    """What these guardians chose, which may change; None takes it back."""
    for receiver in list_of_guardians(work, broadcast_id, guardian_ids):
        receiver.answer, receiver.answered_at = choice, None if choice is None else work.now
    work.ring(LIVE, broadcast_id)


def add_receivers(work: Work, owner_id: str, broadcast_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write some of those whom it is for: `unit_id`, `guardian_id`, `child_ids` and `guarded` of each."""
    kept = [
        {
            "id": work.new_id(),
            "owner_id": owner_id,
            "broadcast_id": broadcast_id,
            "state": ReceiverState.WAITING,
            **row,
        }
        for row in rows
    ]
    if kept:
        work.session.execute(sa.insert(BroadcastReceiver), kept)


_TELL = QuickUpdate(
    Base.metadata.tables[BroadcastReceiver.__tablename__], ("state", "message_id", "told_at", "why_not")
)


def mark_told(work: Work, messages: Mapping[str, str]) -> None:
    """By the ids of receivers, the ids of the messages that tell them all."""
    if messages:
        told = [(ReceiverState.TOLD, message_id, work.now, None, id_) for id_, message_id in messages.items()]
        _TELL.run(work.connection, told)


def remove_receivers(work: Work, broadcast_id: str) -> None:
    """It was for nobody: none of them has been told."""
    work.session.execute(sa.delete(BroadcastReceiver).where(BroadcastReceiver.broadcast_id == broadcast_id))
