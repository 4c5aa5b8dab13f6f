"""A child on *Morning*: how it stands, and what its row shows."""

from datetime import date, datetime, time, timedelta
from enum import IntEnum
from typing import NamedTuple

from hub.desk import Look
from hub.people.places import Unit, UnitKind
from hub.school.absences import Absence
from hub.school.care_at_door import Mark
from hub.school.day_board import OnBoard, Presence
from hub.school.going_home import GoingHome
from hub.school.late_arrivals import LateArrival

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
    ELSEWHERE = 7
    HERE = 8
    LEFT = 9

    @property
    def worries(self) -> bool:
        """Nobody has told where the child is, or not so that we may rest."""
        return self <= Standing.UNHEARD

    @property
    def is_told(self) -> bool:
        """Something was told of a child that worries, and it does not hold."""
        return self <= Standing.OVERDUE


PILL = ("missing", "missing", "missing", "missing", "unheard", "late", "away", "away", "here", "away")
"""Of each standing, in their order."""


GONE = (Standing.AWAY, Standing.ELSEWHERE, Standing.LEFT)
"""Nobody here sees the child home."""


class Row(NamedTuple):
    """One child; a tuple, for hundreds are made at once. Times are wall-clock times at the unit; `told_by` is the name of
    whoever told of the absence.

    Whoever `is_looked_for` is marked by a tap of their own, never with the rest of a group.
    """

    child_id: str
    group_id: str
    name: str
    standing: Standing
    on: OnBoard
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
    care: Mark | None = None
    has_stayed: bool = False
    """It came on a day before, and was here over midnight."""

    @property
    def is_marked(self) -> bool:
        """Staff marked the child here today; a tap takes it back."""
        return self.standing in (Standing.CONTRADICTED, Standing.HERE) and not self.has_stayed

    @property
    def may_be_marked(self) -> bool:
        """A tap says that the child is here; so it does once more where a guardian told otherwise."""
        return self.standing is not Standing.HERE

    @property
    def rings(self) -> bool:
        """Whom the child goes home with must be looked at now."""
        return self.home is not None and self.home.rings and self.standing not in GONE


class Found(NamedTuple):
    """What else is known of a child: how it goes home, that its family told something lastingly, whether it is looked for."""

    home: GoingHome | None
    care: Mark | None
    is_looked_for: bool


def read_row(
    look: Look,
    unit: Unit,
    today: date,
    on: OnBoard,
    names: dict[str, str],
    found: Found,
    *,
    is_closed: bool,
) -> Row:
    """The row of a child on the board of a unit today. `names` are those of whoever told of it."""
    told = told_of(on)
    return Row(
        child_id=on.child_id,
        group_id=on.group_id,
        name=f"{on.child.called} {on.child.last_name}",
        standing=_standing(look, unit, today, on, is_closed=is_closed),
        on=on,
        came_at=None if on.came_at is None else unit.local(on.came_at).time(),
        comes_at=on.comes_at,
        reason=None if on.absence is None else on.absence.reason,
        told_by="" if told is None else names.get(told.told_by, ""),
        told_at=None if told is None else unit.local(told.told_at),
        is_late_disputed=on.is_late_disputed,
        is_looked_for=found.is_looked_for,
        home=found.home,
        care=found.care,
        left_at=None if on.left_at is None else unit.local(on.left_at).time(),
        by_text=on.by_text,
        has_stayed=on.came_on is not None and on.came_on < today,
    )


def told_of(on: OnBoard) -> Absence | LateArrival | None:
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
    if on.presence is Presence.ELSEWHERE:
        return Standing.ELSEWHERE
    if on.presence is Presence.LATE:
        overdue = on.comes_at is not None and unit.moment(today, on.comes_at) + GRACE < look.now
        return Standing.OVERDUE if overdue else Standing.LATE
    begun = unit.kind == UnitKind.SCHOOL and unit.moment(today, unit.opens) + GRACE < look.now
    return Standing.MISSING if begun and not is_closed else Standing.UNHEARD
