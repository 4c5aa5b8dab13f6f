"""What a touch becomes once staff say what it means: a child is here, or has left, or nothing at all.

A touch alone changes no child's day. Of two who say something of a child at once the first is believed, by whichever road the
second comes: a verb takes the turn of its children before it reads anything of them.

Whoever does not reach a child sees its tag as one that nobody knows. A tap whose tag is blocked, then or since, or that proves
to be forged or replayed, stands for nobody until a person finds out; nor does one of before the tag was given to those who have
it now. Source: security rules S3.4, S3.7 and S8.1.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.door.marks import DoorMark, Way, Why, keep_mark
from hub.door.taps import Proof, Tap, TapState, ring_touch
from hub.door.touched_tags import TELLS_NOBODY, TouchedTag, read_touched
from hub.door.who_fetches import SaidFetcher, settle_fetcher
from hub.people.families import Child
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.access import NotThereError, Reach
from hub.safety.audit import note
from hub.safety.guests import visible_at_unit
from hub.school.attendance import Attendance, Departure, mark_here, mark_left
from hub.school.attendance_times import AHEAD
from hub.school.day_board import OnBoard, Presence, get_on_board, list_board


class NobodyChosenError(Refusal):
    """None of the children of the tag was chosen."""

    words = "refusals.door_nobody"


class AnotherTimeError(Refusal):
    """Another time than the touch's needs a reason, and lies within the day."""

    words = "refusals.door_time"


class NeverCameError(Refusal):
    """Who was not seen here today cannot leave."""

    words = "refusals.door_never_came"


@dataclass(frozen=True, slots=True)
class Touched:
    """A touch that waits. `proof` is what may be told of it to whoever asks; `children` are those of them whom they reach."""

    tap: Tap
    proof: Proof
    children: tuple[OnBoard, ...]

    @property
    def way(self) -> Way:
        """What the day makes likely."""
        return likely_way(self.children)


@dataclass(frozen=True, slots=True)
class SaidOf:
    """What staff say of some children. `at` is when it was, where that is not the minute in which the tag was touched, and
    `why` says so."""

    way: Way
    child_ids: Sequence[str]
    at: datetime | None = None
    why: Why | None = None
    fetcher: SaidFetcher | None = None
    reader_id: str | None = None


def likely_way(children: Iterable[OnBoard]) -> Way:
    """Leaving where one of them is here; coming else."""
    return Way.LEAVING if any(on.presence is Presence.HERE for on in children) else Way.COMING


SHOWN_FOR = timedelta(hours=24)
MOST_SHOWN = 1000
"""Of the touches at a unit that wait, the latest: a flood of them hides none that comes now."""


_LATEST_PENDING = QuickSelect(
    sa.select(Tap)
    .where(
        Tap.unit_id == sa.bindparam("unit"),
        Tap.state == TapState.PENDING,
        Tap.kept_at >= sa.bindparam("since", type_=Tap.kept_at.type),
    )
    .order_by(Tap.id.desc())
    .limit(MOST_SHOWN)
)


def list_touched(look: Look, reach: Reach, unit: Unit, reader_id: str | None = None) -> list[Touched]:
    """The touches at a unit that wait, oldest first: of children whom the asker reaches, of tags that stand for nobody, and
    all of the asker's own phone."""
    return list_touched_of(look, unit, list_board(look, reach, unit, unit.today(look.now)), reader_id)


def list_touched_of(look: Look, unit: Unit, on_board: Iterable[OnBoard], reader_id: str | None = None) -> list[Touched]:
    """The same, where those whom the asker reaches are at hand."""
    board = {on.child_id: on for on in on_board}
    taps = [tap for (tap,) in reversed(_LATEST_PENDING.rows(look, unit=unit.id, since=look.now - SHOWN_FOR))]
    tags = read_touched(look, taps)
    return [
        _read(tap, tags[tap.id], board)
        for tap in taps
        if not tags[tap.id].child_ids
        or tap.reader_id == reader_id
        or any(id_ in board for id_ in tags[tap.id].child_ids)
    ]


def get_touched(look: Look, reach: Reach, unit: Unit, tap_id: str) -> Touched:
    """One of them, settled or not. Raises: NotThereError."""
    tap = look.session.get(Tap, tap_id)
    if tap is None or tap.unit_id != unit.id:
        raise NotThereError
    tag = read_touched(look, [tap])[tap_id]
    reached = visible_at_unit(look, reach, tag.child_ids, unit.id, unit.today(look.now))
    return _read(tap, tag, {id_: get_on_board(look, reach, unit, id_) for id_ in reached})


def _read(tap: Tap, tag: TouchedTag, board: dict[str, OnBoard]) -> Touched:
    children = tuple(board[id_] for id_ in tag.child_ids if id_ in board)
    if not children:
        return Touched(tap, Proof.UNKNOWN, ())
    return Touched(tap, tag.proof, () if tag.proof in TELLS_NOBODY else children)


def confirm_tap(work: Work, reach: Reach, unit: Unit, tap_id: str, said: SaidOf) -> list[DoorMark]:
    """Staff say what the touch means. It is settled once: who comes second changes nothing. Audited.

    Raises: NotThereError, NobodyChosenError, AnotherTimeError, NeverCameError, and what `settle_fetcher` raises.
    """
    work.take_turns([tap_id, *said.child_ids])
    touched = get_touched(work, reach, unit, tap_id)
    if touched.tap.state != TapState.PENDING:
        return []
    if not said.child_ids or not set(said.child_ids) <= {on.child_id for on in touched.children}:
        raise NobodyChosenError
    marks = _say(work, reach, unit, said, touched.tap)
    settle_tap(work, touched.tap, TapState.CONFIRMED, reach.staff_id)
    note(work, "door.confirm", [tap_id, *said.child_ids])
    return marks


def cancel_tap(work: Work, reach: Reach, unit: Unit, tap_id: str) -> None:
    """The touch meant nothing. Audited. Raises: NotThereError."""
    work.take_turns([tap_id])
    touched = get_touched(work, reach, unit, tap_id)
    if touched.tap.state == TapState.PENDING:
        settle_tap(work, touched.tap, TapState.CANCELLED, reach.staff_id)
        note(work, "door.cancel", [tap_id])


def say_of_children(work: Work, reach: Reach, unit: Unit, said: SaidOf) -> list[DoorMark]:
    """The same without a touch: staff chose the children by hand, one or many. Audited.

    Raises: NotThereError, AnotherTimeError, NeverCameError, and what `settle_fetcher` raises.
    """
    work.take_turns(said.child_ids)
    marks = _say(work, reach, unit, said, None)
    if marks:
        note(work, "door.say", [mark.id for mark in marks])
    return marks


_CHILDREN = sa.select(Child).where(Child.id.in_(sa.bindparam("ids", expanding=True))).order_by(Child.id)


def get_reached(look: Look, reach: Reach, unit: Unit, child_ids: Sequence[str]) -> list[Child]:
    """These children, each once, if the asker reaches every one of them here today. Raises: NotThereError."""
    if set(child_ids) != visible_at_unit(look, reach, child_ids, unit.id, unit.today(look.now)):
        raise NotThereError
    return list(look.session.scalars(_CHILDREN, {"ids": sorted(set(child_ids))}))


def _say(work: Work, reach: Reach, unit: Unit, said: SaidOf, tap: Tap | None) -> list[DoorMark]:
    children = get_reached(work, reach, unit, said.child_ids)
    touched_at = work.now if tap is None else tap.at
    at = touched_at if said.at in (None, touched_at.replace(second=0, microsecond=0)) else said.at
    _check_time(work, unit, at, said, touched_at)
    if said.way is Way.COMING:
        tap_id = None if tap is None else tap.id
        rows = mark_here(work, unit, children, reach.staff_id, came_at=at, tap_id=tap_id)
    elif said.way is Way.LEAVING:
        rows = _leave(work, reach, unit, children, said, tap, at)
    else:
        raise NotThereError
    return [keep_row(work, unit, row, said, at, reach.staff_id, tap) for row in rows]


def _leave(
    work: Work, reach: Reach, unit: Unit, children: Sequence[Child], said: SaidOf, tap: Tap | None, at: datetime
) -> list[Attendance]:
    of_them = [get_on_board(work, reach, unit, child.id) for child in children]
    if any(not on.was_seen for on in of_them):
        raise NeverCameError
    if any(on.came_at is not None and at < on.came_at for on in of_them):
        raise AnotherTimeError
    if said.fetcher is None:
        raise NotThereError
    by, name = settle_fetcher(work, reach, unit, children, unit.today(work.now), said.fetcher)
    departure = Departure(at, reach.staff_id, by, name, None if tap is None else tap.id)
    return mark_left(work, unit, [child.id for child in children], departure)


def _check_time(look: Look, unit: Unit, at: datetime, said: SaidOf, touched_at: datetime) -> None:
    is_today = unit.today(at) == unit.today(look.now)
    if not is_today or at > look.now + AHEAD or (at != touched_at and said.why is None):
        raise AnotherTimeError


def keep_row(work: Work, unit: Unit, row: Attendance, said: SaidOf, at: datetime, by: str, tap: Tap | None) -> DoorMark:
    """What a row came of, for the log of the day on which it was said."""
    return keep_mark(
        work,
        DoorMark(
            id=work.new_id(),
            owner_id=unit.owner_id,
            unit_id=unit.id,
            child_id=row.child_id,
            day=unit.today(work.now),
            way=said.way,
            at=at,
            said_at=work.now,
            said_by=by,
            reader_id=said.reader_id,
            tap_id=None if tap is None else tap.id,
            attendance_id=row.id,
            why=said.why,
        ),
    )


def settle_tap(work: Work, tap: Tap, state: TapState, by: str) -> None:
    """It waits no more."""
    tap.state, tap.settled_at, tap.settled_by = state, work.now, by
    ring_touch(work, tap)
