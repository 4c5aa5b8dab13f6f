"""Absences: a child is away for days, told by somebody; one row, and every list is a question about it.

Undoing or correcting keeps the row and says when it ceased to hold.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Moment, Ref, after
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestStay
from hub.post.messages import Message
from hub.quick_select import QuickSelect
from hub.safety.access import DAY, placed
from hub.safety.audit import note


class Reason(StrEnum):
    SICK = "sick"
    OTHER = "other"
    LEAVE = "leave"
    UNTOLD = "untold"


class Absence(Base):
    """One child, one day, and who told it. `ceased_at` is set when it was taken back or replaced."""

    __tablename__ = "absences"
    __table_args__ = (sa.Index(None, "child_id", "day"), sa.Index(None, "message_id"))
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    day: Mapped[date] = mapped_column(sa.Date)
    reason: Mapped[str] = mapped_column(sa.String(10))
    told_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    told_kind: Mapped[str] = mapped_column(sa.String(10))
    trust: Mapped[int] = mapped_column(sa.SmallInteger)
    told_at: Mapped[Moment]
    message_id: Mapped[Ref | None] = mapped_column(sa.ForeignKey("messages.id"), default=None)
    disputed_at: Mapped[Moment | None] = mapped_column(default=None)
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)
    ceased_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)
    message: Mapped[Message | None] = after(Message)

    @property
    def is_of_staff(self) -> bool:
        """Staff said so of themselves: no guardian told it, and it is no leave that somebody decided."""
        return self.told_kind == "staff" and self.reason != Reason.LEAVE


def report(
    work: Work,
    child: Child,
    days: Sequence[date],
    reason: Reason,
    *,
    told_by: str,
    told_kind: str,
    trust: Trust,
    message_id: str | None = None,
) -> list[Absence]:
    """The child is away on these days. A day already told as away keeps its row, unless the reason is new.

    What another guardian has disputed stays so when the same guardian tells it again: only staff end that.
    Answers the rows that are new. Audited.
    """
    known = {absence.day: absence for absence in list_of_child(work, child.id, days)}
    disputed = list_disputed(work, child.id, days, told_by) if told_kind == "guardian" else set()
    fresh = []
    for day in sorted(set(days)):
        before = known.get(day)
        if before is not None and (before.reason == reason or reason is Reason.UNTOLD) and before.disputed_at is None:
            continue
        if before is not None:
            _cease(work, before, told_by)
        absence = Absence(
            id=work.new_id(),
            owner_id=child.owner_id,
            child_id=child.id,
            day=day,
            reason=reason,
            told_by=told_by,
            told_kind=told_kind,
            trust=trust,
            told_at=work.now,
            message_id=message_id,
            disputed_at=work.now if day in disputed else None,
        )
        work.session.add(absence)
        fresh.append(absence)
    if fresh:
        note(work, "absence.report", [child.id, *(absence.id for absence in fresh)])
    work.ring(LIVE, child.id)
    return fresh


def take_back(work: Work, absences: Iterable[Absence], by: str) -> list[Absence]:
    """They no longer hold. Answers those that held until now. Audited."""
    ended = [absence for absence in absences if absence.ceased_at is None]
    for absence in ended:
        _cease(work, absence, by)
    if ended:
        note(work, "absence.take_back", [absence.id for absence in ended])
    for child_id in {absence.child_id for absence in ended}:
        work.ring(LIVE, child_id)
    return ended


def dispute(work: Work, absences: Iterable[Absence]) -> None:
    """Another guardian says it is not so: staff must ask."""
    disputed = [absence for absence in absences if absence.ceased_at is None]
    for absence in disputed:
        absence.disputed_at = work.now
        work.ring(LIVE, absence.child_id)
    note(work, "absence.dispute", [absence.id for absence in disputed])


def _cease(work: Work, absence: Absence, by: str) -> None:
    absence.ceased_at, absence.ceased_by = work.now, by


_HOLDING = sa.select(Absence).where(Absence.ceased_at.is_(None)).order_by(Absence.day, Absence.id)
_OF_CHILD = QuickSelect(
    _HOLDING.where(
        Absence.child_id == sa.bindparam("child"), Absence.day.in_(sa.bindparam("days", type_=sa.Date, expanding=True))
    )
)
_SINCE = QuickSelect(
    _HOLDING.where(Absence.child_id == sa.bindparam("child"), Absence.day >= sa.bindparam("day", type_=sa.Date))
)


def _of_unit(place: type[Placement]) -> "QuickSelect[Absence]":
    return QuickSelect(
        sa.select(Absence)
        .join(place, place.child_id == Absence.child_id)
        .where(
            place.unit_id == sa.bindparam("unit"), placed(DAY, place), Absence.day == DAY, Absence.ceased_at.is_(None)
        )
        .order_by(Absence.id)
    )


_OF_UNIT, _OF_GUESTS = _of_unit(Placement), _of_unit(GuestStay)
_BY_IDS = QuickSelect(
    sa.select(Absence).where(Absence.id.in_(sa.bindparam("ids", expanding=True))).order_by(Absence.day)
)


_TOLD = QuickSelect(
    sa.select(Absence)
    .where(
        Absence.child_id == sa.bindparam("child"), Absence.day.in_(sa.bindparam("days", type_=sa.Date, expanding=True))
    )
    .order_by(Absence.id)
)


def list_disputed(look: Look, child_id: str, days: Iterable[date], told_by: str) -> set[date]:
    """Days that this guardian told of, and another has disputed, whether it was taken back since or not; without those on
    which staff have found out."""
    disputed: set[date] = set()
    for (absence,) in _TOLD.rows(look, child=child_id, days=list(days)):
        if absence.told_kind == "staff":
            disputed.discard(absence.day)
        elif absence.disputed_at is not None and absence.told_by == told_by:
            disputed.add(absence.day)
    return disputed


def has_staff_told(look: Look, child_id: str, day: date) -> bool:
    """Whether staff have told of the child's absence that day, whether it holds still or not."""
    return any(absence.told_kind == "staff" for (absence,) in _TOLD.rows(look, child=child_id, days=[day]))


def list_of_child(look: Look, child_id: str, days: Iterable[date]) -> list[Absence]:
    """The absences of a child that hold on any of the days, in their order."""
    return [absence for (absence,) in _OF_CHILD.rows(look, child=child_id, days=list(days))]


def list_since(look: Look, child_id: str, day: date) -> list[Absence]:
    """The absences of a child that hold on a day or later."""
    return [absence for (absence,) in _SINCE.rows(look, child=child_id, day=day)]


def list_of_unit(look: Look, unit_id: str, day: date) -> list[Absence]:
    """Everyone of a unit who is away on a day, and those of its guests."""
    rows = [*_OF_UNIT.rows(look, unit=unit_id, day=day), *_OF_GUESTS.rows(look, unit=unit_id, day=day)]
    return [absence for (absence,) in rows]


def get_absences(look: Look, ids: Iterable[str]) -> list[Absence]:
    """Those of the ids that there are, by day."""
    asked = list(ids)
    return [absence for (absence,) in _BY_IDS.rows(look, ids=asked)] if asked else []
