"""What holds in the book of the day, one plain line a fact: what transcripts show below a conversation."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child
from hub.school.absences import Absence, Reason
from hub.school.attendance import LateArrival
from hub.school.care_facts import list_care_facts


def list_facts(look: Look) -> list[str]:
    """ "absence: Ella, 2025-03-03 to 2025-03-05, sick" and "late: Ella, 2025-03-03, 10:00", by child and day."""
    return [*_absences(look), *_late(look), *list_care_facts(look)]


def _absences(look: Look) -> list[str]:
    rows = look.session.execute(
        sa.select(Child, Absence)
        .join(Absence, Absence.child_id == Child.id)
        .where(Absence.ceased_at.is_(None))
        .order_by(Child.first_name, Child.id, Absence.day)
    ).all()
    facts: list[str] = []
    run: list[Absence] = []
    for at, (child, absence) in enumerate(rows):
        run.append(absence)
        following = rows[at + 1] if at + 1 < len(rows) else None
        if following is None or following[0] is not child or not _goes_on(absence, following[1]):
            facts.append(f"absence: {child.called}, {_span(run)}{_marks(absence)}")
            run = []
    return facts


def _goes_on(absence: Absence, following: Absence) -> bool:
    same = _marks(absence) == _marks(following)
    return same and following.day - absence.day <= timedelta(days=3 if absence.day.weekday() == 4 else 1)


def _span(run: Sequence[Absence]) -> str:
    first, last = run[0].day, run[-1].day
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return day.isoformat()


def _marks(absence: Absence) -> str:
    reason = "" if absence.reason == Reason.UNTOLD else f", {absence.reason}"
    return reason + (", disputed" if absence.disputed_at is not None else "")


def _late(look: Look) -> list[str]:
    rows = look.session.execute(
        sa.select(Child, LateArrival)
        .join(LateArrival, LateArrival.child_id == Child.id)
        .where(LateArrival.taken_back_at.is_(None))
        .order_by(Child.first_name, Child.id, LateArrival.day)
    )
    return [
        f"late: {child.called}, {_day(late.day)}" + (f", {late.comes_at:%H:%M}" if late.comes_at else "")
        for child, late in rows
    ]
