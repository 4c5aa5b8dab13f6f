"""Draws the quarter hours of a day: an area for the children, a stepped line for the adults they need, one scale for both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import time
from functools import lru_cache

from hub.school.care_staffing import QuarterHour

WIDTH, HEIGHT = 320, 104
TOP, BOTTOM = 8, 84
EVERY_HOURS = 2
QUARTERS_AN_HOUR = 4


@dataclass(frozen=True, slots=True)
class Mark:
    """An hour on the axis: where it stands, and its word."""

    x: float
    word: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths in a box of WIDTH by HEIGHT; `base` is where nobody is."""

    children: str
    adults: str
    marks: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    base: int = BOTTOM


@dataclass(frozen=True, slots=True)
class Run:
    """Quarters in a row with the same numbers; the end is excluded."""

    start: time
    end: time
    children: int
    adults: int


@lru_cache(maxsize=512)
def draw(quarters: tuple[QuarterHour, ...], top: int) -> Chart:
    """`top` is the highest number that all days drawn beside each other must have room for."""
    step = WIDTH / max(1, len(quarters))

    def height(number: int) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * number / max(1, top), 1)

    steps = _steps(quarters, step, lambda quarter: height(quarter.children))
    hours = list(range(0, len(quarters), QUARTERS_AN_HOUR * EVERY_HOURS))
    return Chart(
        children=f"M0 {BOTTOM}L{steps[1:]}L{WIDTH} {BOTTOM}Z",
        adults=_steps(quarters, step, lambda quarter: height(quarter.adults)),
        marks=tuple(Mark(round(at * step, 1), str(quarters[at].at.hour)) for at in hours),
    )


def _steps(quarters: Sequence[QuarterHour], step: float, height: Callable[[QuarterHour], float]) -> str:
    """A path that is level within each quarter."""
    points: list[str] = []
    for at, quarter in enumerate(quarters):
        y = height(quarter)
        points.append(f"{round(at * step, 1)} {y}L{round((at + 1) * step, 1)} {y}")
    return "M" + "L".join(points)


def runs(quarters: Sequence[QuarterHour]) -> list[Run]:
    """The same figures for a table, quarters alike together; those when nobody is there left out."""
    found: list[Run] = []
    for quarter in quarters:
        end_minute = quarter.at.hour * 60 + quarter.at.minute + 15
        end = time(end_minute // 60 % 24, end_minute % 60)
        last = found[-1] if found else None
        if last is not None and (last.end, last.children, last.adults) == (
            quarter.at,
            quarter.children,
            quarter.adults,
        ):
            found[-1] = Run(last.start, end, last.children, last.adults)
        else:
            found.append(Run(quarter.at, end, quarter.children, quarter.adults))
    return [run for run in found if run.children]
