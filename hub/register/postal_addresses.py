"""Postal addresses of guardians, as a register wants them: compared unopened, and told in a preview without being shown.

What staff corrected stays until the register says something else than it did. Of whoever has to do with a protected child,
in the store or by the register, nothing is kept. Source: security rules S4.2, S4.4 and S10.6.
"""

from collections.abc import Callable, Iterable
from functools import partial

import sqlalchemy as sa

from hub.desk import Work
from hub.people.families import Guardianship
from hub.people.postal_addresses import (
    KeptPost,
    NotWholeError,
    PostalAddress,
    is_kept,
    keep_told_post,
    let_go_of_protected,
    let_go_post,
    told_of,
)
from hub.register.changes import Kind
from hub.register.plan import Plan, Scope
from hub.register.rows import GuardianRow, GuardianshipRow, PostItem
from hub.seal import Seal

NEEDS_KEY = "post needs the hub's own key: load it with `budbok register load`"


def plan_postal_addresses(
    plan: Plan, scope: Scope, rows: list[GuardianRow], ties: Iterable[GuardianshipRow], protected: set[str]
) -> None:
    """A column that is left out changes nothing; one that is null lets the address go. `protected` are ids of children."""
    asked = sa.select(KeptPost).where(KeptPost.owner_id == scope.owner_id)
    stored = {kept.guardian_id: kept for kept in plan.look.session.scalars(asked)}
    by_hand = _list_by_hand(plan, scope, ties, protected)
    names = {guardian_id: source_id for source_id, guardian_id in scope.ids["guardians"].items()}
    for guardian_id in sorted(by_hand & stored.keys()):
        plan.tell(scope, "guardians", names[guardian_id], Kind.ENDED, "post")
    moved = 0
    for row in rows:
        guardian_id = scope.ids["guardians"][row.id]
        if not row.has("post") or guardian_id in by_hand:
            continue
        kept = stored.get(guardian_id)
        if row.post is not None:
            moved += _plan_one(plan, scope, row.id, guardian_id, row.post, kept)
        elif kept is not None and kept.told is not None:
            plan.at_last(partial(let_go_post, guardian_id=guardian_id))
            plan.tell(scope, "guardians", row.id, Kind.ENDED, "post")
    plan.weigh(scope, moved, len(names))
    plan.at_last(partial(let_go_of_protected, owner_id=scope.owner_id))


def _list_by_hand(plan: Plan, scope: Scope, ties: Iterable[GuardianshipRow], protected: set[str]) -> set[str]:
    """The guardians who have to do with a protected child, or will, as far as is known now."""
    told = {
        guardian_id
        for tie in ties
        if (guardian_id := scope.find("guardians", tie.guardian)) and scope.find("children", tie.child) in protected
    }
    return told | {tie.guardian_id for tie in plan.rows(Guardianship, scope.owner_id) if tie.child_id in protected}


def _plan_one(
    plan: Plan, scope: Scope, source_id: str, guardian_id: str, item: PostItem, kept: KeptPost | None
) -> bool:
    """Whether letters go elsewhere afterwards. What cannot be right is not kept, and what it is to replace goes too."""
    if plan.seal is None:
        plan.fault("guardians", source_id, NEEDS_KEY)
        return False
    try:
        post = PostalAddress(tuple(item.street), item.postal_code.strip(), item.town, item.country or scope.country)
    except NotWholeError:
        plan.tell(scope, "guardians", source_id, Kind.HELD, "post: the postal code is none of its country")
        if kept is not None and kept.told is not None:
            plan.at_last(partial(let_go_post, guardian_id=guardian_id))
        return False
    told = told_of(plan.seal, guardian_id, post)
    keep = _keeping(plan.seal, (scope.owner_id, guardian_id), post)
    if kept is not None and kept.told in told:
        if not is_kept(plan.seal, kept, told):
            plan.at_last(keep)
        return False
    plan.tell(scope, "guardians", source_id, Kind.CHANGED, "post")
    plan.at_last(keep)
    return kept is not None and kept.sealed is not None


def _keeping(seal: Seal, guardian: tuple[str, str], post: PostalAddress) -> Callable[[Work], None]:
    return lambda work: keep_told_post(work, seal, guardian, post)
