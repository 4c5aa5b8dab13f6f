"""What pupils may do and know by themselves, by age. An owner sets the ages; the rights are rows, written ahead.

A pupil whose own phone or mail a register tells has the right to write, and may leave it unused. All else follows from it
and from the birth date; without one nothing does. Until they are of age nobody asks or tells them in a guardian's place.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.families import OF_AGE, UNDER_AGE, Child, Guardian, GuardianRight, Guardianship, Right
from hub.quick_select import QuickSelect
from hub.safety.audit import note
from hub.safety.coming_of_age import YEARS, comes_of_age


class Matter(StrEnum):
    """OWN: sees and reads what is their own. PRIVATE: from when guardians read nothing of what the pupil and staff write."""

    OWN = "own"
    PRIVATE = "private"
    ABSENCE = "absence"
    LEAVE = "leave"
    CONSENT = "consent"


USUAL: Mapping[Matter, int] = {
    Matter.OWN: 10,
    Matter.PRIVATE: 15,
    Matter.ABSENCE: YEARS,
    Matter.LEAVE: YEARS,
    Matter.CONSENT: YEARS,
}
"""In years. Nobody is older than of age before something is theirs."""
YOUNGEST = 6
_RIGHTS = {
    Matter.OWN: Right.INFORM,
    Matter.ABSENCE: Right.ABSENCE,
    Matter.LEAVE: Right.LEAVE,
    Matter.CONSENT: Right.CONSENT,
}
_OURS = (UNDER_AGE, OF_AGE)


class PupilAge(Base):
    """From which age a matter is the pupil's own, until the owner sets another."""

    __tablename__ = "pupil_ages"
    __table_args__ = (sa.Index(None, "owner_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    matter: Mapped[str] = mapped_column(sa.String(10))
    years: Mapped[int] = mapped_column(sa.SmallInteger)
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)


_HOLDING = QuickSelect(
    sa.select(PupilAge)
    .where(PupilAge.owner_id == sa.bindparam("owner"), PupilAge.ceased_at.is_(None))
    .order_by(PupilAge.id)
)


def list_ages(look: Look, owner_id: str) -> dict[Matter, int]:
    """The ages that hold at an owner, in years."""
    return {**USUAL, **{Matter(row.matter): row.years for (row,) in _HOLDING.rows(look, owner=owner_id)}}


def set_ages(work: Work, owner_id: str, ages: Mapping[Matter, int], by: str) -> None:
    """From now on these hold; pupils' rights follow at once. An age is 6 to 18. Audited."""
    work.take_turns([owner_id])
    before = {Matter(row.matter): row for (row,) in _HOLDING.rows(work, owner=owner_id)}
    holds = list_ages(work, owner_id)
    fresh = []
    for matter, years in ages.items():
        wished = min(max(years, YOUNGEST), YEARS)
        if wished == holds[matter]:
            continue
        if matter in before:
            before[matter].ceased_at = work.now
        fresh.append(
            PupilAge(id=work.new_id(), owner_id=owner_id, matter=matter, years=wished, set_by=by, set_at=work.now)
        )
    work.session.add_all(fresh)
    work.session.flush()
    note(work, "pupil_ages.set", [owner_id, *(row.id for row in fresh)])
    grant_by_age(work, owner_id)


@dataclass(frozen=True, slots=True)
class _Span:
    """One right as it ought to stand."""

    kind: Right
    basis: str
    from_day: date
    to_day: date | None


def grant_by_age(work: Work, owner_id: str) -> None:
    """Make the rights of an owner's pupils say what their ages and the owner's say. Audited where something changes."""
    ages = list_ages(work, owner_id)
    rows = work.session.execute(
        sa.select(Guardianship, Child)
        .join(Guardian, Guardian.id == Guardianship.guardian_id)
        .join(Child, Child.id == Guardian.pupil_id)
        .where(Guardian.owner_id == owner_id, Guardianship.child_id == Guardian.pupil_id)
        .order_by(Guardianship.id)
    )
    for tie, child in rows.all():
        _grant(work, tie, child, ages)


def _grant(work: Work, tie: Guardianship, child: Child, ages: Mapping[Matter, int]) -> None:
    held = list(work.session.scalars(sa.select(GuardianRight).where(GuardianRight.guardianship_id == tie.id)))
    today = work.now.date()
    writes = [right for right in held if right.kind == Right.WRITE and (right.to_day is None or right.to_day >= today)]
    wanted = _spans(child.birth_date, ages, writes[0]) if writes and child.birth_date is not None else []
    ours = {(right.kind, right.basis): right for right in held if right.basis in _OURS}
    changed = []
    for span in wanted:
        right = ours.pop((span.kind, span.basis), None)
        if right is None:
            right = GuardianRight(
                id=work.new_id(),
                owner_id=tie.owner_id,
                guardianship_id=tie.id,
                kind=span.kind,
                from_day=span.from_day,
                to_day=span.to_day,
                basis=span.basis,
            )
            work.session.add(right)
            changed.append(right.id)
        elif (right.from_day, right.to_day) != (span.from_day, span.to_day):
            right.from_day, right.to_day = span.from_day, span.to_day
            changed.append(right.id)
    yesterday = today - timedelta(days=1)
    for right in ours.values():
        if right.to_day is None or right.to_day > yesterday:
            right.to_day = max(yesterday, right.from_day - timedelta(days=1))
            changed.append(right.id)
    if changed:
        note(work, "pupil.rights", [tie.guardian_id, tie.child_id, *changed])


def _spans(born: date, ages: Mapping[Matter, int], writes: GuardianRight) -> list[_Span]:
    """For each matter until they are of age, and from then on; no longer than they may write at all."""
    of_age = comes_of_age(born)
    spans = []
    for matter, kind in _RIGHTS.items():
        begins = comes_of_age(born, ages[matter])
        spans.append(_Span(kind, UNDER_AGE, begins, of_age - timedelta(days=1)))
        spans.append(_Span(kind, OF_AGE, of_age, None))
    until = writes.to_day
    return [
        _Span(span.kind, span.basis, span.from_day, _earlier(span.to_day, until))
        for span in spans
        if span.to_day is None or span.from_day <= span.to_day
    ]


def _earlier(one: date | None, other: date | None) -> date | None:
    known = [day for day in (one, other) if day is not None]
    return min(known) if known else None


def reads_of_pupil(ages: Mapping[Matter, int], child: Child, day: date) -> bool:
    """Whether the pupil's guardians may read what it and the school write to each other; never where no age is known."""
    return child.birth_date is not None and day < comes_of_age(child.birth_date, ages[Matter.PRIVATE])


def count_pupils(look: Look, owner_id: str) -> int:
    """How many pupils of an owner have had an address of their own."""
    pupils = sa.select(sa.func.count()).select_from(Guardian).where(Guardian.pupil_id.is_not(None))
    return look.session.scalar(pupils.where(Guardian.owner_id == owner_id)) or 0
