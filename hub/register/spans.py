"""Lists of what holds from day to day: which of the register's items the store has, and which it lacks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from hub.register.rows import Span

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of the store: `what` it is about (a group, a right, a role), and its days, both included."""

    id: str
    what: str
    from_day: date
    to_day: date | None

    def is_live(self, today: date) -> bool:
        """It holds today, or will."""
        return self.to_day is None or self.to_day >= max(today, self.from_day)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item of the register; `what` as the store names it."""

    what: str
    item: Span


@dataclass(slots=True)
class Matched:
    """`added` with their first days, `longer` and `shorter` with the rows they are in the store, `same`, and `unlisted`
    rows that the register does not have any more though they hold today, or will."""

    added: list[tuple[Wanted, date]] = field(default_factory=list)
    longer: list[tuple[Wanted, Stored]] = field(default_factory=list)
    shorter: list[tuple[Wanted, Stored]] = field(default_factory=list)
    same: list[tuple[Wanted, Stored]] = field(default_factory=list)
    unlisted: list[Stored] = field(default_factory=list)


def match(stored: Iterable[Stored], wanted: Iterable[Wanted], today: date) -> Matched:
    """Compare one row's list with the store's.

    An item that names no first day is the row that holds today, or the next one to; when there is none it begins today.
    """
    left = sorted(stored, key=lambda row: (row.from_day, row.id))
    out = Matched()
    for item in wanted:
        row = _find(left, item, today)
        to_day = item.item.to_day
        if row is None:
            from_day = item.item.from_day or today
            if to_day is None or to_day >= from_day:
                out.added.append((item, from_day))
            continue
        left.remove(row)
        if to_day == row.to_day:
            out.same.append((item, row))
        elif to_day is None or (row.to_day is not None and to_day > row.to_day):
            out.longer.append((item, row))
        else:
            out.shorter.append((item, row))
    out.unlisted = [row for row in left if row.is_live(today)]
    return out


def _find(rows: list[Stored], wanted: Wanted, today: date) -> Stored | None:
    from_day = wanted.item.from_day
    of_kind = [row for row in rows if row.what == wanted.what]
    if from_day is not None:
        return next((row for row in of_kind if row.from_day == from_day), None)
    live = (row for row in of_kind if row.is_live(today))
    return next(live, None) or next((row for row in of_kind if row.from_day == today), None)


def end_before(today: date) -> date:
    """The last day of what the register does not have any more."""
    return today - ONE_DAY
