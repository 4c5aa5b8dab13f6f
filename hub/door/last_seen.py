"""When each child of a board was last seen by staff: as it came or left, at the door, at a roll call or on a trip."""

from collections.abc import Sequence
from datetime import datetime

from hub.desk import Look
from hub.door.marks import Way, list_said
from hub.people.places import Unit
from hub.school.day_board import OnBoard

SEEN_BY = frozenset({Way.COMING, Way.LEAVING, Way.SEEN})


def list_last_seen(look: Look, unit: Unit, board: Sequence[OnBoard]) -> dict[str, datetime]:
    """Today, by child; nobody who was not seen. It asks no rights of the reader: its callers have."""
    found = {on.child.id: at for on in board if (at := on.left_at or on.came_at) is not None}
    for row in list_said(look, unit, unit.today(look.now), [on.child.id for on in board]):
        if row.way in SEEN_BY and row.child_id in found:
            found[row.child_id] = max(found[row.child_id], row.at)
    return found
