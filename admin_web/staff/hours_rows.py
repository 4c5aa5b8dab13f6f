"""A child's row on *Hours*: all that it shows, in words, and how the rows of each group are drawn."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup

from admin_web.staff.hours_board import ChildMonth, Hours
from admin_web.staff.visiting import Visit


class RowSaid(NamedTuple):
    """Everything that goes into a row beside what all share; "" where there is nothing. A tuple, since hundreds are made for a
    page and each is looked up."""

    child_id: str
    name: str
    booked: str
    attended: str
    counted: str
    decided: str
    left: str


def draw_groups(visit: Visit, hours: Hours) -> Iterator[tuple[str, Markup]]:
    """The name of each group, and its rows, each that has not changed lately as it was drawn before."""
    said = Said(visit)
    for name, rows in groupby(hours.rows, key=lambda row: row.group.name):
        drawn = visit.house.drawing.draw_rows(
            "staff/hours_row.j2",
            visit.house.rows,
            [said.read(row) for row in rows],
            visit.words,
            visit.form_token,
            path=f"/hours/{hours.unit.id}",
            first=hours.first,
        )
        yield name, visit.inlay.put(drawn)


class Said:
    """Puts rows in words; what many of them share is said once."""

    def __init__(self, visit: Visit) -> None:
        self._hours = lru_cache(maxsize=None)(lambda minutes: visit.say("week.hours", minutes=minutes))
        self._beyond = lru_cache(maxsize=None)(lambda minutes: visit.say("hours.beyond", minutes=minutes))
        self._agreed = lru_cache(maxsize=None)(lambda hours, per: visit.say("week.agreed", hours=hours, per=per))

    def read(self, row: ChildMonth) -> RowSaid:
        month = row.figures
        left = month.left
        return RowSaid(
            row.child.id,
            row.name,
            self._hours(month.booked),
            self._hours(month.attended),
            self._hours(month.counted),
            "" if month.decided is None else self._agreed(month.decided, month.per),
            "" if left is None else self._beyond(-left) if left < 0 else self._hours(left),
        )
