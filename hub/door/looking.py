"""Children of whom the phones at a door have said what does not fit together: each waits, in everybody's sight, until a person
has looked. Nobody drops out of this list by another tick."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.desk import Look, Work
from hub.door.confirming import NeverCameError, SaidOf, keep_row
from hub.door.marks import Clash, DoorMark, Way, list_open, list_said
from hub.door.undoing import keep_said, mark_away, undo_way
from hub.door.who_fetches import NoFetcherError, SaidFetcher, settle_fetcher
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.school.attendance import Departure, mark_here, mark_left, tell_fetcher
from hub.school.day_board import OnBoard, Presence, get_on_board


class Found(StrEnum):
    """What somebody found out of a child that waited for a person."""

    HERE = "here"
    LEFT = "left"
    AWAY = "away"


def settle_clash(
    work: Work, reach: Reach, unit: Unit, child_id: str, found: Found, fetcher: SaidFetcher | None = None
) -> None:
    """A person has looked: so it is, and nothing waits any more. Of whom it is found that it has left, somebody says with whom;
    whoever left already was seen to leave then, and now it is known with whom. Audited.

    Raises: NotThereError, NeverCameError, and what `settle_fetcher` raises.
    """
    work.take_turns([child_id])
    on = get_on_board(work, reach, unit, child_id)
    rows = list_open(work, unit, unit.today(work.now), [child_id])
    if not rows:
        raise NotThereError
    if found is Found.HERE:
        _find_here(work, reach, unit, on, {Clash(row.clash or "") for row in rows})
    elif found is Found.AWAY:
        undo_way(work, reach, unit, on.child, Way.COMING)
        mark_away(work, reach, unit, on.child)
    else:
        _find_left(work, reach, unit, on, fetcher)
    for row in rows:
        row.looked_at, row.looked_by = work.now, reach.staff_id
    note(work, "door.look", [row.id for row in rows])


def _find_here(work: Work, reach: Reach, unit: Unit, on: OnBoard, clashes: Collection[Clash]) -> None:
    """A leaving that was only ticked was none."""
    if on.presence is Presence.LEFT and Clash.WHO_FETCHED in clashes:
        undo_way(work, reach, unit, on.child, Way.LEAVING)
        return
    came = mark_here(work, unit, [on.child], reach.staff_id)
    if came:
        keep_said(work, unit, on.child.id, Way.COMING, reach.staff_id, came[0].id)
    else:
        keep_said(work, unit, on.child.id, Way.SEEN, reach.staff_id)


def _find_left(work: Work, reach: Reach, unit: Unit, on: OnBoard, fetcher: SaidFetcher | None) -> None:
    if not on.was_seen:
        raise NeverCameError
    if fetcher is None:
        raise NoFetcherError
    by, name = settle_fetcher(work, reach, unit, [on.child], unit.today(work.now), fetcher)
    rows = mark_left(work, unit, [on.child.id], Departure(work.now, reach.staff_id, by, name))
    row = rows[0] if rows else tell_fetcher(work, unit, on.child, by, name)
    keep_row(work, unit, row, SaidOf(Way.LEAVING, [on.child.id]), row.left_at or work.now, reach.staff_id, None)


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
