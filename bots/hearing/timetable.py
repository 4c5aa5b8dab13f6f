"""What a text has told so far of times of care: hours by day, of all children or of each, and what still waits for a day."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from bots.hearing.almanac import Days, monday_of, written_out
from bots.hearing.hours import Hours

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Told:
    """What is told so far.

    `keys` are the children spoken of, None before any is named; `common` is told of all. `idle`: no day has taken the
    hours; `waiting`: such hours of children told before; `whole`: the week was not told, only asked about.
    """

    week: date | None
    keys: tuple[str, ...] | None = None
    common: dict[date, Hours] = field(default_factory=dict)
    each: dict[str, dict[date, Hours]] = field(default_factory=dict)
    open: dict[date, Hours] | None = None
    pending: list[Days] = field(default_factory=list)
    last: list[Days] = field(default_factory=list)
    hours: Hours | None = None
    hours_first: bool | None = None
    rest: bool = False
    named: bool = False
    fresh: bool = False
    free: bool = False
    excepted: Days | None = None
    soft: set[date] = field(default_factory=set)
    idle: bool = False
    waiting: list[tuple[tuple[str, ...] | None, Hours]] = field(default_factory=list)
    whole: bool = False
    broken: bool = False

    def books(self) -> list[dict[date, Hours]]:
        if self.keys is None:
            return [self.common]
        if not self.keys:
            self.open = self.open if self.open is not None else {}
            return [self.open]
        return [self.each.setdefault(key, {}) for key in self.keys]

    def book(self, days: Days, hours: Hours) -> None:
        for book in self.books():
            for day in days.days:
                if days.every and day in book:
                    continue
                if day in book and day not in self.soft and book[day] != hours:
                    self.broken = True
                book[day] = _kept(book[day], hours) if day in book and day in self.soft else hours
        if days.every or days.is_week or len(days.days) > 2:
            self.soft.update(days.days)
        else:
            self.soft.difference_update(days.days)

    def book_all(self, days: Days, hours: Hours) -> None:
        """Books the hours, and those of the children told before them in the same breath: "Johan 8-14 and Ditte 9-16 on
        Thursday"."""
        self.book(days, hours)
        self.idle = False
        own = self.keys
        for keys, earlier in self.waiting:
            self.keys = keys
            self.book(days, earlier)
        self.keys, self.waiting = own, []

    def book_likewise(self, keys: tuple[str, ...]) -> None:
        """`Johan 8-14 on Monday, Ditte too`: what is told of one child is told of these as well."""
        same = {**self.common, **self.each.get(self.keys[0], {})} if self.keys and len(self.keys) == 1 else {}
        self.broken = self.broken or not (same and keys)
        for key in keys:
            self.each.setdefault(key, {}).update(same)

    def book_rest(self, hours: Hours) -> None:
        for book in self.books():
            told = {**self.common, **book}
            monday = self.week or (monday_of(min(told)) if told else None)
            if monday is None:
                self.broken = True
                return
            for day in written_out(monday, monday + _DAY * 4):
                if day not in told:
                    book[day] = hours

    @property
    def has_any(self) -> bool:
        return bool(self.common or self.open or any(self.each.values()))


def _kept(general: Hours, own: Hours) -> Hours:
    """`every day 7.30-15.30, but only until two on Friday`: a day with one bound of its own keeps the other, where there
    is only one."""
    if own.off or general.off or general.again is not None:
        return own
    return Hours(own.start or general.start, own.end or general.end)
