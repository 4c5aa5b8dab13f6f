"""What a broadcast will say to each guardian, worked out while it is held: nothing of it stands anywhere else before it leaves.

Taking it back is letting go of these rows. They hold for the moment that they were made for, and whatever has changed by then
is worked out anew.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base, Id, Json, Moment, Ref
from hub.desk import Look, Work
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState
from hub.quick_select import QuickSelect
from hub.rows_ahead import Rows, shape

LATEST = timedelta(minutes=5)
"""So long after the moment that it was made for it may still be written."""


class PreparedText(Base):
    """Of one guardian; `id` is their receiver's. `told` are the facts that it rests on, `rows` what is to be written for it;
    neither is there where it can only be worked out when it leaves. `shape` is that of the tables that the rows are for."""

    __tablename__ = "prepared_texts"
    __table_args__ = (sa.UniqueConstraint("broadcast_id", "guardian_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    broadcast_id: Mapped[Ref] = mapped_column(sa.ForeignKey("broadcasts.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    child_ids: Mapped[Json]
    guarded: Mapped[bool]
    made_for: Mapped[Moment]
    shape: Mapped[str] = mapped_column(sa.String(16))
    told: Mapped[Json | None] = mapped_column(default=None)
    rows: Mapped[Json | None] = mapped_column(default=None)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One that may be written now, as far as it knows itself; `told` and `rows` are None where it may not."""

    id: str
    guardian_id: str
    unit_id: str
    child_ids: Sequence[str]
    told: dict[str, Any] | None
    rows: Rows | None


_NEXT = QuickSelect(
    sa.select(
        PreparedText.id,
        PreparedText.guardian_id,
        PreparedText.unit_id,
        PreparedText.child_ids,
        PreparedText.made_for,
        PreparedText.shape,
        BroadcastReceiver.state,
        PreparedText.told,
        PreparedText.rows,
    )
    .outerjoin(BroadcastReceiver, BroadcastReceiver.id == PreparedText.id)
    .where(PreparedText.broadcast_id == sa.bindparam("broadcast"))
    .order_by(PreparedText.guardian_id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def take_next(work: Work, broadcast_id: str, starts_at: datetime, limit: int) -> list[Prepared]:
    """The first so many by their guardians, and let go of them."""
    found = _NEXT.rows(work, broadcast=broadcast_id, limit=limit)
    if not found:
        return []
    _let_go(work, broadcast_id, PreparedText.guardian_id <= found[-1][1])
    out = []
    for id_, guardian_id, unit_id, child_ids, made_for, of_shape, state, told, rows in found:
        is_for_now = made_for == starts_at and starts_at <= work.now <= starts_at + LATEST
        holds = is_for_now and of_shape == shape() and state == ReceiverState.WAITING
        out.append(Prepared(id_, guardian_id, unit_id, child_ids, told if holds else None, rows if holds else None))
    return out


_ANY = sa.select(PreparedText.id).where(PreparedText.broadcast_id == sa.bindparam("broadcast")).limit(1)


def has_prepared(look: Look, broadcast_id: str) -> bool:
    return look.session.scalar(_ANY, {"broadcast": broadcast_id}) is not None


_GUARDIANS = QuickSelect(
    sa.select(PreparedText.guardian_id).where(
        PreparedText.broadcast_id == sa.bindparam("broadcast"), PreparedText.guardian_id > sa.bindparam("after")
    )
)


def list_prepared_for(look: Look, broadcast_id: str, after: str) -> set[str]:
    """The ids of the guardians for whom it is prepared, behind the id `after`."""
    return {guardian_id for (guardian_id,) in _GUARDIANS.rows(look, broadcast=broadcast_id, after=after)}


_KEPT = ("id", "owner_id", "broadcast_id", "unit_id", "guardian_id", "child_ids", "guarded")


def write_receivers(work: Work, broadcast_id: str, after: str, up_to: str | None, gone: Collection[str]) -> None:
    """Write down as receivers those for whom it is prepared, behind the id `after` and up to `up_to`, or all behind it; but for
    those to whom it does not go any more."""
    within = [PreparedText.broadcast_id == broadcast_id, PreparedText.guardian_id > after]
    if up_to is not None:
        within.append(PreparedText.guardian_id <= up_to)
    for guardian_id in gone:
        _let_go(work, broadcast_id, PreparedText.guardian_id == guardian_id)
    columns = [getattr(PreparedText, name) for name in _KEPT]
    rows = sa.select(*columns, sa.literal(ReceiverState.WAITING.value)).where(*within)
    work.session.execute(sa.insert(BroadcastReceiver).from_select([*_KEPT, "state"], rows, include_defaults=False))


def remove_prepared(work: Work, broadcast_id: str) -> None:
    """It doesn't leave any more."""
    _let_go(work, broadcast_id)


def _let_go(work: Work, broadcast_id: str, *which: sa.ColumnElement[bool]) -> None:
    work.session.execute(sa.delete(PreparedText).where(PreparedText.broadcast_id == broadcast_id, *which))
