"""Weeks in a text: `uke 49`, `v. 49-50`, `next week`, `rest of the week`, `every day`, and which week a weekday belongs to."""

from datetime import date, datetime

from bots.hearing.almanac import DAY, Days, default_day, monday_of, written_out
from bots.hearing.figures import DateReader
from bots.hearing.marked import MarkedText
from bots.hearing.vocabulary import Tag

_WEEKDAYS = frozenset({"weekday", "weekday_short", "weekday_from", "weekday_until"})
_LINKING = _WEEKDAYS | {"join"}
_LINKING_OFF = _LINKING | {"off", "leave", "away", "home"}
"""What may stand between a weekday and its week: "to have Thursday and Friday off next week"."""
_LISTED = _LINKING | {"clock", "off", "need", "care", "filler", "come"}
"""What may stand in a list of days and hours."""
_THIS_WEEK = frozenset({"this_week", "rest_of_week", "whole_week"})
_WHOLE = 2
"""Words like "all of" between an "and" and "next"."""
_PREPOSITION = 3
"""The most letters of what leads to a week: "in week 51"."""


class WeekReader:
    """Reads the weeks of one text. `asked` is the Monday of the week that was asked about, if any."""

    def __init__(self, text: MarkedText, dates: DateReader, received: datetime, asked: date | None) -> None:
        self._text = text
        self._dates = dates
        self._today = received.date()
        self._default = default_day(received)
        self._asked = asked
        self._named = self._find_named()

    def anchor(self, at: int) -> date | None:
        """The Monday of the week that a weekday at `at` belongs to: named before or right after it, or asked about."""
        if not self._named or not self._text.begins_tag(at):
            return self._asked
        start, end, week = self._named[0]
        if len({week for _, _, week in self._named}) > 1:
            start, end, week = next((named for named in self._named if named[0] >= at), self._named[-1])
            return week if at <= start and self._ends_list(at, start, end) else self._asked
        if start < at:
            return week
        between = range(at, start)
        linking = [tag for tag in self._text.tags if tag.name in _LINKING_OFF or tag.value == "whole_week"]
        linked = {place for tag in linking for place in range(tag.start, tag.end)}
        joined = any(tag.end == start and tag.name == "join" and tag.value == "and" for tag in self._text.tags)
        beside = not joined and all(
            place in linked or self._text.written(place) in {"-", ".", ","} for place in between
        )
        return week if beside or self._ends_list(at, start, end) else self._asked

    def _ends_list(self, at: int, start: int, end: int) -> bool:
        """`Monday 8-16, Tuesday 8-15 next week`: a week behind a list of days and hours, and with nothing of its own behind it,
        is the week of them all, as far as the days go on in their order."""
        text = self._text
        if text.written(end) not in {"", ",", ".", ")", "!", ";"} and not text.tokens[end].breaks:
            return False
        if any(tag.end == start and tag.name == "join" and tag.value in {"and", "but", "because"} for tag in text.tags):
            return False
        tags = [tag for tag in text.tags if at <= tag.start < start]
        days = [int(tag.value) for tag in tags if tag.name in _WEEKDAYS]
        listed = {place for tag in tags if tag.name in _LISTED for place in range(tag.start, tag.end)}
        told = any(text.tokens[place].number is not None for place in range(at, start))
        return (
            told
            and days == sorted(set(days))
            and all(place in listed or self._is_listed(place, start) for place in range(at, start))
        )

    def _is_listed(self, at: int, end: int) -> bool:
        """Whether the token is a time, a name, or a mark that ends no sentence; a full stop may stand right before the week."""
        token = self._text.tokens[at]
        if token.number is not None or token.text in {"-", ",", ":", "(", "+", "&", "/"}:
            return True
        if at + 1 == end and token.kind == "word" and len(token.low) <= _PREPOSITION:
            return True
        if token.text == ".":
            return self._text.tokens[at + 1].glued or self._text.follows_weekday(at) or at + 1 == end
        return token.is_capital and not self._text.begins_tag(at)

    def whole(self, at: int, anchor: date | None) -> Days | None:
        """A week as such: `uke 49`, `next week`, `rest of the week`, `every day`; and days before today."""
        if (tag := self._text.tag(at, "day", "yesterday")) is not None:
            return Days(at, tag.end, (), "past")
        if (tag := self._text.tag(at, "day", "days_on")) is not None:
            return Days(at, tag.end, (), "open")
        if (tag := self._text.tag(at, "weekday_every")) is not None:
            return self._weekday_of_month(tag)
        if (tag := self._text.tag(at, "day", "rest_of_week")) is not None:
            return Days(at, tag.end, written_out(self._default, monday_of(self._default) + DAY * 4), "until")
        if (tag := self._text.tag(at, "day", "whole_week")) is not None:
            number = self._text.number(tag.end)
            named = self._monday_of_week(number) if number is not None and tag.end not in self._dates.used else None
            if named is not None:
                self._dates.used.add(tag.end)
                return Days(at, tag.end + 1, written_out(named, named + DAY * 4), week=named, is_week=True)
            monday = anchor or monday_of(self._default)
            days = written_out(monday, monday + DAY * 4)
            return Days(
                at, tag.end, tuple(day for day in days if day >= self._today or anchor), week=monday, every=True
            )
        this = self._text.tag(at, "day", "this_week")
        for until, ahead in ((self._next_week(at), 7), (this.end if this is not None else None, 0)):
            if until is not None:
                monday = monday_of(self._today) + DAY * ahead
                days = tuple(day for day in written_out(monday, monday + DAY * 4) if day >= self._today)
                return Days(at, until, days, week=monday, is_week=True)
        weeks, end = self._numbered(at)
        if weeks:
            days = tuple(day for monday in weeks for day in written_out(monday, monday + DAY * 4) if day >= self._today)
            self._dates.used.update(range(at, end))
            return Days(at, end, days, week=weeks[0], is_week=True)
        return None

    def _weekday_of_month(self, tag: Tag) -> Days:
        """`every Friday in September`; without a month nothing tells how long it goes on."""
        at = tag.end
        while (on := self._text.tag(at, "join", "on")) is not None:
            at = on.end
        behind = self._text.tag(at, "month")
        before = next((other for other in self._text.ending(tag.start) if other.name == "month"), None)
        month = behind or before
        if month is None:
            return Days(tag.start, tag.end, (), "open")
        year = self._today.year + (int(month.value) < self._today.month)
        first = date(year, int(month.value), 1)
        first += DAY * ((int(tag.value) - first.weekday()) % 7)
        weeks = (first + DAY * 7 * number for number in range(5))
        days = tuple(day for day in weeks if day.month == first.month and day >= self._today)
        return Days(tag.start, max(month.end, tag.end), days)

    def _next_week(self, at: int) -> int | None:
        """Where "next week" ends that begins here, in one phrase or as a word for "next" before any form of "week"."""
        if (tag := self._text.tag(at, "day", "next_week")) is not None:
            return tag.end
        leads = self._text.tag(at, "day", "next")
        week = self._text.tag(leads.end, "day", "week") if leads is not None else None
        if leads is not None and week is None and self._goes_on_from_week(at, leads.end):
            return leads.end
        return week.end if week is not None and self._text.number(week.end) is None else None

    def _goes_on_from_week(self, at: int, end: int) -> bool:
        """`the rest of this week and all of next`: an "and" behind a week, and nothing that is "next" behind the word."""
        text = self._text
        if text.begins_tag(end) or (end < len(text) and text.tokens[end].kind == "word"):
            return False
        ands = [tag for tag in text.tags if tag.name == "join" and tag.value == "and" and 0 <= at - tag.end <= _WHOLE]
        before = {tag.end for tag in text.tags if tag.name == "day" and tag.value in _THIS_WEEK}
        return any(tag.start in before for tag in ands)

    def _find_named(self) -> list[tuple[int, int, date]]:
        """Where the text names weeks, and the Monday of each."""
        found: list[tuple[int, int, date]] = []
        for at in range(len(self._text)):
            weeks, end = self._numbered(at)
            found.extend((at, end, week) for week in weeks)
            if (until := self._next_week(at)) is not None:
                found.append((at, until, monday_of(self._today) + DAY * 7))
        return found

    def _numbered(self, at: int) -> tuple[list[date], int]:
        tag = self._text.tag(at, "day", "week")
        if tag is None:
            return [], at
        start = tag.end + (1 if self._text.written(tag.end) in {".", ":"} else 0)
        number = self._text.number(start)
        if number is None or start in self._dates.used or self._is_clock(start):
            return [], at
        monday = self._monday_of_week(number)
        if monday is None:
            return [], at
        weeks, end = [monday], start + 1
        joiner = self._text.tag(end, "join", "and") or self._text.tag(end, "join", "until")
        if joiner is not None or self._text.written(end) == "-":
            onward = joiner.end if joiner else end + 1
            second = self._text.number(onward)
            other = self._monday_of_week(second) if second is not None and onward not in self._dates.used else None
            if (
                other is not None
                and DAY < other - monday < DAY * 60
                and self._text.written(onward + 1) not in {"-", ":"}
            ):
                ranged = joiner is None or joiner.value == "until"
                weeks = (
                    [monday + DAY * 7 * n for n in range((other - monday).days // 7 + 1)] if ranged else [monday, other]
                )
                end = onward + 1
        return weeks, end

    def _is_clock(self, at: int) -> bool:
        """Whether a colon without a space ties the number to another: "9:30", but not "week 49: 8-16"."""
        pair = self._text.written(at + 1) == ":" and self._text.number(at + 2) is not None
        return pair and self._text.tokens[at + 1].glued and self._text.tokens[at + 2].glued

    def _monday_of_week(self, number: int) -> date | None:
        for year in (self._today.year, self._today.year + 1):
            try:
                monday = date.fromisocalendar(year, number, 1)
            except ValueError:
                continue
            if monday + DAY * 6 >= self._today:
                return monday
        return None
