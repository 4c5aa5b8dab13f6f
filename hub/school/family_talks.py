"""What somebody did about a proposal to talk with a family: a talk that was held, or a reason to leave it."""

from collections.abc import Collection
from datetime import date, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import Child
from hub.safety.audit import note

REASON_LENGTH = 500
A_YEAR = timedelta(days=365)
"""So long ago a talk counts as a step that was taken."""


class NoReasonError(Refusal):
    """A proposal is set aside with a reason, so that the next reader knows why."""

    words = "refusals.no_reason"


class Outcome(StrEnum):
    TALKED = "talked"
    SET_ASIDE = "set_aside"


class FamilyTalk(Base):
    """What somebody did about a proposal. Absences up to `counted_to` count no more."""

    __tablename__ = "family_talks"
    __table_args__ = (sa.Index(None, "child_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    outcome: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.String(REASON_LENGTH))
    counted_to: Mapped[date] = mapped_column(sa.Date)
    by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    at: Mapped[Moment]


def settle_proposal(work: Work, child: Child, outcome: Outcome, reason: str, counted_to: date, by: str) -> FamilyTalk:
    """Somebody has talked with the family, or leaves it for a reason; the count begins anew. Audited.

    Raises: NoReasonError when it is set aside without a reason.
    """
    if outcome is Outcome.SET_ASIDE and not reason.strip():
        raise NoReasonError
    talk = FamilyTalk(
        id=work.new_id(),
        owner_id=child.owner_id,
        child_id=child.id,
        outcome=outcome,
        reason=reason.strip()[:REASON_LENGTH],
        counted_to=counted_to,
        by=by,
        at=work.now,
    )
    work.session.add(talk)
    note(work, f"family_talk.{outcome}", [child.id, talk.id])
    return talk


def list_talks(look: Look, child_id: str) -> list[FamilyTalk]:
    """What was done about a child's proposals, the newest first. It asks no rights of the reader: its callers have."""
    return list(
        look.session.scalars(
            sa.select(FamilyTalk).where(FamilyTalk.child_id == child_id).order_by(FamilyTalk.id.desc())
        )
    )


def list_counted_to(look: Look, child_ids: Collection[str]) -> dict[str, date]:
    """The last day that counts no more, for each child that a talk was held about, or left."""
    rows = look.session.execute(
        sa.select(FamilyTalk.child_id, sa.func.max(FamilyTalk.counted_to).label("latest"))
        .where(FamilyTalk.child_id.in_(list(child_ids)))
        .group_by(FamilyTalk.child_id)
    )
    return {row.child_id: row.latest for row in rows}


def count_held(look: Look, child_ids: Collection[str], today: date) -> dict[str, int]:
    """How many talks were held within a year; what was set aside is no step."""
    rows = look.session.execute(
        sa.select(FamilyTalk.child_id, sa.func.count().label("held"))
        .where(
            FamilyTalk.child_id.in_(list(child_ids)),
            FamilyTalk.outcome == Outcome.TALKED,
            FamilyTalk.counted_to > today - A_YEAR,
        )
        .group_by(FamilyTalk.child_id)
    )
    return {row.child_id: row.held for row in rows}
