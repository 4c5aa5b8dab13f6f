"""Who vouches that an account is in the hands of the person it bears the name of.

Whoever made a link could have opened it. So when somebody comes in by a colleague's link, what they may read of protected
children lapses until a second person confirms them, one whose own way in does not come from the same hands; or until
whoever runs Budbok makes them a link. Source: security rule S4.6.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.people.staff import Staff, list_hands
from hub.safety import audit
from hub.safety.access import LapsedReader, NamedReader


class NotASecondPersonError(Refusal):
    """The asker made the link, or came in by a link from the same hands."""

    words = "staff.second_person"


def is_colleague(look: Look) -> bool:
    """Whether the asker is a member of staff rather than whoever runs Budbok."""
    return look.asker.kind == "staff"


def let_in(work: Work, staff: Staff, by: str | None) -> None:
    """Their sign-in rests on a link that `by` made; None is whoever runs Budbok, who vouches for them."""
    staff.let_in_by, staff.let_in_at = by, None if by is None else work.now
    if by is None:
        _restore(work, staff.id)
        return
    readers = list(work.session.scalars(sa.select(NamedReader).where(NamedReader.staff_id == staff.id)))
    for reader in readers:
        work.session.merge(
            LapsedReader(
                child_id=reader.child_id, staff_id=reader.staff_id, owner_id=reader.owner_id, lapsed_at=work.now
            )
        )
        work.session.delete(reader)
    if readers:
        audit.note(work, "reader.lapsed", [staff.id, *(reader.child_id for reader in readers)])


def list_lapsed(look: Look, staff_ids: Iterable[str]) -> set[str]:
    """Those of the staff who wait for somebody to confirm them."""
    return set(look.session.scalars(sa.select(LapsedReader.staff_id).where(LapsedReader.staff_id.in_(staff_ids))))


def vouch(work: Work, staff: Staff) -> None:
    """The asker says that it is this person who signs in. Raises: NotASecondPersonError."""
    if list_hands(work, work.asker.id) & list_hands(work, staff.id):
        raise NotASecondPersonError
    _restore(work, staff.id)


def _restore(work: Work, staff_id: str) -> None:
    lapsed = list(work.session.scalars(sa.select(LapsedReader).where(LapsedReader.staff_id == staff_id)))
    for reader in lapsed:
        work.session.merge(
            NamedReader(child_id=reader.child_id, staff_id=staff_id, owner_id=reader.owner_id, since=work.now)
        )
        work.session.delete(reader)
    if lapsed:
        audit.note(work, "reader.confirmed", [staff_id, *(reader.child_id for reader in lapsed)])
