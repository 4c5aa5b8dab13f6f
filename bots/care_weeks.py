"""The plans of some days, and of the same days in the weeks before, for several talks of one round."""

from collections.abc import Iterable, Sequence
from datetime import date

from hub.desk import Look
from hub.people.places import Unit
from hub.school.care_plans import Plan, list_plans
from hub.school.care_rules import WEEK


class ReadWeeks:
    """Asks the store for each week of each child once: for one round, in which nobody tells anything new."""

    def __init__(self, look: Look, unit: Unit, days: Sequence[date]) -> None:
        self._look = look
        self._unit = unit
        self._days = days
        self._plans: dict[tuple[str, int], list[Plan]] = {}

    def ago(self, weeks: int, child_ids: Iterable[str]) -> dict[str, list[Plan]]:
        """For each of the children, in their order, the plans of the days so many weeks before, by day."""
        asked = list(child_ids)
        missing = [child_id for child_id in asked if (child_id, weeks) not in self._plans]
        self._plans |= {(child_id, weeks): [] for child_id in missing}
        for plan in list_plans(self._look, self._unit, missing, [day - weeks * WEEK for day in self._days]):
            self._plans[plan.child_id, weeks].append(plan)
        return {child_id: self._plans[child_id, weeks] for child_id in asked}
