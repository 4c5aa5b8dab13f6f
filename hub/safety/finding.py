"""Finds children, their guardians and groups by name, among those that the asking member of staff serves today.

A guardian is found through a child whom the asker may see, as that child's page shows them; never through one they are
blocked from. Of a guest only the child is found, on its days: its family is known at home. It asks the store as often for many
names as for few. Source: security rules S3.1, S3.3, S4.1 and S4.4.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Block, Child, Guardian, Guardianship, Placement
from hub.people.finding import nearness, words_of
from hub.people.guest_places import GuestStay
from hub.people.places import Group, Unit
from hub.safety.access import Reach, get_reach, list_units, placed
from hub.safety.named_readers import NamedReader

MOST_FOUND = 8
SHORTEST = 2


@dataclass(frozen=True, slots=True)
class FoundChild:
    """A child with the names of its groups within the reach."""

    id: str
    name: str
    nickname: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundGuardian:
    """A guardian with those of their children whom the asker may see."""

    id: str
    name: str
    children: tuple[FoundChild, ...]


@dataclass(frozen=True, slots=True)
class FoundGroup:
    """A group within the reach. `rest` are the folded words typed that are not of its name."""

    id: str
    name: str
    unit_id: str
    unit: str
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What fits, the nearest first."""

    people: tuple[FoundChild | FoundGuardian, ...] = ()
    groups: tuple[FoundGroup, ...] = ()


def find(look: Look, text: str) -> Found:
    """What the asker may know of that fits the words of a text. Raises: NotThereError."""
    reach = get_reach(look)
    typed = words_of(text)
    if not typed:
        return Found()
    units = list_units(look, reach)
    groups = tuple(_find_groups(look, units, reach, typed))
    if max(map(len, typed)) < SHORTEST:
        return Found(groups=groups)
    visible = _visible(look, reach, units)
    children = _list_children(look, visible)
    guests = _list_children(look, _visible(look, reach, units, GuestStay), GuestStay)
    return Found(_rank(typed, (guests | children).values(), _list_guardians(look, visible, children)), groups)


def _visible(
    look: Look, reach: Reach, units: Iterable[Unit], place: type[Placement] = Placement
) -> sa.ColumnElement[bool]:
    """On a question that joins such places and Child: one within the reach today, of a child the asker may know of."""
    within = (
        sa.and_(
            place.unit_id == unit.id,
            placed(unit.today(look.now), place),
            sa.true() if unit.id in reach.whole_units else place.group_id.in_(reach.groups),
        )
        for unit in units
    )
    named = sa.select(NamedReader.child_id).where(NamedReader.staff_id == reach.staff_id)
    return sa.and_(
        Child.owner_id == reach.owner_id,
        sa.or_(sa.false(), *within),
        sa.or_(~Child.protected, Child.id.in_(named)),
    )


def _list_children(
    look: Look, visible: sa.ColumnElement[bool], place: type[Placement] = Placement
) -> dict[str, FoundChild]:
    rows = look.session.execute(
        sa.select(Child.id, Child.first_name, Child.last_name, Child.nickname, Group.name)
        .join(place, place.child_id == Child.id)
        .join(Group, Group.id == place.group_id)
        .where(visible)
        .order_by(Group.name)
    )
    children: dict[str, FoundChild] = {}
    for id_, first, last, nickname, group in rows:
        groups = children[id_].groups if id_ in children else ()
        children[id_] = FoundChild(id_, f"{first} {last}", nickname or "", (*groups, group))
    return children


def _list_guardians(
    look: Look, visible: sa.ColumnElement[bool], children: dict[str, FoundChild]
) -> Iterable[FoundGuardian]:
    blocked = sa.exists().where(
        Block.guardian_id == Guardianship.guardian_id,
        Block.child_id == Guardianship.child_id,
        Block.lifted_at.is_(None),
    )
    seen = sa.select(Child.id).join(Placement, Placement.child_id == Child.id).where(visible)
    rows = look.session.execute(
        sa.select(Guardian.id, Guardian.first_name, Guardian.last_name, Guardianship.child_id)
        .join(Guardianship, Guardianship.guardian_id == Guardian.id)
        .where(Guardianship.child_id.in_(seen), ~blocked)
    )
    names: dict[str, str] = {}
    of: dict[str, list[FoundChild]] = defaultdict(list)
    for id_, first, last, child_id in rows:
        names[id_] = f"{first} {last}"
        of[id_].append(children[child_id])
    return (FoundGuardian(id_, name, tuple(sorted(of[id_], key=lambda one: one.name))) for id_, name in names.items())


def _rank(
    typed: Sequence[str], children: Iterable[FoundChild], guardians: Iterable[FoundGuardian]
) -> tuple[FoundChild | FoundGuardian, ...]:
    """The nearest first; of those as near, children before guardians."""
    known: list[tuple[int, FoundChild | FoundGuardian, str]] = [
        *((0, child, f"{child.name} {child.nickname}") for child in children),
        *((1, guardian, guardian.name) for guardian in guardians),
    ]
    near = [(nearness(typed, words_of(names)), kind, person) for kind, person, names in known]
    fits = sorted((-score, kind, person.name, person.id, person) for score, kind, person in near if score)
    return tuple(person for *_, person in fits[:MOST_FOUND])


def _find_groups(look: Look, units: Sequence[Unit], reach: Reach, typed: Sequence[str]) -> Iterable[FoundGroup]:
    """Groups whose name has a word typed for each of its own; more words may be typed beside them."""
    rows = look.session.execute(
        sa.select(Group.id, Group.name, Group.unit_id)
        .where(Group.owner_id == reach.owner_id, Group.unit_id.in_([unit.id for unit in units]))
        .order_by(Group.name, Group.id)
    )
    names = {unit.id: unit.name for unit in units}
    for id_, name, unit_id in rows:
        parts = words_of(name)
        said = [word for word in typed if any(part.startswith(word) for part in parts)]
        if said and len(said) >= len(parts) and reach.covers(unit_id, id_):
            rest = tuple(word for word in typed if word not in said)
            yield FoundGroup(id_, name, unit_id, names[unit_id], rest)
