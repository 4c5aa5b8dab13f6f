"""What a family has opened: what went to the app counts as read once the page that shows its words was asked for.

Only at the address of exactly those who ask: of what a phone got its provider tells. Source: security rule S5.5.
"""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from hub.address import APP
from hub.desk import Work
from hub.doorbell import LIVE
from hub.post.deliveries import Delivery, Status, climb
from hub.post.family import Family


def is_unread(family: Family, deliveries: Iterable[Delivery]) -> bool:
    """Whether one of these lies in the app for exactly this family, and nobody there has opened it."""
    return any(
        each.kind == APP and each.recipient == family.app_address and each.status == Status.DELIVERED
        for each in deliveries
    )


_LYING = (
    sa.select(Delivery)
    .where(
        Delivery.message_id.in_(sa.bindparam("messages", expanding=True)),
        Delivery.kind == APP,
        Delivery.recipient == sa.bindparam("recipient"),
        Delivery.status == Status.DELIVERED,
    )
    .order_by(Delivery.id)
    .with_for_update()
)


def note_read(work: Work, family: Family, message_ids: Collection[str]) -> None:
    """The family has these before it. What has not arrived stays as it is: it is still to be sent, or was stopped."""
    asked = {"messages": list(message_ids), "recipient": family.app_address}
    for delivery in work.session.scalars(_LYING, asked):
        climb(work, delivery, Status.READ, None)
        work.ring(LIVE, delivery.message_id)
