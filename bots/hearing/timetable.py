"""What a text has told so far of times of care: hours by day, of all children or of each, and what still waits for a day;
and how that grows from thing to thing."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from bots.hearing.almanac import Days, monday_of, written_out
from bots.hearing.hours import OFF, Hours, Thing

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Told:
    """What is told so far.

    `keys` are the children spoken of, None before any is named, `before` those before them; `common` is told of all. `likened`:
    the days on which the hours are another child's. `idle`: no day has taken the
    hours; `waiting`: such hours of children told before; `whole`: the week was not told, only asked about; `spared`: days
    that are excepted.
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
    spared: set[date] = field(default_factory=set)
    soft: set[date] = field(default_factory=set)
    idle: bool = False
    waiting: list[tuple[tuple[str, ...] | None, Hours]] = field(default_factory=list)
    whole: bool = False
    broken: bool = False
    before: tuple[str, ...] | None = None
    likened: Days | None = None

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
                spared = day in self.spared and len(days.days) > 1 and not hours.off
                if spared or (day in book and day not in self.soft and book[day] != hours):
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

    def book_alike(self, like: tuple[str, ...] | None, days: Days | None) -> None:
        """`Bo the same, Monday to Wednesday`: the hours of the child told before, or of the one that is named."""
        models = like if like is not None else self.before
        own = {**self.common, **self.each.get(models[0], {})} if models else {}
        same = {day: hours for day, hours in own.items() if days is None or day in days.days}
        self.broken = self.broken or not (same and self.keys) or (days is not None and not set(days.days) <= set(own))
        for book in self.books():
            book.update(same)
        self.soft.update(same)
        self.likened, self.hours, self.hours_first, self.idle = days, None, None, False

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


def what_is_told(things: Sequence[Thing], week: date | None) -> Told:
    """The hours that the things tell, one after another."""
    told = Told(week)
    excepting = False
    for at, thing in enumerate(things):
        if thing.keys is not None and thing.word == "also":
            told.book_likewise(thing.keys)
        elif thing.keys is not None:
            _turn(told, thing.keys, things[at + 1 :])
            told.named = told.fresh = True
        if thing.keys is not None:
            continue
        told.named = False
        if thing.word == "except":
            excepting = True
        elif thing.word == "unknown":
            told.broken = True
        elif thing.word == "alike":
            told.book_alike(thing.like, _days_of_alike(things, at))
        elif thing.days is not None and thing.days is told.likened:
            continue
        elif thing.word == "same":
            if told.pending and told.hours is not None:
                _hear_hours(told, told.hours)
        elif thing.word == "rest":
            if told.hours is not None and told.hours_first and not _leads_hours(things, at):
                told.book_rest(told.hours)
            else:
                told.rest = True
        elif thing.word == "end":
            if told.hours is not None and (told.idle or (told.hours.off and not told.has_any)):
                told.waiting.append((told.keys, told.hours))
            told.hours, told.hours_first, told.idle = None, None, False
        elif thing.days is not None and thing.hours is not None:
            told.book(thing.days, thing.hours)
        elif thing.days is not None:
            if not thing.days.days:
                told.broken = True
            elif excepting:
                excepting = _goes_on(things, at)
                for book in told.books():
                    told.broken = told.broken or (told.has_any and not set(thing.days.days) <= {*told.common, *book})
                    book.update(dict.fromkeys(thing.days.days, OFF))
                told.soft.update(thing.days.days)
                told.spared.update(thing.days.days)
                told.pending, told.hours, told.excepted = [thing.days], None, thing.days
            elif told.free and not _leads_hours(things, at):
                told.book(thing.days, OFF)
                told.free = _goes_on(things, at)
            elif told.hours is not None and (told.hours_first or told.idle) and not _leads(things, at, told.idle):
                told.book_all(thing.days, told.hours)
            else:
                told.broken = told.broken or (told.idle and not told.hours_first)
                told.hours_first = False if told.hours_first is None else told.hours_first
                told.pending.append(thing.days)
        elif thing.hours is not None:
            _hear_hours(told, thing.hours)
    _finish(told)
    return told


def _days_of_alike(things: Sequence[Thing], at: int) -> Days | None:
    """The days right behind "the same", if these are told, and no hours of their own."""
    onward = things[at + 1] if at + 1 < len(things) else None
    return onward.days if onward is not None and onward.hours is None and not _leads_hours(things, at + 1) else None


def _hear_hours(told: Told, hours: Hours) -> None:
    told.hours_first = True if told.hours_first is None else told.hours_first
    already = told.hours is not None and told.hours.off
    second = told.idle and (not hours.off or not told.hours_first)
    taken = bool(told.rest or told.pending or (told.last and told.keys and told.fresh))
    told.idle, told.broken = not taken and not hours.off, told.broken or second
    told.free = hours.off and not (told.pending or told.rest or already)
    if told.rest:
        told.book_rest(hours)
        told.rest = False
    elif told.pending:
        for days in told.pending:
            told.book(days, hours)
        told.last, told.pending = told.pending, []
    elif told.last and told.keys and told.fresh:
        for days in told.last:
            told.book(days, hours)
    told.hours, told.fresh = hours, False


def _turn(told: Told, keys: tuple[str, ...], after: Sequence[Thing]) -> None:
    """From here on it is about these children; a name right behind hours, with nothing of its own, still belongs to those."""
    told.before = told.keys
    own = next(
        (thing for thing in after if thing.keys is not None or thing.word == "end" or thing.hours or thing.days), None
    )
    trails = own is None or own.word == "end" or own.keys is not None
    if told.keys is None and told.common and trails and keys:
        for key in keys:
            told.each.setdefault(key, {}).update(told.common)
        told.common = {}
        told.keys = keys
        return
    if told.keys is not None and told.named:
        told.keys = (*told.keys, *keys)
        return
    if told.keys is None and told.hours is not None and not told.common and not told.pending:
        told.keys = keys
        return
    if told.keys is not None and told.hours is not None and not any(told.books()):
        _finish_hours(told)
        if told.idle and not any(told.books()):
            told.waiting.append((told.keys, told.hours))
    told.broken = told.broken or (told.idle and told.hours_first is False)
    apart = not set(keys) & set(told.keys or ())
    told.broken = told.broken or (apart and any(days is told.excepted for days in told.pending))
    told.keys, told.hours, told.hours_first, told.idle = keys, None, None, False


def _finish_hours(told: Told) -> None:
    for days in told.pending or told.last:
        if told.hours is not None:
            told.book(days, told.hours)


def _finish(told: Told) -> None:
    """Hours that no day took are those of the whole week, if that is all the answer tells; else a part was not read."""
    waiting = [(keys, hours) for keys, hours in told.waiting if not (hours.off and told.has_any)]
    if not waiting:
        return
    if told.week is None or told.has_any or told.pending:
        told.broken = told.broken or told.has_any
        return
    told.whole = True
    for keys, hours in waiting:
        told.keys = keys
        for book in told.books():
            told.broken = told.broken or bool(book)
            book.update(dict.fromkeys(written_out(told.week, told.week + _DAY * 4), hours))


def _leads(things: Sequence[Thing], at: int, idle: bool) -> bool:
    """Whether the days belong to what follows: hours, or "off" behind two joined days where the hours before have theirs."""
    if idle or not things[at].joined or not _goes_on(things, at):
        return _leads_hours(things, at)
    behind = things[at + 2] if at + 2 < len(things) else None
    return behind is not None and behind.days is None and behind.hours == OFF


def _leads_hours(things: Sequence[Thing], at: int) -> bool:
    """Whether the days at `at` belong to the hours that follow: those stand right after, with no other days after them."""
    onward = [thing for thing in things[at + 1 : at + 5] if thing.keys is None]
    follows = [thing.hours is not None and thing.days is None for thing in onward[:1]]
    further = [thing.days is not None or thing.word == "rest" for thing in onward[1:2]]
    return follows == [True] and further != [True]


def _goes_on(things: Sequence[Thing], at: int) -> bool:
    """Whether another day stands right behind the days at `at`, a joining word at most between."""
    days, onward = things[at].days, things[at + 1] if at + 1 < len(things) else None
    return days is not None and onward is not None and onward.days is not None and onward.start - days.end <= 1
