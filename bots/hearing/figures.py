"""Dates in figures and month names: `3.12.`, `30/11-4/12`, `4. og 5. januar`, `from 14 to 18 December`, `2026-12-03`.

They are read before the times of day, so that `3.12.` becomes no time and `9.30` no date.
"""

from dataclasses import dataclass
from datetime import date

from bots.hearing.almanac import DAY, Days, written_out
from bots.hearing.marked import MarkedText


@dataclass(frozen=True, slots=True)
class Atom:
    """One day as it stands: a date, or a weekday still to be placed."""

    start: int
    end: int
    day: date | None = None
    weekday: int | None = None
    number: int | None = None
    wrong: bool = False
    edge: str = ""


class DateReader:
    """Reads the dates of one text. `used` holds the tokens that are spoken for, of dates first, and grows with other readers.

    After `read`, `atoms` are the dates by their first token, and `chains` the days that borrow the month of a date after them.
    """

    def __init__(self, text: MarkedText, today: date) -> None:
        self._text = text
        self._today = today
        self.used: set[int] = set()
        self.atoms: dict[int, Atom] = {}
        self.chains: dict[int, Days] = {}

    def read(self) -> None:
        at = 0
        while at < len(self._text):
            atom = self._dated(at)
            if atom is not None:
                self.atoms[at] = atom
                self.used.update(range(atom.start, atom.end))
                at = atom.end
            else:
                at += 1
        self._chain_month_first()
        for start in range(len(self._text)):
            lead = self._text.tag(start, "join", "from")
            number = self.ordinal(self._text.after_on(lead.end) if lead else start)
            if (
                number is None
                or start in self.used
                or (start and self._text.tokens[start].glued and self._text.written(start - 1) in "/.:")
            ):
                continue
            chain = self._numbers(start, number)
            if chain is not None:
                self.chains[start] = chain
                self.used.update(range(chain.start, chain.end))

    def _chain_month_first(self) -> None:
        """`January 14 and 15`, `tammikuun 14. ja 15.`: a day of the month behind a date that begins with its month."""
        for start, atom in list(self.atoms.items()):
            joiner = self._text.tag(atom.end, "join", "and")
            number = self.ordinal(joiner.end) if joiner and self._text.tag(start, "month") else None
            if number is None or number.number is None or atom.day is None or number.number <= atom.day.day:
                continue
            last = self._text.written(number.end)
            if number.end - number.start == 1 and last not in {"", ",", ".", "!"}:
                continue
            try:
                days = (atom.day, atom.day.replace(day=number.number))
            except ValueError:
                continue
            self.chains[start] = Days(start, number.end, days)
            self.used.update(range(start, number.end))

    def ordinal(self, at: int) -> Atom | None:
        """A bare day of the month, waiting for its month: `12.`, `the 11th`, `den 4:e`."""
        number = self._text.number(at)
        if number is None or not 1 <= number <= 31 or at in self.used:
            return None
        return Atom(at, self._after_ordinal(at + 1), number=number)

    def _dated(self, at: int) -> Atom | None:
        if at > 0 and self._text.tokens[at].glued and self._text.written(at - 1) in "/+":
            return None
        return self._iso(at) or self._slashed(at) or self._dotted(at) or self._with_month(at) or self._month_first(at)

    def _iso(self, at: int) -> Atom | None:
        year = self._text.number(at, 4)
        if year is None or year < 2000 or self._text.written(at + 1) != "-" or self._text.written(at + 3) != "-":
            return None
        month, day = self._text.number(at + 2), self._text.number(at + 4)
        return self._made(at, at + 5, day, month, year) if month and day else None

    def _slashed(self, at: int) -> Atom | None:
        day, month = self._text.number(at), self._text.number(at + 2)
        if day is None or month is None or self._text.written(at + 1) != "/" or not self._text.tokens[at + 1].glued:
            return None
        end, year = self._year(at + 3, "/-.")
        return self._made(at, end, day, month, year)

    def _dotted(self, at: int) -> Atom | None:
        """`3.12.` and `3.12.2026`; without the last dot only where a weekday, a from-word or the figures leave no doubt."""
        day, month = self._text.number(at), self._text.number(at + 2)
        if (
            day is None
            or month is None
            or self._text.written(at + 1) != "."
            or not self._text.tokens[at + 1].glued
            or not self._text.tokens[at + 2].glued
        ):
            return None
        if not 1 <= month <= 12 or not 1 <= day <= 31 or self._is_clock(at):
            return None
        end, year = self._year(at + 3, ".")
        if year is not None:
            return self._made(at, end, day, month, year)
        closed = self._text.written(at + 3) == "." and self._text.tokens[at + 3].glued
        last = (
            at + 4 >= len(self._text)
            or self._text.tokens[at + 4].breaks
            or (self._text.tokens[at + 4].is_capital and not self._text.tokens[at + 4].glued)
        )
        plain = len(self._text.tokens[at + 2].text) == 1 or day > 18
        led = self._text.follows_weekday(at) or self._goes_on(at)
        led = led or (self._text.written(at - 1) == "-" and self._text.written(at - 2) == ".")
        ranged = self._text.written(at + 3) == "-" and (self._closes_date(at + 4) or self._is_odd_range(at))
        odd = month % 5 != 0  # no time of day that anybody tells
        if closed and (not last or plain or led or odd):
            return self._made(at, at + 4, day, month, None)
        if plain or led or ranged or (closed and (day > 19 or day < 6)):
            return self._made(at, at + 3, day, month, None)
        return None

    def _goes_on(self, at: int) -> bool:
        """Whether a date stands right before, and only a word like "until" or "and" between: "30.11 til 2.12"."""
        ends = {atom.end for atom in self.atoms.values()}
        leads = (tag for tag in self._text.ending(at) if tag.name == "join" and tag.value in {"until", "and"})
        return any(tag.start in ends for tag in leads) or (self._text.written(at - 1) == "-" and at - 1 in ends)

    def _closes_date(self, at: int) -> bool:
        return (
            self._text.written(at + 1) == "."
            and self._text.written(at + 3) == "."
            and self._text.number(at) is not None
            and (self._text.number(at + 2) or 99) <= 12
        )

    def _is_odd_range(self, at: int) -> bool:
        """`14.12-18.12`: two days of one month, which as times of day nobody would tell."""
        first, month = self._text.number(at), self._text.number(at + 2)
        last, same = self._text.number(at + 4), self._text.number(at + 6)
        dotted = self._text.written(at + 5) == "." and self._text.tokens[at + 5].glued
        return dotted and month == same and (month or 0) % 5 != 0 and (first or 0) < (last or 0) <= 31

    def _is_clock(self, at: int) -> bool:
        end = at - 1 if self._text.written(at - 1) in {".", ":"} else at
        return any(tag.name == "clock" and tag.value == "at" for tag in self._text.ending(end))

    def _with_month(self, at: int) -> Atom | None:
        """`3. desember`, `den 3 december`, `3rd of December`, `3:e december`."""
        day = self._text.number(at)
        if day is None or not 1 <= day <= 31:
            return None
        after = self._after_ordinal(at + 1)
        if self._text.written(after).casefold() == "of":
            after += 1
        month = self._text.tag(after, "month")
        if month is None:
            return None
        end, year = self._year(month.end, "")
        if (
            self._text.written(end) == "."
            and self._text.tokens[month.start].low != self._text.written(month.start)
            and end < len(self._text) - 1
        ):
            end += 1
        return self._made(at, end, day, int(month.value), year)

    def _month_first(self, at: int) -> Atom | None:
        month = self._text.tag(at, "month")
        day = self._text.number(month.end) if month else None
        if (
            month is None
            or day is None
            or not 1 <= day <= 31
            or (self._text.written(month.end + 1) in {".", ":"} and self._text.number(month.end + 2))
        ):
            return None
        end, year = self._year(self._after_ordinal(month.end + 1), ",")
        return self._made(at, end, day, int(month.value), year)

    def _after_ordinal(self, at: int) -> int:
        if self._text.written(at) == ":" and self._text.written(at + 1) in {"e", "a"}:
            return at + 2
        if self._text.written(at) == "." or self._text.written(at).casefold() in {"st", "nd", "rd", "th"}:
            return at + 1
        return at

    def _year(self, at: int, marks: str) -> tuple[int, int | None]:
        step = 1 if marks and self._text.written(at) and self._text.written(at) in marks else 0
        year = self._text.number(at + step, 4)
        if (
            year is not None
            and self._this_year() - 1 <= year <= self._this_year() + 2
            and (step or not marks or marks == ",")
        ):
            return at + step + 1, year
        if (
            step
            and year is not None
            and len(self._text.written(at + step)) == 2
            and self._text.tokens[at + step].glued
            and abs(2000 + year - self._this_year()) < 2
        ):
            return at + step + 1, 2000 + year
        return at, None

    def _this_year(self) -> int:
        return self._today.year

    def _made(self, start: int, end: int, day: int | None, month: int | None, year: int | None) -> Atom | None:
        if day is None or month is None or not 1 <= month <= 12:
            return None
        return Atom(start, end, self._placed(day, month, year), wrong=self._placed(day, month, year) is None)

    def _placed(self, day: int, month: int, year: int | None) -> date | None:
        """The date; without a year its next occurrence, though one that passed within a month is the past one."""
        for candidate in [year] if year else [self._this_year() - 1, self._this_year(), self._this_year() + 1]:
            try:
                made = date(candidate, month, day)
            except ValueError:
                continue
            if year or made >= self._today - DAY * 14:
                return made
        return None

    def _numbers(self, at: int, first: Atom) -> Days | None:
        """`4. og 5. januar`, `12.-16.10.`, `from 14 to 18 December`: numbers that borrow the month of the date after them."""
        numbers, ranged, end = [first.number], False, first.end
        for _ in range(8):
            joiner = self._text.tag(end, "join", "until") or self._text.tag(end, "join", "and")
            if joiner is not None:
                ranged, end = ranged or joiner.value == "until", joiner.end
            elif self._text.written(end) in {"-", ","}:
                ranged, end = ranged or self._text.written(end) == "-", end + 1
            else:
                return None
            while self._text.tag(end, "join", "on") or (self._text.weekday(end) is not None):
                tag = self._text.weekday(end)
                end = tag.end if tag else self._text.after_on(end)
            if (last := self.atoms.get(end)) is not None:
                return self._borrowed(at, [number for number in numbers if number], last, ranged)
            number = self.ordinal(end)
            if number is None:
                return None
            numbers.append(number.number)
            end = number.end
        return None

    def _borrowed(self, at: int, numbers: list[int], last: Atom, ranged: bool) -> Days:
        days: list[date] = []
        for number in numbers:
            try:
                days.append(last.day.replace(day=number)) if last.day else None
            except ValueError:
                return Days(at, last.end, (), "open")
        if last.day is None or not days or days[-1] > last.day:
            return Days(at, last.end, (), "open")
        end = last.end
        if (after := self._text.tag(end, "join", "until_after")) is not None:
            end = after.end
        return Days(at, end, written_out(days[0], last.day) if ranged else (*days, last.day))
