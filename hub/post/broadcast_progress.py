"""How far a broadcast has come: whom it has reached, who waits, whom it did not reach and why, and what was answered.

The figures are of those whose names the asker may see; protected families are in none of them but their named readers'.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.address import APP
from hub.desk import Look
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.post.broadcast_picture import End, Point, list_points
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState
from hub.post.broadcasts import Broadcast, BroadcastState
from hub.post.deliveries import ARRIVED, FAILED_ENDS, Delivery, Status
from hub.post.shown_deliveries import SHOWS
from hub.safety.access import NotThereError, get_reach, list_units, visible_children


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
    """It asks no rights to the broadcast: its callers do."""
    standings = _list_shown(look, broadcast, list_standings(look, broadcast))
    by_channel: dict[str, Counter[End]] = {}
    for standing in standings:
        if standing.channel is not None:
            by_channel.setdefault(standing.channel, Counter())[standing.end] += 1
    last = len(broadcast.choices) - 1
    chosen = Counter(min(one.receiver.answer, last) for one in standings if one.receiver.answer is not None)
    return Progress(
        total=len(standings),
        ends=Counter(standing.end for standing in standings),
        by_channel=by_channel,
        points=_list_points(broadcast, standings),
        answers=tuple(chosen[at] for at in range(len(broadcast.choices))),
        answered=chosen.total(),
        unreached=tuple(_list_unreached(look, [one for one in standings if one.end is End.FAILED])),
        unsure=sum(_is_unsure(broadcast, one) for one in standings),
    )


def _is_unsure(broadcast: Broadcast, standing: Standing) -> bool:
    """What only waited was taken back by the recall: what waits still is leaving."""
    is_leaving = broadcast.state == BroadcastState.RECALLED and standing.end is End.WAITING
    return is_leaving or (standing.end is End.FAILED and standing.why == "unknown_fate")


def list_standings(look: Look, broadcast: Broadcast) -> list[Standing]:
    """One for each receiver, by the delivery of theirs that came furthest."""
    rows = look.session.execute(
        sa.select(BroadcastReceiver, Delivery.kind, Delivery.status, Delivery.reason, Delivery.ended_at)
        .outerjoin(Delivery, sa.and_(Delivery.message_id == BroadcastReceiver.message_id, SHOWS))
        .where(BroadcastReceiver.broadcast_id == broadcast.id)
        .order_by(BroadcastReceiver.id, Delivery.id)
    )
    found: dict[str, Standing] = {}
    for receiver, channel, status, reason, ended_at in rows:
        standing = _stand(receiver, channel, status, reason, ended_at)
        before = found.get(receiver.id)
        if before is None or _FURTHEST.index(standing.end) < _FURTHEST.index(before.end):
            found[receiver.id] = standing
    return list(found.values())


_FURTHEST = (End.REACHED, End.SENT, End.WAITING, End.FAILED, End.RECALLED)


def _stand(
    receiver: BroadcastReceiver, channel: str | None, status: str | None, reason: str | None, ended_at: datetime | None
) -> Standing:
    if receiver.state == ReceiverState.DROPPED:
        end = End.RECALLED if receiver.why_not == "recalled" else End.FAILED
        return Standing(receiver, end, channel, receiver.why_not, None)
    if status is None:
        is_told = receiver.state == ReceiverState.TOLD
        return Standing(receiver, End.SENT if is_told else End.WAITING, channel, None, None)
    if status in ARRIVED and (channel != APP or status == Status.READ):
        return Standing(receiver, End.REACHED, channel, receiver.why_not, ended_at)
    if status in (Status.UNDONE, Status.CANCELED):
        return Standing(receiver, End.RECALLED, channel, reason, None)
    if status in FAILED_ENDS:
        return Standing(receiver, End.FAILED, channel, reason, ended_at)
    if status in (Status.WAITING, Status.CLAIMED):
        return Standing(receiver, End.WAITING, channel, reason, None)
    return Standing(receiver, End.SENT, channel, None, None)


def _list_shown(look: Look, broadcast: Broadcast, standings: Sequence[Standing]) -> list[Standing]:
    """Without protected families, but for their named readers. Source: security rule S4.4."""
    guarded = [one for one in standings if one.receiver.guarded]
    if not guarded:
        return list(standings)
    seen = list_seen(look, guarded)
    return [one for one in standings if not one.receiver.guarded or seen.issuperset(one.receiver.child_ids)]


def list_seen(look: Look, standings: Iterable[Standing]) -> set[str]:
    """The children of these whom the asker may see by name."""
    try:
        reach = get_reach(look)
    except NotThereError:
        return set()
    asked: dict[str, set[str]] = {}
    for standing in standings:
        asked.setdefault(standing.receiver.unit_id, set()).update(standing.receiver.child_ids)
    units: dict[str, Unit] = {unit.id: unit for unit in list_units(look, reach)}
    seen: set[str] = set()
    for unit_id, ids in asked.items():
        if unit_id in units:
            seen |= visible_children(look, reach, ids, unit_id, units[unit_id].today(look.now))
    return seen


def _list_unreached(look: Look, failed: Sequence[Standing]) -> list[Unreached]:
    """By name. Of families whom the asker serves no child of, only the number is told."""
    seen = list_seen(look, failed)
    theirs = {one.receiver.guardian_id: [id_ for id_ in one.receiver.child_ids if id_ in seen] for one in failed}
    firsts = look.session.scalars(sa.select(Child).where(Child.id.in_([ids[0] for ids in theirs.values() if ids])))
    children = {child.id: child for child in firsts}
    names = look.session.scalars(
        sa.select(Guardian).where(Guardian.id.in_([id_ for id_, ids in theirs.items() if ids]))
    )
    guardians = {guardian.id: guardian for guardian in names}
    found = [
        Unreached(guardians[one.receiver.guardian_id].name, children[theirs[one.receiver.guardian_id][0]], one.why)
        for one in failed
        if theirs[one.receiver.guardian_id]
    ]
    return sorted(found, key=lambda one: (one.name, one.child.id))


def _list_points(broadcast: Broadcast, standings: Iterable[Standing]) -> tuple[Point, ...]:
    """Whom it could never be sent to failed as it began."""
    if broadcast.began_at is None:
        return ()
    return list_points(broadcast.began_at, [(one.at or broadcast.began_at, one.end) for one in standings])
