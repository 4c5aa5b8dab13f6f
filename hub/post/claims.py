"""Claims deliveries that are due, and asks once more whether each may still go.

A claim counts its try and writes the attempt before anything leaves. A claim whose lease ran out belongs to an attempt
of unknown fate: it is looked up before it is tried again. Source: security rules S3.4, S9.2, S9.3 and S9.8.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from hub.address import CHAT, MAIL, PUSH, Address
from hub.database import Base
from hub.desk import Look, Work
from hub.post.caps import Tally, hold_back
from hub.post.channel import Envelope
from hub.post.covers import make_cover
from hub.post.deliveries import RANK, Delivery, Status, end_badly
from hub.post.due import Due, Room
from hub.post.hindrance import find_hindrances
from hub.post.messages import Lane
from hub.post.pauses import keep_pauses
from hub.post.push_devices import address_device
from hub.post.quiet_hours import QUIET_HOURS, find_wakings
from hub.post.signs import is_needless
from hub.post.to_chats import find_choices
from hub.quick_update import QuickUpdate

LEASE = timedelta(seconds=60)
LONGEST_SEARCH = timedelta(hours=6)
LONGEST_WAIT = timedelta(days=2)
"""Between a delivery's falling due and its going."""
FAULT_LIMIT = 5
CRASH_LIMIT = 3
SUSPECT = "suspect"
SUSPECT_WAIT = timedelta(seconds=10)
SUSPECT_TURN = timedelta(milliseconds=500)
"""One more crash would park it: so it goes last, when the hub has run for a while, and with no other such beside it. Of
those that a crash took with them then none is parked for another's fault."""


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
    is_bulk: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """What was claimed, and when there may be more: None when nothing waits."""

    claimed: list[Claimed]
    next_due: datetime | None


def claim(work: Work, room: Room) -> Claim:
    """Claim due deliveries, the most urgent lane first, and of each sender no more than its pace lets go in a second:
    what is urgent then never waits behind a long row of the same number, and nobody claims what they cannot send."""
    due = Due(work, room)
    keep_pauses(work, room.paused)
    if room.paused and room.roads and room.roads.turn_off(work, room.paused):
        work.session.flush()
    picked = due.pick()
    if picked and room.roads:
        room.roads.take_cheapest(work, picked, room.paused)
    claimed = _take(work, room, picked, due.paces) if picked else []
    return Claim(claimed, due.next_at() if len(picked) < room.limit else None)


def _take(work: Work, room: Room, due: Sequence[Delivery], paces: dict[str, float]) -> list[Claimed]:
    tally = Tally(work, room.caps, due, room.roads)
    refused = find_hindrances(work, due) | _stop_files(work, room, due)
    wakings = find_wakings(work, due)
    has_suspect = room.suspect_in_hand
    out, rows = [], []
    node = None if room.share is None else room.share.node
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
        tries = delivery.tries + 1
        sender, text = room.roads.write(work, delivery, own.get(delivery.sender, delivery.channel))
        text = room.enclosures.lead(work, delivery, text)
        leased = (Status.CLAIMED.value, RANK[Status.CLAIMED], tries, None, work.now + LEASE, node, first_attempt)
        rows.append((*leased, delivery.id))
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
                tries=tries,
                look_first=was_claimed,
                repeated="repeated" in (delivery.marks or []),
                suspect=is_suspect,
                is_bulk=delivery.lane == Lane.BULK,
            )
        )
    _write(work, rows)
    tally.write(work)
    return out


_LEASE = QuickUpdate(
    Base.metadata.tables[Delivery.__tablename__],
    ("status", "rank", "tries", "reason", "lease_until", "held_by", "attempted_at"),
)


def _write(work: Work, rows: list[tuple[Any, ...]]) -> None:
    """Behind what else has changed of these: nobody looks at them again in this work."""
    work.session.flush()
    if rows:
        _LEASE.run(work.connection, rows)


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
