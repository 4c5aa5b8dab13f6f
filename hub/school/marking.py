"""Whom one marking of a whole group takes: those of whom nothing was heard, and never a child who is looked for."""

from collections.abc import Sequence
from datetime import date

from hub.desk import Look
from hub.people.places import Unit
from hub.school.attendance import OnBoard, Presence
from hub.school.not_arrived import list_cases


def list_looked_for(look: Look, unit: Unit, day: date) -> set[str]:
    """The children of a unit about whom a question or an alarm stands: each is marked by itself."""
    return {case.child_id for case in list_cases(look, unit, day) if case.closed_at is None}


def list_rest(look: Look, unit: Unit, day: date, board: Sequence[OnBoard], group_id: str) -> list[OnBoard]:
    """Those of a group on the board whom one tap, or one text, for the group marks here."""
    looked_for = list_looked_for(look, unit, day)
    return [
        on
        for on in board
        if on.group_id == group_id and on.presence is Presence.NOT_HEARD and not on.is_disputed
        if on.child.id not in looked_for
    ]
