"""A guardian whom another has contradicted about a child's day: no other word of theirs about that day explains the child
before staff have found out, neither late after away nor away after late. Source: security rule S1.3.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.quick_select import QuickSelect
from hub.school.absences import Absence, has_staff_told, list_disputed
from hub.school.late_arrivals import LateArrival

_LAST_LATE = QuickSelect(
    sa.select(LateArrival.disputed_at)
    .where(
        LateArrival.child_id == sa.bindparam("child"),
        LateArrival.day == sa.bindparam("day", type_=sa.Date),
        LateArrival.told_by == sa.bindparam("told_by"),
    )
    .order_by(LateArrival.id.desc())
    .limit(1)
)


def dispute_what_follows(work: Work, fresh: Iterable[Absence | LateArrival]) -> None:
    """What was told just now stays disputed where its teller was contradicted in words of the other kind."""
    for row in fresh:
        if row.disputed_at is None and _is_contradicted(work, row):
            row.disputed_at = work.now


def _is_contradicted(look: Look, row: Absence | LateArrival) -> bool:
    if isinstance(row, LateArrival):
        return row.day in list_disputed(look, row.child_id, [row.day], row.told_by)
    last = _LAST_LATE.rows(look, child=row.child_id, day=row.day, told_by=row.told_by)
    return bool(last) and last[0][0] is not None and not has_staff_told(look, row.child_id, row.day)
