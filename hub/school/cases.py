"""What the ladders of a day have in common: a case for a child, a unit and a day, and each step taken about it once."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, MappedAsDataclass, mapped_column

from hub.database import ID_LENGTH, Id, Moment, Ref
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.ladders import Step


class Case(MappedAsDataclass, kw_only=True):
    """The columns that such tables share. `why` says what brought it to staff; `answered_by` is a guardian."""

    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    began_at: Mapped[Moment]
    why: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    answer: Mapped[str | None] = mapped_column(sa.String(20), default=None)
    answered_at: Mapped[Moment | None] = mapped_column(default=None)
    answered_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    closed_at: Mapped[Moment | None] = mapped_column(default=None)
    closed_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


class CaseStep(MappedAsDataclass, kw_only=True):
    """One step about one case: the key lets it be taken once, whoever is woken twice."""

    case_id: Mapped[Ref]
    step: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    at: Mapped[Moment]


C = TypeVar("C", bound=Case)


@cache
def _of_day(table: type[C], *, of_children: bool) -> QuickSelect[C]:
    asked = sa.select(table).where(
        table.unit_id == sa.bindparam("unit"), table.day == sa.bindparam("day", type_=sa.Date)
    )
    if of_children:
        asked = asked.where(table.child_id.in_(sa.bindparam("children", expanding=True)))
    return QuickSelect(asked.order_by(table.id))


def list_of_day(look: Look, table: type[C], unit: Unit, day: date, child_ids: Collection[str] | None = None) -> list[C]:
    """The cases of a unit's day; of all its children, or of these."""
    of_children = {} if child_ids is None else {"children": list(child_ids)}
    found = _of_day(table, of_children=bool(of_children)).rows(look, unit=unit.id, day=day, **of_children)
    return [case for (case,) in found]


def list_steps(look: Look, table: type[CaseStep], case_ids: Sequence[str]) -> dict[str, dict[str, datetime]]:
    """When each step was taken, by case."""
    taken: dict[str, dict[str, datetime]] = {}
    for row in look.session.scalars(sa.select(table).where(table.case_id.in_(case_ids))):
        taken.setdefault(row.case_id, {})[row.step] = row.at
    return taken


def take_steps(work: Work, table: type[CaseStep], case: Case, steps: Sequence[Step], what: str) -> None:
    """These steps are taken. A second time breaks the key, and nothing of that work happened. Audited as `what`."""
    work.session.add_all(table(case_id=case.id, step=step, owner_id=case.owner_id, at=work.now) for step in steps)
    note_case(work, case, what, " ".join(steps))


def note_case(work: Work, case: Case, what: str, why: str | None = None) -> None:
    """Something about it has changed. Audited as `what`."""
    note(work, what, [case.child_id, case.id], why)
    work.ring(LIVE, case.child_id)
