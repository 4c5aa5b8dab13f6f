"""Who gets one weekly text together, and what waits for them: by rights as they are now, and by what each book says."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Guardian, Guardianship, Placement, Right
from hub.people.places import Unit
from hub.post.audience import (
    Freshness,
    freshness,
    has_protected_child,
    list_addresses,
    list_entitled,
)
from hub.post.topics import Topic
from hub.post.ways import find_way
from hub.quick_select import QuickSelect
from hub.safety.access import placed
from hub.talk.duties import Duty, DutyKeeper

_HOMES = QuickSelect(
    sa.select(Placement.unit_id, Guardianship.guardian_id)
    .join(Guardianship, Guardianship.child_id == Placement.child_id)
    .where(
        Guardianship.guardian_id.in_(sa.bindparam("guardians", expanding=True)),
        Placement.owner_id == sa.bindparam("owner"),
        placed(sa.bindparam("day", type_=sa.Date)),
    )
    .order_by(Placement.unit_id)
    .distinct()
)
"""The placement's own owner is asked for: by the units of a large owner, a store would read all its children."""


@dataclass(frozen=True, slots=True)
class Family:
    """Everyone behind one phone, and what waits for them: what ends first is first, what is its unit's before the rest."""

    guardians: tuple[Guardian, ...]
    duties: tuple[Duty, ...]

    @property
    def guardian_ids(self) -> list[str]:
        return [guardian.id for guardian in self.guardians]

    @property
    def unit(self) -> Unit:
        """The one that writes."""
        return self.duties[0].unit


def with_phone_mates(look: Look, guardian_ids: Iterable[str]) -> list[str]:
    """These guardians, and whoever reads on the same phones."""
    found: dict[str, None] = {}
    for guardian_id in guardian_ids:
        address = find_way(look, guardian_id, Topic.QUESTION)
        mates = [] if address is None else list_addresses(look, address.kind, address.value, address.owner_id)
        found |= dict.fromkeys([guardian_id, *(each.id for _, each in mates)])
    return list(found)


def gather_families(
    look: Look, owner_id: str, guardian_ids: Sequence[str], keepers: Sequence[DutyKeeper], day: date
) -> list[Family]:
    """Those of these guardians for whom something waits, and who may be told of it on their phone."""
    duties = _list_duties(look, owner_id, guardian_ids, keepers, day)
    phones: dict[str, list[Guardian]] = {}
    for guardian_id in duties:
        people = _behind_one_phone(look, guardian_id)
        if people:
            phones.setdefault(people[0].id, people)
    everyone = sorted({each.id for people in phones.values() for each in people})
    known = list_entitled(look, everyone, Right.INFORM, day) if everyone else {}
    families = [_family(people, duties, known) for people in phones.values()]
    return [family for family in families if family.duties]


def _list_duties(
    look: Look, owner_id: str, guardian_ids: Sequence[str], keepers: Sequence[DutyKeeper], day: date
) -> dict[str, list[Duty]]:
    here: dict[str, list[str]] = {}
    for unit_id, guardian_id in _HOMES.rows(look, guardians=list(guardian_ids), owner=owner_id, day=day):
        here.setdefault(unit_id, []).append(guardian_id)
    found: dict[str, list[Duty]] = {}
    for unit_id, ids in here.items():
        unit = look.session.get_one(Unit, unit_id)
        for keeper in keepers:
            for duty in keeper.list_duties(look, unit, ids):
                found.setdefault(duty.guardian_id, []).append(duty)
    return found


def _behind_one_phone(look: Look, guardian_id: str) -> list[Guardian]:
    """Nobody where the phone is old, has said stop, or is that of somebody who has to do with a protected child."""
    address = find_way(look, guardian_id, Topic.QUESTION)
    people = [] if address is None else list_addresses(look, address.kind, address.value, address.owner_id)
    quiet = any(freshness(each, look.now) is not Freshness.FRESH or each.stopped_at is not None for each, _ in people)
    guarded = any(has_protected_child(look, each.id) for _, each in people)
    return [] if quiet or guarded else sorted((each for _, each in people), key=lambda each: each.id)


def _family(people: Sequence[Guardian], duties: dict[str, list[Duty]], known: dict[str, set[str]]) -> Family:
    """One of each matter, and only what each of them may know."""
    of_all = {
        (duty.bot, duty.key, tuple(duty.child_ids)): duty
        for each in people
        for duty in duties.get(each.id, ())
        if _may_all_know(duty.child_ids, people, known)
    }
    in_order = sorted(of_all.values(), key=lambda duty: (duty.until, duty.bot, duty.key))
    first = in_order[0].unit.id if in_order else None
    return Family(tuple(people), tuple(sorted(in_order, key=lambda duty: duty.unit.id != first)))


def _may_all_know(child_ids: Collection[str], people: Sequence[Guardian], known: dict[str, set[str]]) -> bool:
    return all(set(child_ids) <= known.get(each.id, set()) for each in people)
