"""What a guardian may know of their own addresses: which there are, what keeps words from them, and what came of the last."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from hub.address import KINDS
from hub.desk import Look
from hub.people.families import GuardianAddress
from hub.post.audience import Freshness, freshness
from hub.post.last_delivery import find_last_delivery
from hub.post.reach_wishes import ReachWish, find_wish
from hub.post.running_kinds import running_kinds


class Hindered(StrEnum):
    """What keeps words from an address. Unused: no channel carries its kind. Closed: the provider lets nothing through.
    Stopped: they wrote STOP. Over, stale: nobody has confirmed it for too long, to write to it at all or to say anything."""

    UNUSED = "unused"
    OVER = "over"
    STALE = "stale"
    CLOSED = "closed"
    ALL = "all"
    NOT_URGENT = "not_urgent"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """`last` is when something was last on its way to it, and what became of that."""

    address: GuardianAddress
    hindered: Hindered | None
    last: tuple[datetime, str] | None


_OWN = sa.select(GuardianAddress).order_by(GuardianAddress.rank, GuardianAddress.id)


def list_own_addresses(look: Look, guardian_id: str) -> list[OwnAddress]:
    """Those that are not gone, the first to be used first; the app is where they read this, and is none of them."""
    wish = find_wish(look, guardian_id)
    found = look.session.scalars(
        _OWN.where(GuardianAddress.guardian_id == guardian_id, GuardianAddress.kind.in_(KINDS))
    ).all()
    return [
        OwnAddress(one, _judge(look, one, wish), find_last_delivery(look, one.owner_id, one.value))
        for one in found
        if one.is_live(look.now)
    ]


def _judge(look: Look, address: GuardianAddress, wish: ReachWish | None) -> Hindered | None:
    """The first thing that keeps words from it."""
    if address.kind not in running_kinds(look):
        return Hindered.UNUSED
    age = freshness(address, look.now)
    if age is not Freshness.FRESH:
        return Hindered.STALE if age is Freshness.STALE else Hindered.OVER
    if address.is_closed:
        return Hindered.CLOSED
    reserved = wish.reserved.get(address.kind) if wish is not None else None
    if reserved is not None:
        return Hindered(reserved)
    return Hindered.STOPPED if address.stopped_at is not None else None
