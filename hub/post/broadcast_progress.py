"""How far a broadcast has come: whom it has reached, who waits, whom it did not reach and why, and what was answered.

The figures are of those whose names the asker may see; protected families are in none of them but their named readers'.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardian
from hub.post.broadcast_figures import IS_SHOWN, OF_BROADCAST, OF_DELIVERY, Figure, is_further, judge, list_figures
from hub.post.broadcast_picture import End, Point, list_points
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.broadcast_rights import find_shown_units
from hub.post.broadcast_seen import list_guardians_at, list_seen, list_theirs
from hub.post.broadcasts import Broadcast, BroadcastState
from hub.post.deliveries import Delivery
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
    units = find_shown_units(look, broadcast)
    found = _without_hidden(look, broadcast, list_figures(look, broadcast, each=units is not None))
    if units is not None:
        theirs = list_guardians_at(look, units)
        found = [one for one in found if one.unit_id in units or one.guardian_id in theirs]
    by_channel: dict[str, Counter[End]] = {}
    ends: Counter[End] = Counter()
    chosen: Counter[int] = Counter()
    for one in found:
        ends[one.end] += one.n
        if one.channel is not None:
            by_channel.setdefault(one.channel, Counter())[one.end] += one.n
        if one.answer is not None:
            chosen[min(one.answer, len(broadcast.choices) - 1)] += one.n
    failed = [one.receiver_id for one in found if one.end is End.FAILED and one.receiver_id is not None]
    return Progress(
        total=ends.total(),
        ends=ends,
        by_channel=by_channel,
        points=_list_points(broadcast, found),
        answers=tuple(chosen[at] for at in range(len(broadcast.choices))),
        answered=chosen.total(),
        unreached=tuple(_list_unreached(look, broadcast, _list_among(look, broadcast, failed))),
        unsure=sum(one.n for one in found if _is_unsure(broadcast, one)),
    )


def _is_unsure(broadcast: Broadcast, figure: Figure) -> bool:
    """What only waited was taken back by the recall: what waits still is leaving."""
    is_leaving = broadcast.state == BroadcastState.RECALLED and figure.end is End.WAITING
    return is_leaving or (figure.end is End.FAILED and figure.why == "unknown_fate")


_STANDINGS = (
    sa.select(BroadcastReceiver, *OF_DELIVERY)
    .outerjoin(Delivery, IS_SHOWN)
    .where(OF_BROADCAST)
    .order_by(BroadcastReceiver.id, Delivery.id)
)
_ALL_STANDINGS = QuickSelect(_STANDINGS)
_SOME_STANDINGS = QuickSelect(_STANDINGS.where(BroadcastReceiver.id.in_(sa.bindparam("ids", expanding=True))))


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
        end, why, at = judge(receiver.state, receiver.why_not, channel, status, reason, ended_at)
        before = found.get(receiver.id)
        if before is None or is_further(end, before.end):
            found[receiver.id] = Standing(receiver, end, channel, why, at)
    return list(found.values())


def _without_hidden(look: Look, broadcast: Broadcast, found: list[Figure]) -> list[Figure]:
    """Without protected families, but for their named readers. Source: security rule S4.4."""
    guarded = [one.receiver_id for one in found if one.guarded and one.receiver_id is not None]
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
    return list_points(
        broadcast.began_at, [(one.at or broadcast.began_at, one.end) for one in found for _ in range(one.n)]
    )
