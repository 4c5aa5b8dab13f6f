"""Taking a broadcast back, and its being overtaken by what it told of: what has not left never does, by no further way either.

What is just on its way to the provider is marked, so that it is not tried again where it did not get there.
"""

import sqlalchemy as sa

from hub.desk import Refusal, Work
from hub.doorbell import LIVE
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState, list_receivers
from hub.post.broadcasts import Broadcast, BroadcastState
from hub.post.deliveries import RANK, RECALLED, Delivery, Status, end_climbing
from hub.post.prepared_texts import remove_prepared
from hub.safety.audit import note


class TooLateToRecallError(Refusal):
    """It has been recalled already, or never left."""

    words = "refusals.broadcast_over"


_MESSAGES = sa.select(BroadcastReceiver.message_id).where(BroadcastReceiver.broadcast_id == sa.bindparam("broadcast"))
_NOT_HANDED = (
    sa.select(Delivery)
    .where(Delivery.rank < RANK[Status.ACCEPTED], Delivery.message_id.in_(_MESSAGES))
    .order_by(Delivery.id)
    .with_for_update()
)


def recall(work: Work, broadcast: Broadcast) -> int:
    """Nothing more of it leaves; how many texts were stopped on their way. Audited. Raises: TooLateToRecallError."""
    work.take_turns([broadcast.id])
    work.session.refresh(broadcast)
    if broadcast.state not in (BroadcastState.HELD, BroadcastState.SENDING, BroadcastState.SENT):
        raise TooLateToRecallError
    broadcast.state, broadcast.ended_at = BroadcastState.RECALLED, work.now
    stopped = _cut_short(work, broadcast)
    note(work, "broadcast.recall", [broadcast.id])
    return stopped


def call_off(work: Work, broadcast: Broadcast) -> None:
    """What it tells of is over: whom it has not reached by now it does not reach any more."""
    work.take_turns([broadcast.id])
    work.session.refresh(broadcast)
    if broadcast.is_open:
        has_begun = broadcast.began_at is not None
        broadcast.state = BroadcastState.SENT if has_begun else BroadcastState.RECALLED
        broadcast.ended_at = work.now
    _cut_short(work, broadcast)


def _cut_short(work: Work, broadcast: Broadcast) -> int:
    """Nothing more of it leaves, by no further way either; how many texts were stopped on their way."""
    remove_prepared(work, broadcast.id)
    waiting = list_receivers(work, broadcast.id, ReceiverState.WAITING)
    for receiver in waiting:
        receiver.drop(RECALLED)
    stopped = set()
    for delivery in work.session.scalars(_NOT_HANDED, {"broadcast": broadcast.id}):
        if delivery.take_back(work.now, RECALLED):
            stopped.add(delivery.message_id)
    end_climbing(work, [id_ for id_ in work.session.scalars(_MESSAGES, {"broadcast": broadcast.id}) if id_])
    work.ring(LIVE, broadcast.id)
    return len(waiting) + len(stopped)
