"""Stage directions of transcripts: what staff, or the settings, do between the lines. "* ill Ella" does what "ill" says."""

from collections.abc import Mapping
from typing import Protocol

import sqlalchemy as sa

from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.absences import Reason, report
from tests.care_directions import agreed_hours, base_week, care_times, holiday


class Direction(Protocol):
    """`how` are the words after the direction's name."""

    def __call__(self, work: Work, *, how: str) -> object: ...


def ill(work: Work, *, how: str) -> None:
    """Staff write that a child is ill today."""
    child = work.session.scalars(sa.select(Child).where(Child.first_name == how)).one()
    unit = work.session.scalars(sa.select(Unit)).first()
    assert unit is not None
    report(work, child, [unit.today(work.now)], Reason.SICK, told_by="staff", told_kind="staff", trust=Trust.STRONG)


DIRECTIONS: Mapping[str, Direction] = {
    "ill": ill,
    "care_times": care_times,
    "agreed_hours": agreed_hours,
    "base_week": base_week,
    "holiday": holiday,
}
