"""Who gets it, and for whom a guardian may speak: by rights at that moment, asked when shown and again when sent.

A block outranks every right. A number that several use stands for all of them at once: what may be done or told is
what each of them may do or be told. Source: security rules S1.5, S3.4, S4.1 and S4.5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from hub.ahead_select import AheadSelect
from hub.desk import Look
from hub.people.families import (
    UNDER_AGE,
    Block,
    Child,
    Guardian,
    GuardianAddress,
    GuardianRight,
    Guardianship,
    Placement,
    Right,
)
from hub.people.guest_places import GuestStay
from hub.people.places import Group
from hub.quick_select import QuickSelect
from hub.safety.access import placed

MAY_ACT = timedelta(days=183)
MAY_BE_NOTICED = timedelta(days=548)


class Freshness(IntEnum):
    """How lately an address was known to be its person's. Source: security rules S1.4 and S13."""

    OVER = 0
    STALE = 1
    FRESH = 2


def freshness(address: GuardianAddress, now: datetime) -> Freshness:
    if not address.is_live(now):
        return Freshness.OVER
    age = now - address.confirmed_at
    if age <= MAY_ACT:
        return Freshness.FRESH
    return Freshness.STALE if age <= MAY_BE_NOTICED else Freshness.OVER


@dataclass(frozen=True, slots=True)
class PlacedChild:
    """A child, where it is on a day, and in which group."""

    child: Child
    unit_id: str
    group_id: str
    group: str = ""


_DAY = sa.bindparam("day", type_=sa.Date)
_HOLDS = sa.and_(GuardianRight.from_day <= _DAY, sa.or_(GuardianRight.to_day.is_(None), GuardianRight.to_day >= _DAY))
_NOT_BLOCKED = ~sa.exists().where(
    Block.guardian_id == Guardianship.guardian_id, Block.child_id == Guardianship.child_id, Block.lifted_at.is_(None)
)
_ADDRESSED = GuardianRight.basis != UNDER_AGE
"""A pupil may know of their own matters, and is told and asked in a guardian's place only when of age."""
_GUARDIANS: sa.BindParameter[Sequence[str]] = sa.bindparam("guardians", expanding=True)


def _children_for(place: type[Placement]) -> "QuickSelect[Child, str, str, str, str, str]":
    return QuickSelect(
        sa.select(Child, place.unit_id, place.group_id, Guardianship.guardian_id, GuardianRight.kind, Group.name)
        .join(Guardianship, Guardianship.child_id == Child.id)
        .join(GuardianRight, GuardianRight.guardianship_id == Guardianship.id)
        .join(place, place.child_id == Child.id)
        .join(Group, Group.id == place.group_id)
        .where(
            Guardianship.guardian_id.in_(_GUARDIANS),
            GuardianRight.kind.in_(sa.bindparam("rights", expanding=True)),
            _HOLDS,
            placed(_DAY, place),
            _NOT_BLOCKED,
        )
        .order_by(Child.birth_date, Child.first_name, Child.id, place.from_day, place.id)
    )


_CHILDREN_FOR, _GUESTS_FOR = _children_for(Placement), _children_for(GuestStay)
_GUARDIANS_OF = QuickSelect(
    sa.select(Guardianship.child_id, Guardian)
    .join(Guardianship, Guardianship.guardian_id == Guardian.id)
    .join(GuardianRight, GuardianRight.guardianship_id == Guardianship.id)
    .where(
        Guardianship.child_id.in_(sa.bindparam("children", expanding=True)),
        GuardianRight.kind == sa.bindparam("right"),
        _HOLDS,
        _ADDRESSED,
        _NOT_BLOCKED,
    )
    .order_by(Guardian.first_name, Guardian.id)
    .distinct()
)
_ENTITLED = QuickSelect(
    sa.select(Guardianship.guardian_id, Guardianship.child_id)
    .join(GuardianRight, GuardianRight.guardianship_id == Guardianship.id)
    .where(Guardianship.guardian_id.in_(_GUARDIANS), GuardianRight.kind == sa.bindparam("right"), _HOLDS, _NOT_BLOCKED)
)
_ADDRESSES = AheadSelect(
    sa.select(GuardianAddress, Guardian)
    .join(Guardian, Guardian.id == GuardianAddress.guardian_id)
    .where(GuardianAddress.kind == sa.bindparam("kind"), GuardianAddress.owner_id == sa.bindparam("owner"))
    .order_by(Guardian.id),
    GuardianAddress.value,
)
_BEST = QuickSelect(
    sa.select(GuardianAddress)
    .where(GuardianAddress.guardian_id == sa.bindparam("guardian"), GuardianAddress.kind == sa.bindparam("kind"))
    .order_by(GuardianAddress.rank, GuardianAddress.id)
)


def list_children_for(
    look: Look, guardian_ids: Sequence[str], rights: Sequence[Right], day: date, *, with_guests: bool = False
) -> list[list[PlacedChild]]:
    """For each of the rights, the placed children for whom every one of the guardians has it on a day; the oldest first.

    What is about the day alone is asked `with_guests`: behind their own places stand those where they are guests then."""
    asked: dict[str, Any] = {"guardians": list(guardian_ids), "rights": list(rights), "day": day}
    rows = [row for question in (_CHILDREN_FOR, _GUESTS_FOR)[: 1 + with_guests] for row in question.rows(look, **asked)]
    holders: dict[tuple[str, str, str], set[str]] = {}
    found: dict[tuple[str, str, str], PlacedChild] = {}
    for child, unit_id, group_id, guardian_id, right, group in rows:
        holders.setdefault((right, child.id, unit_id), set()).add(guardian_id)
        found.setdefault((right, child.id, unit_id), PlacedChild(child, unit_id, group_id, group))
    everyone = set(guardian_ids)
    return [[place for key, place in found.items() if key[0] == right and holders[key] == everyone] for right in rights]


def list_guardians_for(look: Look, child_id: str, right: Right, day: date) -> list[Guardian]:
    """The guardians who have the right for a child on a day and are not blocked from it."""
    return list_guardians_of(look, [child_id], right, day).get(child_id, [])


def list_guardians_of(look: Look, child_ids: Iterable[str], right: Right, day: date) -> dict[str, list[Guardian]]:
    """For each of the children, the guardians who have the right on a day and are not blocked from it."""
    found: dict[str, list[Guardian]] = {}
    for child_id, guardian in _GUARDIANS_OF.rows(look, children=list(child_ids), right=right, day=day):
        found.setdefault(child_id, []).append(guardian)
    return found


_PUPIL = QuickSelect(
    sa.select(Guardian)
    .join(Guardianship, Guardianship.guardian_id == Guardian.id)
    .join(GuardianRight, GuardianRight.guardianship_id == Guardianship.id)
    .where(
        Guardian.pupil_id == sa.bindparam("child"),
        Guardianship.child_id == sa.bindparam("child"),
        GuardianRight.kind == sa.bindparam("right"),
        _HOLDS,
    )
    .limit(1)
)


def find_pupil(look: Look, child_id: str, right: Right, day: date) -> Guardian | None:
    """The child as somebody who writes and reads on an address of their own, where they have the right on a day."""
    found = _PUPIL.rows(look, child=child_id, right=right, day=day)
    return found[0][0] if found else None


def ids_with_right(right: Right, day: date, place: type[Placement] = Placement) -> sa.Select[str]:
    """A question for the ids of the guardians who have the right for any child that is placed on a day and are not blocked from
    it, each once: on Guardianship and Placement, or what is read as that, to be narrowed."""
    return (
        sa.select(Guardianship.guardian_id)
        .join(GuardianRight, GuardianRight.guardianship_id == Guardianship.id)
        .join(place, place.child_id == Guardianship.child_id)
        .where(GuardianRight.kind == right, _HOLDS, _ADDRESSED, placed(_DAY, place), _NOT_BLOCKED)
        .params(day=day)
        .distinct()
    )


def entitled_pairs(
    look: Look, guardian_ids: Iterable[str], child_ids: Iterable[str], right: Right, day: date
) -> set[tuple[str, str]]:
    """The pairs (guardian, child) among these that have the right on a day, blocks heeded.

    Only the guardians are asked for: of two long lists a store would look up each pair that could be."""
    children = set(child_ids)
    found = _ENTITLED.rows(look, guardians=list(guardian_ids), right=right, day=day)
    return {(guardian_id, child_id) for guardian_id, child_id in found if child_id in children}


_PROTECTED = AheadSelect(
    sa.select(Child.id).join(Guardianship, Guardianship.child_id == Child.id).where(Child.protected),
    Guardianship.guardian_id,
)


def has_protected_child(look: Look, guardian_id: str) -> bool:
    """Has the guardian to do with a protected child, whatever else they are written to about? Source: security rule S4.4."""
    return bool(_PROTECTED.rows(look, guardian_id))


_GUARDED = QuickSelect(
    sa.select(Child.id)
    .join(Guardianship, Guardianship.child_id == Child.id)
    .join(GuardianRight, GuardianRight.guardianship_id == Guardianship.id)
    .where(Guardianship.guardian_id.in_(_GUARDIANS), Child.protected, _HOLDS, _NOT_BLOCKED)
    .limit(1)
)


_GUARDED_ONES = QuickSelect(
    sa.select(Guardianship.guardian_id)
    .join(Child, Child.id == Guardianship.child_id)
    .where(Guardianship.guardian_id.in_(_GUARDIANS), Child.protected)
    .distinct()
)


def list_guarded(look: Look, guardian_ids: Iterable[str]) -> set[str]:
    """Those who have to do with a protected child, whatever else they are written to about. Source: security rule S4.4."""
    return {guardian_id for (guardian_id,) in _GUARDED_ONES.rows(look, guardians=list(guardian_ids))}


def is_guarded(look: Look, guardian_ids: Sequence[str], day: date) -> bool:
    """Has any of them any right, whichever it is, for a protected child? Source: security rule S4.4."""
    return bool(_GUARDED.rows(look, guardians=list(guardian_ids), day=day))


def read_readers_ahead(look: Look, addresses: Iterable[GuardianAddress]) -> None:
    """Who reads at each of these, and whether they have to do with a protected child."""
    values: dict[tuple[str, str], list[str]] = {}
    for address in addresses:
        values.setdefault((address.kind, address.owner_id), []).append(address.value)
    found = [
        row for (kind, owner), of in values.items() for row in _ADDRESSES.read_ahead(look, of, kind=kind, owner=owner)
    ]
    _PROTECTED.read_ahead(look, {guardian.id for _, guardian in found})


def list_entitled(look: Look, guardian_ids: Iterable[str], right: Right, day: date) -> dict[str, set[str]]:
    """For each of these guardians, the children for whom they have the right on a day, blocks heeded."""
    out: dict[str, set[str]] = {}
    for guardian_id, child_id in _ENTITLED.rows(look, guardians=list(guardian_ids), right=right, day=day):
        out.setdefault(guardian_id, set()).add(child_id)
    return out


def list_addresses(look: Look, kind: str, value: str, owner_id: str) -> list[tuple[GuardianAddress, Guardian]]:
    """Everyone of an owner who has this address and it is not gone."""
    rows = _ADDRESSES.rows(look, value, kind=kind, owner=owner_id)
    return [(address, guardian) for address, guardian in rows if address.is_live(look.now)]


def find_best_address(look: Look, guardian_id: str, kind: str) -> GuardianAddress | None:
    """The guardian's first live address of a kind that may still be noticed."""
    return next(iter(list_live(look, guardian_id, kind)), None)


def list_live(look: Look, guardian_id: str, kind: str) -> list[GuardianAddress]:
    """The guardian's addresses of a kind that may still be noticed, the best first."""
    found = _BEST.rows(look, guardian=guardian_id, kind=kind)
    return [address for (address,) in found if freshness(address, look.now) > Freshness.OVER]
