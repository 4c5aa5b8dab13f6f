"""What *Diary* says: what its templates are given."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from admin_web.staff.diary_acts import ChildDay
from admin_web.staff.diary_board import Diary, DiaryGroup
from admin_web.staff.diary_rows import draw_rows
from admin_web.staff.morning_words import day_facts
from admin_web.staff.trips import trip_facts, trip_of_each
from admin_web.staff.visiting import Visit
from hub.school.adult_plans import Adults
from hub.school.care_staffing import QuarterHour


def diary_facts(visit: Visit, diary: Diary) -> dict[str, Any]:
    """What the templates of a unit's day are given."""
    path = f"/diary/{diary.unit.id}"
    here = sum(group.here for group in diary.groups)
    names = {group.id: group.name for group in diary.board.groups}
    return {
        **day_facts(visit, diary.board),
        **trip_facts(visit, diary.out),
        "diary": diary,
        "path": path,
        "here": path if diary.chosen is None else f"{path}?group={diary.chosen}",
        "answer": visit.say("diary.answer", here=here, short=len(diary.shortages)),
        "rows": lambda group: draw_rows(visit, diary, group, trip_of_each(visit, diary.out)),
        "warnings": [_warning(visit, one, names) for one in diary.shortages],
        "ratio": lambda group: _ratio(visit, group),
        "figures": figures,
        "adults_typed": lambda group: typed_adults(group.adults),
    }


def _warning(visit: Visit, one: Any, names: dict[str, str]) -> tuple[str, str]:
    move = "" if one.move is None else names.get(one.move.to_group_id, "")
    return (
        visit.say(
            "diary.short",
            group=names[one.group_id], start=one.start, end=one.end, needed=one.needed, planned=one.planned,
        ),
        visit.say(
            "diary.move",
            group=move,
            children=0 if one.move is None else one.move.children,
            per_adult=0 if one.move is None else one.move.per_adult,
        ),
    )  # fmt: skip


def _ratio(visit: Visit, group: DiaryGroup) -> str:
    return visit.say("diary.ratio", children=group.here, needed=group.needed, planned=group.planned)


def figures(group: DiaryGroup) -> list[tuple[time, QuarterHour, int | None]]:
    """The quarters in which something changes, and how many adults are planned in each."""
    found: list[tuple[time, QuarterHour, int | None]] = []
    for quarter in group.need.quarters:
        planned = group.planned_at(quarter)
        if not found or _differs(found[-1], quarter, planned):
            found.append((quarter.at, quarter, planned))
    return found


def _differs(before: tuple[time, QuarterHour, int | None], quarter: QuarterHour, planned: int | None) -> bool:
    _, last, planned_then = before
    return (last.children, last.adults, planned_then) != (quarter.children, quarter.adults, planned)


def typed_adults(adults: Sequence[Adults]) -> str:
    """As a leader would type them."""
    return "\n".join(f"{one.period.start:%H:%M}-{one.period.end:%H:%M}: {one.count}" for one in adults)


def child_day_facts(visit: Visit, found: ChildDay) -> dict[str, Any]:
    """What the template of one child's day is given."""
    unit = found.unit
    path = f"/diary/{unit.id}/children/{found.child.id}"
    changes: dict[str, list[dict[str, Any]]] = {}
    for change in found.corrections:
        said = visit.say(
            "diary.changed",
            who=found.names.get(change.by, ""),
            at=unit.local(change.at),
            today=found.today,
            came=unit.local(change.came_before),
            left=None if change.left_before is None else unit.local(change.left_before),
        )
        changes.setdefault(change.attendance_id, []).append({"said": said, "reason": change.reason})
    return {
        "found": found,
        "path": path,
        "here": f"{path}?day={found.day}",
        "changes": changes,
        "local": unit.local,
        "who": lambda id_: found.names.get(id_ or "", ""),
    }
