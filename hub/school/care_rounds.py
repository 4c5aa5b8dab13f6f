"""The rounds in which families are asked for a week's care times, and reminded before it locks: which are due, and done."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.calendars import may_wait
from hub.database import Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.places import Unit
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.school.care_rules import WEEK, Rules, first_open_week, list_asking


class RoundKind(StrEnum):
    ASK = "ask"
    REMIND = "remind"


class CareRound(Base):
    """One unit's families were asked, or reminded, for the week that begins on `monday`."""

    __tablename__ = "care_rounds"
    __table_args__ = (sa.UniqueConstraint("unit_id", "monday", "kind"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    unit_id: Mapped[Ref] = mapped_column(sa.ForeignKey("units.id"))
    monday: Mapped[date] = mapped_column(sa.Date)
    kind: Mapped[str] = mapped_column(sa.String(10))
    done_at: Mapped[Moment]


@dataclass(frozen=True, slots=True)
class DueRound:
    """A round that has not been done, and whose week has not locked."""

    unit: Unit
    rules: Rules
    monday: date
    kind: RoundKind

    @property
    def id(self) -> str:
        return f"{self.unit.id} {self.monday.isoformat()} {self.kind}"


_DONE = QuickSelect(
    sa.select(CareRound.unit_id, CareRound.monday, CareRound.kind).where(
        CareRound.unit_id.in_(sa.bindparam("units", expanding=True)),
        CareRound.monday >= sa.bindparam("first", type_=sa.Date),
    )
)


def list_due_rounds(look: Look, ids: Collection[str] | None = None) -> list[DueRound]:
    """Every round whose time has come, by day, and on no feast that it may wait over; only of these ids where some are
    named. A reminder does not wait for the question: it is one to those it never reached."""
    awake = [(unit, rules) for unit, rules in list_asking(look) if unit.is_awake(look.now)]
    begun = [due for unit, rules in awake for due in _list_begun(look, unit, rules) if ids is None or due.id in ids]
    if not begun:
        return []
    units, first = list({due.unit.id for due in begun}), min(due.monday for due in begun)
    done = set(_DONE.rows(look, units=units, first=first))
    waiting = [due for due in begun if (due.unit.id, due.monday, due.kind) not in done]
    return [due for due in waiting if not may_wait(look, due.unit, due.rules.lock.moment(due.unit, due.monday))]


def _list_begun(look: Look, unit: Unit, rules: Rules) -> list[DueRound]:
    found: list[DueRound] = []
    monday = first_open_week(rules, unit, look.now)
    while rules.asked_at(unit, monday) <= look.now:
        reminds = rules.reminded_at(unit, monday) <= look.now
        found.append(DueRound(unit, rules, monday, RoundKind.REMIND if reminds else RoundKind.ASK))
        monday += WEEK
    return [due for due in found if rules.has_begun(due.monday)]


def finish_round(work: Work, due: DueRound) -> None:
    """It is done, and is not done again. Audited."""
    row = CareRound(
        id=work.new_id(),
        owner_id=due.unit.owner_id,
        unit_id=due.unit.id,
        monday=due.monday,
        kind=due.kind,
        done_at=work.now,
    )
    work.session.add(row)
    note(work, f"care_round.{due.kind}", [due.unit.id, row.id])
