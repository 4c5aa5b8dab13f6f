"""What the figures of a broadcast count of each receiver: where they stand, by the delivery of theirs that came furthest.

There may be many thousands, looked at each second: those who stand alike are counted by the store.
"""

from datetime import datetime
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from hub.address import APP
from hub.desk import Look
from hub.post.broadcast_picture import End
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState
from hub.post.broadcasts import Broadcast
from hub.post.deliveries import ARRIVED, FAILED_ENDS, Delivery, Status
from hub.post.shown_deliveries import SHOWS
from hub.quick_select import QuickSelect


class Figure(NamedTuple):
    """So many receivers, `n`, who stand alike; one alone has its ids. `why` is a code of what stood in the way; `at` is when
    it arrived, or ended otherwise."""

    n: int
    receiver_id: str | None
    unit_id: str | None
    guardian_id: str | None
    end: End
    channel: str | None
    why: str | None
    at: datetime | None
    answer: int | None
    guarded: bool


OF_DELIVERY = (Delivery.kind, Delivery.status, Delivery.reason, Delivery.ended_at)
IS_SHOWN = sa.and_(Delivery.message_id == BroadcastReceiver.message_id, SHOWS)
OF_BROADCAST = BroadcastReceiver.broadcast_id == sa.bindparam("broadcast")
_MARK = "/"
_Other = aliased(Delivery)
_BY_ITSELF = sa.or_(
    sa.bindparam("each", type_=sa.Boolean),
    BroadcastReceiver.guarded,
    BroadcastReceiver.state == ReceiverState.DROPPED,
    sa.func.coalesce(Delivery.status, "").in_([status.value for status in FAILED_ENDS]),
    sa.exists().where(_Other.message_id == Delivery.message_id, _Other.id != Delivery.id),
)
"""Who is counted alone: whoever may be hidden, whoever is to be named, and whoever has several deliveries."""
_ROWS = (
    sa.select(
        sa.case((_BY_ITSELF, BroadcastReceiver.id + _MARK + sa.func.coalesce(Delivery.id, ""))).label("itself"),
        BroadcastReceiver.unit_id,
        BroadcastReceiver.guardian_id,
        BroadcastReceiver.state,
        BroadcastReceiver.why_not,
        BroadcastReceiver.answer,
        BroadcastReceiver.guarded,
        *OF_DELIVERY,
    )
    .outerjoin(Delivery, IS_SHOWN)
    .where(OF_BROADCAST)
    .subquery()
)
_ALIKE = [column for column in _ROWS.c if column.key not in ("unit_id", "guardian_id")]
_FIGURES = QuickSelect(
    sa.select(sa.func.count(), sa.func.min(_ROWS.c.unit_id), sa.func.min(_ROWS.c.guardian_id), *_ALIKE)
    .group_by(*_ALIKE)
    .order_by(_ROWS.c.itself)
)


def list_figures(look: Look, broadcast: Broadcast, *, each: bool) -> list[Figure]:
    """Of all receivers, with `each` one for each of them."""
    alike: list[Figure] = []
    alone: dict[str, Figure] = {}
    for n, unit_id, guardian_id, itself, state, why_not, answer, guarded, *of_delivery in _FIGURES.rows(
        look, broadcast=broadcast.id, each=each
    ):
        receiver_id = itself and itself.partition(_MARK)[0]
        end, why, at = judge(state, why_not, *of_delivery)
        figure = Figure(n, receiver_id, unit_id, guardian_id, end, of_delivery[0], why, at, answer, guarded)
        if receiver_id is None:
            alike.append(figure)
        elif receiver_id not in alone or is_further(end, alone[receiver_id].end):
            alone[receiver_id] = figure
    return [*alike, *alone.values()]


_FURTHEST = {end: at for at, end in enumerate((End.REACHED, End.SENT, End.WAITING, End.FAILED, End.RECALLED))}


def is_further(end: End, than: End) -> bool:
    return _FURTHEST[end] < _FURTHEST[than]


def judge(
    state: str,
    why_not: str | None,
    channel: str | None,
    status: str | None,
    reason: str | None,
    ended_at: datetime | None,
) -> tuple[End, str | None, datetime | None]:
    """Where a receiver stands by one of their deliveries, what stood in the way, as a code, and when it arrived or ended
    otherwise."""
    end = _find_end(state, why_not, channel, status)
    if state == ReceiverState.DROPPED:
        return end, why_not, None
    if status is None or end is End.SENT:
        return end, None, None
    why = why_not if end is End.REACHED else reason
    return end, why, ended_at if end in (End.REACHED, End.FAILED) else None


@cache
def _find_end(state: str, why_not: str | None, channel: str | None, status: str | None) -> End:
    if state == ReceiverState.DROPPED:
        return End.RECALLED if why_not == "recalled" else End.FAILED
    if status is None:
        return End.SENT if state == ReceiverState.TOLD else End.WAITING
    if status in ARRIVED and (channel != APP or status == Status.READ):
        return End.REACHED
    if status in (Status.UNDONE, Status.CANCELED):
        return End.RECALLED
    if status in FAILED_ENDS:
        return End.FAILED
    return End.WAITING if status in (Status.WAITING, Status.CLAIMED) else End.SENT
