"""Whether what a family told of a child still holds: said by those who decide for it, on their pages or by text, and asked
once a year where something stands."""

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import Base, Id, Moment, Ref, Utc
from hub.desk import Look, Work
from hub.doorbell import LIVE
from hub.people.families import Child, Placement
from hub.safety.access import DAY, placed
from hub.safety.audit import note
from hub.school.care_notes import CareNote
from hub.school.trusted_people import TrustedPerson

HOLDS_FOR = timedelta(days=365)
"""After so long a family is asked again."""


class CareCheck(Base):
    """One guardian's word that all of it is right, `said_at`, or that we asked them for it, `asked_at`."""

    __tablename__ = "care_checks"
    __table_args__ = (sa.Index(None, "child_id", "guardian_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    at: Mapped[Moment]
    said_at: Mapped[Moment | None] = mapped_column(default=None)
    trust: Mapped[int] = mapped_column(sa.SmallInteger, default=Trust.UNKNOWN)


def say_it_holds(work: Work, child: Child, guardian_id: str, trust: Trust) -> CareCheck:
    """All that stands of the child is right today. Audited."""
    row = _check(work, child, guardian_id)
    row.said_at, row.trust = work.now, trust
    note(work, "care_check.say", [child.id, row.id])
    work.ring(LIVE, child.id)
    return row


def keep_asked(work: Work, child: Child, guardian_id: str) -> CareCheck:
    """They were asked now, and are not again for a year. Audited."""
    row = _check(work, child, guardian_id)
    note(work, "care_check.ask", [child.id, row.id])
    return row


def _check(work: Work, child: Child, guardian_id: str) -> CareCheck:
    row = CareCheck(id=work.new_id(), owner_id=child.owner_id, child_id=child.id, guardian_id=guardian_id, at=work.now)
    work.session.add(row)
    return row


def find_last_said(look: Look, child_id: str) -> datetime | None:
    """When somebody last said that all of it is right."""
    said = sa.select(sa.func.max(CareCheck.said_at)).where(CareCheck.child_id == child_id)
    return look.session.scalar(said)


_STANDS = sa.union_all(
    sa.select(CareNote.child_id, CareNote.told_at.label("at")).where(CareNote.ended_at.is_(None)),
    sa.select(TrustedPerson.child_id, TrustedPerson.told_at.label("at")).where(TrustedPerson.ended_at.is_(None)),
).subquery()
_OLD = (
    sa.select(_STANDS.c.child_id)
    .where(
        sa.exists().where(Placement.child_id == _STANDS.c.child_id, placed(DAY)),
        ~sa.exists().where(CareCheck.child_id == _STANDS.c.child_id, CareCheck.at > sa.bindparam("since", type_=Utc)),
    )
    .group_by(_STANDS.c.child_id)
    .having(sa.func.max(_STANDS.c.at) <= sa.bindparam("since", type_=Utc))
    .order_by(_STANDS.c.child_id)
)


def list_to_ask(look: Look, limit: int, among: Collection[str] | None = None) -> list[str]:
    """The children of whom something stands, nothing was told for a year, and nobody said or was asked whether it holds; of
    all, or of those `among` these ids. By the day of UTC: a unit's own says who is asked."""
    which = _OLD if among is None else _OLD.where(_STANDS.c.child_id.in_(list(among)))
    asked = {"day": look.now.date(), "since": look.now - HOLDS_FOR}
    return list(look.session.scalars(which.limit(limit), asked))
