"""Children of whom the phones at a door have said what does not fit together: each waits, in everybody's sight, until a person
has looked. Nobody drops out of this list by another tick."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hub.desk import Look, Refusal, Work
from hub.door.confirming import NeverCameError, SaidOf, keep_row
from hub.door.marks import Clash, DoorMark, Way, list_lost_before, list_open, list_said
from hub.door.undoing import keep_said, mark_away, undo_way
from hub.door.who_fetches import NoFetcherError, SaidFetcher, settle_fetcher
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.school.attendance import Departure, mark_here, mark_left, tell_fetcher
from hub.school.day_board import OnBoard, Presence, get_on_board


class WasHereError(Refusal):
    """Who was seen today is not away."""

    words = "refusals.door_was_here"


class StandsOtherwiseError(Refusal):
    """Something was noted of the child since the page was shown, and what was found may be about the time before it."""

    words = "refusals.door_stands_otherwise"


class Found(StrEnum):
    """What somebody found out of a child that waited for a person."""

    HERE = "here"
    LEFT = "left"
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Shown:
    """What whoever looked had before them: the marks that waited, and how the child stood, as `stands_as` writes it."""

    marks: Collection[str]
    stood: str


def stands_as(on: OnBoard) -> str:
    """How a child stands, to be known again: whatever is noted of its being here makes it another."""
    return " ".join([on.presence, *(at.isoformat() for at in (on.came_at, on.left_at) if at is not None)])


def settle_clash(
    work: Work,
    reach: Reach,
    unit: Unit,
    child_id: str,
    shown: Shown,
    found: Found,
    fetcher: SaidFetcher | None = None,
) -> None:
    """A person has looked: so it is. Of the marks that were `shown` none waits any more; what was said since waits on. Audited.

    Of whom it is found that it has left, somebody says with whom; whoever left already was seen to leave then, and now it is
    known with whom. Where all of that is of days before, only "here" says anything of today.

    Raises: NotThereError, also where nothing of what was shown waits; StandsOtherwiseError, NeverCameError, WasHereError, and
    what `settle_fetcher` raises.
    """
    work.take_turns([child_id])
    on = get_on_board(work, reach, unit, child_id)
    today = unit.today(work.now)
    rows = [row for row in _list_waiting(work, unit, today, [child_id]) if row.id in shown.marks]
    if not rows:
        raise NotThereError
    if stands_as(on) != shown.stood:
        raise StandsOtherwiseError
    if found is Found.HERE:
        _find_here(work, reach, unit, on, rows)
    elif any(row.day == today for row in rows):
        _find_gone(work, reach, unit, on, found, fetcher)
    for row in rows:
        row.looked_at, row.looked_by = work.now, reach.staff_id
    note(work, "door.look", [row.id for row in rows])


def _list_waiting(look: Look, unit: Unit, today: date, child_ids: Sequence[str]) -> list[DoorMark]:
    """Marks of today, and those of days before by which a child is missing still."""
    return [*list_lost_before(look, unit, today, child_ids), *list_open(look, unit, today, child_ids)]


def _find_here(work: Work, reach: Reach, unit: Unit, on: OnBoard, rows: Sequence[DoorMark]) -> None:
    """A leaving that was only ticked was none; after any other it has come back."""
    if on.presence is Presence.LEFT and on.left_with is None and _is_ticked(on, rows):
        undo_way(work, reach, unit, on.child, Way.LEAVING)
        return
    came = mark_here(work, unit, [on.child], reach.staff_id)
    if came:
        keep_said(work, unit, on.child.id, Way.COMING, reach.staff_id, came[0].id)
    else:
        keep_said(work, unit, on.child.id, Way.SEEN, reach.staff_id)


def _find_gone(work: Work, reach: Reach, unit: Unit, on: OnBoard, found: Found, fetcher: SaidFetcher | None) -> None:
    if found is Found.AWAY:
        _find_away(work, reach, unit, on)
    else:
        _find_left(work, reach, unit, on, fetcher)


def _is_ticked(on: OnBoard, rows: Sequence[DoorMark]) -> bool:
    """Whether the child stands as gone by one of these ticks."""
    return any(row.clash == Clash.WHO_FETCHED and row.at == on.left_at for row in rows)


def _find_away(work: Work, reach: Reach, unit: Unit, on: OnBoard) -> None:
    """A coming of today was none."""
    undo_way(work, reach, unit, on.child, Way.COMING)
    mark_away(work, reach, unit, on.child)
    if get_on_board(work, reach, unit, on.child.id).was_seen:
        raise WasHereError


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
    """A child that waits for a person: what was ticked of it today, the worst of what does not fit, the marks that wait, and
    the day of the first of them."""

    child_id: str
    clash: Clash
    said: Sequence[DoorMark]
    open_ids: Sequence[str]
    since: date

    @property
    def is_missing(self) -> bool:
        return self.clash is Clash.MISSING


def list_to_look_at(look: Look, unit: Unit, child_ids: Sequence[str]) -> list[ToLookAt]:
    """Those of the children who wait for a person, the missing ones first. It asks no rights: its callers have."""
    today = unit.today(look.now)
    waiting: dict[str, list[DoorMark]] = {}
    for row in _list_waiting(look, unit, today, child_ids):
        waiting.setdefault(row.child_id, []).append(row)
    said = list_said(look, unit, today, list(waiting)) if waiting else []
    found = [
        ToLookAt(
            child_id,
            next(clash for clash in Clash if clash in {row.clash for row in rows}),
            [row for row in said if row.child_id == child_id],
            [row.id for row in rows],
            min(row.day for row in rows),
        )
        for child_id, rows in waiting.items()
    ]
    return sorted(found, key=lambda one: not one.is_missing)
