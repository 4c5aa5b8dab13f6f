"""Times of day as a text tells them: `9.30`, `kl 0930`, `halv ti`, `quarter to one`, `puoli yhdeksän`; and which half of the
day is meant: that suits a unit, and only the act tells whether somebody comes or goes.
"""

import re
from dataclasses import dataclass
from datetime import time

from bots.hearing.marked import MarkedText
from bots.hearing.numbered import OtherNumbers

_DAY_STARTS = 6
_LATEST_BARE_END = 6
_NIGHT_STARTS = 19
"""From then on a small hour behind is one of the next morning: `22-6`."""
_SPOKEN_MINUTES = frozenset({30, 45})
"""Minutes told in words right behind the hour: "ten thirty"."""
_MINUTES_TOLD = frozenset({5, 10, 15, 20, 25})
"""What is told past or to an hour without the word "minutes"; "eight to four" is from eight to four."""
_STREET = re.compile(
    r"[^\W\d_]{3,40}(?:gata|gate|gaten|gatan|gade|gaden|vei|veien|veg|vegen|vag|vagen|vej|vejen"
    r"|torg|torget|plass|plassen|katu|kuja|polku|kaari|rinne|[aeiouy]n?tie)"
)
"""What a street of our countries is called, as folded: the number behind is a house's."""
_LINE = frozenset({"buss", "bus", "bussi", "bussilla", "linje", "linja", "linjen"})
"""What a number behind names instead of a time."""


@dataclass(frozen=True, slots=True)
class Clock:
    """An hour and minute at tokens[start:end]; `fixed`: the half of the day is certain; `sure`: it surely is a time."""

    start: int
    end: int
    hour: int
    minute: int
    fixed: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """From one time to another, at tokens[start:end]; `again`: a second one the same day, its tokens among these."""

    start: int
    end: int
    first: Clock
    last: Clock
    bound: str = ""
    """ "until" or "from" where only one of the two is told, and both clocks are that one."""
    again: "Span | None" = None

    def times(self) -> tuple[time | None, time | None]:
        """From when to when; None for a bound that is not told."""
        if self.bound:
            only = suit(self.first, leaves=self.bound == "until")
            return (None, only) if self.bound == "until" else (only, None)
        opens = suit(self.first, leaves=False)
        closes = suit(self.last, leaves=True)
        if opens.hour >= _NIGHT_STARTS and not self.last.fixed and self.last.hour < 12:
            return opens, time(self.last.hour, self.last.minute)
        if closes <= opens and not self.last.fixed and self.last.hour < 12:
            closes = time(self.last.hour + 12, self.last.minute)
        if closes <= opens and not self.first.fixed and opens.hour >= 12:
            opens = time(self.first.hour % 12, self.first.minute)
        return opens, closes


def suit(clock: Clock, leaves: bool) -> time:
    """The time of day that suits a unit: somebody comes between 06 and 18, and goes between 07 and 19."""
    hour = clock.hour
    earliest = _LATEST_BARE_END if leaves else _DAY_STARTS - 1
    if not clock.fixed and 1 <= hour <= earliest:
        hour += 12
    return time(hour, clock.minute)


class ClockReader:
    """Reads the time at one place of a text. `used` holds the tokens that are spoken for, such as dates."""

    def __init__(self, text: MarkedText, used: set[int]) -> None:
        self._text = text
        self._used = used
        self._others = OtherNumbers(text)

    def after_at(self, at: int) -> int:
        """Where the time begins to which words such as "at" lead."""
        for _ in range(2):
            tag = self._text.tag(at, "clock", "at")
            if tag is None:
                break
            at = tag.end
            while self._text.written(at) in {".", ":"}:
                at += 1
        return at

    def read(self, at: int, prompted: bool) -> Clock | None:
        """The time at the place, if there is one. `prompted`: the words before say that a time follows."""
        start = at
        at = self.after_at(at)
        prompted = prompted or at > start
        if at >= len(self._text) or at in self._used or self._others.holds(at):
            return None
        found = self._spoken(at, prompted) or self._figures(at, prompted)
        if found is None or self.is_counted(found.end):
            return None
        half = self._half(found)
        return Clock(start, half.end, half.hour, half.minute, half.fixed, half.sure)

    def _half(self, clock: Clock) -> Clock:
        end, hour, fixed = clock.end, clock.hour, clock.fixed
        for name in ("oclock", "am", "pm"):
            tag = self._text.tag(end, "clock", name)
            if tag is None:
                continue
            end = tag.end
            if name == "pm" and hour < 12:
                hour, fixed = hour + 12, True
            elif name == "am":
                hour, fixed = hour % 12, True
        return Clock(clock.start, end, hour, clock.minute, fixed, clock.sure)

    def is_counted(self, at: int) -> bool:
        """Whether the number that ends here counts minutes, or a share."""
        at += self._text.written(at) == "."
        return self._text.tag(at, "clock", "minutes") is not None or self._text.written(at) == "%"

    def _number(self, at: int) -> tuple[int, int] | None:
        """A number in figures or words at `at`, and where it ends."""
        if at >= len(self._text):
            return None
        figure = self._text.tokens[at].number
        if figure is not None:
            return figure, at + 1
        tag = self._text.tag(at, "number") or self._text.tag(at, "hour")
        return (int(tag.value), tag.end) if tag else None

    def _spoken(self, at: int, prompted: bool) -> Clock | None:
        """`halv ni`, `kvart over ni`, `ti på ni`, `fem over halv åtte`, `half past ten`, `noon`, `kolmelta`."""
        if (noon := self._text.tag(at, "clock", "noon")) is not None:
            return Clock(at, noon.end, 12, 0, fixed=True)
        if (
            (half := self._text.tag(at, "clock", "half_past")) is not None
            and (hour := self._number(half.end))
            and 1 <= hour[0] <= 12
        ):
            return Clock(at, hour[1], hour[0], 30)
        if (halved := self._halved(at)) is not None:
            return halved
        if (parted := self._parted(at)) is not None:
            return parted
        if (tag := self._text.tag(at, "hour")) is not None:
            return Clock(at, tag.end, int(tag.value), 0)
        tag = self._text.tag(at, "number")
        is_hour = tag is not None and (
            prompted
            or self._text.tag(tag.end, "clock", "at_after") is not None
            or self._text.tag(tag.end, "clock", "oclock")
            or self._text.tag(tag.end, "clock", "pm")
            or self._text.tag(tag.end, "clock", "am")
        )
        minutes = self._text.tag(tag.end, "number") if tag is not None else None
        if tag is not None and minutes is not None and int(minutes.value) in _SPOKEN_MINUTES and int(tag.value) <= 17:
            return Clock(at, minutes.end, int(tag.value), int(minutes.value))
        if tag is not None and is_hour and 1 <= int(tag.value) <= 17:
            return Clock(at, tag.end, int(tag.value), 0)
        return None

    def _halved(self, at: int) -> Clock | None:
        tag = self._text.tag(at, "clock", "half_to")
        if tag is None:
            return None
        hour = self._number(tag.end)
        if hour is None or not 1 <= hour[0] <= 12:
            return None
        return Clock(at, hour[1], hour[0] - 1 or 12, 30)

    def _parted(self, at: int) -> Clock | None:
        """So many minutes past or to an hour, or past or to a half hour."""
        quarter = self._text.tag(at, "clock", "quarter")
        minutes = (15, quarter.end) if quarter else self._number(at)
        if minutes is None or not 1 <= minutes[0] < 30:
            return None
        if (unit := self._text.tag(minutes[1], "clock", "minutes")) is not None:
            minutes = (minutes[0], unit.end)
        elif minutes[0] not in _MINUTES_TOLD:
            return None
        past = self._text.tag(minutes[1], "clock", "past")
        to = self._text.tag(minutes[1], "clock", "to")
        side = past or to
        if side is None or (
            self._text.tokens[at].kind == "number" and quarter is None and self._text.written(at + 1) == "-"
        ):
            return None
        base = self._halved(side.end)
        if base is None:
            hour = self._number(side.end)
            if hour is None or not 1 <= hour[0] <= 16:
                return None
            base = Clock(at, hour[1], hour[0], 0)
        total = base.hour * 60 + base.minute + (minutes[0] if past else -minutes[0])
        return Clock(at, base.end, total // 60 or 12, total % 60)

    def _figures(self, at: int, prompted: bool) -> Clock | None:
        token = self._text.tokens[at]
        number = token.number
        if number is None or (token.glued and at > 0 and self._text.written(at - 1) in "/+"):
            return None
        if len(token.text) == 4 and 500 <= number <= 1959 and number % 100 < 60:
            return Clock(at, at + 1, number // 100, number % 100, fixed=True, sure=prompted)
        if len(token.text) == 3 and prompted and 600 <= number <= 959 and number % 100 < 60:
            return Clock(at, at + 1, number // 100, number % 100)
        if len(token.text) > 2 or number > 23:
            return None
        minute = self._minute(at)
        fixed = number >= 13 or number == 0 or token.text.startswith("0")
        if minute is not None:
            return Clock(at, at + 3, number, minute, fixed)
        if self._text.written(at + 1) in {"/", "%"} or (
            self._text.written(at + 1) == ":" and self._minute(at) is None and not prompted
        ):
            return None
        marked = any(self._text.tag(at + 1, "clock", name) for name in ("oclock", "am", "pm", "at_after"))
        if prompted or marked:
            return Clock(at, at + 1, number, 0, fixed) if number else None
        is_time = 1 <= number <= 19 and not self._is_named(at)
        return Clock(at, at + 1, number, 0, fixed, sure=False) if is_time else None

    def _is_named(self, at: int) -> bool:
        """Whether the bare number is that of a house or a bus: "Storgata 12", "buss 10"."""
        if at == 0 or self._text.tokens[at].breaks:
            return False
        before = self._text.tokens[at - 1]
        return before.fold in _LINE or (before.is_capital and _STREET.fullmatch(before.fold) is not None)

    def _minute(self, at: int) -> int | None:
        if at + 2 >= len(self._text) or self._text.written(at + 1) not in {".", ":", ","}:
            return None
        mark, minute = self._text.tokens[at + 1], self._text.tokens[at + 2]
        if not (mark.glued and minute.glued) or len(minute.text) != 2 or minute.number is None or minute.number > 59:
            return None
        return minute.number
