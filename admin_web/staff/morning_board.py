"""What *Morning* shows: each child of my groups, what waits for a person, and the sentence that sums it up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from admin_web.staff.morning_rows import Found, Row, Standing, read_row, told_of
from hub.calendars import list_closed
from hub.desk import Look
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Group, Unit
from hub.post.alarm_calls import ToRing, list_needing_help
from hub.post.inboxes import count_waiting_at
from hub.post.reading import Reader, get_reader
from hub.safety.access import NotThereError, Reach, get_reach, get_unit, list_groups, list_units
from hub.school.attendance_days import list_unseen
from hub.school.attendance_denials import Denied, list_denied
from hub.school.call_list import Missing, list_missing
from hub.school.care_at_door import list_marks
from hub.school.day_board import OnBoard, list_board
from hub.school.going_home import list_going_home
from hub.school.guest_care import list_arranged_units, list_guests_at
from hub.school.still_here import StillHere, list_still_here
from hub.school.thresholds import Proposal, list_proposals_for
from hub.talk.waiting import UnknownText, WaitingThread, list_unknown, list_waiting


@dataclass(frozen=True)
class GroupOnBoard:
    """A group and its children. `rest` are those whom one tap for the whole group marks here."""

    id: str
    name: str
    rows: tuple[Row, ...]

    def count(self, *standings: Standing) -> int:
        return sum(self._tally[each] for each in standings)

    @cached_property
    def _tally(self) -> Counter[Standing]:
        """How many stand how; a page asks for a dozen sums of them."""
        return Counter([row.standing for row in self.rows])

    @property
    def worrying(self) -> int:
        return sum(row.standing.worries for row in self.rows)

    @property
    def rest(self) -> tuple[Row, ...]:
        unheard = (Standing.MISSING, Standing.UNHEARD)
        return tuple(row for row in self.rows if row.standing in unheard and not row.is_looked_for)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardDay:
    """The children of one unit today. `is_closed` on days when nobody is expected; `still` those here after their time,
    `guardians` the names of those who answered; `is_led` by the viewer."""

    unit: Unit
    units: tuple[Unit, ...]
    today: date
    is_closed: bool
    groups: tuple[GroupOnBoard, ...]
    still: tuple[StillHere, ...] = ()
    guardians: Mapping[str, str] = field(default_factory=dict)
    is_led: bool = False

    def count(self, *standings: Standing) -> int:
        return sum(group.count(*standings) for group in self.groups)

    @property
    def child_ids(self) -> list[str]:
        return sorted({row.child_id for group in self.groups for row in group.rows})

    def get_group(self, group_id: str) -> GroupOnBoard:
        """Raises: NotThereError."""
        found = next((group for group in self.groups if group.id == group_id), None)
        if found is None:
            raise NotThereError
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Board(BoardDay):
    """The same with what waits for a person: `families` how many, `missing` the children who are looked for, `denied` what
    guardians say is not so of the door."""

    families: int
    closed_name: str = ""
    missing: tuple[Missing, ...] = ()
    denied: tuple[Denied, ...] = ()
    arranges: bool = False
    """The viewer takes guests in here."""
    guests_asked: int = 0
    """How many children the unit is asked to take in."""
    unseen: int = 0
    """Of how many children nobody knows when they left, or with whom."""

    @property
    def unsure(self) -> int:
        """How many children one must look for though something was told of them, each counted once."""
        return len(self._list_told())

    @property
    def unheard(self) -> int:
        """How many other children nobody has told of, each counted once."""
        worrying = {row.child_id for group in self.groups for row in group.rows if row.standing.worries}
        return len(worrying - self._list_told())

    def _list_told(self) -> set[str]:
        return {row.child_id for group in self.groups for row in group.rows if row.standing.is_told}

    @property
    def contradicted(self) -> list[tuple[GroupOnBoard, Row]]:
        return [(group, row) for group in self.groups for row in group.rows if row.standing is Standing.CONTRADICTED]

    @property
    def disputed(self) -> list[tuple[GroupOnBoard, Row]]:
        return [(group, row) for group in self.groups for row in group.rows if row.standing is Standing.DISPUTED]

    @property
    def ringing(self) -> list[tuple[GroupOnBoard, Row]]:
        return [(group, row) for group in self.groups for row in group.rows if row.rings]


@dataclass(frozen=True, slots=True)
class Waiting:
    """The threads of one unit that wait for a person today."""

    unit: Unit
    today: date
    threads: tuple[WaitingThread, ...]


@dataclass(frozen=True, slots=True)
class Morning:
    """All that the page shows at once."""

    board: Board
    waiting: Waiting
    unknown: tuple[UnknownText, ...]
    need_help: tuple[ToRing, ...]
    talks: tuple[tuple[Child, Proposal], ...]


def gather_morning(look: Look, unit_id: str | None) -> Morning:
    """The morning of a unit, the first of mine where none is named. Raises: NotThereError."""
    reader = get_reader(look)
    unit = _get_unit(look, reader, unit_id)
    waiting = _gather_waiting(look, reader, unit)
    board = _gather_board(look, reader, unit, len(waiting.threads))
    talks = list_proposals_for(look, reader.reach, unit, board.today)
    need_help = tuple(list_needing_help(look, unit))
    return Morning(board, waiting, tuple(list_unknown(look, reader, unit)), need_help, tuple(talks))


def gather_board(look: Look, unit_id: str) -> Board:
    """The board alone. Raises: NotThereError."""
    reader = get_reader(look)
    unit = _get_unit(look, reader, unit_id)
    return _gather_board(look, reader, unit, count_waiting_at(look, reader, unit.id))


def gather_day(look: Look, unit_id: str) -> BoardDay:
    """The children alone. Raises: NotThereError."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    today = unit.today(look.now)
    is_closed = today in list_closed(look, unit, today, today)
    on_board = list_board(look, reach, unit, today)
    still = list_still_here(look, reach, unit, today, on_board)
    return BoardDay(
        unit=unit,
        units=tuple(list_units(look, reach)),
        today=today,
        is_closed=is_closed,
        groups=tuple(_groups(look, reach, unit, today, on_board, frozenset(), is_closed=is_closed)),
        still=tuple(still),
        guardians=names_of(look, guardians=_who_answered(still)),
        is_led=unit.id in reach.leads,
    )


def gather_waiting(look: Look, unit_id: str) -> Waiting:
    """What waits alone. Raises: NotThereError."""
    reader = get_reader(look)
    return _gather_waiting(look, reader, _get_unit(look, reader, unit_id))


def _get_unit(look: Look, reader: Reader, unit_id: str | None) -> Unit:
    return next(iter(reader.units.values())) if unit_id is None else get_unit(look, reader.reach, unit_id)


def _gather_board(look: Look, reader: Reader, unit: Unit, families: int) -> Board:
    today = reader.days[unit.id]
    closed = list_closed(look, unit, today, today).get(today)
    on_board = list_board(look, reader.reach, unit, today)
    missing = list_missing(look, reader.reach, unit, today, on_board)
    still = list_still_here(look, reader.reach, unit, today, on_board)
    denied = list_denied(look, reader.reach, unit)
    looked_for = {one.case.child_id for one in missing}
    return Board(
        unit=unit,
        units=tuple(reader.units.values()),
        today=today,
        is_closed=closed is not None,
        groups=tuple(_groups(look, reader.reach, unit, today, on_board, looked_for, is_closed=closed is not None)),
        families=families,
        closed_name=(closed.name or "") if closed is not None else "",
        missing=tuple(missing),
        still=tuple(still),
        denied=tuple(denied),
        guardians=names_of(
            look, guardians=_who_answered([*missing, *still]) | {one.denial.guardian_id for one in denied}
        ),
        is_led=unit.id in reader.reach.leads,
        arranges=unit.id in list_arranged_units(look, reader.reach),
        guests_asked=sum(guest.place.is_asked for guest in list_guests_at(look, reader.reach, unit)),
        unseen=len({row.child_id for row, _ in list_unseen(look, reader.reach, unit)}),
    )


def _who_answered(of: Iterable[Missing | StillHere]) -> set[str]:
    return {one.case.answered_by for one in of if one.case.answered_by is not None}


def _gather_waiting(look: Look, reader: Reader, unit: Unit) -> Waiting:
    return Waiting(unit, reader.days[unit.id], tuple(list_waiting(look, reader, unit)))


def _groups(
    look: Look,
    reach: Reach,
    unit: Unit,
    today: date,
    board: Sequence[OnBoard],
    looked_for: Set[str],
    *,
    is_closed: bool,
) -> list[GroupOnBoard]:
    told_by = {told.told_by for on in board if (told := told_of(on)) is not None}
    names = names_of(look, guardians=told_by, staff=told_by)
    homes = list_going_home(look, {on.child_id for on in board}, today)
    marks = list_marks(look, reach, unit, board)
    rows: dict[str, list[Row]] = {}
    for on in board:
        found = Found(homes.get(on.child_id), marks.get(on.child_id), on.child_id in looked_for)
        row = read_row(look, unit, today, on, names, found, is_closed=is_closed)
        rows.setdefault(on.group_id, []).append(row)
    groups: list[Group] = list_groups(look, reach, unit.id)
    return [
        GroupOnBoard(group.id, group.name, tuple(sorted(rows[group.id], key=lambda row: row.standing)))
        for group in groups
        if group.id in rows
    ]
