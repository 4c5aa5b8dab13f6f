"""Days in a text: weekdays, dates, weeks, ranges and relative days, as dates of the unit's own calendar.

Two readings that disagree ("Friday 3/12" when the third is a Thursday) give no day at all.
"""

from dataclasses import replace
from datetime import date, datetime

from bots.hearing.almanac import DAY, LAST_HOUR_FOR_TODAY, Days, written_out
from bots.hearing.figures import Atom, DateReader
from bots.hearing.marked import MarkedText
from bots.hearing.weekdays import WeekdayReader
from bots.hearing.weeks import WeekReader


class DayReader:
    """Reads the days of one text, whose dates and times were read before. `week` is the Monday of the week asked about."""

    def __init__(self, text: MarkedText, dates: DateReader, received: datetime, week: date | None) -> None:
        self._text = text
        self._dates = dates
        self._received = received
        self._today = received.date()
        self._weekdays = WeekdayReader(text, dates, self._today)
        self._weeks = WeekReader(text, dates, received, week)

    def read(self) -> list[Days]:
        """All days of the text in order."""
        found: list[Days] = []
        at = 0
        while at < len(self._text):
            days = self._mention(at, self._weeks.anchor(at))
            if days is None:
                at += 1
                continue
            found.append(days)
            at = max(days.end, at + 1)
        return found

    def _mention(self, at: int, anchor: date | None) -> Days | None:
        return self._dates.chains.get(at) or self._weeks.whole(at, anchor) or self._chain(at, anchor)

    def _chain(self, at: int, anchor: date | None) -> Days | None:
        """Days joined by range words, with what stands before them: `from`, `until`."""
        lead = self._text.tag(at, "join", "until")
        shape = "until" if lead else "days"
        if lead is None and (lead := self._text.tag(at, "join", "from")) is not None:
            shape = "from"
        first = self._atom(self._after_on(lead.end) if lead else at)
        if first is None:
            return None
        if first.edge == "until":
            shape = "until"
        if first.number is not None:
            return self._day_of_month(at, first, shape)
        second = self._second(first)
        if second is not None and shape != "until":
            return self._ranged(at, first, second, anchor)
        day = self._resolve(first, anchor, None)
        end = first.end
        if (after := self._text.tag(end, "join", "until_after")) is not None:
            shape, end = "until", after.end
        elif (after := self._text.tag(end, "join", "from_after")) is not None:
            shape, end = "from", after.end
        elif shape == "days" and first.edge == "from":
            shape = "from"
        weekdays = (first.weekday,) if first.weekday is not None else ()
        if day is None:
            return Days(at, end, (), "open", weekdays=weekdays)
        if day < self._today:
            return Days(at, end, (), "past")
        return Days(at, end, (day,), shape, weekdays=weekdays)

    def _second(self, first: Atom) -> Atom | None:
        """The other end of a range that begins with `first`."""
        at = first.end
        if (tag := self._text.tag(at, "join", "until")) is not None:
            at = tag.end
        elif self._text.written(at) == "-":
            if self._is_blank(first, at):
                return None
            at += 1
        elif first.edge == "from" or (
            first.edge == "" and (edge := self._atom(at)) is not None and edge.edge == "until"
        ):
            pass
        else:
            return None
        second = self._atom(self._after_on(at))
        return second if second is not None and second.number is None else None

    def _is_blank(self, first: Atom, at: int) -> bool:
        """`tue 8-15 wed - thu 9-16`: a dash with a space on either side, between two neighbours of a list of days each with
        hours of its own: no hours that day rather than a range of two days."""
        if first.weekday is None or at + 1 >= len(self._text) or self._text.tokens[at].glued:
            return False
        onward = self._text.weekday(at + 1)
        neighbour = onward is not None and int(onward.value) == first.weekday + 1
        own_hours = first.start - 1 in self._dates.used and onward is not None and onward.end in self._dates.used
        return neighbour and own_hours and not self._text.tokens[at + 1].glued

    def _after_on(self, at: int) -> int:
        """Where the day begins that words like `on` lead to."""
        while self._text.tag(at, "join", "on") is not None and self._atom(at) is None:
            at = self._text.after_on(at)
        return at

    def _ranged(self, at: int, first: Atom, second: Atom, anchor: date | None) -> Days:
        opens = self._resolve(first, anchor, None)
        closes = self._resolve(second, anchor, opens)
        end = second.end
        if (after := self._text.tag(end, "join", "until_after")) is not None:
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

    def _day_of_month(self, at: int, atom: Atom, shape: str) -> Days | None:
        """`back on the 11th`, `den 4:e`: a day whose month is the one that comes next, if it is written as a day."""
        if atom.number is None or atom.end - atom.start < 2 or self._text.written(atom.end - 1) == ".":
            return None
        for month in (self._today, self._today.replace(day=1) + DAY * 31):
            try:
                day = month.replace(day=atom.number)
            except ValueError:
                continue
            if day >= self._today:
                return Days(at, atom.end, (day,), shape)
        return None

    def _atom(self, at: int) -> Atom | None:
        if at >= len(self._text):
            return None
        for value, ahead in (("today", 0), ("tomorrow", 1), ("overmorrow", 2)):
            for edge, suffix in (("", ""), ("from", "_from"), ("until", "_until")):
                if (tag := self._text.tag(at, "day", value + suffix)) is not None:
                    return self._confirmed(Atom(at, tag.end, self._today + DAY * ahead, edge=edge))
        if (dated := self._dates.atoms.get(at)) is not None:
            return dated
        if (named := self._weekdays.read(at)) is not None:
            return named
        return self._dates.ordinal(at)

    def _confirmed(self, atom: Atom) -> Atom:
        """`tomorrow 1/2`, `today Friday`: the second naming must agree with the first."""
        at = atom.end
        for _ in range(3):
            if self._text.written(at) in {",", "("} or self._text.tag(at, "join", "on"):
                at += 1
        other = self._dates.atoms.get(at)
        if other is not None:
            return replace(atom, end=other.end + (self._text.written(other.end) == ")"), wrong=other.day != atom.day)
        tag = self._text.tag(at, "weekday")
        if tag is not None and atom.day is not None and at - atom.end < 2 and self._text.written(atom.end) != ",":
            onward = self._dates.atoms.get(tag.end)
            agrees = int(tag.value) == atom.day.weekday() and (onward is None or onward.day == atom.day)
            return replace(atom, end=onward.end if onward else tag.end, wrong=not agrees)
        return atom

    def _resolve(self, atom: Atom, anchor: date | None, after: date | None) -> date | None:
        if atom.wrong:
            return None
        if atom.day is not None:
            return atom.day
        if atom.weekday is None:
            return None
        if anchor is not None:
            return anchor + DAY * atom.weekday
        base = after or self._today
        ahead = (atom.weekday - base.weekday()) % 7
        late = self._received.hour >= LAST_HOUR_FOR_TODAY
        if ahead == 0 and after is None and (late or self._weekdays.is_of_next(atom.start)):
            ahead = 7
        return base + DAY * ahead
