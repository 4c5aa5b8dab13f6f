"""Days in a text: weekdays, dates, weeks, ranges and relative days, as dates of the unit's own calendar.

Two readings that disagree ("Friday 3/12" when the third is a Thursday) give no day at all.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from bots.hearing.almanac import DAY, LAST_HOUR_FOR_TODAY, Days, default_day, monday_of, written_out
from bots.hearing.figures import Atom, DateReader
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_LINKING = frozenset({"weekday", "weekday_short", "weekday_from", "weekday_until", "join"})


class DayReader(DateReader):
    """Reads the days of one text. `week` is the Monday of the week that was asked about, if any."""

    def __init__(self, tokens: Sequence[Token], tags: Sequence[Tag], received: datetime, week: date | None) -> None:
        super().__init__(tokens, tags, received)
        self._week = week
        self._named_week: tuple[int, int, date] | None = None

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

    def _is_lead(self, at: int) -> bool:
        return at in self._at

    def _find_week(self) -> tuple[int, int, date] | None:
        """Where the text names one single week, and its Monday; None when it names none or several."""
        found: list[tuple[int, int, date]] = []
        for at in range(len(self._tokens)):
            weeks, end = self._numbered_weeks(at)
            found.extend((at, end, week) for week in weeks)
            if (tag := self._tag(at, "day", "next_week")) is not None:
                found.append((at, tag.end, monday_of(self._today) + DAY * 7))
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
            if other is not None and DAY < other - monday < DAY * 60 and self._text(onward + 1) not in {"-", ":"}:
                ranged = joiner is None or joiner.value == "until"
                weeks = (
                    [monday + DAY * 7 * n for n in range((other - monday).days // 7 + 1)] if ranged else [monday, other]
                )
                end = onward + 1
        return weeks, end

    def _monday_of_week(self, number: int) -> date | None:
        for year in (self._this_year(), self._this_year() + 1):
            try:
                monday = date.fromisocalendar(year, number, 1)
            except ValueError:
                continue
            if monday + DAY * 6 >= self._today:
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
            return Days(at, tag.end, written_out(start, monday_of(start) + DAY * 4), "until")
        if (tag := self._tag(at, "day", "whole_week")) is not None:
            monday = anchor or monday_of(default_day(self._received))
            days = written_out(monday, monday + DAY * 4)
            return Days(
                at, tag.end, tuple(day for day in days if day >= self._today or anchor), week=monday, every=True
            )
        for value, ahead in (("next_week", 7), ("this_week", 0)):
            if (tag := self._tag(at, "day", value)) is not None:
                monday = monday_of(self._today) + DAY * ahead
                days = tuple(day for day in written_out(monday, monday + DAY * 4) if day >= self._today)
                return Days(at, tag.end, days, week=monday, is_week=True)
        weeks, end = self._numbered_weeks(at)
        if weeks:
            days = tuple(day for monday in weeks for day in written_out(monday, monday + DAY * 4) if day >= self._today)
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

    def _second(self, first: Atom, anchor: date | None) -> Atom | None:
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

    def _ranged(self, at: int, first: Atom, second: Atom, anchor: date | None) -> Days:
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

    def _day_of_month(self, at: int, atom: Atom, shape: str) -> Days | None:
        """`back on the 11th`, `den 4:e`: a day whose month is the one that comes next, if it is written as a day."""
        if atom.number is None or atom.end - atom.start < 2 or self._text(atom.end - 1) == ".":
            return None
        for month in (self._today, self._today.replace(day=1) + DAY * 31):
            try:
                day = month.replace(day=atom.number)
            except ValueError:
                continue
            if day >= self._today:
                return Days(at, atom.end, (day,), shape)
        return None

    def _atom(self, at: int, anchor: date | None) -> Atom | None:
        if at >= len(self._tokens):
            return None
        for value, ahead in (("today", 0), ("tomorrow", 1), ("overmorrow", 2)):
            for edge, suffix in (("", ""), ("from", "_from"), ("until", "_until")):
                if (tag := self._tag(at, "day", value + suffix)) is not None:
                    return self._confirmed(Atom(at, tag.end, self._today + DAY * ahead, edge=edge), anchor)
        if (dated := self._dates.get(at)) is not None:
            return dated
        if (named := self._weekday(at, anchor)) is not None:
            return named
        return self._ordinal(at)

    def _confirmed(self, atom: Atom, anchor: date | None) -> Atom:
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

    def _weekday(self, at: int, anchor: date | None) -> Atom | None:
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
            return Atom(
                at, dated.end + (self._text(dated.end) == ")"), dated.day, int(tag.value), wrong=wrong, edge=edge
            )
        number = self._ordinal(onward)
        if number is not None and number.number is not None:
            borrowed = self._dates_with_number(number.number, int(tag.value), onward)
            if borrowed is not None:
                return Atom(at, number.end, borrowed, int(tag.value), edge=edge)
        return Atom(at, end, weekday=int(tag.value), edge=edge)

    def _dates_with_number(self, number: int, weekday: int, at: int) -> date | None:
        """`torsdag 17. og fredag 18. desember`: the day of the month whose month stands later, if the weekday agrees."""
        later = [atom.day for start, atom in self._dates.items() if start > at and atom.day]
        for month in [*later, self._today, self._today + DAY * 31]:
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
        if ahead == 0 and after is None and self._received.hour >= LAST_HOUR_FOR_TODAY:
            ahead = 7
        return base + DAY * ahead
