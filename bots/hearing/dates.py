"""Days in a text: weekdays, dates, weeks, ranges and relative days, as dates of the unit's own calendar.

Two readings that disagree ("Friday 3/12" when the third is a Thursday) give no day at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_DAY = timedelta(days=1)
_LAST_HOUR_FOR_TODAY = 15
_LONGEST_RANGE = timedelta(days=92)
_LINKING = frozenset({"weekday", "weekday_short", "weekday_from", "weekday_until", "join"})
_NAMED = ("weekday", "weekday_short", "weekday_from", "weekday_until")


@dataclass(frozen=True, slots=True)
class Days:
    """Days named at tokens[start:end].

    `shape`: "days", "until" (ends there, begins where the clause does), "from", "past" (before today) or "open" (named, yet
    not to be relied on). `week` is the Monday of a week spoken of as a whole. `every` tells "each day".
    """

    start: int
    end: int
    days: tuple[date, ...]
    shape: str = "days"
    week: date | None = None
    every: bool = False
    is_week: bool = False
    weekdays: tuple[int, ...] = ()


def default_day(received: datetime) -> date:
    """The day meant when no word says which: today before 15:00 on a weekday, else the next weekday."""
    today = received.date()
    if today.weekday() < 5 and received.hour < _LAST_HOUR_FOR_TODAY:
        return today
    return next_weekday(today)


def next_weekday(day: date) -> date:
    day += _DAY
    while day.weekday() > 4:
        day += _DAY
    return day


def weekday_before(day: date) -> date:
    day -= _DAY
    while day.weekday() > 4:
        day -= _DAY
    return day


def written_out(first: date, last: date, weekends: bool = False) -> tuple[date, ...]:
    """Each day from first through last, Monday to Friday unless weekends count. Empty when the range makes no sense."""
    if last < first or last - first > _LONGEST_RANGE:
        return ()
    span = (first + _DAY * number for number in range((last - first).days + 1))
    return tuple(day for day in span if weekends or day.weekday() < 5)


def monday_of(day: date) -> date:
    return day - _DAY * day.weekday()


@dataclass(frozen=True, slots=True)
class _Atom:
    """One day as it stands: a date, or a weekday still to be placed."""

    start: int
    end: int
    day: date | None = None
    weekday: int | None = None
    number: int | None = None
    wrong: bool = False
    edge: str = ""


class DayReader:
    """Reads the days of one text. `week` is the Monday of the week that was asked about, if any."""

    def __init__(self, tokens: Sequence[Token], tags: Sequence[Tag], received: datetime, week: date | None) -> None:
        self._tokens = tokens
        self._received = received
        self._today = received.date()
        self._week = week
        self.used: set[int] = set()
        self._at: dict[int, list[Tag]] = {}
        self._tags = tags
        for tag in tags:
            self._at.setdefault(tag.start, []).append(tag)
        self._ending: dict[int, list[Tag]] = {}
        for tag in tags:
            self._ending.setdefault(tag.end, []).append(tag)
        self._dates: dict[int, _Atom] = {}
        self._chains: dict[int, Days] = {}
        self._named_week: tuple[int, int, date] | None = None

    def read_dates(self) -> None:
        """Finds the dates in figures first, so that no time is read out of them."""
        at = 0
        while at < len(self._tokens):
            atom = self._dated(at)
            if atom is not None:
                self._dates[at] = atom
                self.used.update(range(atom.start, atom.end))
                at = atom.end
            else:
                at += 1
        for start in range(len(self._tokens)):
            lead = self._tag(start, "join", "from")
            number = self._ordinal(lead.end if lead else start)
            if (
                number is None
                or start in self.used
                or (start and self._tokens[start].glued and self._text(start - 1) in "/.:")
            ):
                continue
            chain = self._numbers(start, number)
            if chain is not None:
                self._chains[start] = chain
                self.used.update(range(chain.start, chain.end))

    def read(self) -> list[Days]:
        """All days of the text in order. Call `read_dates` first; times may be read in between."""
        self._named_week = self._find_week()
        found: list[Days] = []
        at = 0
        while at < len(self._tokens):
            days = self._mention(at, self._anchor(at) if self._is_lead(at) else self._week)
            if days is None:
                at += 1
                continue
            found.append(days)
            at = max(days.end, at + 1)
        return found

    def _tag(self, at: int, name: str, value: str | None = None) -> Tag | None:
        for tag in self._at.get(at, ()):
            if tag.name == name and (value is None or tag.value == value):
                return tag
        return None

    def _text(self, at: int) -> str:
        return self._tokens[at].text if 0 <= at < len(self._tokens) else ""

    def _number(self, at: int, digits: int = 2) -> int | None:
        if not 0 <= at < len(self._tokens) or len(self._tokens[at].text) > digits:
            return None
        return self._tokens[at].number

    # Dates in figures.

    def _dated(self, at: int) -> _Atom | None:
        if at > 0 and self._tokens[at].glued and self._text(at - 1) in "/+":
            return None
        return self._iso(at) or self._slashed(at) or self._dotted(at) or self._with_month(at) or self._month_first(at)

    def _iso(self, at: int) -> _Atom | None:
        year = self._number(at, 4)
        if year is None or year < 2000 or self._text(at + 1) != "-" or self._text(at + 3) != "-":
            return None
        month, day = self._number(at + 2), self._number(at + 4)
        return self._made(at, at + 5, day, month, year) if month and day else None

    def _slashed(self, at: int) -> _Atom | None:
        day, month = self._number(at), self._number(at + 2)
        if day is None or month is None or self._text(at + 1) != "/" or not self._tokens[at + 1].glued:
            return None
        end, year = self._year(at + 3, "/-.")
        return self._made(at, end, day, month, year)

    def _dotted(self, at: int) -> _Atom | None:
        """`3.12.` and `3.12.2026`; without the last dot only where a weekday, a from-word or the figures leave no doubt."""
        day, month = self._number(at), self._number(at + 2)
        if (
            day is None
            or month is None
            or self._text(at + 1) != "."
            or not self._tokens[at + 1].glued
            or not self._tokens[at + 2].glued
        ):
            return None
        if not 1 <= month <= 12 or not 1 <= day <= 31 or self._is_clock(at):
            return None
        end, year = self._year(at + 3, ".")
        if year is not None:
            return self._made(at, end, day, month, year)
        closed = self._text(at + 3) == "." and self._tokens[at + 3].glued
        last = (
            at + 4 >= len(self._tokens)
            or self._tokens[at + 4].breaks
            or (self._tokens[at + 4].is_capital and not self._tokens[at + 4].glued)
        )
        plain = len(self._tokens[at + 2].text) == 1 or day > 23
        led = self._is_led(at)
        ranged = self._text(at + 3) == "-" and self._closes_date(at + 4)
        if closed and (not last or plain or led):
            return self._made(at, at + 4, day, month, None)
        if plain or led or ranged or (closed and (day > 19 or day < 6)):
            return self._made(at, at + 3, day, month, None)
        return None

    def _closes_date(self, at: int) -> bool:
        return (
            self._text(at + 1) == "."
            and self._text(at + 3) == "."
            and self._number(at) is not None
            and (self._number(at + 2) or 99) <= 12
        )

    def _is_clock(self, at: int) -> bool:
        end = at - 1 if self._text(at - 1) in {".", ":"} else at
        return any(tag.name == "clock" and tag.value == "at" for tag in self._ending.get(end, ()))

    def _is_led(self, at: int) -> bool:
        return any(tag.name in _NAMED for tag in self._ending.get(at, ()))

    def _with_month(self, at: int) -> _Atom | None:
        """`3. desember`, `den 3 december`, `3rd of December`, `3:e december`."""
        day = self._number(at)
        if day is None or not 1 <= day <= 31:
            return None
        after = self._after_ordinal(at + 1)
        if self._text(after).casefold() == "of":
            after += 1
        month = self._tag(after, "month")
        if month is None:
            return None
        end, year = self._year(month.end, "")
        if (
            self._text(end) == "."
            and self._tokens[month.start].low != self._text(month.start)
            and end < len(self._tokens) - 1
        ):
            end += 1
        return self._made(at, end, day, int(month.value), year)

    def _month_first(self, at: int) -> _Atom | None:
        month = self._tag(at, "month")
        day = self._number(month.end) if month else None
        if (
            month is None
            or day is None
            or not 1 <= day <= 31
            or (self._text(month.end + 1) in {".", ":"} and self._number(month.end + 2))
        ):
            return None
        end, year = self._year(self._after_ordinal(month.end + 1), ",")
        return self._made(at, end, day, int(month.value), year)

    def _after_ordinal(self, at: int) -> int:
        if self._text(at) == ":" and self._text(at + 1) in {"e", "a"}:
            return at + 2
        if self._text(at) == "." or self._text(at).casefold() in {"st", "nd", "rd", "th"}:
            return at + 1
        return at

    def _year(self, at: int, marks: str) -> tuple[int, int | None]:
        step = 1 if marks and self._text(at) and self._text(at) in marks else 0
        year = self._number(at + step, 4)
        if (
            year is not None
            and self._this_year() - 1 <= year <= self._this_year() + 2
            and (step or not marks or marks == ",")
        ):
            return at + step + 1, year
        if (
            step
            and year is not None
            and len(self._text(at + step)) == 2
            and self._tokens[at + step].glued
            and abs(2000 + year - self._this_year()) < 2
        ):
            return at + step + 1, 2000 + year
        return at, None

    def _this_year(self) -> int:
        return self._today.year

    def _made(self, start: int, end: int, day: int | None, month: int | None, year: int | None) -> _Atom | None:
        if day is None or month is None or not 1 <= month <= 12:
            return None
        return _Atom(start, end, self._placed(day, month, year), wrong=self._placed(day, month, year) is None)

    def _placed(self, day: int, month: int, year: int | None) -> date | None:
        """The date; without a year its next occurrence, though one that passed within a month is the past one."""
        for candidate in [year] if year else [self._this_year() - 1, self._this_year(), self._this_year() + 1]:
            try:
                made = date(candidate, month, day)
            except ValueError:
                continue
            if year or made >= self._today - _DAY * 14:
                return made
        return None

    # Weekdays, weeks and relative days.

    def _is_lead(self, at: int) -> bool:
        return at in self._at

    def _find_week(self) -> tuple[int, int, date] | None:
        """Where the text names one single week, and its Monday; None when it names none or several."""
        found: list[tuple[int, int, date]] = []
        for at in range(len(self._tokens)):
            weeks, end = self._numbered_weeks(at)
            found.extend((at, end, week) for week in weeks)
            if (tag := self._tag(at, "day", "next_week")) is not None:
                found.append((at, tag.end, monday_of(self._today) + _DAY * 7))
        return found[0] if len({week for _, _, week in found}) == 1 else None

    def _anchor(self, at: int) -> date | None:
        """The Monday of the week that a weekday at `at` belongs to: one named before it, or right after it, or asked about."""
        if self._named_week is None:
            return self._week
        start, _, week = self._named_week
        if start < at:
            return week
        between = range(at, start)
        linked = {place for tag in self._tags if tag.name in _LINKING for place in range(tag.start, tag.end)}
        beside = all(place in linked or self._text(place) in {"-", ".", ","} for place in between)
        return week if beside else self._week

    def _numbered_weeks(self, at: int) -> tuple[list[date], int]:
        tag = self._tag(at, "day", "week")
        if tag is None:
            return [], at
        start = tag.end + (1 if self._text(tag.end) in {".", ":"} and self._text(tag.end) else 0)
        number = self._number(start)
        if (
            number is None
            or start in self.used
            or (self._text(start + 1) == ":" and self._number(start + 2) is not None)
        ):
            return [], at
        monday = self._monday_of_week(number)
        if monday is None:
            return [], at
        weeks, end = [monday], start + 1
        joiner = self._tag(end, "join", "and") or self._tag(end, "join", "until")
        if joiner is not None or self._text(end) == "-":
            onward = joiner.end if joiner else end + 1
            second = self._number(onward)
            other = self._monday_of_week(second) if second is not None and onward not in self.used else None
            if other is not None and _DAY < other - monday < _DAY * 60 and self._text(onward + 1) not in {"-", ":"}:
                ranged = joiner is None or joiner.value == "until"
                weeks = (
                    [monday + _DAY * 7 * n for n in range((other - monday).days // 7 + 1)]
                    if ranged
                    else [monday, other]
                )
                end = onward + 1
        return weeks, end

    def _monday_of_week(self, number: int) -> date | None:
        for year in (self._this_year(), self._this_year() + 1):
            try:
                monday = date.fromisocalendar(year, number, 1)
            except ValueError:
                continue
            if monday + _DAY * 6 >= self._today:
                return monday
        return None

    def _mention(self, at: int, anchor: date | None) -> Days | None:
        return self._chains.get(at) or self._whole(at, anchor) or self._chain(at, anchor)

    def _whole(self, at: int, anchor: date | None) -> Days | None:
        """A week as such: `uke 49`, `next week`, `rest of the week`, `every day`; and days before today."""
        if (tag := self._tag(at, "day", "yesterday")) is not None:
            return Days(at, tag.end, (), "past")
        if (tag := self._tag(at, "day", "days_on")) is not None:
            return Days(at, tag.end, (), "open")
        if (tag := self._tag(at, "day", "rest_of_week")) is not None:
            start = default_day(self._received)
            return Days(at, tag.end, written_out(start, monday_of(start) + _DAY * 4), "until")
        if (tag := self._tag(at, "day", "whole_week")) is not None:
            monday = anchor or monday_of(default_day(self._received))
            days = written_out(monday, monday + _DAY * 4)
            return Days(
                at, tag.end, tuple(day for day in days if day >= self._today or anchor), week=monday, every=True
            )
        for value, ahead in (("next_week", 7), ("this_week", 0)):
            if (tag := self._tag(at, "day", value)) is not None:
                monday = monday_of(self._today) + _DAY * ahead
                days = tuple(day for day in written_out(monday, monday + _DAY * 4) if day >= self._today)
                return Days(at, tag.end, days, week=monday, is_week=True)
        weeks, end = self._numbered_weeks(at)
        if weeks:
            days = tuple(
                day for monday in weeks for day in written_out(monday, monday + _DAY * 4) if day >= self._today
            )
            self.used.update(range(at, end))
            return Days(at, end, days, week=weeks[0], is_week=True)
        return None

    def _chain(self, at: int, anchor: date | None) -> Days | None:
        """Days joined by range words, with what stands before them: `from`, `until`."""
        lead = self._tag(at, "join", "until")
        shape = "until" if lead else "days"
        if lead is None and (lead := self._tag(at, "join", "from")) is not None:
            shape = "from"
        start = lead.end if lead else at
        while lead and self._tag(start, "join", "on") and self._atom(start, anchor) is None:
            start = self._tag(start, "join", "on").end  # type: ignore[union-attr]
        first = self._atom(start, anchor)
        if first is None:
            return None
        if first.edge == "until":
            shape = "until"
        if first.number is not None:
            return self._day_of_month(at, first, shape)
        second = self._second(first, anchor)
        if second is not None and shape != "until":
            return self._ranged(at, first, second, anchor)
        day = self._resolve(first, anchor, None)
        end = first.end
        if (after := self._tag(end, "join", "until_after")) is not None:
            shape, end = "until", after.end
        elif (after := self._tag(end, "join", "from_after")) is not None:
            shape, end = "from", after.end
        elif shape == "days" and first.edge == "from":
            shape = "from"
        weekdays = (first.weekday,) if first.weekday is not None else ()
        if day is None:
            return Days(at, end, (), "open", weekdays=weekdays)
        if day < self._today:
            return Days(at, end, (), "past")
        return Days(at, end, (day,), shape, weekdays=weekdays)

    def _second(self, first: _Atom, anchor: date | None) -> _Atom | None:
        """The other end of a range that begins with `first`."""
        at = first.end
        if (tag := self._tag(at, "join", "until")) is not None:
            at = tag.end
        elif self._text(at) == "-":
            at += 1
        elif first.edge == "from" or (
            first.edge == "" and (edge := self._atom(at, anchor)) is not None and edge.edge == "until"
        ):
            pass
        else:
            return None
        while (on := self._tag(at, "join", "on")) is not None and self._atom(at, anchor) is None:
            at = on.end
        second = self._atom(at, anchor)
        return second if second is not None and second.number is None else None

    def _ranged(self, at: int, first: _Atom, second: _Atom, anchor: date | None) -> Days:
        opens = self._resolve(first, anchor, None)
        closes = self._resolve(second, anchor, opens)
        end = second.end
        if (after := self._tag(end, "join", "until_after")) is not None:
            end = after.end
        if opens is None or closes is None:
            return Days(at, end, (), "open")
        weekend = any(atom.weekday is not None and atom.weekday > 4 for atom in (first, second))
        days = written_out(opens, closes, weekend)
        weekdays = (
            tuple(range(first.weekday, second.weekday + 1))
            if first.weekday is not None and second.weekday is not None
            else ()
        )
        return Days(at, end, days, "days" if days else "open", weekdays=weekdays)

    def _day_of_month(self, at: int, atom: _Atom, shape: str) -> Days | None:
        """`back on the 11th`, `den 4:e`: a day whose month is the one that comes next, if it is written as a day."""
        if atom.number is None or atom.end - atom.start < 2 or self._text(atom.end - 1) == ".":
            return None
        for month in (self._today, self._today.replace(day=1) + _DAY * 31):
            try:
                day = month.replace(day=atom.number)
            except ValueError:
                continue
            if day >= self._today:
                return Days(at, atom.end, (day,), shape)
        return None

    def _numbers(self, at: int, first: _Atom) -> Days | None:
        """`4. og 5. januar`, `12.-16.10.`, `from 14 to 18 December`: numbers that borrow the month of the date after them."""
        numbers, ranged, end = [first.number], False, first.end
        for _ in range(8):
            joiner = self._tag(end, "join", "until") or self._tag(end, "join", "and")
            if joiner is not None:
                ranged, end = ranged or joiner.value == "until", joiner.end
            elif self._text(end) in {"-", ","} and self._text(end):
                ranged, end = ranged or self._text(end) == "-", end + 1
            else:
                return None
            while self._tag(end, "join", "on") or (self._weekday_tag(end) is not None):
                tag = self._tag(end, "join", "on") or self._weekday_tag(end)
                end = tag.end if tag else end
            if (last := self._dates.get(end)) is not None:
                return self._borrowed(at, [number for number in numbers if number], last, ranged)
            number = self._ordinal(end)
            if number is None:
                return None
            numbers.append(number.number)
            end = number.end
        return None

    def _borrowed(self, at: int, numbers: list[int], last: _Atom, ranged: bool) -> Days:
        days: list[date] = []
        for number in numbers:
            try:
                days.append(last.day.replace(day=number)) if last.day else None
            except ValueError:
                return Days(at, last.end, (), "open")
        if last.day is None or not days or days[-1] > last.day:
            return Days(at, last.end, (), "open")
        end = last.end
        if (after := self._tag(end, "join", "until_after")) is not None:
            end = after.end
        return Days(at, end, written_out(days[0], last.day) if ranged else (*days, last.day))

    def _weekday_tag(self, at: int) -> Tag | None:
        for name in _NAMED:
            if (tag := self._tag(at, name)) is not None:
                return tag
        return None

    def _atom(self, at: int, anchor: date | None) -> _Atom | None:
        if at >= len(self._tokens):
            return None
        for value, ahead in (("today", 0), ("tomorrow", 1), ("overmorrow", 2)):
            for edge, suffix in (("", ""), ("from", "_from"), ("until", "_until")):
                if (tag := self._tag(at, "day", value + suffix)) is not None:
                    return self._confirmed(_Atom(at, tag.end, self._today + _DAY * ahead, edge=edge), anchor)
        if (dated := self._dates.get(at)) is not None:
            return dated
        if (named := self._weekday(at, anchor)) is not None:
            return named
        return self._ordinal(at)

    def _confirmed(self, atom: _Atom, anchor: date | None) -> _Atom:
        """`tomorrow 1/2`, `today Friday`: the second naming must agree with the first."""
        at = atom.end
        for _ in range(3):
            if self._text(at) in {",", "("} or self._tag(at, "join", "on"):
                at += 1
        other = self._dates.get(at)
        if other is not None:
            return replace(atom, end=other.end + (self._text(other.end) == ")"), wrong=other.day != atom.day)
        tag = self._tag(at, "weekday")
        if tag is not None and atom.day is not None and at - atom.end < 2 and self._text(atom.end) != ",":
            onward = self._dates.get(tag.end)
            agrees = int(tag.value) == atom.day.weekday() and (onward is None or onward.day == atom.day)
            return replace(atom, end=onward.end if onward else tag.end, wrong=not agrees)
        return atom

    def _weekday(self, at: int, anchor: date | None) -> _Atom | None:
        tag = self._weekday_tag(at)
        if tag is None or (tag.name == "weekday_short" and not self._is_short_day(tag)):
            return None
        if any(place in self.used for place in range(tag.start, tag.end)):
            return None
        edge = {"weekday_from": "from", "weekday_until": "until"}.get(tag.name, "")
        end = tag.end
        if tag.name == "weekday_short" and self._text(end) == "." and self._tokens[end].glued:
            end += 1
        onward = end
        while self._text(onward) in {",", "("} or (self._tag(onward, "join", "on") and not self._weekday_tag(onward)):
            onward += 1
        dated = self._dates.get(onward)
        if (
            dated is not None
            and dated.day is not None
            and (self._text(end) != "," or dated.day.weekday() == int(tag.value))
        ):
            wrong = dated.day.weekday() != int(tag.value)
            return _Atom(
                at, dated.end + (self._text(dated.end) == ")"), dated.day, int(tag.value), wrong=wrong, edge=edge
            )
        number = self._ordinal(onward)
        if number is not None and number.number is not None:
            borrowed = self._dates_with_number(number.number, int(tag.value), onward)
            if borrowed is not None:
                return _Atom(at, number.end, borrowed, int(tag.value), edge=edge)
        return _Atom(at, end, weekday=int(tag.value), edge=edge)

    def _dates_with_number(self, number: int, weekday: int, at: int) -> date | None:
        """`torsdag 17. og fredag 18. desember`: the day of the month whose month stands later, if the weekday agrees."""
        later = [atom.day for start, atom in self._dates.items() if start > at and atom.day]
        for month in [*later, self._today, self._today + _DAY * 31]:
            try:
                day = month.replace(day=number)
            except ValueError:
                continue
            if day.weekday() == weekday and day >= self._today:
                return day
        return None

    def _is_short_day(self, tag: Tag) -> bool:
        """`ti`, `to`, `on`, `ma` are days only beside another day, a time, or a mark that lists them."""
        before, after = tag.start - 1, tag.end
        if len(self._tokens[tag.start].low) > 3:
            return True
        if self._text(after) == "." and after < len(self._tokens) and self._tokens[after].glued:
            after += 1
        if self._text(after) in {":", "-"} and self._text(after):
            return self._text(after) == ":" or self._is_day_like(after + 1) or self._tokens[after].glued
        token = self._tokens[after] if after < len(self._tokens) else None
        if token is not None and (token.kind == "number" or self._tag(after, "off")):
            return True
        if self._text(before) in {"-", ","} and self._is_day_like(before - 1):
            return True
        for joiner in ("and", "until"):
            tag_after = self._tag(after, "join", joiner)
            if tag_after is not None and self._is_day_like(tag_after.end):
                return True
            if any(
                other.name == "join" and other.value == joiner and self._is_day_like(other.start - 1)
                for other in self._ending.get(tag.start, ())
            ):
                return True
        if len(self._tokens[tag.start].low) == 3:
            return self._text(after) in {"", ",", ".", "!"} or self._tag(before, "join", "on") is not None
        if token is not None and any(self._tag(after, "join", value) for value in ("until_after",)):
            return True
        return self._text(after) == "," and self._is_day_like(after + 1)

    def _is_day_like(self, at: int) -> bool:
        if 0 <= at < len(self._tokens) and self._text(at) == ".":
            at -= 1
        return (
            self._weekday_tag(at) is not None
            or at in self._dates
            or any(self._tag(at, "day", value) for value in ("today", "tomorrow"))
        )

    def _ordinal(self, at: int) -> _Atom | None:
        """A bare day of the month, waiting for its month: `12.`, `the 11th`, `den 4:e`."""
        number = self._number(at)
        if number is None or not 1 <= number <= 31 or at in self.used:
            return None
        return _Atom(at, self._after_ordinal(at + 1), number=number)

    def _resolve(self, atom: _Atom, anchor: date | None, after: date | None) -> date | None:
        if atom.wrong:
            return None
        if atom.day is not None:
            return atom.day
        if atom.weekday is None:
            return None
        if anchor is not None:
            return anchor + _DAY * atom.weekday
        base = after or self._today
        ahead = (atom.weekday - base.weekday()) % 7
        if ahead == 0 and after is None and self._received.hour >= _LAST_HOUR_FOR_TODAY:
            ahead = 7
        return base + _DAY * ahead
