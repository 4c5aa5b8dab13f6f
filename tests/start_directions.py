"""Stage directions about what holds at a unit: "* begins leave 2025-04-01" has a function begin on a day, "* demands late" has
the owner want late arrivals said twice."""

from datetime import date

import sqlalchemy as sa

from hub.desk import Work
from hub.people.places import Unit
from hub.safety.demands import set_demands
from hub.safety.starts import Function, set_start


def begins(work: Work, *, how: str) -> None:
    """ "leave 2025-04-01", "decisions 2026-01-01", "consents 2025-04-01"."""
    name, day = how.split()
    unit = work.session.scalars(sa.select(Unit).order_by(Unit.id)).first()
    assert unit is not None
    set_start(work, unit, Function(name), date.fromisoformat(day), "staff")


def demands(work: Work, *, how: str) -> None:
    """ "absence late early_pickup"."""
    unit = work.session.scalars(sa.select(Unit).order_by(Unit.id)).first()
    assert unit is not None
    set_demands(work, unit.owner_id, how.split(), "staff")
