"""From which day a unit uses a function: applications from October, decisions from January. A row for one unit, or for all of
an owner's that have none of their own; a function without a row is in use.

Until then families are told when it begins, and staff take care of what they write. When care times begin stands in their
own rules.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.safety.audit import note


class NotBegunError(Refusal):
    """The unit does not use this yet."""

    words = "refusals.not_begun"


class Function(StrEnum):
    """What can begin later than the rest: applications for leave, their decisions by text, consents by text."""

    LEAVE = "leave"
    DECISIONS = "decisions"
    CONSENTS = "consents"


class FunctionStart(Base):
    """`from_day` is the first day of use, None: in use already. `unit_id` is None for all units of the owner."""

    __tablename__ = "function_starts"
    __table_args__ = (sa.Index(None, "owner_id", "unit_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    function: Mapped[str] = mapped_column(sa.String(20))
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    from_day: Mapped[date | None] = mapped_column(sa.Date, default=None)
    unit_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("units.id"), default=None)
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)


_HOLDING = sa.select(FunctionStart).where(
    FunctionStart.ceased_at.is_(None), FunctionStart.owner_id == sa.bindparam("owner")
)


def list_starts(look: Look, unit: Unit) -> Mapping[Function, date]:
    """The first day of each function that has one at a unit, also where it is past."""
    rows = look.session.scalars(
        _HOLDING.where(sa.or_(FunctionStart.unit_id == unit.id, FunctionStart.unit_id.is_(None))),
        {"owner": unit.owner_id},
    ).all()
    held = {row.function: row for row in sorted(rows, key=lambda row: row.unit_id is not None)}
    return {Function(name): row.from_day for name, row in held.items() if row.from_day is not None}


def find_begins(look: Look, unit: Unit, function: Function) -> date | None:
    """The day on which a function begins at a unit, None when it is in use today."""
    day = list_starts(look, unit).get(function)
    return day if day is not None and unit.today(look.now) < day else None


def set_start(
    work: Work, unit: Unit, function: Function, from_day: date | None, by: str, *, for_all: bool = False
) -> FunctionStart:
    """From now on, for the unit or for all of its owner's without a day of their own. Audited."""
    work.take_turns([unit.owner_id])
    same = FunctionStart.unit_id.is_(None) if for_all else FunctionStart.unit_id == unit.id
    of_function = _HOLDING.where(same, FunctionStart.function == function)
    for before in work.session.scalars(of_function, {"owner": unit.owner_id}):
        before.ceased_at = work.now
    row = FunctionStart(
        id=work.new_id(),
        owner_id=unit.owner_id,
        function=function,
        set_by=by,
        set_at=work.now,
        from_day=from_day,
        unit_id=None if for_all else unit.id,
    )
    work.session.add(row)
    note(work, "function_start.set", [unit.owner_id if for_all else unit.id, row.id])
    work.ring(LIVE, unit.id)
    return row
