"""Who vouches that an account is in the hands of the person it bears the name of.

Whoever made a link could have opened it. So when somebody comes in by a colleague's link, what they may read of protected
children lapses until a second person confirms them, one whose own way in does not come from the same hands; or until
whoever runs Budbok makes them a link. Whoever is named to read of a protected child waits for a second person too.
Source: security rule S4.6.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from hub.desk import Look, Refusal, Work
from hub.people.staff import Staff, list_hands
from hub.safety import audit
from hub.safety.named_readers import LapsedReader, NamedReader


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
    return _list_waiting(look, staff_ids, is_new=False)


def list_proposed(look: Look, staff_ids: Iterable[str]) -> set[str]:
    """Those of the staff who were named to read of a protected child, and wait for a leader's yes."""
    return _list_waiting(look, staff_ids, is_new=True)


def vouch(work: Work, staff: Staff) -> None:
    """The asker says that it is this person who signs in. Raises: NotASecondPersonError."""
    _be_second(work, staff)
    _restore(work, staff.id)


def propose_reader(work: Work, child_id: str, staff: Staff) -> bool:
    """Whoever runs Budbok names somebody to read of a protected child; False where they are named already. Audited."""
    key = (child_id, staff.id)
    if work.session.get(NamedReader, key) is not None or work.session.get(LapsedReader, key) is not None:
        return False
    work.session.add(
        LapsedReader(child_id=child_id, staff_id=staff.id, owner_id=staff.owner_id, lapsed_at=work.now, is_new=True)
    )
    audit.note(work, "reader.proposed", [staff.id, child_id])
    return True


def let_read(work: Work, staff: Staff) -> None:
    """The asker says yes to what the person was named for. Raises: NotASecondPersonError."""
    _be_second(work, staff)
    _restore(work, staff.id, is_new=True)


def end_reader(work: Work, child_id: str, staff_id: str) -> bool:
    """They may read of the child no more, nor wait to; False where they were not named. Audited."""
    key = (child_id, staff_id)
    rows = [work.session.get(NamedReader, key), work.session.get(LapsedReader, key)]
    named = [row for row in rows if row is not None]
    for row in named:
        work.session.delete(row)
    if named:
        audit.note(work, "reader.ended", [staff_id, child_id])
    return bool(named)


def _list_waiting(look: Look, staff_ids: Iterable[str], *, is_new: bool) -> set[str]:
    asked = sa.select(LapsedReader.staff_id).where(LapsedReader.staff_id.in_(staff_ids), LapsedReader.is_new == is_new)
    return set(look.session.scalars(asked))


def _be_second(look: Look, staff: Staff) -> None:
    if list_hands(look, look.asker.id) & list_hands(look, staff.id):
        raise NotASecondPersonError


def _restore(work: Work, staff_id: str, *, is_new: bool = False) -> None:
    asked = sa.select(LapsedReader).where(LapsedReader.staff_id == staff_id, LapsedReader.is_new == is_new)
    lapsed = list(work.session.scalars(asked))
    for reader in lapsed:
        work.session.merge(
            NamedReader(child_id=reader.child_id, staff_id=staff_id, owner_id=reader.owner_id, since=work.now)
        )
        work.session.delete(reader)
    if lapsed:
        audit.note(work, "reader.confirmed", [staff_id, *(reader.child_id for reader in lapsed)])
