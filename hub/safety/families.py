"""Guardians are seen through their children, by those who serve one of them. Source: security rules S3.1 and S4.4."""

from collections.abc import Iterable

import sqlalchemy as sa

from hub.desk import Look
from hub.people.families import Child, Guardianship
from hub.people.places import Unit
from hub.safety.access import NamedReader, Reach, children_of_guardians, visible_children


def children_within(look: Look, reach: Reach, unit: Unit, guardian_ids: Iterable[str]) -> list[Child]:
    """The children at a unit today whom these guardians have to do with and the reach covers, by first name."""
    today = unit.today(look.now)
    ids = visible_children(look, reach, children_of_guardians(look, guardian_ids, unit.id, today), unit.id, today)
    return list(look.session.scalars(sa.select(Child).where(Child.id.in_(ids)).order_by(Child.first_name, Child.id)))


def has_hidden_child(look: Look, reach: Reach, guardian_ids: Iterable[str]) -> bool:
    """Whether one of these guardians has to do with a protected child whose named reader the asker is not."""
    named = sa.exists().where(NamedReader.child_id == Child.id, NamedReader.staff_id == reach.staff_id)
    hidden = (
        sa.select(Child.id)
        .join(Guardianship, Guardianship.child_id == Child.id)
        .where(Guardianship.guardian_id.in_(list(guardian_ids)), Child.protected, ~named)
    )
    return look.session.scalars(hidden.limit(1)).first() is not None
