"""What waits and what was claimed, when the clock was set back or the hub has started anew."""

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from hub.desk import Work
from hub.post.claims import SUSPECT, SUSPECT_WAIT
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.pauses import forget_pauses


def bring_nearer(work: Work, by: timedelta) -> int:
    """The wall clock was set back: what waits for a moment keeps its wait. How many deliveries that was."""
    waiting = work.session.scalars(
        sa.select(Delivery)
        .where(Delivery.rank < RANK[Status.ACCEPTED], sa.or_(Delivery.due > work.now, Delivery.lease_until > work.now))
        .with_for_update()
    ).all()
    for delivery in waiting:
        delivery.due -= by
        delivery.deadline -= by
        if delivery.climbs_at is not None:
            delivery.climbs_at -= by
        if delivery.lease_until is not None:
            delivery.lease_until -= by
        if delivery.attempted_at is not None:
            delivery.attempted_at -= by
    return len(waiting)


def begin_anew(work: Work) -> None:
    """After a start of the only hub: no channel rests, and nobody has anything in hand."""
    forget_pauses(work)
    look_at_once(work)


def look_at_once(work: Work, held_by: Collection[str] | None = None) -> None:
    """What was left claimed, by these hubs or by any, is nobody's, and is looked up without waiting for its lease."""
    whose = sa.true() if held_by is None else Delivery.held_by.in_(held_by)
    claimed = sa.and_(Delivery.rank == RANK[Status.CLAIMED], whose)
    work.session.execute(sa.update(Delivery).where(claimed, Delivery.reason.is_(None)).values(lease_until=work.now))
    work.session.execute(
        sa.update(Delivery).where(claimed, Delivery.reason == SUSPECT).values(lease_until=work.now + SUSPECT_WAIT)
    )
