"""What staff said of a child and is not so after all: that it left, that it came, that it stays away. Every row stays.

Nothing here takes a guardian's own word back, nor a decision: whoever told it says otherwise. Source: security rule S0.1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.desk import Work
from hub.doorbell import LIVE
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.audit import note
from hub.school.absences import Reason, list_of_child, report, take_back
from hub.school.attendance import Attendance, find_standing, list_between, read_anew
from hub.school.day_board import Presence

UNDONE_WITHIN = timedelta(minutes=1)
"""So long at most the pages offer to undo what was just marked; until then no guardian is told that a child has left."""


def unleave(work: Work, rows: Sequence[Attendance]) -> None:
    """They have not left after all. Audited."""
    for row in rows:
        row.left_at = row.left_marked_at = row.left_marked_by = None
        row.fetched_by = row.fetched_name = row.left_tap_id = None
        work.ring(LIVE, row.child_id)
    if rows:
        note(work, "attendance.unleave", [row.id for row in rows])


def take_marks_back(work: Work, rows: Sequence[Attendance]) -> None:
    """These marks were wrong. Audited."""
    for row in rows:
        row.taken_back_at = work.now
        work.ring(LIVE, row.child_id)
    if rows:
        note(work, "attendance.unmark", [row.id for row in rows])


def stand_again(work: Work, rows: Sequence[Attendance]) -> None:
    """These marks were taken back by mistake. Audited."""
    for row in rows:
        row.taken_back_at = None
        work.ring(LIVE, row.child_id)
    if rows:
        note(work, "attendance.mark", [row.id for row in rows])


def not_here(work: Work, unit: Unit, child_ids: Sequence[str]) -> list[Attendance]:
    """Those of these children who are here by a mark of today are not, after all; which marks are taken back. Of whoever has
    left nothing is, nor of an earlier stay. A night's mark is of a day before, and stays. Audited."""
    work.take_turns(child_ids)
    today = unit.today(work.now)
    marks = list_between(work, unit, child_ids, today, today)
    read_anew(work, marks)
    latest = {row.child_id: row for row in marks}
    here = [row for row in marks if row.left_at is None and latest[row.child_id].left_at is None]
    take_marks_back(work, here)
    return here


def unmark(work: Work, unit: Unit, child_ids: Sequence[str]) -> list[Attendance]:
    """The children were not seen today: all of today's marks are taken back; which those were. A night's mark is of a day
    before, and stays. Audited."""
    today = unit.today(work.now)
    standing = list_between(work, unit, child_ids, today, today)
    take_marks_back(work, standing)
    return standing


@dataclass(frozen=True, slots=True)
class Undone:
    """How a child stood and does not after all; `mark` is the one that was wrong, None of an absence."""

    presence: Presence
    mark: Attendance | None = None


def undo_last(work: Work, unit: Unit, child: Child, by: str, only: Presence | None = None) -> Undone | None:
    """What staff said last of a child today is not so: that it left, that it is here, or that it is away. Audited.

    None where there is nothing to undo, or it is not that the child stands as `only` says: so a second tap does nothing more. A
    night's mark is of a day before, and stays.
    """
    today = unit.today(work.now)
    mark = _find_now(work, unit, child)
    stood = Presence.AWAY if mark is None else Presence.HERE if mark.left_at is None else Presence.LEFT
    if only not in (None, stood):
        return None
    if mark is None:
        told = [absence for absence in list_of_child(work, child.id, [today]) if absence.is_of_staff]
        return Undone(stood) if take_back(work, told, by) else None
    if stood is Presence.LEFT:
        unleave(work, [mark])
    elif mark.day == today:
        take_marks_back(work, [mark])
    else:
        return None
    return Undone(stood, mark)


def stay_away(work: Work, unit: Unit, child: Child, by: str) -> bool:
    """Staff know that the child does not come today; whether it is so. Who was seen today is undone first. Audited."""
    if _find_now(work, unit, child) is not None:
        return False
    report(work, child, [unit.today(work.now)], Reason.UNTOLD, told_by=by, told_kind="staff", trust=work.asker.trust)
    return True


def _find_now(work: Work, unit: Unit, child: Child) -> Attendance | None:
    """How the child stands once every other work about it is kept, and none begins."""
    work.take_turns([child.id])
    mark = find_standing(work, child, unit, unit.today(work.now))
    read_anew(work, [mark] if mark is not None else [])
    return mark
