"""When somebody at a unit reads what families write: in its hours, and a little around them, on the days when it is open.

Outside them nothing that can wait is told to staff, and no family sees that it was read. Read on the unit's own wall clock.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from hub.calendars import list_open_days
from hub.desk import Look
from hub.people.places import Unit

BEFORE = timedelta(minutes=90)
"""Before a unit opens its staff are there, and read what the morning brings."""
AFTER = timedelta(minutes=60)
SOON, LONGEST_CLOSED = 8, 100
"""Days: nearly always there is an open one among the first, and a summer is no longer than the second."""


def next_reading(look: Look, unit: Unit, now: datetime) -> datetime | None:
    """The moment from which somebody reads, UTC: `now` itself while somebody does; None where no open day is known."""
    today = unit.today(now)
    for day in _list_open(look, unit, (today + timedelta(days=n) for n in range(LONGEST_CLOSED))):
        opens, closes = unit.moment(day, unit.opens), unit.moment(day, unit.closes)
        if opens - BEFORE <= now < closes + AFTER:
            return now
        if now < opens:
            return opens
    return None


def reads_now(look: Look, unit: Unit, now: datetime) -> bool:
    return next_reading(look, unit, now) == now


def last_reading(look: Look, unit: Unit, now: datetime) -> datetime:
    """Until when somebody read before now, UTC; where it was long ago, as long ago as is looked."""
    today = unit.today(now)
    for day in _list_open(look, unit, (today - timedelta(days=n) for n in range(LONGEST_CLOSED))):
        ended = unit.moment(day, unit.closes) + AFTER
        if ended <= now:
            return ended
    return now - timedelta(days=LONGEST_CLOSED)


def _list_open(look: Look, unit: Unit, days: Iterable[date]) -> Iterable[date]:
    """Those of the days on which the unit is open, in their order: the nearest are asked about first."""
    ordered = list(days)
    for part in (ordered[:SOON], ordered[SOON:]):
        found = set(list_open_days(look, unit, part))
        yield from (day for day in part if day in found)
