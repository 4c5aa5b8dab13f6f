"""Stage directions about broadcasts: what a school tells everybody at once, and what it takes back."""

import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from hub.asker import Asker, Trust
from hub.desk import Work
from hub.people.places import Group, Unit
from hub.people.staff import RoleHolding, Staff
from hub.post.broadcast_recalls import recall
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Broadcast, Reply, Scope, Written, keep_broadcast
from hub.talk.broadcasting import YES_OR_NO

_IN_LANGUAGES = re.compile(r"(?:^|\s*\|\s*)(nb|nn|sv|fi|en|da): ")


def _write(work: Work, how: str, reply: Reply, choices: tuple[str, ...] = ()) -> None:
    """ "nb: Tur i morgen | sv: Utflykt i morgon": to the class, by its teacher, from now on."""
    holder = work.session.scalars(sa.select(RoleHolding.staff_id).order_by(RoleHolding.id)).first()
    staff = work.session.get_one(Staff, holder)
    work.asker = Asker("staff", staff.id, Trust.STRONG, "rehearsed", staff.owner_id)
    unit = work.session.scalars(sa.select(Unit).order_by(Unit.id)).first()
    assert unit is not None
    groups = work.session.scalars(sa.select(Group.id).where(Group.unit_id == unit.id)).all()
    _, *parts = _IN_LANGUAGES.split(how)
    texts = dict(zip(parts[::2], parts[1::2], strict=True))
    written = Written(texts, next(iter(texts)), reply, choices)
    keep_broadcast(work, get_place(work, Scope.GROUPS, unit.id, groups), written, work.now)


def tells_all(work: Work, *, how: str) -> None:
    """Nobody waits for an answer."""
    _write(work, how, Reply.BULLETIN)


def writes_all(work: Work, *, how: str) -> None:
    """Whoever wants to may write back."""
    _write(work, how, Reply.WORDS)


def asks_all(work: Work, *, how: str) -> None:
    """Everybody is to say yes or no."""
    _write(work, how, Reply.CHOICES, YES_OR_NO)


def offers_all(work: Work, *, how: str) -> None:
    """ "Mandag, Tirsdag; nb: Når passer det?": one of these."""
    choices, _, texts = how.partition("; ")
    _write(work, texts, Reply.CHOICES, tuple(choices.split(", ")))


def recalls(work: Work, *, how: str) -> None:
    """The newest of them does not hold any more."""
    newest = work.session.scalars(sa.select(Broadcast).order_by(Broadcast.id.desc())).first()
    assert newest is not None
    recall(work, newest)


DIRECTIONS: Mapping[str, Any] = {
    "tells_all": tells_all,
    "writes_all": writes_all,
    "asks_all": asks_all,
    "offers_all": offers_all,
    "recalls": recalls,
}
