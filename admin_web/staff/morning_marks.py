"""The marks of one tap on *Morning*: a child is here, the rest of a group is, and taking back what a tap marked."""

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.people.families import Child, Placement
from hub.people.guest_places import GuestStay
from hub.people.places import Unit
from hub.safety.access import NotThereError, Reach, get_reach, get_unit, list_groups, placed
from hub.safety.guests import visible_at_unit
from hub.school.attendance import Attendance, mark_here
from hub.school.attendance_undoing import not_here
from hub.school.day_board import list_board
from hub.school.marking import list_rest


def mark_one(work: Work, unit_id: str, group_id: str, child_id: str) -> None:
    """Raises: NotThereError."""
    reach, unit = reach_unit(work, unit_id)
    mark_here(work, unit, [get_child_of_group(work, reach, unit, group_id, child_id)], reach.staff_id)


def unmark_one(work: Work, unit_id: str, group_id: str, child_id: str) -> None:
    """Raises: NotThereError."""
    reach, unit = reach_unit(work, unit_id)
    not_here(work, unit, [get_child_of_group(work, reach, unit, group_id, child_id).id])


def mark_rest(work: Work, unit_id: str, group_id: str, shown: Collection[str]) -> str | None:
    """Mark those of a group whom the page had named and nothing was heard of, but for whom one is looking; answers one of the
    marks.

    Raises: NotThereError.
    """
    reach, unit = reach_unit(work, unit_id)
    if group_id not in {group.id for group in list_groups(work, reach, unit.id)}:
        raise NotThereError
    work.take_turns(shown)
    today = unit.today(work.now)
    rest = list_rest(work, unit, today, list_board(work, reach, unit, today), group_id)
    fresh = mark_here(work, unit, [on.child for on in rest if on.child.id in shown], reach.staff_id)
    return fresh[0].id if fresh else None


def unmark_marking(work: Work, unit_id: str, mark_id: str) -> None:
    """Raises: NotThereError."""
    reach, unit = reach_unit(work, unit_id)
    ids = [mark.child_id for mark in _find_marking(work, reach, unit, mark_id)]
    not_here(work, unit, sorted(visible_at_unit(work, reach, ids, unit.id, unit.today(work.now))))


def count_marking(look: Look, unit_id: str, mark_id: str | None) -> int:
    """How many marks one tap made that still stand; 0 when it was nobody's, or another's."""
    reach, unit = reach_unit(look, unit_id)
    try:
        return 0 if mark_id is None else len(_find_marking(look, reach, unit, mark_id))
    except NotThereError:
        return 0


def reach_unit(look: Look, unit_id: str) -> tuple[Reach, Unit]:
    reach = get_reach(look)
    return reach, get_unit(look, reach, unit_id)


def _is_in(look: Look, place: type[Placement], child_id: str, group_id: str, unit_id: str, day: date) -> bool:
    asked = sa.select(place.id).where(
        place.child_id == child_id, place.group_id == group_id, place.unit_id == unit_id, placed(day, place)
    )
    return look.session.scalars(asked).first() is not None


def get_child_of_group(look: Look, reach: Reach, unit: Unit, group_id: str, child_id: str) -> Child:
    """A child of a group that the reach covers today. Raises: NotThereError."""
    today = unit.today(look.now)
    asked = (child_id, group_id, unit.id)
    if not reach.covers(unit.id, group_id) or not any(_is_in(look, p, *asked, today) for p in (Placement, GuestStay)):
        raise NotThereError
    if child_id not in visible_at_unit(look, reach, [child_id], unit.id, today):
        raise NotThereError
    return look.session.get_one(Child, child_id)


def _find_marking(look: Look, reach: Reach, unit: Unit, mark_id: str) -> list[Attendance]:
    """The marks that one tap of the asker's made today and that still stand, this one among them.

    Raises: NotThereError when it is another's, or of another unit or day.
    """
    mark = look.session.get(Attendance, mark_id)
    if (
        mark is None
        or mark.owner_id != reach.owner_id
        or mark.unit_id != unit.id
        or mark.marked_by != reach.staff_id
        or mark.day != unit.today(look.now)
    ):
        raise NotThereError
    return list(
        look.session.scalars(
            sa.select(Attendance).where(
                Attendance.unit_id == unit.id,
                Attendance.day == mark.day,
                Attendance.marked_by == mark.marked_by,
                Attendance.came_at == mark.came_at,
                Attendance.taken_back_at.is_(None),
            )
        )
    )
