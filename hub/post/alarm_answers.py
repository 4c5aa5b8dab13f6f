"""What families answer to an emergency, counted in every one that runs for them: whoever was asked by a second one beside the
first means themselves, and not a text.

Whoever needs help is counted in all of them. Being safe counts in another where it is about all the children that the other is
about, and it ends no call for help that was made in the other's own answer.
"""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from hub.database import Utc
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.post.alarms import CHILD_MISSING, NEED_HELP, RUNS, RUNS_FOR, SAFE, Alarm
from hub.post.broadcast_receivers import BroadcastReceiver, keep_answer, list_of_guardians
from hub.post.broadcasts import Broadcast

_ALSO = (
    sa.select(BroadcastReceiver)
    .join(Broadcast, Broadcast.id == BroadcastReceiver.broadcast_id)
    .join(Alarm, Alarm.broadcast_id == Broadcast.id)
    .where(
        BroadcastReceiver.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
        Broadcast.id != sa.bindparam("broadcast"),
        ~Alarm.is_drill,
        RUNS,
        Alarm.raised_at > sa.bindparam("since", type_=Utc),
    )
    .order_by(BroadcastReceiver.id)
)


def keep_safety(
    work: Work,
    broadcast_id: str,
    guardian_ids: Sequence[str],
    child_ids: Collection[str],
    answer: int,
    *,
    is_drill: bool,
) -> bool:
    """What these guardians said of themselves and these children, which may change. Whether it was counted in an emergency
    that is no drill besides: being safe in a drill says nothing of one."""
    before = {receiver.answered_at for receiver in list_of_guardians(work, broadcast_id, guardian_ids)} - {None}
    keep_answer(work, broadcast_id, guardian_ids, answer)
    if is_drill and answer == SAFE:
        return False
    counted = False
    for receiver in _list_also(work, broadcast_id, guardian_ids):
        says = _find_answer(receiver, child_ids, answer, is_same=receiver.answered_at in before)
        if says is not None:
            receiver.answer, receiver.answered_at = says, work.now
            work.ring(LIVE, receiver.broadcast_id)
            counted = True
    return counted


def _list_also(look: Look, broadcast_id: str, guardian_ids: Sequence[str]) -> Sequence[BroadcastReceiver]:
    asked = {"guardians": list(guardian_ids), "broadcast": broadcast_id, "since": look.now - RUNS_FOR}
    return look.session.scalars(_ALSO, asked).all()


def _find_answer(receiver: BroadcastReceiver, child_ids: Collection[str], answer: int, *, is_same: bool) -> int | None:
    """What it says in another emergency; None where nothing. `is_same`: what stands there was said with this one."""
    about = set(receiver.child_ids)
    if answer == SAFE:
        is_open = receiver.answer in (None, SAFE) or is_same
        return SAFE if is_open and about <= set(child_ids) else None
    says = NEED_HELP if answer == CHILD_MISSING and about.isdisjoint(child_ids) else answer
    return max(says, receiver.answer or says)
