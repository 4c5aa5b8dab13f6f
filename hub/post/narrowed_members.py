"""Those whom a broadcast's narrowing leaves, by how guardians read and have answered, and by the years of their children."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from hub.address import APP
from hub.desk import Look
from hub.people.families import Child, GuardianAddress
from hub.post.broadcast_audience import Member, in_parts
from hub.post.broadcast_receivers import BroadcastReceiver, ReceiverState
from hub.post.broadcasts import Broadcast, Place
from hub.post.narrowing import Narrowing
from hub.safety.access import NotThereError

Narrow = Callable[[Look, Place | Broadcast, Sequence[Member]], list[Member]]
"""Leaves those of the members to whom it goes, each with the children whom it is about."""


def cannot_narrow(look: Look, place: Place | Broadcast, members: Sequence[Member]) -> list[Member]:
    """Where nobody can tell what is known of the children, nothing that is narrowed goes. Raises: NotThereError."""
    if place.narrowing.as_json() is not None:
        raise NotThereError
    return list(members)


def keep_children(members: Sequence[Member], is_meant: Callable[[Member, Child], bool]) -> list[Member]:
    """The members with those of their children who are meant; whoever has none of these is left out."""
    kept = [
        replace(member, children=[child for child in member.children if is_meant(member, child)]) for member in members
    ]
    return [member for member in kept if member.children]


def narrow_guardians(look: Look, members: Sequence[Member], narrowing: Narrowing) -> list[Member]:
    """By the years of the children, and by how each guardian reads and has answered."""
    left = list(members)
    if narrowing.born:
        left = keep_children(left, lambda _, child: find_year(child) in narrowing.born)
    if narrowing.languages:
        left = [member for member in left if member.guardian.language in narrowing.languages]
    if narrowing.unanswered_id is not None:
        silent = _list_silent(look, narrowing.unanswered_id)
        left = [member for member in left if member.guardian.id in silent]
    if narrowing.no_app:
        in_app = _list_in_app(look, [member.guardian.id for member in left])
        left = [member for member in left if member.guardian.id not in in_app]
    return left


def find_year(child: Child) -> int | None:
    """The year it was born in, where that is known."""
    return child.birth_date.year if child.birth_date is not None else None


def _list_silent(look: Look, broadcast_id: str) -> set[str]:
    """The guardians whom a broadcast told, and who have not chosen an answer."""
    asked = sa.select(BroadcastReceiver.guardian_id).where(
        BroadcastReceiver.broadcast_id == broadcast_id,
        BroadcastReceiver.state == ReceiverState.TOLD,
        BroadcastReceiver.answer.is_(None),
    )
    return set(look.session.scalars(asked))


def _list_in_app(look: Look, guardian_ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for ids in in_parts(guardian_ids):
        asked = sa.select(GuardianAddress).where(
            GuardianAddress.kind == APP, GuardianAddress.guardian_id.in_(list(ids))
        )
        found |= {address.guardian_id for address in look.session.scalars(asked) if address.is_live(look.now)}
    return found
