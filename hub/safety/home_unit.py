"""The unit where a child is at home: each unit counts by the day that it is there. It asks no rights of whoever looks: its
callers do."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Placement
from hub.people.places import Unit, UnitKind
from hub.safety.access import DAY, placed

_HOMES = (
    sa.select(Unit)
    .join(Placement, Placement.unit_id == Unit.id)
    .where(Placement.child_id == sa.bindparam("child"))
    .order_by(sa.case((Unit.kind == UnitKind.AFTER_SCHOOL, 1), else_=0), Unit.id)
)
_PLACE = sa.select(Placement.id).where(
    Placement.child_id == sa.bindparam("child"), Placement.unit_id == sa.bindparam("unit"), placed(DAY)
)

_ZONES = (
    sa.select(Placement.child_id, Unit.zone)
    .join(Unit, Unit.id == Placement.unit_id)
    .where(Placement.child_id.in_(sa.bindparam("children", expanding=True)), placed(DAY))
    .order_by(sa.case((Unit.kind == UnitKind.AFTER_SCHOOL, 0), else_=1), Unit.id.desc())
)
"""The home's own zone comes last."""


def find_home_unit(look: Look, child_id: str) -> Unit | None:
    """Where a child goes today: its school or preschool before its after-school club."""
    for unit in look.session.scalars(_HOMES, {"child": child_id}):
        if is_placed(look, child_id, unit):
            return unit
    return None


def is_placed(look: Look, child_id: str, unit: Unit) -> bool:
    """Whether a child has a place at a unit today."""
    asked = {"child": child_id, "unit": unit.id, "day": unit.today(look.now)}
    return look.session.scalars(_PLACE, asked).first() is not None


def list_home_zones(look: Look, child_ids: Sequence[str], day: date) -> dict[str, str]:
    """By child, the zone of the unit where it goes on a day; those without a place are not among them."""
    return dict(look.session.execute(_ZONES, {"children": child_ids, "day": day}).all())
