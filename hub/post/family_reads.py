"""What a family has opened: what went to the app, or was told of there, counts as read once the page that shows its words was
asked for.

Only at the address of exactly those who ask: of what a phone got its provider tells. Source: security rule S5.5.
"""

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from hub.address import APP, PUSH
from hub.desk import Work
from hub.doorbell import LIVE
from hub.post.deliveries import Delivery, Status, climb
from hub.post.family import Family


def is_unread(family: Family, deliveries: Iterable[Delivery]) -> bool:
    """Whether one of these lies in the app for exactly this family, or they were told of it there, and nobody has opened it."""
    return any(
        (each.kind == APP and each.recipient == family.app_address and each.status == Status.DELIVERED)
        or (each.kind == PUSH and each.guardian_id in family.guardian_ids and each.status in TOLD)
        for each in deliveries
    )


TOLD = frozenset({Status.SENT, Status.DELIVERED})
"""How far a notice may have come that nobody has followed yet."""


_LYING = (
    sa.select(Delivery)
    .where(
        Delivery.message_id.in_(sa.bindparam("messages", expanding=True)),
        sa.or_(
            sa.and_(
                Delivery.kind == APP,
                Delivery.recipient == sa.bindparam("recipient"),
                Delivery.status == Status.DELIVERED,
            ),
            sa.and_(
                Delivery.kind == PUSH,
                Delivery.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
                Delivery.status.in_(TOLD),
            ),
        ),
    )
    .order_by(Delivery.id)
    .with_for_update()
)


def note_read(work: Work, family: Family, message_ids: Collection[str]) -> None:
    """The family has these before it. What has not arrived stays as it is: it is still to be sent, or was stopped."""
    asked = {
        "messages": list(message_ids),
        "recipient": family.app_address,
        "guardians": list(family.guardian_ids),
    }
    for delivery in work.session.scalars(_LYING, asked):
        climb(work, delivery, Status.READ, None)
        work.ring(LIVE, delivery.message_id)
