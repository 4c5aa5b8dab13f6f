"""Children of whom the phones at a door have said what does not fit together: each waits, in everybody's sight, until a person
has looked. Nobody drops out of this list by another tick."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.desk import Look, Work
from hub.door.confirming import get_reached
from hub.door.marks import Clash, DoorMark, list_open, list_said
from hub.door.undoing import mark_away
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.school.attendance import Departure, mark_here, mark_left


class Found(StrEnum):
    """What somebody found out of a child that waited for a person."""

    HERE = "here"
    LEFT = "left"
    AWAY = "away"


def settle_clash(work: Work, reach: Reach, unit: Unit, child_id: str, found: Found) -> None:
    """A person has looked: so it is, and nothing waits any more. Audited. Raises: NotThereError."""
    work.take_turns([child_id])
    (child,) = get_reached(work, reach, unit, [child_id])
    today = unit.today(work.now)
    rows = list_open(work, unit, today, [child_id])
    if not rows:
        raise NotThereError
    if found is Found.HERE:
        mark_here(work, unit, [child], reach.staff_id)
    elif found is Found.AWAY:
        mark_away(work, reach, unit, child)
    else:
        mark_left(work, unit, [child_id], Departure(work.now, reach.staff_id))
    for row in rows:
        row.looked_at, row.looked_by = work.now, reach.staff_id
    note(work, "door.look", [row.id for row in rows])


@dataclass(frozen=True, slots=True)
class ToLookAt:
    """A child that waits for a person: what was ticked of it that day, and the worst of what does not fit."""

    child_id: str
    clash: Clash
    said: Sequence[DoorMark]

    @property
    def is_missing(self) -> bool:
        return self.clash is Clash.MISSING


def list_to_look_at(look: Look, unit: Unit, child_ids: Sequence[str]) -> list[ToLookAt]:
    """Those of the children who wait for a person, the missing ones first. It asks no rights: its callers have."""
    today = unit.today(look.now)
    waiting: dict[str, set[Clash]] = {}
    for row in list_open(look, unit, today, child_ids):
        waiting.setdefault(row.child_id, set()).add(Clash(row.clash or ""))
    said = list_said(look, unit, today, list(waiting)) if waiting else []
    found = [
        ToLookAt(
            child_id,
            next(clash for clash in Clash if clash in clashes),
            [row for row in said if row.child_id == child_id],
        )
        for child_id, clashes in waiting.items()
    ]
    return sorted(found, key=lambda one: not one.is_missing)
