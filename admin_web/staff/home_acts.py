"""What *Family day care* does: each act asks for the right to it, does it, and is kept in the audit."""

from collections.abc import Mapping
from datetime import date, time
from typing import Literal

from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_reach
from hub.safety.guests import visible_at_unit
from hub.school.attendance import Departure, mark_here, mark_left
from hub.school.attendance_undoing import undo_last
from hub.school.day_board import Presence
from hub.school.day_care_homes import get_home, list_homes
from hub.school.home_days import Done, Tapped, all_come, all_eat, all_leave, undo_done
from hub.school.meals import MealKind, MealTold, list_meals, take_meals_back, tell_meals

Said = Literal["had", "not", "special", "plain"]


def first_home(look: Look) -> str:
    """Raises: NotThereError."""
    homes = list_homes(look, get_reach(look))
    if not homes:
        raise NotThereError
    return homes[0].id


def tap_all(
    work: Work, unit_id: str, done: Done, shown: Mapping[str, time | None], meal: MealKind | None = None
) -> Tapped:
    """One tap for all whom the page named, by id; those who leave with the time that it said, None being now.

    Raises: NotThereError, AteElsewhereError.
    """
    reach, unit = _reach(work, unit_id)
    if done is Done.ATE:
        return all_eat(work, reach, unit, shown, meal)
    return all_come(work, reach, unit, shown) if done is Done.CAME else all_leave(work, reach, unit, shown)


def undo_all(work: Work, unit_id: str, done: Done, mark_id: str) -> None:
    """Raises: NotThereError."""
    reach, unit = _reach(work, unit_id)
    undo_done(work, reach, unit, done, mark_id)


def come_one(work: Work, unit_id: str, child_id: str) -> None:
    """The child is here now. Raises: NotThereError."""
    reach, unit, child = _get(work, unit_id, child_id)
    mark_here(work, unit, [child], reach.staff_id)


def leave_one(work: Work, unit_id: str, child_id: str) -> None:
    """The child leaves now. Raises: NotThereError, LeftBeforeItCameError."""
    reach, unit, child = _get(work, unit_id, child_id)
    mark_left(work, unit, [child.id], Departure(work.now, reach.staff_id))


def undo_one(work: Work, unit_id: str, child_id: str, shown: Presence) -> None:
    """What was said of it last is taken back, where it stands as the page showed. Raises: NotThereError."""
    reach, unit, child = _get(work, unit_id, child_id)
    undo_last(work, unit, child, reach.staff_id, shown)


def tell_meal(work: Work, unit_id: str, child_id: str, day: date | None, meal: MealKind, said: Said) -> None:
    """One child had a meal or not, as a special diet or not. Raises: NotThereError, and what `tell_meals` does."""
    reach, unit, child = _get(work, unit_id, child_id, day)
    on = day or unit.today(work.now)
    if said == "not":
        had = [row for row in list_meals(work, unit, on, on) if row.child_id == child.id and row.kind == meal]
        take_meals_back(work, had, reach.staff_id)
        return
    is_special = None if said == "had" else said == "special"
    tell_meals(work, unit, [child.id], MealTold(on, meal, reach.staff_id, is_special=is_special))


def _reach(look: Look, unit_id: str) -> tuple[Reach, Unit]:
    reach = get_reach(look)
    return reach, get_home(look, reach, unit_id)


def _get(look: Look, unit_id: str, child_id: str, day: date | None = None) -> tuple[Reach, Unit, Child]:
    """Raises: NotThereError, where the reach did not cover the child in the home that day."""
    reach, unit = _reach(look, unit_id)
    if child_id not in visible_at_unit(look, reach, [child_id], unit.id, day or unit.today(look.now)):
        raise NotThereError
    return reach, unit, look.session.get_one(Child, child_id)
