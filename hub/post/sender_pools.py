"""The numbers of a unit that an alarm is spread over, each at its own pace, and how long that will take.

They are those of the seat that sends, of the office and of the leader: what is answered to any of them comes to people who
serve the whole unit. An office that is given several numbers has a pool; where neither has one, the unit's first number writes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from hub.desk import Look
from hub.people.numbers import NumberAllocation, VirtualNumber
from hub.people.staff import Role, RoleKind

_SPREAD_OVER = (RoleKind.OFFICE, RoleKind.LEADER)


@dataclass(slots=True)
class Pool:
    """The numbers of one unit. Taking turns gives each as many as its pace lets it pass in the same time."""

    numbers: tuple[VirtualNumber, ...]
    _given: dict[str, int] = field(default_factory=dict)

    @property
    def pace_per_second(self) -> float:
        return sum(number.pace_per_second for number in self.numbers)

    def take_turn(self) -> VirtualNumber | None:
        """The number that writes the next text; None where the unit has none."""
        if not self.numbers:
            return None
        chosen = min(self.numbers, key=lambda number: (self._given.get(number.id, 0) + 1) / number.pace_per_second)
        self._given[chosen.id] = self._given.get(chosen.id, 0) + 1
        return chosen


def find_pools(look: Look, unit_ids: Collection[str], role_id: str) -> dict[str, Pool]:
    """By unit. `role_id` is the seat that sends."""
    rows = look.session.execute(
        sa.select(Role.unit_id, VirtualNumber, sa.or_(Role.kind.in_(_SPREAD_OVER), Role.id == role_id))
        .join(NumberAllocation, NumberAllocation.role_id == Role.id)
        .join(VirtualNumber, VirtualNumber.id == NumberAllocation.number_id)
        .where(Role.unit_id.in_(list(unit_ids)), NumberAllocation.released_at.is_(None))
        .order_by(Role.unit_id, NumberAllocation.from_at, VirtualNumber.id)
    )
    whole: dict[str, dict[str, VirtualNumber]] = {id_: {} for id_ in unit_ids}
    others: dict[str, VirtualNumber] = {}
    for unit_id, number, serves_whole in rows:
        if serves_whole:
            whole[unit_id][number.id] = number
        others.setdefault(unit_id, number)
    return {
        unit_id: Pool(tuple(numbers.values()) or tuple(others[id_] for id_ in (unit_id,) if id_ in others))
        for unit_id, numbers in whole.items()
    }


def seconds_to_send(pools: Mapping[str, Pool], texts: Mapping[str, int]) -> float:
    """How long the numbers need for so many texts of each unit; the slowest unit tells. Units without a number send none."""
    waits = [n / pools[unit_id].pace_per_second for unit_id, n in texts.items() if pools[unit_id].numbers]
    return max(waits, default=0.0)
