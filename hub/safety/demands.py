"""What an owner demands of whoever tells of a child's day by text: that they say it twice before it counts.

Without a row a text counts at once, as it was claimed. Words towards a child's safe side, that it comes after all, always
count at once. Source: security rules S1.2 and S1.3.
"""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.asker import Trust
from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.quick_select import QuickSelect
from hub.safety.acts import NEEDS
from hub.safety.audit import note

DEMANDABLE = ("absence", "late", "early_pickup")
"""The acts that count as claimed unless an owner demands more: each keeps a child from being looked for, or lets it go."""


class TrustDemand(Base):
    """An owner demands, until it ceases, that an act is confirmed."""

    __tablename__ = "trust_demands"
    __table_args__ = (sa.Index(None, "owner_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    act: Mapped[str] = mapped_column(sa.String(20))
    set_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    set_at: Mapped[Moment]
    ceased_at: Mapped[Moment | None] = mapped_column(default=None)


_HOLDING = QuickSelect(
    sa.select(TrustDemand)
    .where(TrustDemand.owner_id == sa.bindparam("owner"), TrustDemand.ceased_at.is_(None))
    .order_by(TrustDemand.id)
)


def list_demands(look: Look, owner_id: str) -> frozenset[str]:
    """The acts that the owner wants confirmed."""
    return frozenset(row.act for (row,) in _HOLDING.rows(look, owner=owner_id))


def needs(look: Look, owner_id: str, act: str) -> Trust:
    """How sure the hub must be of whoever does this act at one of the owner's units."""
    usual = NEEDS[act]
    return max(usual, Trust.CONFIRMED) if act in list_demands(look, owner_id) else usual


def set_demands(work: Work, owner_id: str, acts: Collection[str], by: str) -> None:
    """From now on these acts are to be confirmed, and no others of those that may be. Audited."""
    work.take_turns([owner_id])
    before = {row.act: row for (row,) in _HOLDING.rows(work, owner=owner_id)}
    wished = {act for act in DEMANDABLE if act in acts}
    for act in before.keys() - wished:
        before[act].ceased_at = work.now
    fresh = [
        TrustDemand(id=work.new_id(), owner_id=owner_id, act=act, set_by=by, set_at=work.now)
        for act in sorted(wished - before.keys())
    ]
    work.session.add_all(fresh)
    note(work, "trust_demands.set", [owner_id, *(row.id for row in fresh)], " ".join(sorted(wished)))
