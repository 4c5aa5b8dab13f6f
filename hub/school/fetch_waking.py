"""A waking in the evening: which children of a unit are still here after their time, and what is to be done about each.

It reads the board anew each time. A leaving ends it; what a family answered holds it until the time they told is over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto

from hub.calendars import is_open
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.attendance_days import LAST_MINUTE
from hub.school.attendance_read import Seen, list_standing
from hub.school.care_rules import takes_bookings
from hub.school.day_board import OnBoard, Presence, list_whole_board
from hub.school.fetch_ladders import FetchTimes, get_fetch_times
from hub.school.home_times import list_home_times
from hub.school.ladders import TEXTS, Step
from hub.school.not_fetched import NotFetched, WhyCall, list_fetch_steps, list_still

MANY = 3
"""Of fewer children than these nobody can tell whether it is the marks that are missing."""


@dataclass(frozen=True, slots=True)
class DueHome:
    """What is to be done about one child now. `case` is None where nothing was done today; `since` is its time to go home."""

    child: Child
    case: NotFetched | None
    steps: tuple[Step, ...]
    since: datetime
    why: WhyCall | None = None
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchWaking:
    """What a waking finds at a unit: what is due, and the cases that are over, with what is known of the child. `not_left` are
    those that ended because the child had left, which never did."""

    due: tuple[DueHome, ...] = ()
    over: tuple[tuple[NotFetched, OnBoard | None], ...] = ()
    not_left: tuple[tuple[NotFetched, Child], ...] = ()

    @property
    def child_ids(self) -> list[str]:
        """Whom it is about."""
        cases = [case for case, _ in (*self.over, *self.not_left)]
        return list(dict.fromkeys([*(due.child.id for due in self.due), *(case.child_id for case in cases)]))


def read_fetch_waking(look: Look, unit: Unit) -> FetchWaking:
    """What is to be done now. Nothing on closed days, in the last minute of a day, or where it is off or nobody is marked."""
    times, day = get_fetch_times(look, unit), unit.today(look.now)
    if not times.is_on or not takes_bookings(unit) or look.now >= unit.moment(day, LAST_MINUTE):
        return FetchWaking()
    if not is_open(look, unit, day):
        return FetchWaking()
    board = list_whole_board(look, unit, day)
    here = {on.child.id: on for on in board if on.presence is Presence.HERE}
    cases = {case.child_id: case for case in list_still(look, unit, day)}
    taken = list_fetch_steps(look, [case.id for case in cases.values()])
    due: list[DueHome] = []
    later = list_seen_later(look, day, here.values())
    home_at = list_home_times(look, unit, day, [on for id_, on in here.items() if later.get(id_) is not Since.SAFE])
    lacks_marks = is_without_marks(board, sum(at <= look.now for at in home_at.values()))
    for child_id, at in home_at.items():
        case = cases.get(child_id)
        if at <= look.now:
            taken_of = taken.get(case.id, {}) if case is not None else {}
            is_moved = child_id in later
            found = _due(
                look, times, here[child_id].child, case, taken_of, at, lacks_marks=lacks_marks, is_moved=is_moved
            )
            due += [found] if found is not None else []
    still = {child_id for child_id, at in home_at.items() if at <= look.now}
    by_child = {on.child.id: on for on in board}
    over = [case for case in cases.values() if case.closed_at is None and case.child_id not in still]
    not_left = [case for id_, case in cases.items() if id_ in here and case.has_ended_wrongly(here[id_].came_at)]
    return FetchWaking(
        tuple(due),
        tuple((case, by_child.get(case.child_id)) for case in over),
        tuple((case, here[case.child_id].child) for case in not_left),
    )


class Since(Enum):
    """What another unit has made of a child whose mark still stands here. SAFE: it went home from there with somebody who is
    known, or is there and is asked about in the evening. UNSURE: it may be back, and nobody looks for it there."""

    SAFE = auto()
    UNSURE = auto()


def list_seen_later(look: Look, day: date, here: Iterable[OnBoard]) -> dict[str, Since]:
    """By child, those of the children marked here who were marked as come at another unit later that day."""
    found: dict[str, Since] = {}
    for other_id, those in _by_other(here).items():
        other = look.session.get_one(Unit, other_id)
        latest = {row.child_id: row for row in list_standing(look, other, day)}
        for on in those:
            row = latest.get(on.child_id)
            if row is not None and on.came_at is not None and row.came_at > on.came_at:
                found[on.child_id] = Since.SAFE if _is_seen_home(look, other, day, row) else Since.UNSURE
    return found


def _by_other(here: Iterable[OnBoard]) -> dict[str, list[OnBoard]]:
    found: dict[str, list[OnBoard]] = {}
    for on in here:
        if on.elsewhere is not None:
            found.setdefault(on.elsewhere.unit_id, []).append(on)
    return found


def _is_seen_home(look: Look, other: Unit, day: date, row: Seen) -> bool:
    if row.left_at is not None:
        return row.fetched_name is not None
    return get_fetch_times(look, other).is_on and takes_bookings(other) and is_open(look, other, day)


def is_without_marks(board: Sequence[OnBoard], overdue: int) -> bool:
    """Whether leavings seem not to be marked today, or only by and by, so that no family may be asked on their word: nobody is
    marked as gone, or most of the children were to have gone home and are not."""
    seen = [on for on in board if on.was_seen]
    nobody_left = all(on.presence is Presence.HERE for on in seen)
    return (len(seen) >= MANY and nobody_left) or (overdue >= MANY and 2 * overdue > len(seen))


def _due(
    look: Look,
    times: FetchTimes,
    child: Child,
    case: NotFetched | None,
    taken: Mapping[str, datetime],
    since: datetime,
    *,
    lacks_marks: bool,
    is_moved: bool,
) -> DueHome | None:
    """Whoever has answered is not asked again: when the time they told is over, or guardians do not agree, staff call. So they
    do at once about whoever was seen at another unit since, and no family is asked by a unit at which the child may not be."""
    until = case.waits_until if case is not None else None
    if case is not None and until is not None and until > look.now and case.closed_at is None:
        return None
    ladder, began, why = times.ladder, since, None
    if until is not None:
        ladder, began, why = ladder.from_rung(Step.LIST), max(since, until), WhyCall.NOT_COME
    elif case is not None and case.why == WhyCall.DISPUTED:
        ladder, began, why = ladder.from_rung(Step.LIST), max(since, case.answered_at or since), WhyCall.DISPUTED
    elif is_moved:
        ladder, why = ladder.from_rung(Step.LIST), WhyCall.NO_MARKS
    steps = tuple(Step(name) for name in ladder.due(began, look.now, taken))
    if lacks_marks or is_moved or (case is not None and case.why is not None):
        steps = tuple(step for step in steps if step not in TEXTS)
    if lacks_marks:
        why = why or WhyCall.NO_MARKS
    reopens = case is not None and case.closed_at is not None
    said = why if Step.LIST in steps else None
    return DueHome(child, case, steps, since, said, tuple(taken)) if steps or reopens else None


def begin_fetch(work: Work, unit: Unit, due: DueHome) -> NotFetched:
    """The case of what is due, opened where there is none; one that was closed is open again."""
    case = due.case
    if case is None:
        case = NotFetched(
            id=work.new_id(),
            owner_id=unit.owner_id,
            child_id=due.child.id,
            unit_id=unit.id,
            day=unit.today(work.now),
            began_at=due.since,
        )
        work.session.add(case)
    case.closed_at = case.closed_by = None
    case.began_at = due.since
    case.why = due.why or case.why
    work.ring(LIVE, due.child.id)
    return case


def foresee_home(look: Look, unit: Unit, day: date, board: Sequence[OnBoard]) -> dict[str, datetime]:
    """When each child who is here now is to go home today, by what is known now."""
    here = [on for on in board if on.presence is Presence.HERE]
    return list_home_times(look, unit, day, here) if takes_bookings(unit) else {}
