"""Both bounds of a day, told as a coming and a fetching: "is brought at 8 and fetched at 16" are hours of care."""

from collections.abc import Sequence
from dataclasses import replace

from bots.hearing.joining import Placed
from hub.talk.heard import Booking, Intent

_UNUSUAL = frozenset({"reason", "first", "before", "late", "early"})
"""What tells that a child comes later or goes earlier than usual, so that it is told of that."""


def with_hours(placed: Sequence[Placed]) -> list[Placed]:
    """The acts, a coming and a fetching of the same sentence, child and day made one of care from the one to the other.

    Who fetches makes no difference to the hours, but whoever tells it tells of that day's fetching: then both stay as they are.
    """
    if any(item.act.intent is Intent.PICKUP_PERSON for item in placed):
        return list(placed)
    kept = list(placed)
    for late in [item for item in placed if item.act.intent is Intent.LATE and item.act.start is not None]:
        early = next((item for item in kept if _is_same_day(late, item)), None)
        if early is None:
            continue
        days = early.act.days if early.told else late.act.days
        hours = tuple(Booking(day, late.act.start, early.act.end) for day in days)
        act = replace(late.act, intent=Intent.CARE_TIME, days=(), start=None, bookings=hours)
        kept = [replace(late, act=act, told=True) if item is late else item for item in kept if item is not early]
    return kept


def _is_same_day(late: Placed, item: Placed) -> bool:
    """Whether the act tells a fetching after that coming, of the same children, and of no other day."""
    first, second = late.act, item.act
    if second.intent is not Intent.EARLY_PICKUP or second.end is None or first.start is None:
        return False
    same = (first.children, first.unknown_name) == (second.children, second.unknown_name)
    near = late.clause.sentence == item.clause.sentence and not (
        late.clause.has(*_UNUSUAL) or item.clause.has(*_UNUSUAL)
    )
    days = first.days == second.days or not (late.told and item.told)
    return same and near and days and first.start < second.end
