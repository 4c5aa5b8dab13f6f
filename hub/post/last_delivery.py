"""What came of the last thing that was on its way to an address: the first answer to "why did I get nothing?"."""

from datetime import datetime

import sqlalchemy as sa

from hub.desk import Look
from hub.post.deliveries import ARRIVED, FAILED_ENDS, ON_ITS_WAY, RANK, Delivery, Status
from hub.post.quiet_hours import QUIET_HOURS

NEVER_CAME = FAILED_ENDS | {Status.CANCELED}
NEWEST = "~"
"""Behind the id of every message."""

_LAST = (
    sa.select(Delivery)
    .where(
        Delivery.recipient == sa.bindparam("value"),
        Delivery.owner_id == sa.bindparam("owner"),
        Delivery.message_id < sa.bindparam("before"),
        sa.or_(Delivery.rank >= RANK[Status.ACCEPTED], Delivery.tries > 0, Delivery.reason == QUIET_HOURS),
        Delivery.status != Status.UNDONE,
    )
    .order_by(Delivery.due.desc(), Delivery.id.desc())
    .limit(1)
)


def find_last_delivery(
    look: Look, owner_id: str, value: str, before_message: str = NEWEST
) -> tuple[datetime, str] | None:
    """When something of an owner was last on its way to an address before a message, and what became of it: "arrived", "sent",
    "waiting", "held" (until quiet hours end) or "failed"."""
    last = look.session.scalar(_LAST, {"owner": owner_id, "value": value, "before": before_message})
    if last is None:
        return None
    if last.reason == QUIET_HOURS and last.rank == RANK[Status.WAITING]:
        return last.due, "held"
    status = Status(last.status)
    became = "arrived" if status in ARRIVED else "sent" if status in ON_ITS_WAY else "waiting"
    return last.handed_at or last.ended_at or last.due, "failed" if status in NEVER_CAME else became
