"""What is due to be sent, as far as there is room for it: the most urgent lane first, and of each sender no more than its pace
lets go in a second."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from hub.address import PUSH
from hub.config import CapSettings
from hub.database import Utc
from hub.desk import Look, Work
from hub.people.numbers import VirtualNumber
from hub.post.alarms import is_emergency_leaving
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.enclosing import Enclosures
from hub.post.messages import Lane
from hub.post.pauses import Pause
from hub.post.roads import Roads
from hub.post.shares import SLOTS, Share
from hub.quick_select import QuickSelect

SLOWEST_PACE = 1.0
PUSH_PACE = 50.0
"""Notices have no number of ours: so many go in a second by all push services together."""


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


class Due:
    """What is due in a work, and how fast each sender may go; gone with the work."""

    def __init__(self, work: Work, room: Room) -> None:
        self._work = work
        self._room = room
        self._asked: dict[str, Any] = {
            "now": work.now,
            "paused": list(room.paused),
            "busy": list(room.busy),
            "in_hand": list(room.in_hand),
            "lane": self._find_last_lane(),
        }
        if room.share is not None:
            self._asked["slots"] = list(room.share.slots)
        self.paces: dict[str, float] = {}

    def pick(self) -> list[Delivery]:
        """Locked, page by page, leaving out the senders whose second is full."""
        picked: list[Delivery] = []
        left: dict[str, int] = {}
        page_of = _PAGE if self._room.share is None else _PAGE_OF_SHARE
        while len(picked) < self._room.limit:
            limit = self._room.limit - len(picked)
            asked = {
                **self._asked,
                "limit": limit,
                "full": [sender for sender, turns in left.items() if not turns],
                "picked": [delivery.id for delivery in picked],
            }
            page = [delivery for (delivery,) in page_of.rows(self._work, **asked)]
            fresh = {delivery.sender for delivery in page} - left.keys()
            if fresh:
                self.paces |= _find_paces(self._work, fresh)
            left |= {sender: max(1, int(self.paces[sender])) for sender in fresh}
            for delivery in page:
                if left[delivery.sender]:
                    left[delivery.sender] -= 1
                    picked.append(delivery)
            if len(page) < limit:
                break
        return picked

    def next_at(self) -> datetime | None:
        """When there is more: None when nothing waits."""
        next_due = _NEXT_DUE if self._room.share is None else _NEXT_DUE_OF_SHARE
        found: datetime | None = next_due.rows(self._work, **self._asked)[0][0]
        return found

    def _find_last_lane(self) -> Lane:
        """What is sent to many waits while an emergency leaves. Source: security rule S5.3."""
        if self._room.urgent_only:
            return Lane.SAFETY
        return Lane.ORDINARY if is_emergency_leaving(self._work, self._room.paused) else Lane.BULK


def _find_paces(look: Look, senders: Collection[str]) -> dict[str, float]:
    known = dict(_PACES.rows(look, senders=list(senders)))
    return dict.fromkeys(senders, SLOWEST_PACE) | {PUSH: PUSH_PACE} | known
