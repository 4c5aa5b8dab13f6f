"""What *Morning* shows: each child of my groups, what waits for a person, and the sentence that sums it up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import IntEnum

from hub.desk import Look
from hub.people.families import Child
from hub.people.naming import names_of
from hub.people.places import Group, Unit, UnitKind
from hub.post.inboxes import count_waiting_at
from hub.post.reading import Reader, get_reader
from hub.safety.access import NotThereError, Reach, get_unit, list_groups
from hub.school.absences import Absence
from hub.school.attendance import OnBoard, Presence, list_board
from hub.school.calendars import list_closed
from hub.school.call_list import Missing, list_missing
from hub.school.going_home import GoingHome, list_going_home
from hub.school.late_arrivals import LateArrival
from hub.school.thresholds import Proposal, list_proposals_for
from hub.talk.waiting import UnknownText, WaitingThread, list_unknown, list_waiting

GRACE = timedelta(minutes=15)


class Standing(IntEnum):
    """How a child stands, the one that worries most first."""

    CONTRADICTED = 0
    DISPUTED = 1
    OVERDUE = 2
    MISSING = 3
    UNHEARD = 4
    LATE = 5
    AWAY = 6
    HERE = 7
    LEFT = 8

    @property
    def worries(self) -> bool:
        """Nobody has told where the child is, or not so that we may rest."""
        return self <= Standing.UNHEARD

    @property
    def is_told(self) -> bool:
        """Something was told of a child that worries, and it does not hold."""
        return self <= Standing.OVERDUE


PILL = {
    Standing.CONTRADICTED: "missing",
    Standing.DISPUTED: "missing",
    Standing.OVERDUE: "missing",
    Standing.MISSING: "missing",
    Standing.UNHEARD: "unheard",
    Standing.LATE: "late",
    Standing.AWAY: "away",
    Standing.HERE: "here",
    Standing.LEFT: "away",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One child. Times are wall-clock times at the unit; `told_by` is the name of whoever told of the absence.

    Whoever `is_looked_for` is marked by a tap of their own, never with the rest of a group.
    """

    child_id: str
    group_id: str
    name: str
    standing: Standing
    came_at: time | None = None
    comes_at: time | None = None
    reason: str | None = None
    told_by: str = ""
    told_at: datetime | None = None
    is_looked_for: bool = False
    is_late_disputed: bool = False
    home: GoingHome | None = None
    left_at: time | None = None
    by_text: bool = False

    @property
    def is_marked(self) -> bool:
        """Staff marked the child here; a tap takes it back."""
        return self.standing in (Standing.CONTRADICTED, Standing.HERE)

    @property
    def may_be_marked(self) -> bool:
        """A tap says that the child is here; so it does once more where a guardian told otherwise."""
        return self.standing is not Standing.HERE

    @property
    def rings(self) -> bool:
        """Whom the child goes home with must be looked at now."""
        return self.home is not None and self.home.rings and self.standing not in (Standing.AWAY, Standing.LEFT)


@dataclass(frozen=True, slots=True)
class GroupOnBoard:
    """A group and its children. `rest` are those whom one tap for the whole group marks here."""

    id: str
    name: str
    rows: tuple[Row, ...]

    def count(self, *standings: Standing) -> int:
        return sum(row.standing in standings for row in self.rows)

    @property
    def worrying(self) -> int:
        return sum(row.standing.worries for row in self.rows)

    @property
    def rest(self) -> tuple[Row, ...]:
        unheard = (Standing.MISSING, Standing.UNHEARD)
        return tuple(row for row in self.rows if row.standing in unheard and not row.is_looked_for)


@dataclass(frozen=True, slots=True)
class Board:
    """The children of one unit today. `is_closed` on days when nobody is expected; `families` how many wait for a person.

    `missing` are the children who are looked for, `guardians` the names of those who answered; `is_led` by the viewer.
    """

    unit: Unit
    units: tuple[Unit, ...]
    today: date
    is_closed: bool
    groups: tuple[GroupOnBoard, ...]
    families: int
    closed_name: str = ""
    missing: tuple[Missing, ...] = ()
    guardians: Mapping[str, str] = field(default_factory=dict)
    is_led: bool = False

    def count(self, *standings: Standing) -> int:
        return sum(group.count(*standings) for group in self.groups)

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

    @property
    def child_ids(self) -> list[str]:
        return sorted({row.child_id for group in self.groups for row in group.rows})

    def get_group(self, group_id: str) -> GroupOnBoard:
        """Raises: NotThereError."""
        found = next((group for group in self.groups if group.id == group_id), None)
        if found is None:
            raise NotThereError
        return found


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
    talks: tuple[tuple[Child, Proposal], ...]


def gather_morning(look: Look, unit_id: str | None) -> Morning:
    """The morning of a unit, the first of mine where none is named. Raises: NotThereError."""
    reader = get_reader(look)
    unit = _get_unit(look, reader, unit_id)
    waiting = _gather_waiting(look, reader, unit)
    board = _gather_board(look, reader, unit, len(waiting.threads))
    talks = list_proposals_for(look, reader.reach, unit, board.today)
    return Morning(board, waiting, tuple(list_unknown(look, reader, unit)), tuple(talks))


def gather_board(look: Look, unit_id: str) -> Board:
    """The board alone. Raises: NotThereError."""
    reader = get_reader(look)
    unit = _get_unit(look, reader, unit_id)
    return _gather_board(look, reader, unit, count_waiting_at(look, reader, unit.id))


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
    answered_by = {one.case.answered_by for one in missing if one.case.answered_by is not None}
    return Board(
        unit=unit,
        units=tuple(reader.units.values()),
        today=today,
        is_closed=closed is not None,
        groups=tuple(_groups(look, reader.reach, unit, today, on_board, missing, is_closed=closed is not None)),
        families=families,
        closed_name=(closed.name or "") if closed is not None else "",
        missing=tuple(missing),
        guardians=names_of(look, guardians=answered_by, staff=()),
        is_led=unit.id in reader.reach.leads,
    )


def _gather_waiting(look: Look, reader: Reader, unit: Unit) -> Waiting:
    return Waiting(unit, reader.days[unit.id], tuple(list_waiting(look, reader, unit)))


def _groups(
    look: Look,
    reach: Reach,
    unit: Unit,
    today: date,
    board: Sequence[OnBoard],
    missing: Sequence[Missing],
    *,
    is_closed: bool,
) -> list[GroupOnBoard]:
    looked_for = {one.case.child_id for one in missing}
    told_by = {told.told_by for on in board if (told := _told(on)) is not None}
    names = names_of(look, guardians=told_by, staff=told_by)
    homes = list_going_home(look, {on.child.id for on in board}, today)
    rows: dict[str, list[Row]] = {}
    for on in board:
        row = _row(look, unit, today, on, names, homes.get(on.child.id), is_closed=is_closed)
        rows.setdefault(on.group_id, []).append(replace(row, is_looked_for=row.child_id in looked_for))
    groups: list[Group] = list_groups(look, reach, unit.id)
    return [
        GroupOnBoard(group.id, group.name, tuple(sorted(rows[group.id], key=lambda row: row.standing)))
        for group in groups
        if group.id in rows
    ]


def _row(
    look: Look,
    unit: Unit,
    today: date,
    on: OnBoard,
    names: dict[str, str],
    home: GoingHome | None,
    *,
    is_closed: bool,
) -> Row:
    told = _told(on)
    return Row(
        child_id=on.child.id,
        group_id=on.group_id,
        name=f"{on.child.called} {on.child.last_name}",
        standing=_standing(look, unit, today, on, is_closed=is_closed),
        came_at=None if on.came_at is None else unit.local(on.came_at).time(),
        comes_at=on.comes_at,
        reason=None if on.absence is None else on.absence.reason,
        told_by="" if told is None else names.get(told.told_by, ""),
        told_at=None if told is None else unit.local(told.told_at),
        is_late_disputed=on.is_late_disputed,
        home=home,
        left_at=None if on.left_at is None else unit.local(on.left_at).time(),
        by_text=on.by_text,
    )


def _told(on: OnBoard) -> Absence | LateArrival | None:
    """What the sentence beside a child is about: its absence, or a late arrival that another guardian disputes."""
    return on.late if on.is_late_disputed else on.absence


def _standing(look: Look, unit: Unit, today: date, on: OnBoard, *, is_closed: bool) -> Standing:
    if on.presence is Presence.HERE:
        return Standing.CONTRADICTED if on.is_contradicted else Standing.HERE
    if on.presence is Presence.LEFT:
        return Standing.LEFT
    if on.is_disputed:
        return Standing.DISPUTED
    if on.presence is Presence.AWAY:
        return Standing.AWAY
    if on.presence is Presence.LATE:
        overdue = on.comes_at is not None and unit.moment(today, on.comes_at) + GRACE < look.now
        return Standing.OVERDUE if overdue else Standing.LATE
    begun = unit.kind == UnitKind.SCHOOL and unit.moment(today, unit.opens) + GRACE < look.now
    return Standing.MISSING if begun and not is_closed else Standing.UNHEARD
