"""A guardian's postal address as the office and the leaders of a unit see and correct it, for a child whom they serve there.

Nobody else of the staff sees it, and no guardian sees another's. Source: security rules S3.1, S3.9, S4.1 and S4.3.
"""

from dataclasses import dataclass

from hub.desk import Look, Work
from hub.people.families import Child, Guardian
from hub.people.places import Owner, Unit
from hub.people.postal_addresses import (
    KeptPost,
    PostalAddress,
    correct_post,
    is_only_by_hand,
    let_go_wrong_post,
    open_post,
)
from hub.people.staff import Staff
from hub.post.address_decisions import BLOCKED
from hub.post.families import list_known
from hub.safety.access import NotThereError, get_child, get_reach
from hub.safety.audit import note
from hub.safety.roles import may_run
from hub.seal import Seal


@dataclass(frozen=True, slots=True)
class PostSeen:
    """`post` is None where there is none; `kept` tells who gave it and when, also where it was taken away as wrong, and `by`
    names whoever of the staff did. `by_hand`: none is ever kept of this guardian."""

    child: Child
    unit: Unit
    owner: Owner
    guardian: Guardian
    post: PostalAddress | None
    kept: KeptPost | None
    by: str
    by_hand: bool


def get_post(look: Look, seal: Seal, child_id: str, guardian_id: str) -> PostSeen:
    """Raises: NotThereError, also for whoever must not know of the child."""
    child, unit, guardian = _get(look, child_id, guardian_id)
    by_hand = is_only_by_hand(look, guardian_id)
    kept = None if by_hand else look.session.get(KeptPost, guardian_id)
    staff = look.session.get(Staff, kept.by) if kept is not None else None
    return PostSeen(
        child=child,
        unit=unit,
        owner=look.session.get_one(Owner, guardian.owner_id),
        guardian=guardian,
        post=open_post(look, seal, guardian_id),
        kept=kept,
        by=staff.name if staff is not None else "",
        by_hand=by_hand,
    )


def may_see_post(look: Look, child_id: str) -> bool:
    """Whether the asker is the office, or leads, where the child is. Raises: NotThereError."""
    reach = get_reach(look)
    return any(may_run(look, reach, unit.id) for unit, _ in get_child(look, reach, child_id)[1])


def set_post(work: Work, seal: Seal, child_id: str, guardian_id: str, post: PostalAddress) -> None:
    """From the next letter on. Audited. Raises: NotThereError, OnlyByHandError."""
    child, _, guardian = _get(work, child_id, guardian_id)
    correct_post(work, seal, guardian, post)
    note(work, "post.corrected", [guardian.id, child.id])


def drop_post(work: Work, child_id: str, guardian_id: str) -> None:
    """Letters come back from there: nothing is sent to it any more. Audited. Raises: NotThereError."""
    child, _, guardian = _get(work, child_id, guardian_id)
    let_go_wrong_post(work, guardian.id)
    note(work, "post.wrong", [guardian.id, child.id])


def _get(look: Look, child_id: str, guardian_id: str) -> tuple[Child, Unit, Guardian]:
    """Raises: NotThereError."""
    reach = get_reach(look)
    child, places = get_child(look, reach, child_id)
    unit = next((unit for unit, _ in places if may_run(look, reach, unit.id)), None)
    if unit is None:
        raise NotThereError
    known = list_known(look, child, unit.today(look.now))
    if not any(one.id == guardian_id and one.warning != BLOCKED for one in known):
        raise NotThereError
    return child, unit, look.session.get_one(Guardian, guardian_id)
