"""When a unit asks about children who have not arrived: a row for each unit that has set it, off until somebody switches it on.

Times are wall-clock times at the unit; the steps are minutes after the first text.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.ladder import Ladder, Rung
from hub.people.places import Unit, UnitKind
from hub.safety.audit import note

SHORTEST, LONGEST = 5, 240
AFTER_A_SCHOOL_OPENS = timedelta(minutes=45)
USUAL_ELSEWHERE = time(10, 0)


class Step(StrEnum):
    """What is done about a child who has not arrived, or has not been fetched, in its order. SHOWN: to staff, and no more."""

    SHOWN = "shown"
    FIRST = "first"
    SECOND = "second"
    LIST = "list"
    LEADER = "leader"


TEXTS = frozenset({Step.FIRST, Step.SECOND})
"""The steps that families hear of."""


class LadderTimesError(Refusal):
    """The times do not follow each other."""

    words = "refusals.ladder_times"


class SetByUnit(MappedAsDataclass, kw_only=True):
    """The columns that what a unit has set for a ladder has, whichever it is. The steps are minutes."""

    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    is_on: Mapped[bool]
    second_after: Mapped[int] = mapped_column(sa.SmallInteger)
    list_after: Mapped[int] = mapped_column(sa.SmallInteger)
    leader_after: Mapped[int] = mapped_column(sa.SmallInteger)
    changed_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    changed_at: Mapped[Moment]


class UnitLadder(SetByUnit, Base):
    """What a unit has set."""

    __tablename__ = "ladders"
    __table_args__ = (sa.UniqueConstraint("unit_id"),)
    asks_at: Mapped[time] = mapped_column(sa.Time)


def climb_on(second_after: int, list_after: int, leader_after: int) -> tuple[Rung, Rung, Rung]:
    """What follows the first text, so many minutes after the ladder began; the second keeps its distance from the first."""
    return (
        Rung(Step.SECOND, timedelta(minutes=second_after), follows=True),
        Rung(Step.LIST, timedelta(minutes=list_after)),
        Rung(Step.LEADER, timedelta(minutes=leader_after)),
    )


@dataclass(frozen=True, slots=True)
class LadderTimes:
    """`asks_at` is on the unit's clock; the others are minutes after it."""

    is_on: bool
    asks_at: time
    second_after: int = 15
    list_after: int = 30
    leader_after: int = 45

    @property
    def ladder(self) -> Ladder:
        """The second text keeps its distance from the first, even when that was late."""
        return Ladder(
            (
                Rung(Step.FIRST, timedelta()),
                *climb_on(self.second_after, self.list_after, self.leader_after),
            )
        )

    def at(self, step: Step) -> time:
        """When a step is taken on a usual day."""
        minutes = {Step.SECOND: self.second_after, Step.LIST: self.list_after, Step.LEADER: self.leader_after}
        usual = datetime(2000, 1, 1, self.asks_at.hour, self.asks_at.minute) + timedelta(  # noqa: DTZ001  # wall clock
            minutes=minutes.get(step, 0)
        )
        return usual.time()


def get_times(look: Look, unit: Unit) -> LadderTimes:
    """What the unit has set; else, switched off, what suits its kind."""
    row = look.session.scalars(sa.select(UnitLadder).where(UnitLadder.unit_id == unit.id)).first()
    if row is None:
        return LadderTimes(is_on=False, asks_at=_usual(unit))
    return LadderTimes(row.is_on, row.asks_at, row.second_after, row.list_after, row.leader_after)


def _usual(unit: Unit) -> time:
    if unit.kind != UnitKind.SCHOOL:
        return USUAL_ELSEWHERE
    opens = datetime(2000, 1, 1, unit.opens.hour, unit.opens.minute)  # noqa: DTZ001  # wall clock
    return (opens + AFTER_A_SCHOOL_OPENS).time()


def list_units_that_ask(look: Look) -> list[Unit]:
    """The units that have switched it on, of every owner."""
    return list(
        look.session.scalars(
            sa.select(Unit).join(UnitLadder, UnitLadder.unit_id == Unit.id).where(UnitLadder.is_on).order_by(Unit.id)
        )
    )


def set_times(work: Work, unit: Unit, times: LadderTimes, by: str) -> UnitLadder:
    """From now on. Raises: LadderTimesError. Audited."""
    in_order = SHORTEST <= times.second_after < times.list_after < times.leader_after <= LONGEST
    if not in_order or not unit.opens <= times.asks_at < unit.closes:
        raise LadderTimesError(shortest=SHORTEST, longest=LONGEST, opens=unit.opens, closes=unit.closes)
    row = work.session.scalars(
        sa.select(UnitLadder).where(UnitLadder.unit_id == unit.id).with_for_update()
    ).first() or _new(work, unit)
    row.is_on, row.asks_at = times.is_on, times.asks_at
    row.second_after, row.list_after, row.leader_after = times.second_after, times.list_after, times.leader_after
    row.changed_by, row.changed_at = by, work.now
    note(work, "ladder.set", [unit.id, row.id], "on" if times.is_on else "off")
    return row


def _new(work: Work, unit: Unit) -> UnitLadder:
    row = UnitLadder(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        is_on=False,
        asks_at=unit.opens,
        second_after=0,
        list_after=0,
        leader_after=0,
        changed_by="",
        changed_at=work.now,
    )
    work.session.add(row)
    return row
