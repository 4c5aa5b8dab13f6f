"""How a guardian wishes to be reached: by which kinds of address for what, when not, and by which not at all.

It is the guardian's own word, or staff's on their behalf; no register changes it. A reservation stops everything on its
kind of address, what is urgent too, unless the milder one was chosen; what the hub answers the guardian's own text still goes,
and with the milder one staff's answer as well (hub.post.own_questions).
Source: security rule S5.4.
"""

from collections.abc import Iterable, Sequence
from datetime import time
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from hub.address import APP, KINDS
from hub.database import ID_LENGTH, Base, Id, Json, Moment, Ref
from hub.desk import Look, Refusal, Work
from hub.people.families import Guardian
from hub.people.places import SLEEPS, WAKES
from hub.post.topics import PASSING, Topic
from hub.quick_select import QuickSelect
from hub.safety.audit import note

QUIET = time(SLEEPS), time(WAKES)
"""From and to when families are left in peace unless they chose otherwise, by the wall clock of the unit that writes."""


class Reserved(StrEnum):
    """What a reservation stops: everything, or all but what is urgent."""

    ALL = "all"
    NOT_URGENT = "not_urgent"


class NoSuchKindError(Refusal):
    """There is no such way to be reached."""

    words = "refusals.no_such_kind"


class ReachWish(Base):
    """One guardian's wishes. `choices` holds for a topic the kinds of address wished for, the first wish first; `reserved` for
    a kind what may not come by it. Quiet hours are both set or both None; equal ones mean none at all."""

    __tablename__ = "reach_wishes"
    __table_args__ = (sa.UniqueConstraint("guardian_id"),)
    id: Mapped[Id]
    owner_id: Mapped[Ref] = mapped_column(sa.ForeignKey("owners.id"))
    guardian_id: Mapped[Ref] = mapped_column(sa.ForeignKey("guardians.id"))
    choices: Mapped[Json]
    reserved: Mapped[Json]
    changed_at: Mapped[Moment]
    changed_by: Mapped[str] = mapped_column(sa.String(ID_LENGTH))
    quiet_from: Mapped[time | None] = mapped_column(sa.Time, default=None)
    quiet_to: Mapped[time | None] = mapped_column(sa.Time, default=None)

    def stops(self, kind: str, topic: str | None, *, answers: bool = False) -> bool:
        """Whether a reservation keeps this from going by this kind of address. `answers`: it answers what they asked by it."""
        how = self.reserved.get(kind)
        return how == Reserved.ALL or (how == Reserved.NOT_URGENT and topic not in PASSING and not answers)

    @property
    def quiet(self) -> tuple[time, time]:
        if self.quiet_from is None or self.quiet_to is None:
            return QUIET
        return self.quiet_from, self.quiet_to


_WISHES = QuickSelect(sa.select(ReachWish).where(ReachWish.guardian_id.in_(sa.bindparam("guardians", expanding=True))))


def find_wishes(look: Look, guardian_ids: Iterable[str]) -> dict[str, ReachWish]:
    """Of those of these guardians who have any, by guardian."""
    ids = list(dict.fromkeys(guardian_ids))
    return {wish.guardian_id: wish for (wish,) in _WISHES.rows(look, guardians=ids)} if ids else {}


def find_wish(look: Look, guardian_id: str) -> ReachWish | None:
    return find_wishes(look, [guardian_id]).get(guardian_id)


def choose(work: Work, guardian: Guardian, topics: Iterable[Topic], kinds: Sequence[str], by: str) -> None:
    """From now on the guardian is reached about these topics by these kinds of address, the first wish first; no kinds means
    as the plan of the owner says. Raises: NoSuchKindError."""
    if not set(kinds) <= {*KINDS, APP}:
        raise NoSuchKindError
    wish = _get_or_make(work, guardian, by)
    changed = {topic.value: list(dict.fromkeys(kinds)) for topic in topics}
    wish.choices = {topic: chosen for topic, chosen in (wish.choices | changed).items() if chosen}
    note(work, "reach.choose", [guardian.id], f"{' '.join(changed)}: {' '.join(kinds) or 'as planned'}")


def reserve(work: Work, guardian: Guardian, kind: str, how: Reserved, by: str) -> None:
    """From now on nothing, or nothing but what is urgent, comes by this kind of address. Raises: NoSuchKindError."""
    if kind not in KINDS:
        raise NoSuchKindError
    wish = _get_or_make(work, guardian, by)
    wish.reserved = {**wish.reserved, kind: how.value}
    note(work, "reach.reserve", [guardian.id], f"{kind}: {how}")


def end_reservation(work: Work, guardian: Guardian, kind: str, by: str) -> bool:
    """Everything comes again. Whether there was a reservation."""
    wish = find_wish(work, guardian.id)
    if wish is None or kind not in wish.reserved:
        return False
    _get_or_make(work, guardian, by)
    wish.reserved = {other: how for other, how in wish.reserved.items() if other != kind}
    note(work, "reach.end_reservation", [guardian.id], kind)
    return True


def put_back(work: Work, guardian: Guardian, choices: Json, reserved: Json, by: str) -> None:
    """The choices and reservations as they were before a change that is undone."""
    wish = _get_or_make(work, guardian, by)
    wish.choices, wish.reserved = dict(choices), dict(reserved)
    note(work, "reach.put_back", [guardian.id])


def set_quiet(work: Work, guardian: Guardian, hours: tuple[time, time] | None, by: str) -> None:
    """From and to when the guardian is left in peace, by the wall clock of whoever writes; None for the usual hours."""
    wish = _get_or_make(work, guardian, by)
    wish.quiet_from, wish.quiet_to = hours or (None, None)
    told = "usual" if hours is None else f"{hours[0]:%H:%M}-{hours[1]:%H:%M}"
    note(work, "reach.quiet", [guardian.id], told)


def _get_or_make(work: Work, guardian: Guardian, by: str) -> ReachWish:
    work.touch([guardian.id])
    work.take_turns([guardian.id])
    wish = find_wish(work, guardian.id)
    if wish is None:
        wish = ReachWish(
            id=work.new_id(),
            owner_id=guardian.owner_id,
            guardian_id=guardian.id,
            choices={},
            reserved={},
            changed_at=work.now,
            changed_by=by,
        )
        work.session.add(wish)
        work.session.flush()
    wish.changed_at, wish.changed_by = work.now, by
    return wish
