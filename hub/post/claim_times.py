"""What waits and what was claimed, when the clock was set back or the hub has started anew."""

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


def look_at_once(work: Work) -> None:
    """After a start: what the last process left claimed is nobody's, and is looked up without waiting for its lease."""
    forget_pauses(work)
    work.session.execute(
        sa.update(Delivery)
        .where(Delivery.rank == RANK[Status.CLAIMED], Delivery.reason.is_(None))
        .values(lease_until=work.now)
    )
    work.session.execute(
        sa.update(Delivery)
        .where(Delivery.rank == RANK[Status.CLAIMED], Delivery.reason == SUSPECT)
        .values(lease_until=work.now + SUSPECT_WAIT)
    )
