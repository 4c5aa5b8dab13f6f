"""Clock times in a text, and stretches from one to another: where a number is a time at all, and `9-15`, `from 9 to 3`,
`kahdeksasta neljään`.

Which half of the day a bare hour means is decided last (`suit`), since only the act tells whether somebody comes or goes.
"""

from bots.hearing.clocks import Clock, ClockReader, Span
from bots.hearing.marked import MarkedText
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag

_MOVING = frozenset({"come", "go", "fetch", "fetched"})
_LEADING = _MOVING | {"away", "there"}
_VERB_REACH = 2
_MOST_PEOPLE = 2
"""Words like "I" and "myself" between a verb and its hour."""
_SHORTEST_CARE = 3
"""Hours; "between nine and ten" is when somebody comes, not how long."""
_HOURS = 24


class TimeReader:
    """Reads the times of one text. `used` holds the tokens that are spoken for, such as dates; what is read is added."""

    def __init__(self, text: MarkedText, used: set[int]) -> None:
        self._text = text
        self._used = used
        self._clocks = ClockReader(text, used)
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
        for _ in range(_MOST_PEOPLE):
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
            clock = self._clocks.read(at, prompted=self._is_prompted(at))
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
        start = self._clocks.after_at(at)
        opener = self._text.tag(start, "join", "from") or self._text.tag(start, "clock", "between")
        between = opener is not None and opener.name == "clock"
        if opener is not None:
            start = self._clocks.after_at(opener.end)
        inflected = self._inflected(at)
        if inflected is not None:
            return inflected
        first = self._clocks.read(start, prompted=True)
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
        last = self._clocks.read(self._clocks.after_at(middle), prompted=True)
        if last is None or self._clocks.is_counted(last.end):
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
