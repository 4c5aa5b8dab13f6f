"""How a campaign's answers came in, day by day: the figures, and the line that is drawn of them."""

from dataclasses import dataclass
from datetime import date, timedelta

from hub.people.places import Unit
from hub.school.campaigns import Asking

WIDE, HIGH = 600, 160
"""The field the line is drawn in, in the picture's own units."""
MOST_DAYS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """How many of the answers that are asked for had come by the end of a day."""

    day: date
    answered: int
    total: int


def list_points(asking: Asking, unit: Unit, today: date) -> list[Point]:
    """From the day it began to today or its end, at most two months; an answer is one guardian's to one kind of a child."""
    first = unit.today(asking.campaign.started_at)
    last = min(max(today, first), max(asking.campaign.ends_on, first), first + timedelta(days=MOST_DAYS))
    days: list[date] = []
    total = 0
    for child in asking.children:
        for guardian_id in asking.standings.deciders.get(child.id, ()):
            for kind in asking.kinds:
                total += 1
                word = asking.standings.position(child.id, guardian_id, kind).word
                if word is not None and asking.standings.is_answered(child.id, guardian_id, kind):
                    days.append(unit.today(word.at))
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    points = [Point(day, sum(said <= day for said in days), total) for day in span]
    return [*points[:-1], Point(span[-1], len(days), total)]


def draw_points(points: list[Point], ends_on: date) -> str:
    """The points of the line, as SVG writes them: time from the first day to the end, answers from none to all."""
    first = points[0].day
    days = max((ends_on - first).days, len(points) - 1, 1)
    drawn = [
        (WIDE * (point.day - first).days / days, HIGH * (1 - point.answered / max(point.total, 1))) for point in points
    ]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)
