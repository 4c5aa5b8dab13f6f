"""What an owner sets about its tags: what a lost one costs, and within which time nobody walks from one unit to another.

The amount is shown and never sent as a bill. Terms are rows that end; an administrator sets them for all units.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.people.places import Owner
from hub.safety.audit import note
from hub.safety.roles import get_administered

MOST_FEE, MOST_MINUTES = 1000, 60
EURO, KRONER = "€", "kr"
_WITH_EURO = frozenset({"FI"})


@dataclass(frozen=True, slots=True)
class Terms:
    """`fee`: what a new tag for a lost one costs, whole kroner or euro; 0 is nothing. `walk_minutes`: a tag at two units
    within them is suspected of having a double."""

    fee: int = 0
    walk_minutes: int = 5


USUAL = Terms()


class TagTerms(Base):
    """The terms of an owner, until it sets others."""

    __tablename__ = "tag_terms"
    __table_args__ = (sa.Index(None, "owner_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    fee: Mapped[int]
    walk_minutes: Mapped[int] = mapped_column(sa.SmallInteger)
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)


_HOLDING = sa.select(TagTerms).where(TagTerms.owner_id == sa.bindparam("owner"), TagTerms.ceased_at.is_(None))


def get_terms(look: Look, owner_id: str) -> Terms:
    """What holds at an owner."""
    row = look.session.scalars(_HOLDING, {"owner": owner_id}).one_or_none()
    return USUAL if row is None else Terms(row.fee, row.walk_minutes)


def set_terms(work: Work, terms: Terms) -> None:
    """From now on these hold for the owner that the asker administers. Audited. Raises: NotThereError."""
    owner = get_administered(work)
    work.take_turns([owner.id])
    before = work.session.scalars(_HOLDING, {"owner": owner.id}).one_or_none()
    if before is not None:
        before.ceased_at = work.now
        work.session.flush()
    row = TagTerms(
        id=work.new_id(),
        owner_id=owner.id,
        fee=min(max(terms.fee, 0), MOST_FEE),
        walk_minutes=min(max(terms.walk_minutes, 1), MOST_MINUTES),
        set_by=work.asker.id,
        set_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    note(work, "tag_terms.set", [owner.id, row.id])


def currency_of(owner: Owner) -> str:
    """What the owner counts money in."""
    return EURO if owner.country in _WITH_EURO else KRONER
