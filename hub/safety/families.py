"""Guardians are seen through their children, by those who serve one of them. Source: security rules S3.1 and S4.4."""

from collections.abc import Iterable

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import Reach, children_of_guardians
from hub.safety.guests import visible_at_unit

_BY_NAME = (
    sa.select(Child).where(Child.id.in_(sa.bindparam("ids", expanding=True))).order_by(Child.first_name, Child.id)
)


def children_within(look: Look, reach: Reach, unit: Unit, guardian_ids: Iterable[str]) -> list[Child]:
    """The children at a unit today whom these guardians have to do with and the reach covers, by first name."""
    today = unit.today(look.now)
    ids = visible_at_unit(look, reach, children_of_guardians(look, guardian_ids, unit.id, today), unit.id, today)
    return list(look.session.scalars(_BY_NAME, {"ids": list(ids)}))
