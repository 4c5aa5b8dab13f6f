"""What a touch proves, and when a tag is suspected of having a double.

A static tag is a hint. A proving one that comes with its serial alone is a hint too, since a serial is anybody's to copy; with
a code it proves itself, is a forgery, or was heard before. The counter rises in one statement of the store, so that of two
touches with the same number one counts, wherever and however late they come. How fresh a touch is, the check of its clock says.

Source: NXP AN12196; security rules S8.1 and S8.2.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from hub.desk import Work
from hub.door.sdm import NotMirroredError, Seen, read_address
from hub.door.tag_keys import TagKeys
from hub.door.tags import Suspicion, Tag, TagKind, find_tag, is_drawn_anew
from hub.safety.audit import note


class Proof(StrEnum):
    """What a tap proves. The first ones need a person who finds out."""

    UNKNOWN = "unknown"
    BLOCKED = "blocked"
    FORGED = "forged"
    REPLAYED = "replayed"
    HINT = "hint"
    PROVEN = "proven"


@dataclass(frozen=True, slots=True)
class Touch:
    """What a device tells of one tap. `serial` is lower-case hex; `proven` the address that the tag mirrored its proof into,
    None where it adds nothing; `waited`: it could not be sent at once; `is_clock_right`: the device's clock goes as ours."""

    number: int
    serial: str
    touched_at: datetime
    proven: str | None = None
    waited: bool = False
    is_clock_right: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """Whose tag it is, where somebody knows it, and what that is worth. `is_copied`: what was told has been told before, and
    by another than who was only late."""

    tag: Tag | None
    serial: str
    proof: Proof
    is_copied: bool = False


def judge(work: Work, owner_id: str, touch: Touch, keys: TagKeys) -> Judged:
    """Without the owner's keys nothing is proven; and while one of them is missing, nothing is called a forgery."""
    seen, is_forged = _read(touch, keys)
    told = find_tag(work, owner_id, touch.serial)
    if seen is None:
        return _judge_unproven(touch, told, is_forged=is_forged)
    serial = seen.uid.hex()
    tag = told if serial == touch.serial else find_tag(work, owner_id, serial)
    if serial != touch.serial and not is_drawn_anew(touch.serial):
        return Judged(told or tag, touch.serial, Proof.FORGED)
    if tag is None:
        return Judged(None, serial, Proof.UNKNOWN)
    if tag.kind != TagKind.PROVING:
        return _judge_unproven(touch, tag, is_forged=False)
    before = tag.counter
    is_newer = _count(work, tag, seen.counter)
    if tag.blocked_at is not None:
        return Judged(tag, serial, Proof.BLOCKED)
    if is_newer:
        return Judged(tag, serial, Proof.PROVEN)
    was_late = touch.waited and before is not None and seen.counter < before
    return Judged(tag, serial, Proof.REPLAYED, is_copied=not was_late)


def _read(touch: Touch, keys: TagKeys) -> tuple[Seen | None, bool]:
    """Who proved themselves, and whether what was told as a proof is none."""
    if touch.proven is None:
        return None, False
    try:
        seen = keys.prove(read_address(touch.proven))
    except NotMirroredError:
        seen = None
    return seen, seen is None and keys.are_all


def _judge_unproven(touch: Touch, tag: Tag | None, *, is_forged: bool) -> Judged:
    if tag is None:
        return Judged(None, touch.serial, Proof.UNKNOWN)
    if tag.blocked_at is not None:
        return Judged(tag, touch.serial, Proof.BLOCKED)
    if is_forged and tag.kind == TagKind.PROVING:
        return Judged(tag, touch.serial, Proof.FORGED)
    return Judged(tag, touch.serial, Proof.HINT)


def _count(work: Work, tag: Tag, counter: int) -> bool:
    """Whether the number is above all that were heard; it is heard now."""
    done = work.session.execute(
        sa.update(Tag)
        .where(Tag.id == tag.id, sa.or_(Tag.counter.is_(None), Tag.counter < counter))
        .values(counter=counter)
        .returning(Tag.id)
        .execution_options(synchronize_session=False)
    ).all()
    work.session.refresh(tag, ["counter"])
    return bool(done)


def suspect(work: Work, tag: Tag, why: Suspicion) -> None:
    """Show staff that the tag may have a double, until one of them has looked. Audited once."""
    if tag.suspected_at is not None:
        return
    tag.suspected_at, tag.suspected_why = work.now, why
    work.session.flush()
    note(work, "tag.suspected", [tag.id], why)
