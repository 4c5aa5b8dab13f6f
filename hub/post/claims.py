"""Claims deliveries that are due, and asks once more whether each may still go.

A claim counts its try and writes the attempt before anything leaves. A claim whose lease ran out belongs to an attempt
of unknown fate: it is looked up before it is tried again. Source: security rules S3.4, S9.2, S9.3 and S9.8.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.address import CHAT, MAIL, PUSH, Address
from hub.config import CapSettings
from hub.database import Utc
from hub.desk import Look, Work
from hub.people.numbers import VirtualNumber
from hub.post.alarms import is_emergency_leaving
from hub.post.caps import Tally, hold_back
from hub.post.channel import Envelope
from hub.post.covers import make_cover
from hub.post.deliveries import RANK, Delivery, Status, end_badly
from hub.post.enclosing import Enclosures
from hub.post.hindrance import find_hindrances
from hub.post.messages import Lane
from hub.post.pauses import Pause, keep_pauses
from hub.post.push_devices import address_device
from hub.post.quiet_hours import QUIET_HOURS, find_wakings
from hub.post.roads import Roads
from hub.post.shares import SLOTS, Share
from hub.post.signs import is_needless
from hub.post.to_chats import find_choices
from hub.quick_select import QuickSelect

LEASE = timedelta(seconds=60)
LONGEST_SEARCH = timedelta(hours=6)
LONGEST_WAIT = timedelta(days=2)
"""Between a delivery's falling due and its going."""
FAULT_LIMIT = 5
CRASH_LIMIT = 3
SLOWEST_PACE = 1.0
PUSH_PACE = 50.0
"""Notices have no number of ours: so many go in a second by all push services together."""
SUSPECT = "suspect"
SUSPECT_WAIT = timedelta(seconds=10)
SUSPECT_TURN = timedelta(milliseconds=500)
"""One more crash would park it: so it goes last, when the hub has run for a while, and with no other such beside it. Of
those that a crash took with them then none is parked for another's fault."""


@dataclass(frozen=True, slots=True)
class Room:
    """What may be claimed now: up to `limit`, nothing of `paused` channels, of `busy` senders, or `in_hand` already.

    Of texts, no more than the `caps` let go, by one of the `roads`. `enclosures` tell which files may be shown, and where.
    Where several hubs share the store, of the senders in this one's `share` alone.
    """

    limit: int
    paused: Mapping[str, Pause] = field(default_factory=dict)
    busy: Collection[str] = ()
    in_hand: Collection[str] = ()
    urgent_only: bool = False
    suspect_in_hand: bool = False
    caps: CapSettings = field(default_factory=CapSettings)
    roads: Roads = field(default_factory=lambda: Roads({}))
    enclosures: Enclosures = field(default_factory=Enclosures)
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that is ours to try now. `look_first`: an earlier attempt may have gone through."""

    envelope: Envelope
    channel: str
    pace_per_second: float
    deadline: datetime
    tries: int
    look_first: bool
    repeated: bool
    suspect: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed, and when there may be more: None when nothing waits."""

    claimed: list[Claimed]
    next_due: datetime | None


def claim(work: Work, room: Room) -> Claim:
    """Claim due deliveries, the most urgent lane first, and of each sender no more than its pace lets go in a second:
    what is urgent then never waits behind a long row of the same number, and nobody claims what they cannot send."""
    asked = {
        "now": work.now,
        "paused": list(room.paused),
        "busy": list(room.busy),
        "in_hand": list(room.in_hand),
        "lane": _find_last_lane(work, room),
    }
    keep_pauses(work, room.paused)
    if room.paused and room.roads and room.roads.turn_off(work, room.paused):
        work.session.flush()
    if room.share is not None:
        asked["slots"] = list(room.share.slots)
    paces: dict[str, float] = {}
    due = _pick(work, room, asked, paces)
    if due and room.roads:
        room.roads.take_cheapest(work, due, room.paused)
    claimed = _take(work, room, due, paces, Tally(work, room.caps, due)) if due else []
    next_due_of = _NEXT_DUE if room.share is None else _NEXT_DUE_OF_SHARE
    next_due = next_due_of.rows(work, **asked)[0][0] if len(due) < room.limit else None
    return Claim(claimed, next_due)


def _find_last_lane(look: Look, room: Room) -> Lane:
    """What is sent to many waits while an emergency leaves. Source: security rule S5.3."""
    if room.urgent_only:
        return Lane.SAFETY
    return Lane.ORDINARY if is_emergency_leaving(look, room.paused) else Lane.BULK


_NOW = sa.bindparam("now", type_=Utc)
_OPEN = sa.and_(
    Delivery.rank < RANK[Status.ACCEPTED],
    Delivery.channel.not_in(sa.bindparam("paused", expanding=True)),
    Delivery.sender.not_in(sa.bindparam("busy", expanding=True)),
    Delivery.id.not_in(sa.bindparam("in_hand", expanding=True)),
    Delivery.lane <= sa.bindparam("lane"),
)
_IN_SHARE = (
    sa.func.hashtext(Delivery.sender)
    .op("&", return_type=sa.Integer)(sa.literal_column(str(SLOTS - 1)))
    .in_(sa.bindparam("slots", expanding=True))
)
"""Several hubs share a PostgreSQL alone, which has this function."""
_SELECT_PAGE = (
    sa.select(Delivery)
    .where(
        _OPEN,
        sa.or_(Delivery.lease_until.is_(None), Delivery.lease_until <= _NOW),
        Delivery.due <= _NOW,
        Delivery.sender.not_in(sa.bindparam("full", expanding=True)),
        Delivery.id.not_in(sa.bindparam("picked", expanding=True)),
    )
    .order_by(Delivery.lane, Delivery.due, Delivery.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_PAGE, _PAGE_OF_SHARE = QuickSelect(_SELECT_PAGE), QuickSelect(_SELECT_PAGE.where(_IN_SHARE))
_SELECT_NEXT_DUE = sa.select(sa.func.min(sa.func.coalesce(Delivery.lease_until, Delivery.due))).where(
    _OPEN, sa.or_(Delivery.due > _NOW, Delivery.lease_until > _NOW)
)
_NEXT_DUE, _NEXT_DUE_OF_SHARE = QuickSelect(_SELECT_NEXT_DUE), QuickSelect(_SELECT_NEXT_DUE.where(_IN_SHARE))
_PACES = QuickSelect(
    sa.select(VirtualNumber.value, VirtualNumber.pace_per_second).where(
        VirtualNumber.value.in_(sa.bindparam("senders", expanding=True))
    )
)


def _pick(work: Work, room: Room, asked: Mapping[str, Any], paces: dict[str, float]) -> list[Delivery]:
    """Page by page, leaving out the senders whose second is full."""
    picked: list[Delivery] = []
    left: dict[str, int] = {}
    while len(picked) < room.limit:
        limit = room.limit - len(picked)
        page_asked = {
            **asked,
            "limit": limit,
            "full": [sender for sender, turns in left.items() if not turns],
            "picked": [delivery.id for delivery in picked],
        }
        page_of = _PAGE if room.share is None else _PAGE_OF_SHARE
        page = [delivery for (delivery,) in page_of.rows(work, **page_asked)]
        fresh = {delivery.sender for delivery in page} - left.keys()
        if fresh:
            paces |= _find_paces(work, fresh)
        left |= {sender: max(1, int(paces[sender])) for sender in fresh}
        for delivery in page:
            if left[delivery.sender]:
                left[delivery.sender] -= 1
                picked.append(delivery)
        if len(page) < limit:
            break
    return picked


def _find_paces(look: Look, senders: Collection[str]) -> dict[str, float]:
    known = dict(_PACES.rows(look, senders=list(senders)))
    return dict.fromkeys(senders, SLOWEST_PACE) | {PUSH: PUSH_PACE} | known


def _take(work: Work, room: Room, due: Sequence[Delivery], paces: dict[str, float], tally: Tally) -> list[Claimed]:
    refused = find_hindrances(work, due) | _stop_files(work, room, due)
    wakings = find_wakings(work, due)
    has_suspect = room.suspect_in_hand
    out = []
    own = room.roads.find_own(work, due) if room.roads else {}
    for delivery in due:
        was_claimed = delivery.status == Status.CLAIMED
        crashed = was_claimed and delivery.reason is None
        if crashed:
            delivery.faults += 1
            delivery.mark("crashed")
        if not was_claimed and is_needless(work, delivery):
            delivery.end(Status.UNDONE, work.now, "sign_given")
            continue
        if delivery.id in refused:
            end_badly(work, delivery, Status.DROPPED, refused[delivery.id])
            continue
        if work.now >= delivery.deadline and not was_claimed:
            end_badly(work, delivery, Status.EXPIRED, "deadline")
            continue
        if was_claimed and work.now >= delivery.deadline + LONGEST_SEARCH:
            end_badly(work, delivery, Status.FAILED, "unknown_fate")
            continue
        if delivery.faults >= (CRASH_LIMIT if crashed else FAULT_LIMIT):
            end_badly(work, delivery, Status.PARKED, "faults")
            continue
        if delivery.id in wakings:
            _let_sleep(delivery, wakings[delivery.id])
            continue
        if hold_back(work, tally, delivery):
            continue
        is_suspect = delivery.reason == SUSPECT
        if crashed and delivery.faults == CRASH_LIMIT - 1:
            delivery.reason, delivery.lease_until = SUSPECT, work.now + SUSPECT_WAIT
            continue
        if is_suspect and has_suspect:
            delivery.lease_until = work.now + SUSPECT_TURN
            continue
        has_suspect = has_suspect or is_suspect
        first_attempt = delivery.attempted_at if was_claimed else work.now
        sender, text = room.roads.write(work, delivery, own.get(delivery.sender, delivery.channel))
        text = room.enclosures.lead(work, delivery, text)
        delivery.status, delivery.rank = Status.CLAIMED, RANK[Status.CLAIMED]
        delivery.tries += 1
        delivery.reason = None
        delivery.lease_until = work.now + LEASE
        delivery.held_by = None if room.share is None else room.share.node
        delivery.attempted_at = first_attempt
        out.append(
            Claimed(
                envelope=Envelope(
                    delivery_id=delivery.id,
                    sender=sender,
                    recipient=Address(delivery.kind, delivery.recipient),
                    text=text,
                    urgent=delivery.lane <= Lane.SAFETY,
                    attempted_at=first_attempt,
                    others=_find_others(work, delivery) if was_claimed else frozenset(),
                    cover=make_cover(work, delivery) if delivery.kind == MAIL else None,
                    choices=find_choices(work, delivery) if delivery.kind == CHAT else (),
                    device=address_device(work, delivery.recipient) if delivery.kind == PUSH else None,
                ),
                channel=delivery.channel,
                pace_per_second=paces[delivery.sender],
                deadline=delivery.deadline,
                tries=delivery.tries,
                look_first=was_claimed,
                repeated="repeated" in (delivery.marks or []),
                suspect=is_suspect,
            )
        )
    tally.write(work)
    return out


def _stop_files(work: Work, room: Room, due: Sequence[Delivery]) -> dict[str, str]:
    """What may not be shown on one way may not be shown on the next: whoever sent it is told at once."""
    barred = room.enclosures.find_hindrances(work, due)
    for delivery in due:
        if delivery.id in barred:
            delivery.climbs_at, delivery.has_next = None, False
    return barred


def _let_sleep(delivery: Delivery, wakes: datetime) -> None:
    """It keeps the time it has from when it may go."""
    wait = wakes - delivery.due
    delivery.due, delivery.deadline, delivery.reason = wakes, delivery.deadline + wait, QUIET_HOURS
    if delivery.climbs_at is not None:
        delivery.climbs_at += wait


def _find_others(look: Look, delivery: Delivery) -> frozenset[str]:
    """The provider's names of what surely belongs to other deliveries between the same two."""
    found = look.session.scalars(
        sa.select(Delivery.provider_id).where(
            Delivery.recipient == delivery.recipient,
            Delivery.sender == delivery.sender,
            Delivery.channel == delivery.channel,
            Delivery.id != delivery.id,
            Delivery.provider_id.is_not(None),
            Delivery.due >= (delivery.attempted_at or look.now) - LONGEST_WAIT,
        )
    )
    return frozenset(id_ for id_ in found if id_ is not None)
