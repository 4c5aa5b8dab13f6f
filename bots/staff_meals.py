"""Keeps the meals that a family day carer told by text: of children who were seen in the home today, and never of another.

What a family told of a child's food decides whether a meal was a special diet, and is said back by no text.
Source: security rule S6.1.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bots.staff_facts import Seen, see
from hub.desk import Look, Work
from hub.school.day_board import OnBoard
from hub.school.home_days import list_at_table
from hub.school.meals import Meal, MealKind, MealTold, get_meals, take_meals_back, tell_again, tell_meals
from hub.school.reimbursement_rates import read_schedule
from hub.talk.answers import Named
from hub.talk.dialogue import Say, say
from hub.talk.staff_member import Member

FRESH, REPLACED = "meals", "meals_before"


@dataclass(frozen=True, slots=True)
class Eaten:
    """Meals to keep: of all of a `group` who are here but for `besides`, or of `children`. `is_diet`: the text said so."""

    kinds: tuple[MealKind, ...]
    group: Named | None
    children: tuple[str, ...]
    besides: Collection[str]
    is_diet: bool = False


@dataclass(slots=True)
class MealsDone:
    """What is said, and the ids of the meals that an UNDO needs."""

    says: list[Say] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)

    def memory(self) -> dict[str, list[str]]:
        found = {FRESH: self.fresh, REPLACED: self.replaced}
        return {key: ids for key, ids in found.items() if ids}


def keep_meals(work: Work, member: Member, told: Sequence[Eaten]) -> MealsDone:
    """By what the board says once all else of the text is marked."""
    done = MealsDone()
    if not told:
        return done
    seen, paid = see(work, member), read_schedule(work, member.unit.owner_id).meals_of(member.today)
    for one in told:
        for kind in one.kinds:
            if kind in paid:
                _keep(work, member, seen, one, kind, done)
            else:
                done.says.append(say("staff_line.meal_not_paid", meal=kind))
    return done


def _keep(work: Work, member: Member, seen: Seen, one: Eaten, kind: MealKind, done: MealsDone) -> None:
    if one.group is not None:
        table = [on for on in list_at_table(seen.in_group(one.group.id)) if on.child.id not in one.besides]
        others: list[OnBoard] = []
    else:
        named = [seen.board[id_] for id_ in one.children if id_ in seen.board]
        table, others = [on for on in named if on.was_seen], [on for on in named if not on.was_seen]
    if table:
        is_special = True if one.is_diet else None
        told = MealTold(member.today, kind, member.staff.id, member.phone.id, is_special)
        kept = tell_meals(work, member.unit, [on.child.id for on in table], told)
        done.fresh += [row.id for row in kept.fresh]
        done.replaced += [row.id for row in kept.before]
        done.says.append(say("staff_line.ate", meal=kind, children=_called(seen, table), food=one.is_diet))
    elif one.group is not None:
        done.says.append(say("staff_line.nobody_ate", meal=kind, group=one.group.name))
    if others:
        done.says.append(say("staff_line.ate_not_here", meal=kind, children=_called(seen, others)))


def _called(seen: Seen, those: Sequence[OnBoard]) -> list[str]:
    """By their names alone, where no two in the home are called the same."""
    names = [on.child.called for on in seen.board.values()]
    return [on.child.called if names.count(on.child.called) == 1 else seen.labels[on.child.id] for on in those]


def list_own_meals(look: Look, member: Member, seen: Seen, memory: Mapping[str, Any]) -> list[Meal]:
    """The meals of today that one text told, of children whom the writer still serves."""
    ids = [id_ for key in (FRESH, REPLACED) for id_ in memory.get(key, ())]
    return [row for row in get_meals(look, ids) if row.child_id in seen.board and row.day == member.today]


def take_back_meals(work: Work, member: Member, rows: Iterable[Meal], memory: Mapping[str, Any]) -> None:
    """What one text told is taken back, and what it stood in place of stands anew."""
    rows = list(rows)
    take_meals_back(work, [row for row in rows if row.id in memory.get(FRESH, ())], member.staff.id)
    again = [row for row in rows if row.id in memory.get(REPLACED, ())]
    tell_again(work, member.unit, again, member.staff.id)
