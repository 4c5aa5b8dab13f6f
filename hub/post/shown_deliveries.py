"""The deliveries of messages, and which of them stand beside their message in a book."""

from collections.abc import Sequence

import sqlalchemy as sa

from hub.address import PUSH
from hub.desk import Look
from hub.post.deliveries import Delivery, Status

_OF_MESSAGES = (
    sa.select(Delivery).where(Delivery.message_id.in_(sa.bindparam("ids", expanding=True))).order_by(Delivery.id)
)


SHOWS = sa.or_(Delivery.kind != PUSH, Delivery.status == Status.READ)
"""A notice is the story's alone, until it was followed: then its message is read."""


def shows(delivery: Delivery) -> bool:
    """The same of one of them."""
    return delivery.kind != PUSH or delivery.status == Status.READ


def list_shown(look: Look, message_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """For each message, those of its deliveries that stand beside it in a book."""
    return {id_: [each for each in found if shows(each)] for id_, found in list_deliveries(look, message_ids).items()}


def list_deliveries(look: Look, message_ids: Sequence[str]) -> dict[str, list[Delivery]]:
    """For each message, its deliveries in the order they were made."""
    out: dict[str, list[Delivery]] = {message_id: [] for message_id in message_ids}
    for delivery in look.session.scalars(_OF_MESSAGES, {"ids": message_ids}):
        out[delivery.message_id].append(delivery)
    return out
