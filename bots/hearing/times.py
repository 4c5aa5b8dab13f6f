"""Clock times in a text: `9.30`, `kl 0930`, `halv ti`, `quarter to one`, `puoli yhdeksän`, `9-15`.

Which half of the day a bare hour means is decided last (`suit`), since only the act tells whether somebody comes or goes.
"""

from bots.hearing.clocks import Clock, Span
from bots.hearing.marked import MarkedText
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag

_MOVING = frozenset({"come", "go", "fetch", "fetched"})
_LEADING = _MOVING | {"away", "there"}
_VERB_REACH = 2
_SHORTEST_CARE = 3
"""Hours; "between nine and ten" is when somebody comes, not how long."""
_HOURS = 24
_SPOKEN_MINUTES = frozenset({30, 45})
"""Minutes told in words right behind the hour: "ten thirty"."""
_MINUTES_TOLD = frozenset({5, 10, 15, 20, 25})
"""What is told past or to an hour without the word "minutes"; "eight to four" is from eight to four."""


class TimeReader:
    """Reads the times of one text. `used` holds the tokens that are spoken for, such as dates; what is read is added."""

    def __init__(self, text: MarkedText, used: set[int]) -> None:
        self._text = text
        self._used = used
        self._clock_ends = {tag.end for tag in text.tags if tag.name == "clock" and tag.value == "at"}
        self._prompt_ends = self._clock_ends | {
            tag.end for tag in text.tags if tag.name in {"instead", "before", "first"}
        }
        verbs = [tag for tag in text.tags if tag.name in _LEADING]
        untils = [tag for tag in text.tags if tag.name == "join" and tag.value in {"until", "from"}]
        self._prompt_ends |= {
            tag.end for tag in untils if any(0 <= tag.start - verb.end <= _VERB_REACH for verb in verbs)
        }
        self._phrases = covered([tag for tag in text.tags if tag.name == "late" and tag.end - tag.start > 1])
        self._verb_ends = {tag.end for tag in verbs if tag.name in _MOVING}
        people = [tag for tag in text.tags if tag.name in {"self", "child_word"}]
        self._verb_ends |= {tag.end for tag in people if tag.start in self._verb_ends}

    def read(self) -> tuple[list[Clock], list[Span]]:
        clocks: list[Clock] = []
        spans: list[Span] = []
        at = 0
        while at < len(self._text):
            if at in self._used or at in self._phrases or self._is_named_by(at):
                at += 1
                continue
            span = self._span(at)
            if span is not None:
                spans.append(span)
                self._used.update(range(span.start, span.end))
                at = span.end
                continue
            clock = self._clock(at, prompted=self._is_prompted(at))
            if clock is not None:
                clocks.append(clock)
                if clock.sure:
                    self._used.update(range(clock.start, clock.end))
                at = clock.end
                continue
            at += 1
        return clocks, spans

    def _is_named_by(self, at: int) -> bool:
        """`E18`, `A4`: a number glued to one letter is a road or a sheet, no hour."""
        tokens = self._text.tokens
        before = tokens[at - 1] if at else None
        number = tokens[at].kind == "number" and tokens[at].glued
        return number and before is not None and before.kind == "word" and len(before.text) == 1

    def _is_prompted(self, at: int) -> bool:
        """Whether the words before say that a time follows: `kl`, `at`, `instead of`, `not before`, a verb before `915`."""
        dotted = self._text.written(at - 1) in {".", ":"} and at - 1 in self._clock_ends
        run = at in self._verb_ends and len(self._text.written(at)) > 2 and self._text.tokens[at].kind == "number"
        return dotted or at in self._prompt_ends or run or self._follows_verb(at)

    def _follows_verb(self, at: int) -> bool:
        """`comes ten tomorrow`, `comes 8`: a number right behind a verb of coming or going, and nothing it could count."""
        tag, written = self._text.tag(at, "number"), self._text.tokens[at].number
        number, end = (int(tag.value), tag.end) if tag is not None else (written or 0, at + 1)
        if at not in self._verb_ends or not 1 < number < _HOURS:
            return False
        after = self._text.written(end)
        onward = self._text.tag(end, "join") or self._text.tag(end, "day") or self._text.weekday(end)
        return after in {"", ",", ".", "!"} or self._text.tokens[end].breaks or onward is not None

    def _span(self, at: int) -> Span | None:
        """`9-15`, `9 til 15`, `from 9 to 3`, `8.00 - 16.00`, `klo 8-16`."""
        start = self._after_at(at)
        opener = self._text.tag(start, "join", "from") or self._text.tag(start, "clock", "between")
        between = opener is not None and opener.name == "clock"
        if opener is not None:
            start = self._after_at(opener.end)
        inflected = self._inflected(at)
        if inflected is not None:
            return inflected
        first = self._clock(start, prompted=True)
        if first is None:
            return None
        middle = first.end
        joiner = self._text.tag(middle, "join", "until") or self._text.tag(middle, "clock", "to")
        joiner = joiner or (self._text.tag(middle, "join", "and") if between else self._until_at(middle))
        if self._text.written(middle) == "-":
            middle += 1
            if self._text.written(middle) == "-":
                middle += 1
        elif joiner is not None:
            middle = joiner.end
        elif not self._is_pair(at, first):
            return None
        last = self._clock(self._after_at(middle), prompted=True)
        if last is None or self._is_counted(last.end):
            return None
        if between and 0 <= last.hour - first.hour < _SHORTEST_CARE:
            return None
        return Span(at, last.end, first, last)

    def _until_at(self, at: int) -> Tag | None:
        """`til kl 16`: a phrase of two words that leads to a time, between two times."""
        tag = self._text.tag(at, "clock", "at")
        return tag if tag is not None and tag.end - tag.start > 1 else None

    def _is_pair(self, at: int, first: Clock) -> bool:
        """`Monday seven three`: two hours right behind a weekday, and no word or number behind them."""
        last = first.end
        alone = first.end - at == 1 and last < len(self._text) and not self._text.tokens[last].breaks
        if not alone or not self._text.follows_weekday(at) or self._text.number(at) != self._text.number(at, 4):
            return False
        second = self._text.tag(last, "number") or self._text.tag(last, "hour")
        both = (self._text.number(last) is None) == (self._text.number(at) is None)
        if (second is None and self._text.number(last) is None) or not both:
            return False
        end = second.end if second is not None else last + 1
        return (
            end >= len(self._text) or self._text.written(end) in {".", ",", ";"} or self._text.weekday(end) is not None
        )

    def _inflected(self, at: int) -> Span | None:
        """`kahdeksasta neljään`: hours whose own endings say from and to."""
        lead = self._text.tag(at, "clock", "half_to")
        opens = self._text.tag(lead.end if lead else at, "hour_from")
        closes = self._text.tag(opens.end, "hour_until") if opens else None
        if opens is None:
            return None
        hour = int(opens.value)
        first = Clock(at, opens.end, hour - 1 or 12, 30) if lead else Clock(at, opens.end, hour, 0)
        half = self._text.tag(opens.end, "clock", "half_to")
        halved = self._text.tag(half.end, "hour_until") if half else None
        if halved is not None:
            last = Clock(opens.end, halved.end, int(halved.value) - 1 or 12, 30)
            return Span(at, halved.end, first, last)
        if closes is None:
            return None
        return Span(at, closes.end, first, Clock(opens.end, closes.end, int(closes.value), 0))

    def _after_at(self, at: int) -> int:
        for _ in range(2):
            tag = self._text.tag(at, "clock", "at")
            if tag is None:
                break
            at = tag.end
            while self._text.written(at) in {".", ":"}:
                at += 1
        return at

    def _clock(self, at: int, prompted: bool) -> Clock | None:
        start = at
        at = self._after_at(at)
        prompted = prompted or at > start
        if at >= len(self._text) or at in self._used:
            return None
        found = self._spoken(at, prompted) or self._figures(at, prompted)
        if found is None or self._is_counted(found.end):
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

    def _is_counted(self, at: int) -> bool:
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
        return Clock(at, at + 1, number, 0, fixed, sure=False) if 1 <= number <= 19 else None

    def _minute(self, at: int) -> int | None:
        if at + 2 >= len(self._text) or self._text.written(at + 1) not in {".", ":", ","}:
            return None
        mark, minute = self._text.tokens[at + 1], self._text.tokens[at + 2]
        if not (mark.glued and minute.glued) or len(minute.text) != 2 or minute.number is None or minute.number > 59:
            return None
        return minute.number
