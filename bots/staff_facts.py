"""What a text of staff is about: which children and groups its words may mean, as the writer serves them today.

Nothing of a protected child is ever said or marked by text, whoever writes. Source: security rules S3.5 and S4.4.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum

from bots.staff_alarm import AlarmAsked, gather_alarm, read_alarm
from bots.staff_grammar import Clause, Names, Told, What, fold, read_told
from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Group, Owner, UnitKind
from hub.safety.access import list_groups
from hub.school.care_notes import get_caring
from hub.school.day_board import OnBoard, list_board
from hub.school.marking import list_doubted, list_looked_for
from hub.school.meals import MealKind
from hub.talk.answers import Named
from hub.talk.staff_member import Member


class Matter(StrEnum):
    """What the talk is about."""

    MARKS = "marks"
    UNDO = "undo"
    EMERGENCY = "emergency"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Kid:
    """A child whom a name may mean, as a text may call it: by first name and group.

    `is_own`: the writer is also its guardian. `is_looked_for`: it was expected and has not arrived.
    """

    id: str
    label: str
    is_own: bool = False
    is_looked_for: bool = False


@dataclass(frozen=True, slots=True)
class Doubts:
    """The children of a group of whom "all are here" is not what is known."""

    group_id: str
    children: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Tell:
    """One thing told. `whom` and `besides` hold, for each name, the children it may mean; `groups` those that a whole group
    may be, `doubts` what speaks against each of them being here as a whole. `meals` holds, for each that they ate, what its
    word may mean."""

    what: What
    at: time | None = None
    groups: tuple[Named, ...] = ()
    whom: tuple[tuple[Kid, ...], ...] = ()
    besides: tuple[tuple[Kid, ...], ...] = ()
    doubts: tuple[Doubts, ...] = ()
    meals: tuple[tuple[MealKind, ...], ...] = ()
    is_diet: bool = False

    def doubted_in(self, group_id: str) -> tuple[Named, ...]:
        return next((doubts.children for doubts in self.doubts if doubts.group_id == group_id), ())


@dataclass(frozen=True, slots=True)
class Undoes:
    """An older act that an UNDO may mean: when it was settled, on the unit's clock, and the children it was about."""

    conversation_id: str
    at: time
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StaffFacts:
    """`groups` are those that an emergency list is of. `tries` are wrong codes so far. `undoes` is what an UNDO may mean beside
    the newest act. `alarm` is what is to be sent to the families of `unit`."""

    matter: Matter
    tells: tuple[Tell, ...] = ()
    groups: tuple[Named, ...] = ()
    leads: bool = False
    has_factor: bool = False
    tries: int = 0
    undoes: Undoes | None = None
    alarm: AlarmAsked | None = None
    unit: str = ""

    def told_missing(self) -> set[str]:
        """Those of whom the same text says that they are not here."""
        return {kid.id for tell in self.tells if tell.what is What.NOT_HERE for kids in tell.whom for kid in kids}


@dataclass(frozen=True, slots=True)
class Seen:
    """The board as it may be spoken of in a text, and the names there."""

    board: Mapping[str, OnBoard]
    groups: Sequence[Group]
    labels: Mapping[str, str] = field(default_factory=dict)

    def name_group(self, group_id: str) -> str:
        return next((group.name for group in self.groups if group.id == group_id), "")

    def in_group(self, group_id: str) -> list[OnBoard]:
        return [on for on in self.board.values() if on.group_id == group_id]


def see(look: Look, member: Member) -> Seen:
    """By the writer's reach as it is now, without those whom the phone must not learn of."""
    found = list_board(look, member.reach, member.unit, member.today)
    board = {on.child.id: on for on in found if not on.child.protected and on.child.id not in member.barred}
    groups = list_groups(look, member.reach, member.unit.id)
    named = {group.id: group.name for group in groups}
    return Seen(board, groups, _label(board.values(), named))


def _label(board: Iterable[OnBoard], groups: Mapping[str, str]) -> dict[str, str]:
    """ "Kari (7A)", and "Kari L. (7A)" where two of a group are called the same."""
    called: dict[tuple[str, str], list[OnBoard]] = {}
    for on in board:
        called.setdefault((on.group_id, on.child.called), []).append(on)
    return {
        on.child.id: f"{name if len(same) == 1 else f'{name} {on.child.last_name[:1]}.'} ({groups.get(group_id, '')})"
        for (group_id, name), same in called.items()
        for on in same
    }


def gather_facts(look: Look, member: Member, text: str) -> StaffFacts | None:
    """None when the text is not understood, or names somebody whom the writer does not serve: both look the same."""
    seen = see(look, member)
    own = _list_own(look, member, seen.board)
    children = _names([on.child for on in seen.board.values()] + own)
    told = read_told(text, children, _group_names(seen.groups), of_home=tells_meals(look, member))
    if told is None:
        return _gather_alarm(look, member, seen, text)
    if told.is_emergency:
        return _emergency(member, seen, told)
    looked_for = list_looked_for(look, member.unit, member.today)
    tells: list[Tell] = []
    for clause in told.clauses:
        found = _tells(look, member, seen, clause, looked_for)
        if not found:
            return None
        tells += found
    return StaffFacts(Matter.MARKS, tuple(tells))


def _list_own(look: Look, member: Member, board: Mapping[str, OnBoard]) -> list[Child]:
    """The writer's own children at the unit in groups that they do not serve."""
    children = (look.session.get_one(Child, id_) for id_ in sorted(member.own - board.keys()))
    return [child for child in children if not child.protected]


def _names(children: Sequence[Child]) -> Names:
    names: dict[tuple[str, ...], list[str]] = {}
    for child in children:
        firsts = {child.called, child.first_name}
        lasts = ("", child.last_name, child.last_name[:1])
        for said in {fold(f"{first} {last}") for first in firsts for last in lasts}:
            names.setdefault(said, []).append(child.id)
    return names


def _group_names(groups: Sequence[Group]) -> Names:
    names: dict[tuple[str, ...], list[str]] = {}
    for group in groups:
        names.setdefault(fold(group.name), []).append(group.id)
    return names


def _emergency(member: Member, seen: Seen, told: Told) -> StaffFacts:
    wanted = [group for group in seen.groups if not told.groups or group.id in told.groups]
    return StaffFacts(
        Matter.EMERGENCY,
        groups=tuple(Named(group.id, group.name) for group in wanted),
        leads=member.unit.id in member.reach.leads,
        has_factor=member.staff.second_factor is not None,
    )


def _gather_alarm(look: Look, member: Member, seen: Seen, text: str) -> StaffFacts | None:
    """What does not begin as an alarm is not understood. Of whoever leads nothing here only the words are taken down."""
    told = read_alarm(text, _group_names(seen.groups))
    if told is None:
        return None
    leads = member.unit.id in member.reach.leads
    named = {group.id: group.name for group in seen.groups}
    asked = gather_alarm(look, member, told, named) if leads else AlarmAsked(told.text, (), 0, 0)
    return StaffFacts(
        Matter.ALARM,
        leads=leads,
        has_factor=member.staff.second_factor is not None,
        alarm=asked,
        unit=member.unit.name,
    )


def find_doubts(look: Look, member: Member, seen: Seen, group_ids: Iterable[str]) -> tuple[Doubts, ...]:
    """What speaks against each of these groups being here as a whole, at this moment."""
    found = {
        id_: list_doubted(look, member.unit, member.today, list(seen.board.values()), id_)
        for id_ in dict.fromkeys(group_ids)
    }
    return tuple(
        Doubts(id_, tuple(Named(on.child.id, on.child.called) for on in doubted))
        for id_, doubted in found.items()
        if doubted
    )


def _tells(look: Look, member: Member, seen: Seen, clause: Clause, looked_for: Collection[str]) -> list[Tell]:
    """Empty when a name means nobody here."""
    assert clause.what is not None  # the grammar hands out whole clauses alone
    within = set(clause.groups)
    meals = tuple(_meant(look, member, kinds) for kinds in clause.meals)
    if clause.names:
        whom = [_kids(member, seen, keys, within, looked_for) for keys in clause.names]
        told = Tell(clause.what, clause.at, whom=tuple(whom), meals=meals, is_diet=clause.is_diet)
        return [told] if all(whom) else []
    besides = [_kids(member, seen, keys, within, looked_for) for keys in clause.besides]
    named = [Named(group.id, group.name) for group in seen.groups if group.id in within]
    rivals = [Named(group.id, group.name) for group in seen.groups if seen.in_group(group.id)]
    if not all(besides) or not (named or rivals):
        return []
    meant = named or rivals
    doubts = find_doubts(look, member, seen, [group.id for group in meant]) if clause.what is What.HERE else ()
    if not named:
        return [Tell(clause.what, clause.at, tuple(rivals), besides=tuple(besides), doubts=doubts, meals=meals)]
    first, *others = (Tell(clause.what, clause.at, (group,), doubts=doubts, meals=meals) for group in named)
    return [replace(first, besides=tuple(besides)), *others]


def tells_meals(look: Look, member: Member) -> bool:
    """Whether the writer looks after all of a family day carer's home."""
    return member.unit.kind == UnitKind.FAMILY_DAY_CARE and member.unit.id in get_caring(look, member.reach).units


def _meant(look: Look, member: Member, kinds: tuple[MealKind, ...]) -> tuple[MealKind, ...]:
    """What is breakfast to a Norwegian is lunch to a Dane: it is sure where both the writer and the owner are either."""
    if set(kinds) != {MealKind.BREAKFAST, MealKind.LUNCH}:
        return kinds
    of_owner = look.session.get_one(Owner, member.unit.owner_id).country == "DK"
    if of_owner != (member.staff.language == "da"):
        return kinds
    return (MealKind.LUNCH,) if of_owner else (MealKind.BREAKFAST,)


def _kids(
    member: Member, seen: Seen, keys: Sequence[str], within: Collection[str], looked_for: Collection[str]
) -> tuple[Kid, ...]:
    """Those whom a name may mean: in the groups that were named with it, where any were."""
    kids = []
    for id_ in keys:
        on = seen.board.get(id_)
        if on is None:
            kids += [Kid(id_, "", is_own=True)] if not within else []
        elif not within or on.group_id in within:
            kids.append(Kid(id_, seen.labels[id_], id_ in member.own, id_ in looked_for))
    return tuple(kids)
