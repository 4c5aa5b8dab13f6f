"""When somebody at a unit reads what families write: in its hours, and a little around them, on weekdays."""

from datetime import datetime, timedelta

from hub.people.places import Unit

BEFORE = timedelta(minutes=90)
"""Before a unit opens its staff are there, and read what the morning brings."""
AFTER = timedelta(minutes=60)
SATURDAY = 5
A_WEEK = 7


def next_reading(unit: Unit, now: datetime) -> datetime | None:
    """The moment from which somebody reads, UTC; None when somebody does now."""
    today = unit.today(now)
    for ahead in range(A_WEEK + 1):
        day = today + timedelta(days=ahead)
        if day.weekday() >= SATURDAY:
            continue
        opens = unit.moment(day, unit.opens)
        if opens - BEFORE <= now < unit.moment(day, unit.closes) + AFTER:
            return None
        if now < opens:
            return opens
    return None
