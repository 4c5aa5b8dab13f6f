"""A guardian who must not learn of a child from now on, as staff write it down."""

from hub.desk import Work
from hub.people.families import Block, Child, Guardian
from tests.village import Village


def set_block(work: Work, guardian: Guardian, child: Child) -> None:
    work.session.add(
        Block(
            id=work.new_id(),
            owner_id=child.owner_id,
            guardian_id=guardian.id,
            child_id=child.id,
            reason="test",
            set_by="test",
            set_at=work.now,
        )
    )


def block(work: Work, village: Village, guardian: str, child: str) -> None:
    """By their names in the village."""
    set_block(work, village.guardian(guardian), village.child(child))
