"""The calendar of an owner: the closed days, and the open ones against the rule, as a register wants them."""

from functools import partial

import sqlalchemy as sa

from hub.calendars import REGISTER, ClosedDays
from hub.desk import Work
from hub.register.changes import Kind
from hub.register.plan import Plan, Scope, Wish
from hub.register.rows import ClosedDaysRow


def plan_closed_days(plan: Plan, scope: Scope, rows: list[ClosedDaysRow]) -> None:
    """The register's rows are all it knows: one of its own that is left out is gone, unless it is over."""
    wishes = []
    for row in rows:
        unit_id = scope.find("units", row.unit) if row.unit is not None else None
        if row.unit is not None and unit_id is None:
            plan.fault("closed_days", row.id, "unit is not known")
            continue
        given = {
            "unit_id": unit_id,
            "unit_kind": None if row.unit_kind is None else row.unit_kind.value,
            "from_day": row.from_day,
            "to_day": row.to_day or row.from_day,
            "name": row.name,
            "is_open": row.open,
        }
        wishes.append(Wish(row.id, given, {"made_by": REGISTER}))
    if not wishes:
        return
    listed = {wish.source_id for wish in wishes}
    stored = plan.settle(scope, "closed_days", ClosedDays, wishes, tells_missing=False)
    for source_id in sorted(stored.keys() - listed):
        gone = stored[source_id]
        if gone.made_by == REGISTER and gone.to_day >= scope.today:
            plan.tell(scope, "closed_days", source_id, Kind.ENDED)
            plan.at_last(partial(_end, row_id=gone.id))


def _end(work: Work, row_id: str) -> None:
    work.session.execute(sa.delete(ClosedDays).where(ClosedDays.id == row_id))
