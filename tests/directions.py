"""Stage directions of transcripts: what staff, or the settings, do between the lines. "* ill Ella" does what "ill" says."""

from collections.abc import Mapping
from datetime import time
from typing import Protocol

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Child, Placement
from hub.people.places import Unit
from hub.school.absences import Reason, report
from hub.school.attendance import mark_here
from hub.school.ladders import LadderTimes, set_times


class Direction(Protocol):
    """`how` are the words after the direction's name."""

    def __call__(self, work: Work, *, how: str) -> object: ...


def ill(work: Work, *, how: str) -> None:
    """Staff write that a child is ill today."""
    child = work.session.scalars(sa.select(Child).where(Child.first_name == how)).one()
    unit = work.session.scalars(sa.select(Unit)).first()
    assert unit is not None
    report(work, child, [unit.today(work.now)], Reason.SICK, told_by="staff", told_kind="staff", trust=Trust.STRONG)


def ladder(work: Work, *, how: str) -> None:
    """Every unit asks from this time on about children who have not arrived."""
    for unit in work.session.scalars(sa.select(Unit)):
        set_times(work, unit, LadderTimes(is_on=True, asks_at=time.fromisoformat(how)), "staff")


def here(work: Work, *, how: str) -> None:
    """Staff see a child here."""
    child = work.session.scalars(sa.select(Child).where(Child.first_name == how)).one()
    unit = work.session.scalars(
        sa.select(Unit).join(Placement, Placement.unit_id == Unit.id).where(Placement.child_id == child.id)
    ).one()
    mark_here(work, unit, [child], "staff")


DIRECTIONS: Mapping[str, Direction] = {"here": here, "ill": ill, "ladder": ladder}
