"""Tags that are lost, found again, or have a double. One that is said to be lost is blocked in the same work.

Whoever works at a tag's unit may block it as lost, by the code on it; to see it, or open it again, takes a child of it within
their reach. Source: security rules S3.7, S4.4 and S8.1.
"""

import sqlalchemy as sa

from hub.desk import Work
from hub.door.hand_outs import Receipt, TagHandOut, find_out
from hub.door.tag_labels import read_label
from hub.door.tag_reach import get_tag
from hub.door.tags import Tag, WhyBlocked, block, unblock
from hub.doorbell import LIVE
from hub.safety.access import get_reach, get_unit
from hub.safety.audit import note


def lose(work: Work, tag_id: str) -> None:
    """It opens nothing from this moment. Audited. Raises: NotThereError."""
    _lose(work, get_tag(work, get_reach(work), tag_id).tag)


def lose_by_label(work: Work, unit_id: str, typed: str) -> None:
    """The same by the code on it, for whoever works at its unit, whoever it stands for; the answer is the same where there is
    no such tag. Raises: NotThereError for another unit than theirs."""
    unit = get_unit(work, get_reach(work), unit_id)
    label = read_label(typed)
    asked = sa.select(Tag).where(Tag.owner_id == unit.owner_id, Tag.unit_id == unit.id, Tag.label == label)
    tag = None if label is None else work.session.scalars(asked).one_or_none()
    if tag is not None:
        _lose(work, tag)


def _lose(work: Work, tag: Tag) -> None:
    if tag.blocked_why in (WhyBlocked.LOST, WhyBlocked.CLONED):
        return
    given = find_out(work, tag.id)
    if given is not None:
        given.lost_at, given.lost_by, given.found_at, given.found_by = work.now, work.asker.id, None, None
    block(work, tag, WhyBlocked.LOST)
    note(work, "tag.lost", [tag.id])


def find_again(work: Work, tag_id: str) -> None:
    """It opens again, for the same children. Audited. Raises: NotThereError."""
    tag = get_tag(work, get_reach(work), tag_id).tag
    if tag.blocked_why != WhyBlocked.LOST:
        return
    given = find_out(work, tag_id)
    if given is not None:
        given.found_at, given.found_by = work.now, work.asker.id
    unblock(work, tag)
    note(work, "tag.found", [tag_id])


def settle_suspicion(work: Work, tag_id: str, *, is_copied: bool) -> None:
    """Somebody has looked: there is a double, and it is blocked for good, or there is none. Audited. Raises: NotThereError."""
    tag = get_tag(work, get_reach(work), tag_id).tag
    if tag.suspected_at is None:
        return
    tag.suspected_at = tag.suspected_why = None
    if is_copied:
        block(work, tag, WhyBlocked.CLONED)
    work.session.flush()
    note(work, "tag.copied" if is_copied else "tag.not_copied", [tag_id])


def answer_receipt(work: Work, given: TagHandOut, *, has_it: bool) -> None:
    """The guardian said whether they have the tag. One that they do not have opens nothing. Audited."""
    given.receipt, given.receipt_at = Receipt.TEXTED if has_it else Receipt.DENIED, work.now
    note(work, "tag.receipt" if has_it else "tag.receipt_denied", [given.id, given.tag_id])
    if not has_it and given.returned_at is None:
        _lose(work, work.session.get_one(Tag, given.tag_id))
    work.session.flush()
    work.ring(LIVE, given.unit_id)
