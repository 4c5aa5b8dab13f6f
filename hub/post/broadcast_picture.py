"""How far a broadcast has come as a picture: a bar for each channel, two lines over time, and the same figures as its table."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WIDE, HIGH = 600, 160
"""The field the lines are drawn in, in the picture's own units."""
BAR = 300
"""How long the longest bar is."""
MOST_POINTS = 120


class End(StrEnum):
    """Where a receiver stands. `sent`: the provider has it and has not told of its arrival, or what it told is let go of, or it
    lies in the app unread."""

    WAITING = "waiting"
    SENT = "sent"
    REACHED = "reached"
    FAILED = "failed"
    RECALLED = "recalled"


DRAWN = (End.REACHED, End.SENT, End.WAITING, End.FAILED, End.RECALLED)
"""The ends in the order in which a bar shows them."""


@dataclass(frozen=True, slots=True)
class Point:
    """How many it had reached at a moment, and of how many it was known by then that it would not."""

    at: datetime
    reached: int
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar: so many, from `begins` on, in the bar's own units."""

    end: End
    n: int
    begins: float
    length: float


def list_points(began_at: datetime, moments: Iterable[tuple[datetime, End]]) -> tuple[Point, ...]:
    """From its beginning, at most `MOST_POINTS` of them; of moments that tell of an end other than reached or failed none."""
    told = sorted((at, end) for at, end in moments if end in (End.REACHED, End.FAILED))
    step = max(1, -(-len(told) // MOST_POINTS))
    counted: Counter[End] = Counter()
    points = [Point(began_at, 0)]
    for n, (at, end) in enumerate(told, 1):
        counted[end] += 1
        if n % step == 0 or n == len(told):
            points.append(Point(max(at, began_at), counted[End.REACHED], counted[End.FAILED]))
    return tuple(points)


def draw_line(points: Sequence[Point], counts: Sequence[int], total: int) -> str:
    """What was counted at each point, as SVG writes a line: time from the first to the last, from nobody to everybody."""
    seconds = max((points[-1].at - points[0].at).total_seconds(), 1.0)
    drawn = [
        (WIDE * (point.at - points[0].at).total_seconds() / seconds, HIGH * (1 - n / max(total, 1)))
        for point, n in zip(points, counts, strict=True)
    ]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)


def lay_out_bar(ends: Mapping[End, int], longest: int) -> tuple[Piece, ...]:
    """The pieces of one bar, whose length is to that of `BAR` as its sum to `longest`."""
    pieces: list[Piece] = []
    begins = 0.0
    for end in DRAWN:
        n = ends.get(end, 0)
        length = BAR * n / max(longest, 1)
        if n:
            pieces.append(Piece(end, n, round(begins, 2), round(length, 2)))
        begins += length
    return tuple(pieces)
