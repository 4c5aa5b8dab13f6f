"""Tells the open boards that something about a child has changed."""

import sqlalchemy as sa

from hub.desk import Work
from hub.doorbell import LIVE
from hub.people.families import Placement

_UNITS = sa.select(Placement.unit_id).where(Placement.child_id == sa.bindparam("child"))


def ring_boards(work: Work, child_id: str) -> None:
    """Ring for every unit where the child has a place."""
    for unit_id in set(work.session.scalars(_UNITS, {"child": child_id})):
        work.ring(LIVE, unit_id)
