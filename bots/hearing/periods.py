"""Two times of care on one day: `ma 7-9 og 14-16`, `Tuesday 6.30-8 and 15-17`, where nothing else can be meant.

Two days before two times are two times of each, where a school day lies between these. Else two days, and always two
children, may be meant one by one, and a day right behind them may be the second one's: such a text stays for a person.
"""

from dataclasses import replace
from datetime import time
from itertools import pairwise

from bots.hearing.clocks import Span
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered

_MARKS = frozenset({",", "+", "&"})
_MOST_BETWEEN = 3
_TWO = 2
_SCHOOL_MINUTES = 180
"""The shortest school day."""


def in_two_parts(reading: Reading) -> Reading:
    """The same, with each time that is the second of its day told by the first."""
    spans: list[Span] = []
    taken: Span | None = None
    for first, second in pairwise((*reading.spans, None)):
        if first is None or first is taken:
            continue
        if second is not None and _is_second(reading, first, second):
            spans.append(replace(first, end=second.end, again=second))
            taken = second
        else:
            spans.append(first)
    return reading if taken is None else replace(reading, spans=tuple(spans))


def _is_second(reading: Reading, first: Span, second: Span) -> bool:
    between = range(first.end, second.start)
    ands = covered([tag for tag in reading.tags if tag.name == "join" and tag.value == "and"])
    joined = all(at in ands or reading.tokens[at].text in _MARKS for at in between)
    if first.bound or second.bound or not joined or not 1 <= len(between) <= _MOST_BETWEEN:
        return False
    (_, ends), (begins, _) = first.times(), second.times()
    in_order = ends is not None and begins is not None and ends < begins
    apart = in_order and _minutes(begins) - _minutes(ends) >= _SCHOOL_MINUTES
    return in_order and not _is_one_by_one(reading, first, apart) and not _has_own_behind(reading, second)


def _minutes(told: time | None) -> int:
    """Since midnight; no time is midnight."""
    return 0 if told is None else told.hour * 60 + told.minute


def _is_one_by_one(reading: Reading, first: Span, apart: bool) -> bool:
    """Whether two children stand before, or just two days and the times are not far `apart`: "Monday and Tuesday 8-12 and
    13-16"."""
    floor = max((span.end for span in reading.spans if span.end <= first.start), default=0)
    named = {key for mention in reading.mentions if floor <= mention.start < first.start for key in mention.keys}
    here = [days for days in reading.days if floor <= days.start < first.start and not days.is_week]
    single = {day for days in here for day in days.days}
    ranges = [tag for tag in reading.tags if tag.name == "join" and tag.value == "until"]
    marks = covered(ranges) | {at for at, token in enumerate(reading.tokens) if token.text == "-"}
    ranged = any(at in marks for at in range(here[0].start, here[-1].end)) if here else False
    return len(named) == _TWO or (len(single) == _TWO and not ranged and not apart)


def _has_own_behind(reading: Reading, second: Span) -> bool:
    """Whether a day or a child stands right behind, with no times of its own: "Monday 7-9 and 14-16 Tuesday"."""
    behind = [days.end for days in reading.days if days.start == second.end and not days.is_week]
    behind += [mention.end for mention in reading.mentions if mention.keys and mention.start == second.end]
    return any(not any(end <= span.start <= end + 1 for span in reading.spans) for end in behind)
