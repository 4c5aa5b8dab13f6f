"""A waking: which children of a unit nothing explains now, and what is to be done about each.

It reads the board anew each time: a mark, an absence or a time that is not past explains a child.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hub.calendars import is_open
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.ladder import Ladder
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.care_plans import list_expected
from hub.school.day_board import OnBoard, Presence, list_whole_board
from hub.school.guest_asking import read_asking
from hub.school.guest_days import ON_WAY
from hub.school.ladders import LadderTimes, Step
from hub.school.not_arrived import NotArrived, Why, list_cases, list_taken
from hub.school.telling_on import LEAVES_WITHIN, list_untold, untold_since

GRACE = timedelta(minutes=15)
"""So much later than told is still as told."""
LATER = timedelta(hours=1)
"""How long "comes later", with no time, explains a child."""
NOBODY: Mapping[str, datetime] = {}


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done about one child now. `case` is None where nothing was done today; `why` is for staff."""

    child: Child
    case: NotArrived | None
    steps: tuple[Step, ...]
    since: datetime
    why: Why | None = None
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Waking:
    """What a waking finds at a unit: what is due, and the cases that were explained since the last one. `not_come` are those of
    which the family heard that the child has come, and nothing says so any more."""

    due: tuple[Due, ...] = ()
    explained: tuple[tuple[NotArrived, OnBoard], ...] = ()
    not_come: tuple[tuple[NotArrived, Child], ...] = ()

    @property
    def child_ids(self) -> list[str]:
        """Whom it is about."""
        ids = [*(due.child.id for due in self.due), *(on.child_id for _, on in self.explained)]
        return list(dict.fromkeys([*ids, *(child.id for _, child in self.not_come)]))


def explained_until(
    unit: Unit,
    day: date,
    on: OnBoard,
    begins: datetime,
    expected: Mapping[str, time | None],
    untold: Mapping[str, datetime] = NOBODY,
) -> datetime | None:
    """Until when nobody needs to ask about a child: `begins` where nothing was told, None where all is told.

    What was told of the `untold` explains no longer than the word to the others may take on its way, since when they are so.

    A time after the unit has closed is none of its own, such as the club's, and explains no more than "later". `expected`
    are the children whose care is booked, with when it begins; None for a day off. Who is elsewhere is asked for there,
    and here too where nobody asks there and it was not seen. A guest who has left its own unit may be on its way.
    """
    if on.elsewhere is not None and on.elsewhere.left_at is not None:
        begins = max(begins, on.elsewhere.left_at + ON_WAY)
    if on.explained_by is not None and on.child_id in untold:
        return max(begins, untold[on.child_id] + LEAVES_WITHIN)
    if on.was_seen or on.presence is Presence.AWAY:
        return None
    if on.presence is Presence.ELSEWHERE:
        return None if on.elsewhere is not None and on.elsewhere.is_looked_for else begins
    if on.presence is Presence.LATE and on.late is not None:
        told_at = max(begins, on.late.told_at)
        comes_at = on.comes_at if on.comes_at is not None and on.comes_at < unit.closes else None
        past = told_at + LATER if comes_at is None else unit.moment(day, comes_at) + GRACE
        return max(begins, past)
    if on.is_disputed or on.child_id not in expected:
        return begins
    comes_at = expected[on.child_id]
    return None if comes_at is None else max(begins, unit.moment(day, comes_at) + GRACE)


def read_waking(look: Look, unit: Unit) -> Waking:
    """What is to be done now. Nothing on closed days, before the set time, after the unit closes, or where it is off."""
    day = unit.today(look.now)
    asking = read_asking(look, unit, day)
    if asking.begins is None or not is_open(look, unit, day):
        return Waking()
    if not unit.moment(day, asking.begins) <= look.now < unit.moment(day, unit.closes):
        return Waking()
    cases = {case.child_id: case for case in list_cases(look, unit, day)}
    taken = list_taken(look, [case.id for case in cases.values()])
    board = {on.child_id: on for on in list_whole_board(look, unit, day)}
    due, explained, not_come = [], [], []
    expected, untold = list_expected(look, unit, day), find_untold(look, board.values(), cases)
    for on in board.values():
        case, times = cases.get(on.child_id), asking.of(on.child_id)
        if times is None:
            continue
        begins = unit.moment(day, times.asks_at)
        until = explained_until(unit, day, on, begins, expected, untold)
        if case is not None and case.alarm_at is not None and not on.was_found:  # nothing told outweighs it
            until = begins
        if until is not None and until <= look.now:
            steps_taken = taken.get(case.id, {}) if case is not None else {}
            found = _due(look, times, on, case, steps_taken, until, is_untold=on.child_id in untold)
            due += [found] if found is not None else []
            if case is not None and case.come_told_at is not None:
                not_come.append((case, on.child))
        elif case is not None and (case.quiet_at is None or (case.alarm_at and on.was_found)):
            explained.append((case, on))
    return Waking(tuple(due), tuple(explained), tuple(not_come))


def find_untold(look: Look, board: Iterable[OnBoard], cases: Mapping[str, NotArrived]) -> dict[str, datetime]:
    """Children whom an absence or a late arrival explains nothing of yet, since no other phone was told, and since when; not
    those looked after by a person since."""
    explained = {on.child_id: on.explained_by for on in board if on.explained_by is not None}
    untold = list_untold(look, explained.values())
    found = {child_id: told for child_id, told in explained.items() if told.id in untold}
    since = untold_since(look, found.values())
    return {id_: since[id_] for id_, told in found.items() if not _is_closed_since(cases.get(id_), told.told_at)}


def _is_closed_since(case: NotArrived | None, told_at: datetime) -> bool:
    return case is not None and case.closed_at is not None and case.closed_at >= told_at


def foresee(look: Look, unit: Unit, day: date, times: LadderTimes, board: Sequence[OnBoard]) -> list[OnBoard]:
    """Those of the board about whom a text would leave at the set time, by what is known now."""
    begins, expected = unit.moment(day, times.asks_at), list_expected(look, unit, day)
    return [on for on in board if explained_until(unit, day, on, begins, expected) == begins and not on.is_disputed]


def _due(
    look: Look,
    times: LadderTimes,
    on: OnBoard,
    case: NotArrived | None,
    taken: Mapping[str, datetime],
    since: datetime,
    *,
    is_untold: bool,
) -> Due | None:
    ladder, why = times.ladder, None
    if is_untold:
        ladder, why = ladder.from_rung(Step.LIST), Why.NOT_TOLD
    elif on.is_disputed:
        ladder, why = ladder.from_rung(Step.LIST), Why.DISPUTED
    elif case is not None and (case.answered_at or case.closed_at or case.why):
        ladder, why = _after_answer(ladder, case)
        since = max(since, case.answered_at or since)
    steps = tuple(Step(name) for name in ladder.due(since, look.now, taken))
    reopens = case is not None and (case.closed_at is not None or case.quiet_at is not None)
    return Due(on.child, case, steps, since, why, tuple(taken)) if steps or reopens else None


def _after_answer(ladder: Ladder, case: NotArrived) -> tuple[Ladder, Why]:
    """Whoever has answered is not asked again: what they said has not come true, or did not explain, so staff call."""
    told_why = Why(case.why) if case.why else Why.NOT_COME
    return ladder.from_rung(Step.LIST), told_why


def begin(work: Work, unit: Unit, due: Due) -> NotArrived:
    """The case of what is due, opened where there is none; one that was closed or quiet is open again."""
    case = due.case
    if case is None:
        case = NotArrived(
            id=work.new_id(),
            owner_id=unit.owner_id,
            child_id=due.child.id,
            unit_id=unit.id,
            day=unit.today(work.now),
            began_at=due.since,
        )
        work.session.add(case)
    case.closed_at = case.closed_by = case.quiet_at = None
    if case.alarm_at is None:
        case.why = due.why or case.why
    work.ring(LIVE, due.child.id)
    return case
