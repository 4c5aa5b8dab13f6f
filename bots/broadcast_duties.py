"""The broadcasts that wait for a family's choice."""

from collections.abc import Collection, Iterator
from datetime import timedelta

import sqlalchemy as sa

from bots.broadcast_told import make_facts, read_told, say_of
from hub.database import Utc
from hub.desk import Look
from hub.people.places import Unit
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState
from hub.post.broadcasts import Broadcast, BroadcastState, Reply
from hub.quick_select import QuickSelect
from hub.talk.answers import Named
from hub.talk.dialogue import say
from hub.talk.duties import Duty

ANSWERED_WITHIN = timedelta(days=14)
"""So long after a family was told, its choice still counts."""
_UNANSWERED = QuickSelect(
    sa.select(Broadcast, BroadcastReceiver)
    .join(BroadcastReceiver, BroadcastReceiver.broadcast_id == Broadcast.id)
    .where(
        BroadcastReceiver.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
        BroadcastReceiver.unit_id == sa.bindparam("unit"),
        BroadcastReceiver.state == ReceiverState.TOLD,
        BroadcastReceiver.why_not.is_(None),
        BroadcastReceiver.answer.is_(None),
        BroadcastReceiver.told_at > sa.bindparam("since", type_=Utc),
        Broadcast.reply == Reply.CHOICES,
        Broadcast.state.in_((BroadcastState.SENDING, BroadcastState.SENT)),
    )
    .order_by(Broadcast.id, BroadcastReceiver.id)
)


def list_broadcasts(look: Look, unit: Unit, guardian_ids: Collection[str], bot: str) -> list[Duty]:
    """What each of these guardians has not answered at a unit, of children whom they may still know of."""
    since = look.now - ANSWERED_WITHIN
    found = _UNANSWERED.rows(look, guardians=list(guardian_ids), unit=unit.id, since=since)
    of_each: dict[str, tuple[Broadcast, list[BroadcastReceiver]]] = {}
    for broadcast, receiver in found:
        of_each.setdefault(broadcast.id, (broadcast, []))[1].append(receiver)
    return [duty for each in of_each.values() for duty in _list_of(look, unit, *each, bot)]


def _list_of(
    look: Look, unit: Unit, broadcast: Broadcast, receivers: list[BroadcastReceiver], bot: str
) -> Iterator[Duty]:
    told = read_told(look, broadcast, receivers)
    for receiver in receivers:
        children = told.children_of(receiver)
        if not children or receiver.told_at is None:
            continue
        said = say_of(broadcast, told.guardians[receiver.guardian_id], unit, children, told)
        until = receiver.told_at + ANSWERED_WITHIN
        named = tuple(Named(child.id, child.called) for child in children)
        yield Duty(
            bot=bot,
            key=broadcast.id,
            unit=unit,
            guardian_id=receiver.guardian_id,
            children=named,
            until=until,
            line=say(
                "weekly.broadcast",
                children=[child.name for child in named],
                sender=broadcast.sender,
                day=unit.local(until).date(),
                today=unit.today(look.now),
            ),
            facts=make_facts(broadcast, said, [child.id for child in children]),
            lasts=until - look.now,
            same=("broadcast_id",),
        )
