"""Weekdays in a text, with the date that stands beside one: `Friday 4.12.`, `torsdag 17. og fredag 18. desember`, `ma-ke`."""

from datetime import date

from bots.hearing.almanac import DAY
from bots.hearing.figures import Atom, DateReader
from bots.hearing.marked import MarkedText
from bots.hearing.vocabulary import Tag

_NAMED = frozenset({"weekday", "weekday_short"})
_JOINING = frozenset({"and", "or", "on"})
_MARKS = frozenset({",", "+", "/"})


class WeekdayReader:
    """Reads the weekdays of one text, whose dates were read before."""

    def __init__(self, text: MarkedText, dates: DateReader, today: date) -> None:
        self._text = text
        self._dates = dates
        self._today = today

    def read(self, at: int) -> Atom | None:
        tag = self._text.weekday(at)
        if tag is None or (tag.name == "weekday_short" and not self._is_short_day(tag)):
            return None
        if any(place in self._dates.used for place in range(tag.start, tag.end)):
            return None
        edge = {"weekday_from": "from", "weekday_until": "until"}.get(tag.name, "")
        end = tag.end
        if self._is_abbreviated(tag):
            end += 1
        onward = end
        while self._text.written(onward) in {",", "("} or (
            self._text.tag(onward, "join", "on") and not self._text.weekday(onward)
        ):
            onward = max(self._text.after_on(onward), onward + 1)
        dated = self._dates.atoms.get(onward)
        if (
            dated is not None
            and dated.day is not None
            and (self._text.written(end) != "," or dated.day.weekday() == int(tag.value))
        ):
            wrong = dated.day.weekday() != int(tag.value)
            return Atom(
                at,
                dated.end + (self._text.written(dated.end) == ")"),
                dated.day,
                int(tag.value),
                wrong=wrong,
                edge=edge,
            )
        number = self._dates.ordinal(onward)
        if number is not None and number.number is not None:
            borrowed = self._dated_by_number(number.number, int(tag.value), onward)
            if borrowed is not None:
                return Atom(at, number.end, borrowed, int(tag.value), edge=edge)
        return Atom(at, end, weekday=int(tag.value), edge=edge)

    def is_of_next(self, at: int) -> bool:
        """Whether a word for "next" leads to the weekday at `at`, or to one before it in the same list: "next Thursday and
        Friday". Such a weekday is never today."""
        if any(tag.name == "day" and tag.value == "next" for tag in self._text.ending(at)):
            return True
        before = self._before_joint(at)
        return any(tag.name in _NAMED and self.is_of_next(tag.start) for tag in self._text.ending(before))

    def _before_joint(self, at: int) -> int:
        """Where what joins the weekday at `at` to the one before it in a list begins; `at` if nothing does."""
        while True:
            joints = [tag.start for tag in self._text.ending(at) if tag.name == "join" and tag.value in _JOINING]
            onward = min(joints, default=at - (self._text.written(at - 1) in _MARKS))
            if onward == at:
                return at
            at = onward

    def _is_abbreviated(self, tag: Tag) -> bool:
        """Whether a short form has its own dot behind it ("tors. 3.12."), which ends no sentence."""
        at = tag.end
        if (
            len(self._text.tokens[tag.start].low) > 5
            or self._text.written(at) != "."
            or not self._text.tokens[at].glued
        ):
            return False
        after = self._text.tokens[at + 1] if at + 1 < len(self._text) else None
        return tag.name == "weekday_short" or (after is not None and not after.is_capital and not after.breaks)

    def _dated_by_number(self, number: int, weekday: int, at: int) -> date | None:
        """`torsdag 17. og fredag 18. desember`: the day of the month whose month stands later, if the weekday agrees."""
        later = [atom.day for start, atom in self._dates.atoms.items() if start > at and atom.day]
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
        if (
            len(self._text.tokens[tag.start].low) > 3
            or self._text.tag(after, "weekday")
            or (self._ends_weekday(tag.start) and self._text.tag(tag.start, "ask") is None)
        ):
            return True
        if self._text.written(after) == "." and after < len(self._text) and self._text.tokens[after].glued:
            after += 1
        if self._text.written(after) == "+" or self._text.written(before) == "+":
            return self._is_day_like(after + 1) or self._is_day_like(before - 1)
        if self._text.written(after) in {":", "-"}:
            return self._text.written(after) == ":" or self._is_day_like(after + 1) or self._text.tokens[after].glued
        token = self._text.tokens[after] if after < len(self._text) else None
        if token is not None and (token.kind == "number" or self._text.tag(after, "off")):
            return True
        if self._text.written(before) in {"-", ","} and self._is_day_like(before - 1):
            return True
        for joiner in ("and", "or", "until"):
            tag_after = self._text.tag(after, "join", joiner)
            if tag_after is not None and self._is_day_like(tag_after.end):
                return True
            if any(
                other.name == "join" and other.value == joiner and self._is_day_like(other.start - 1)
                for other in self._text.ending(tag.start)
            ):
                return True
        if len(self._text.tokens[tag.start].low) == 3:
            return self._text.written(after) in {"", ",", ".", "!"} or self._text.tag(before, "join", "on") is not None
        if self._text.tag(after, "join", "until_after") is not None:
            return True
        return self._text.written(after) == "," and self._is_day_like(after + 1)

    def _ends_weekday(self, at: int) -> bool:
        return any(tag.name == "weekday" for tag in self._text.ending(at))

    def _is_day_like(self, at: int) -> bool:
        if 0 <= at < len(self._text) and self._text.written(at) == ".":
            at -= 1
        return (
            self._text.weekday(at) is not None
            or at in self._dates.atoms
            or any(self._text.tag(at, "day", value) for value in ("today", "tomorrow"))
        )
