"""Who is counted for a meal and who rides where: a child's place on such a list, from day to day, on some weekdays.

The lists of a day are questions about these rows and the absences: nobody has to be taken off by hand.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.access import DAY
from hub.safety.audit import note

EVERY_WEEKDAY = 0b0011111
NAME_LENGTH = 60


class ServiceKind(StrEnum):
    MEALS = "meals"
    TRANSPORT = "transport"


class Enrolment(Base):
    """A child on one list of a unit, from a day to a day, both included. `weekdays` has bit 0 for Monday, bit 6 for Sunday."""

    __tablename__ = "enrolments"
    __table_args__ = (sa.Index(None, "unit_id", "kind"), sa.Index(None, "child_id"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    kind: Mapped[str] = mapped_column(sa.String(12))
    name: Mapped[str] = mapped_column(sa.String(NAME_LENGTH))
    from_day: Mapped[date] = mapped_column(sa.Date)
    made_at: Mapped[Moment]
    made_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    to_day: Mapped[date | None] = mapped_column(sa.Date, default=None)
    weekdays: Mapped[int] = mapped_column(sa.SmallInteger, default=EVERY_WEEKDAY)

    def is_on(self, day: date) -> bool:
        """Whether the child is counted on this day of the week."""
        return bool(self.weekdays >> day.weekday() & 1)


_HOLDS = sa.and_(Enrolment.from_day <= DAY, sa.or_(Enrolment.to_day.is_(None), Enrolment.to_day >= DAY))
_OF_CHILDREN = QuickSelect(
    sa.select(Enrolment)
    .where(Enrolment.child_id.in_(sa.bindparam("children", expanding=True)), _HOLDS)
    .order_by(Enrolment.id)
)
_OF_UNIT = (
    sa.select(Enrolment)
    .where(Enrolment.unit_id == sa.bindparam("unit"), _HOLDS)
    .order_by(Enrolment.kind, Enrolment.name, Enrolment.id)
)


def list_services_of(look: Look, child_ids: Iterable[str], day: date) -> list[Enrolment]:
    """The lists that these children are on that day."""
    return [row for (row,) in _OF_CHILDREN.rows(look, children=list(child_ids), day=day) if row.is_on(day)]


def list_services_at(look: Look, unit_id: str, day: date) -> list[Enrolment]:
    """Everyone on a list of a unit that day, whether away or not. It asks no rights of the reader: its callers have."""
    return [row for row in look.session.scalars(_OF_UNIT, {"unit": unit_id, "day": day}) if row.is_on(day)]


def enrol(
    work: Work,
    unit: Unit,
    child: Child,
    kind: ServiceKind,
    name: str,
    from_day: date,
    *,
    by: str,
    weekdays: Sequence[int] = range(5),
) -> Enrolment:
    """Put a child on a list; `weekdays` are 0 for Monday to 6 for Sunday. One that is on it already stays once. Audited."""
    before = [
        row
        for row in list_services_at(work, unit.id, from_day)
        if (row.child_id, row.kind, row.name) == (child.id, kind, name)
    ]
    if before:
        return before[0]
    row = Enrolment(
        id=work.new_id(),
        owner_id=unit.owner_id,
        unit_id=unit.id,
        child_id=child.id,
        kind=kind,
        name=name[:NAME_LENGTH],
        from_day=from_day,
        made_at=work.now,
        made_by=by,
        weekdays=sum(1 << day for day in set(weekdays)),
    )
    work.session.add(row)
    work.session.flush()
    note(work, "service.enrol", [child.id, row.id])
    return row


def leave_service(work: Work, row: Enrolment, first_without: date) -> None:
    """From this day on the child is not on the list. Audited."""
    row.to_day = first_without - timedelta(days=1)
    note(work, "service.leave", [row.child_id, row.id])
