"""One row of the table: ours, the limit beside it, their ratio, and what must hold and what is aimed at."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

SLOW_SHARE = 2 / 3
HEADINGS = ("what", "ours", "limit", "ratio", "must", "aim", "verdict")


@dataclass(frozen=True, slots=True)
class Row:
    """`must` and `aim` bound `ratio`, from below when `more_is_better`. None in both: the row only informs.

    `expected` is what the limit does on a quiet two-core machine: a limit under two thirds of it was disturbed. A row
    without a limit is held against its bounds in `unit` itself.
    """

    name: str
    ours: float
    limit: float | None
    unit: str
    must: float | None = None
    aim: float | None = None
    more_is_better: bool = True
    expected: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if self.limit is None or self.limit == 0 else self.ours / self.limit

    @property
    def is_disturbed(self) -> bool:
        """The limit itself was far below what it does on a quiet machine."""
        return self.expected is not None and self.limit is not None and self.limit < self.expected * SLOW_SHARE

    @property
    def verdict(self) -> str:
        if self.must is None or self.aim is None:
            return "for information"
        figure = self.ours if self.ratio is None else self.ratio
        reached = "aim" if self._meets(figure, self.aim) else "must" if self._meets(figure, self.must) else "MISSED"
        return f"{reached}; a slow limit or a disturbed machine" if self.is_disturbed else reached

    def _meets(self, figure: float, bound: float) -> bool:
        return figure >= bound if self.more_is_better else figure <= bound

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "verdict": self.verdict}


def show(rows: Iterable[Row]) -> str:
    """The rows as one table, each with its note below it."""
    table = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEADINGS))]
    lines = []
    notes = ["", *(row.note for row in rows)]
    for line, note in zip(table, notes, strict=True):
        lines.append("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if note:
            lines.append(f"    {note}")
    return "\n".join(lines)


def show_json(rows: Iterable[Row]) -> str:
    return json.dumps([row.as_json() for row in rows], indent=2)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        f"{_figure(row.ours)} {row.unit}",
        "-" if row.limit is None else f"{_figure(row.limit)} {row.unit}",
        "-" if row.ratio is None else f"{row.ratio:.2f}",
        _bound(row, row.must),
        _bound(row, row.aim),
        row.verdict,
    )


def _bound(row: Row, bound: float | None) -> str:
    if bound is None:
        return "-"
    return f"{'≥' if row.more_is_better else '≤'} {_figure(bound)}{'' if row.limit is not None else ' ' + row.unit}"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
