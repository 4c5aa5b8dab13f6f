"""Stage directions about the weekly text: "* weekly Monday 16:00" has it sent from then on."""

from collections.abc import Mapping
from datetime import time
from typing import Any

import sqlalchemy as sa

from hub.desk import Work
from hub.people.places import Owner
from hub.school.weekly import set_rule

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def weekly(work: Work, *, how: str) -> None:
    """The owner wants it on this day at this time; "off" ends it."""
    day, _, at = how.partition(" ")
    owner = work.session.scalars(sa.select(Owner)).one()
    if day == "off":
        set_rule(work, owner.id, 0, time(16, 0), "staff", is_on=False)
    else:
        set_rule(work, owner.id, DAYS.index(day), time.fromisoformat(at), "staff", is_on=True)


DIRECTIONS: Mapping[str, Any] = {"weekly": weekly}
