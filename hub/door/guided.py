"""Which families were shown at their child's own unit how the tag is used at the door, when and by whom.

A family is known by its child. A tick that was a slip is taken back, and stays in the book.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.database import ID_LENGTH, Base, Id, Moment, Ref
from hub.desk import Look, Work
from hub.safety.access import get_child, get_reach
from hub.safety.audit import note

STEPS = ("touch", "wait", "hand_over", "code", "lost", "give")
"""What the guide says, in its order: the ends of its utterances' names."""


class Guidance(Base):
    """The family of this child was guided."""

    __tablename__ = "tag_guidances"
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    child_id: Mapped[Ref] = mapped_column(sa.ForeignKey("children.id"), index=True)
    at: Mapped[Moment]
    by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    taken_back_at: Mapped[Moment | None] = mapped_column(default=None)
    taken_back_by: Mapped[str | None] = mapped_column(sa.String(ID_LENGTH), default=None)


_STANDING = (
    sa.select(Guidance)
    .where(Guidance.child_id.in_(sa.bindparam("children", expanding=True)), Guidance.taken_back_at.is_(None))
    .order_by(Guidance.id)
)


def list_guided(look: Look, child_ids: Iterable[str]) -> dict[str, Guidance]:
    """Of these children, those whose family was guided. It asks no rights of the reader: its callers do."""
    return {row.child_id: row for row in look.session.scalars(_STANDING, {"children": list(child_ids)})}


def tick(work: Work, child_id: str) -> None:
    """The family was guided; once is enough. Audited. Raises: NotThereError."""
    child, _ = get_child(work, get_reach(work), child_id)
    work.take_turns([child_id])
    if child_id in list_guided(work, [child_id]):
        return
    row = Guidance(id=work.new_id(), owner_id=child.owner_id, child_id=child_id, at=work.now, by=work.asker.id)
    work.session.add(row)
    work.session.flush()
    note(work, "tag.guided", [row.id, child_id])


def untick(work: Work, child_id: str) -> None:
    """It was a slip. Audited. Raises: NotThereError."""
    get_child(work, get_reach(work), child_id)
    row = list_guided(work, [child_id]).get(child_id)
    if row is None:
        return
    row.taken_back_at, row.taken_back_by = work.now, work.asker.id
    work.session.flush()
    note(work, "tag.not_guided", [row.id, child_id])
