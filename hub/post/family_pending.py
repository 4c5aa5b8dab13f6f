"""What a family wrote in the app a moment ago: it is kept, and stands in no book yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from hub.address import APP
from hub.desk import Look
from hub.post.arrivals import BESIDES_TEXTS, Arrival
from hub.post.family import Family


@dataclass(frozen=True, slots=True)
class Pending:
    """What they wrote in the app a moment ago, kept and not yet filed."""

    id: str
    at: datetime
    text: str


_PENDING = (
    sa.select(Arrival)
    .where(
        BESIDES_TEXTS,
        Arrival.kind == sa.bindparam("kind"),
        Arrival.sender == sa.bindparam("sender"),
        Arrival.recipient.in_(sa.bindparam("numbers", expanding=True)),
        Arrival.message_id.is_(None),
        Arrival.text != "",
    )
    .order_by(Arrival.id)
)


def list_pending(look: Look, family: Family, numbers: Collection[str]) -> list[Pending]:
    """What the family wrote in the app to these numbers that stands in no book yet, oldest first."""
    asked = {"kind": APP, "sender": family.app_address, "numbers": list(numbers)}
    return [Pending(one.id, one.received_at, one.text) for one in look.session.scalars(_PENDING, asked)]
