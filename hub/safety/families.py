"""Guardians are seen through their children: by those who serve one of the children, and by nobody when one of them is
protected and the asker is not its named reader. Source: security rules S3.1 and S4.4."""

from collections.abc import Iterable

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child
from hub.people.places import Unit
from hub.safety.access import Reach, children_of_guardians, visible_children


def children_within(look: Look, reach: Reach, unit: Unit, guardian_ids: Iterable[str]) -> list[Child]:
    """The children at a unit today whom these guardians have to do with and the reach covers, by first name; none at
    all when one of them is protected and hidden from the asker."""
    today = unit.today(look.now)
    all_ids = children_of_guardians(look, guardian_ids, unit.id, today)
    visible = visible_children(look, reach, all_ids, unit.id, today)
    children = look.session.scalars(
        sa.select(Child).where(Child.id.in_(all_ids)).order_by(Child.first_name, Child.id)
    ).all()
    if any(child.protected and child.id not in visible for child in children):
        return []
    return [child for child in children if child.id in visible]
