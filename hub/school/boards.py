"""Tells the open boards that something about a child has changed."""

import sqlalchemy as sa

from hub.desk import Work
from hub.doorbell import LIVE
from hub.people.families import Placement
from hub.people.guest_places import GuestPlace
from hub.quick_select import QuickSelect

_UNITS = QuickSelect(sa.select(Placement.unit_id).where(Placement.child_id == sa.bindparam("child")))
_HOSTS = QuickSelect(sa.select(GuestPlace.unit_id).where(GuestPlace.child_id == sa.bindparam("child")))


def ring_boards(work: Work, child_id: str) -> None:
    """Ring for every unit where the child has a place, or is a guest at some time."""
    for (unit_id,) in {*_UNITS.rows(work, child=child_id), *_HOSTS.rows(work, child=child_id)}:
        work.ring(LIVE, unit_id)
