"""How far a broadcast has come: whom it has reached, who waits, whom it did not reach and why, and what was answered.

The figures are of those whose names the asker may see; protected families are in none of them but their named readers'.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from hub.address import APP
from hub.desk import Look
from hub.people.families import Child, Guardian
from hub.post.broadcast_picture import End, Point, list_points
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState
from hub.post.broadcast_rights import find_shown_units
from hub.post.broadcast_seen import list_guardians_at, list_seen, list_theirs
from hub.post.broadcasts import Broadcast, BroadcastState
from hub.post.deliveries import ARRIVED, FAILED_ENDS, Delivery, Status
from hub.post.shown_deliveries import SHOWS
from hub.quick_select import QuickSelect


@dataclass(frozen=True, slots=True)
class Standing:
    """One receiver. `why` is a code of what stood in the way; `at` is when it arrived, or ended otherwise."""

    receiver: BroadcastReceiver
    end: End
    channel: str | None
    why: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Unreached:
    """Somebody to call, for a child of theirs that the asker may see."""

    name: str
    child: Child
    why: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """`by_channel` counts the ends of each channel; `answers` the receivers who chose each of the choices, in their order;
    what is more than the last of them counts as that.
    `unsure` are those to whom a text was just leaving when it was recalled, or of whose text nobody knows whether it left."""

    total: int
    ends: Counter[End]
    by_channel: dict[str, Counter[End]]
    points: tuple[Point, ...]
    answers: tuple[int, ...]
    answered: int
    unreached: tuple[Unreached, ...]
    unsure: int


def read_progress(look: Look, broadcast: Broadcast) -> Progress:
    """Of one to all of an owner, those who serve a unit see the families of its children, whichever unit told them. It asks no
    rights to the broadcast beyond that: its callers do. Raises: NotThereError where the asker may send to nobody."""
    found = _without_hidden(look, broadcast, _read_figures(look, broadcast))
    units = find_shown_units(look, broadcast)
    if units is not None:
        theirs = list_guardians_at(look, units)
        found = [one for one in found if one.unit_id in units or one.guardian_id in theirs]
    by_channel: dict[str, Counter[End]] = {}
    for (channel, end), n in Counter([(one.channel, one.end) for one in found]).items():
        if channel is not None:
            by_channel.setdefault(channel, Counter())[end] = n
    last = len(broadcast.choices) - 1
    chosen = Counter(min(one.answer, last) for one in found if one.answer is not None)
    failed = [one.receiver_id for one in found if one.end is End.FAILED]
    return Progress(
        total=len(found),
        ends=Counter(one.end for one in found),
        by_channel=by_channel,
        points=_list_points(broadcast, found),
        answers=tuple(chosen[at] for at in range(len(broadcast.choices))),
        answered=chosen.total(),
        unreached=tuple(_list_unreached(look, broadcast, _list_among(look, broadcast, failed))),
        unsure=sum(_is_unsure(broadcast, one) for one in found),
    )


class Figure(NamedTuple):
    """As much of one receiver as the figures count."""

    receiver_id: str
    unit_id: str
    guardian_id: str
    end: End
    channel: str | None
    why: str | None
    at: datetime | None
    answer: int | None
    guarded: bool


def _is_unsure(broadcast: Broadcast, figure: Figure) -> bool:
    """What only waited was taken back by the recall: what waits still is leaving."""
    is_leaving = broadcast.state == BroadcastState.RECALLED and figure.end is End.WAITING
    return is_leaving or (figure.end is End.FAILED and figure.why == "unknown_fate")


_OF_DELIVERY = (Delivery.kind, Delivery.status, Delivery.reason, Delivery.ended_at)
_IS_SHOWN = sa.and_(Delivery.message_id == BroadcastReceiver.message_id, SHOWS)
_OF_BROADCAST = BroadcastReceiver.broadcast_id == sa.bindparam("broadcast")
_FIGURES = QuickSelect(
    sa.select(
        BroadcastReceiver.id,
        BroadcastReceiver.unit_id,
        BroadcastReceiver.guardian_id,
        BroadcastReceiver.state,
        BroadcastReceiver.why_not,
        BroadcastReceiver.answer,
        BroadcastReceiver.guarded,
        *_OF_DELIVERY,
    )
    .outerjoin(Delivery, _IS_SHOWN)
    .where(_OF_BROADCAST)
    .order_by(BroadcastReceiver.id, Delivery.id)
)
_STANDINGS = (
    sa.select(BroadcastReceiver, *_OF_DELIVERY)
    .outerjoin(Delivery, _IS_SHOWN)
    .where(_OF_BROADCAST)
    .order_by(BroadcastReceiver.id, Delivery.id)
)
_ALL_STANDINGS = QuickSelect(_STANDINGS)
_SOME_STANDINGS = QuickSelect(_STANDINGS.where(BroadcastReceiver.id.in_(sa.bindparam("ids", expanding=True))))


def _read_figures(look: Look, broadcast: Broadcast) -> list[Figure]:
    """One for each receiver, by the delivery of theirs that came furthest. There may be many thousands."""
    found: dict[str, Figure] = {}
    for id_, unit_id, guardian_id, state, why_not, answer, guarded, channel, status, reason, ended_at in _FIGURES.rows(
        look, broadcast=broadcast.id
    ):
        end = _judge(state, why_not, channel, status)
        before = found.get(id_)
        if before is None or _FURTHEST[end] < _FURTHEST[before.end]:
            why, at = _say_why(state, why_not, end, status, reason, ended_at)
            found[id_] = Figure(id_, unit_id, guardian_id, end, channel, why, at, answer, guarded)
    return list(found.values())


def list_standings(look: Look, broadcast: Broadcast) -> list[Standing]:
    """One for each receiver, by the delivery of theirs that came furthest."""
    return _list_furthest(_ALL_STANDINGS.rows(look, broadcast=broadcast.id))


def _list_among(look: Look, broadcast: Broadcast, receiver_ids: Sequence[str]) -> list[Standing]:
    """The same of these receivers."""
    if not receiver_ids:
        return []
    return _list_furthest(_SOME_STANDINGS.rows(look, broadcast=broadcast.id, ids=list(receiver_ids)))


def _list_furthest(rows: Iterable[tuple[BroadcastReceiver, Any, Any, Any, Any]]) -> list[Standing]:
    found: dict[str, Standing] = {}
    for receiver, channel, status, reason, ended_at in rows:
        end = _judge(receiver.state, receiver.why_not, channel, status)
        before = found.get(receiver.id)
        if before is None or _FURTHEST[end] < _FURTHEST[before.end]:
            why, at = _say_why(receiver.state, receiver.why_not, end, status, reason, ended_at)
            found[receiver.id] = Standing(receiver, end, channel, why, at)
    return list(found.values())


_FURTHEST = {end: at for at, end in enumerate((End.REACHED, End.SENT, End.WAITING, End.FAILED, End.RECALLED))}


@cache
def _judge(state: str, why_not: str | None, channel: str | None, status: str | None) -> End:
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


def _say_why(
    state: str, why_not: str | None, end: End, status: str | None, reason: str | None, ended_at: datetime | None
) -> tuple[str | None, datetime | None]:
    """What stood in the way, as a code, and when it arrived or ended otherwise."""
    if state == ReceiverState.DROPPED:
        return why_not, None
    if status is None or end is End.SENT:
        return None, None
    why = why_not if end is End.REACHED else reason
    return why, ended_at if end in (End.REACHED, End.FAILED) else None


def _without_hidden(look: Look, broadcast: Broadcast, found: list[Figure]) -> list[Figure]:
    """Without protected families, but for their named readers. Source: security rule S4.4."""
    guarded = [one.receiver_id for one in found if one.guarded]
    if not guarded:
        return found
    standings = _list_among(look, broadcast, guarded)
    seen = list_seen(look, [one.receiver for one in standings])
    shown = {one.receiver.id for one in standings if seen.issuperset(one.receiver.child_ids)}
    return [one for one in found if not one.guarded or one.receiver_id in shown]


def _list_unreached(look: Look, broadcast: Broadcast, failed: Sequence[Standing]) -> list[Unreached]:
    """By name. Of families whom the asker serves no child of, only the number is told."""
    theirs = list_theirs(look, broadcast, [one.receiver for one in failed])
    named = [one for one in failed if one.receiver.id in theirs]
    firsts = look.session.scalars(sa.select(Child).where(Child.id.in_([ids[0] for ids in theirs.values()])))
    children = {child.id: child for child in firsts}
    names = look.session.scalars(
        sa.select(Guardian).where(Guardian.id.in_([one.receiver.guardian_id for one in named]))
    )
    guardians = {guardian.id: guardian for guardian in names}
    found = [
        Unreached(guardians[one.receiver.guardian_id].name, children[theirs[one.receiver.id][0]], one.why)
        for one in named
    ]
    return sorted(found, key=lambda one: (one.name, one.child.id))


def _list_points(broadcast: Broadcast, found: Iterable[Figure]) -> tuple[Point, ...]:
    """Whom it could never be sent to failed as it began."""
    if broadcast.began_at is None:
        return ()
    return list_points(broadcast.began_at, [(one.at or broadcast.began_at, one.end) for one in found])
