"""When a unit asks about children who are still here after their time: a row for each unit that has set it, off until somebody
switches it on. The steps are minutes after a child's own time to go home.
"""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import Base
from hub.desk import Look, Refusal, Work
from hub.ladder import Ladder, Rung
from hub.people.places import Unit
from hub.safety.audit import note
from hub.school.care_rules import takes_bookings
from hub.school.ladders import LONGEST, SHORTEST, SetByUnit, Step, climb_on


class FetchTimesError(Refusal):
    """The steps do not follow each other."""

    words = "refusals.fetch_times"


class NobodyMarkedGoneError(Refusal):
    """Where nobody marks who leaves, nobody can be asked about."""

    words = "refusals.nobody_marked_gone"


class UnitFetchLadder(SetByUnit, Base):
    """What a unit has set."""

    __tablename__ = "fetch_ladders"
    __table_args__ = (sa.UniqueConstraint("unit_id"),)
    first_after: Mapped[int] = mapped_column(sa.SmallInteger)


@dataclass(frozen=True, slots=True)
class FetchTimes:
    """All but the first are minutes after a child's time to go home. Staff see the child from that time on."""

    is_on: bool
    first_after: int = 15
    second_after: int = 30
    list_after: int = 45
    leader_after: int = 60

    @property
    def ladder(self) -> Ladder:
        return Ladder(
            (
                Rung(Step.SHOWN, timedelta()),
                Rung(Step.FIRST, timedelta(minutes=self.first_after)),
                *climb_on(self.second_after, self.list_after, self.leader_after),
            )
        )


def get_fetch_times(look: Look, unit: Unit) -> FetchTimes:
    """What the unit has set; else what is usual, switched off."""
    row = look.session.scalars(sa.select(UnitFetchLadder).where(UnitFetchLadder.unit_id == unit.id)).first()
    if row is None:
        return FetchTimes(is_on=False)
    return FetchTimes(row.is_on, row.first_after, row.second_after, row.list_after, row.leader_after)


def list_units_that_see_home(look: Look) -> list[Unit]:
    """The units that have switched it on, of every owner."""
    found = sa.select(Unit).join(UnitFetchLadder, UnitFetchLadder.unit_id == Unit.id).where(UnitFetchLadder.is_on)
    return list(look.session.scalars(found.order_by(Unit.id)))


def set_fetch_times(work: Work, unit: Unit, times: FetchTimes, by: str) -> UnitFetchLadder:
    """From now on. Raises: FetchTimesError, NobodyMarkedGoneError. Audited."""
    if not takes_bookings(unit):
        raise NobodyMarkedGoneError
    steps = (times.first_after, times.second_after, times.list_after, times.leader_after)
    if not steps[0] >= SHORTEST or steps[-1] > LONGEST or list(steps) != sorted(set(steps)):
        raise FetchTimesError(shortest=SHORTEST, longest=LONGEST)
    row = work.session.scalars(
        sa.select(UnitFetchLadder).where(UnitFetchLadder.unit_id == unit.id).with_for_update()
    ).first() or _new(work, unit)
    row.is_on, row.changed_by, row.changed_at = times.is_on, by, work.now
    row.first_after, row.second_after, row.list_after, row.leader_after = steps
    note(work, "fetch_ladder.set", [unit.id, row.id], "on" if times.is_on else "off")
    return row


def _new(work: Work, unit: Unit) -> UnitFetchLadder:
    steps = dict.fromkeys(("first_after", "second_after", "list_after", "leader_after"), 0)
    row = UnitFetchLadder(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        is_on=False,
        changed_by="",
        changed_at=work.now,
        **steps,
    )
    work.session.add(row)
    return row
