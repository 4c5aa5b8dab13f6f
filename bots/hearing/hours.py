"""What a text tells of hours and days off, piece by piece: children, days, from when to when, "the rest", "free"."""

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import pairwise

from bots.hearing.adding import added_part, does_likewise
from bots.hearing.almanac import Days, monday_of
from bots.hearing.clocks import Clock, Span
from bots.hearing.pieces import Piece
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag

_NEAR = 4
_MOST_CLOCKS = 24
_FEWEST_PARTS = 3
_FEWEST_SPANS = 2
"""Hours told before a dash can be one of a list."""
_BEHIND = {"until_after": "until", "from_after": "from"}
_NEGATED = frozenset({"need", "come", "care"})


@dataclass(frozen=True, slots=True)
class Hours:
    """From when to when, or off; None where the text tells no such bound. `again`: the second time of such a day."""

    start: time | None = None
    end: time | None = None
    off: bool = False
    again: "Hours | None" = None


OFF = Hours(off=True)


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing told at a place: children, days, hours, "the rest", "except", or the end of a sentence."""

    start: int
    keys: tuple[str, ...] | None = None
    days: Days | None = None
    hours: Hours | None = None
    word: str = ""


def sentences(reading: Reading) -> Iterator[tuple[int, int]]:
    within = covered(reading.days, reading.spans, reading.clocks)
    start = 0
    for at, token in enumerate(reading.tokens):
        if at not in within and (token.text in ".!?;" or (token.breaks and at > start)):
            yield start, at + 1
            start = at + 1
    if start < len(reading.tokens):
        yield start, len(reading.tokens)


def paired(reading: Reading) -> Reading:
    """`comes 7.15 and leaves 15.30`: a time of coming and one of going in the same sentence make hours."""
    reading = _with_bounds(reading)
    sure = [clock for clock in reading.clocks if clock.sure or clock.minute]
    if not 2 <= len(sure) <= _MOST_CLOCKS:
        return reading
    spans = list(reading.spans)
    taken: set[int] = set()
    for start, end in sentences(reading):
        here = [clock for clock in sure if start <= clock.start < end]
        for first, last in pairwise(here):
            if not taken & {first.start, last.start} and _makes_hours(reading, first, last, start):
                spans.append(Span(first.start, last.end, first, last))
                taken |= {first.start, last.start}
    if not taken:
        return reading
    clocks = tuple(clock for clock in reading.clocks if clock.start not in taken)
    return replace(reading, clocks=clocks, spans=tuple(sorted(spans, key=lambda span: span.start)))


def _with_bounds(reading: Reading) -> Reading:
    """`but Friday only until one`: among hours, a time to which "until" or "from" leads is the one bound of a day."""
    leads = {tag.end: tag.value for tag in reading.tags if tag.name == "join" and tag.value in {"until", "from"}}
    trails = {tag.start: tag.value for tag in reading.tags if tag.name == "join" and tag.value in _BEHIND}
    leads |= {clock.start: _BEHIND[trails[clock.end]] for clock in reading.clocks if clock.end in trails}
    bounds = [clock for clock in reading.clocks if clock.start in leads]
    if not reading.spans or not bounds:
        return reading
    spans = [Span(clock.start, clock.end, clock, clock, leads[clock.start]) for clock in bounds]
    return replace(
        reading,
        clocks=tuple(clock for clock in reading.clocks if clock not in bounds),
        spans=tuple(sorted((*reading.spans, *spans), key=lambda span: span.start)),
    )


def _makes_hours(reading: Reading, first: Clock, last: Clock, floor: int) -> bool:
    comes = _nearest(reading, first.start, floor, {"come"})
    goes = _nearest(reading, last.start, first.end, {"go", "fetch", "fetched"})
    named = any(mention.keys for mention in reading.mentions if first.end < mention.start < last.start)
    named = named or _is_of_another_day(reading, first, last, floor)
    strange = any(
        tag.name in {"role", "instead", "negative"} and floor <= tag.start <= last.end for tag in reading.tags
    )
    bounded = any(tag.name == "first" and floor <= tag.start <= last.end for tag in reading.tags)
    return comes is not None and goes is not None and not named and (not strange or bounded)


def _is_of_another_day(reading: Reading, first: Clock, last: Clock, floor: int) -> bool:
    """`comes at ten today, and on Thursday I fetch her at one`: each of the two times has a day of its own before it."""
    own = any(floor <= day.start < first.start for day in reading.days)
    days = [_day_beside(reading, clock) for clock in (first, last)]
    if None not in days and days[0] is not days[1]:
        return True
    between = [day for day in reading.days if first.end <= day.start < last.start]
    return len(between) > (0 if own else 1)


def _day_beside(reading: Reading, clock: Clock) -> Days | None:
    """The day right behind the time, but for a word like "on", else the one right before it."""
    behind = [day for day in reading.days if 0 <= day.start - clock.end <= 1]
    before = [day for day in reading.days if 0 <= clock.start - day.end <= 1]
    return next(iter((*behind, *before)), None)


def _nearest(reading: Reading, at: int, floor: int, names: set[str]) -> Tag | None:
    fitting = [tag for tag in reading.tags if tag.name in names and floor <= tag.start < at]
    return fitting[-1] if fitting else None


def things_told(reading: Reading, week: date | None) -> list[Thing]:
    """What is told, in the order of the text. A week named beside weekdays only tells which week."""
    days = [day for day in reading.days if day.shape != "past"]
    if any(not day.is_week for day in days):
        told = {monday_of(one) for day in days if not day.is_week for one in day.days}
        days = [day for day in days if not day.is_week or _is_week_off(reading, day, told)]
    things = [Thing(span.start, hours=_hours_of(span)) for span in reading.spans]
    added = likewise(reading)
    things.extend(
        Thing(
            mention.start,
            keys=mention.keys if mention.sure else (),
            word="also" if any(part.start <= mention.start < part.end for part in added) else "",
        )
        for mention in reading.mentions
        if not mention.related and not mention.unknown
    )
    rests = {tag.start for tag in reading.tags if tag.name == "day" and tag.value == "rest_of_week"}
    for day in days:
        if day.start in rests and len(days) > 1:
            things.append(Thing(day.start, word="rest"))
            continue
        denied = _is_denied(reading, day)
        things.append(Thing(day.start, days=day, hours=OFF if denied else None))
    things.extend(Thing(tag.start, hours=OFF) for tag in _offs(reading, week, days))
    things.extend(
        Thing(tag.start, word="except") for tag in reading.tags if tag.name == "join" and tag.value == "except"
    )
    ends = {at for day in days for at in (day.end, day.end + 1)}
    things.extend(Thing(tag.start, word="same") for tag in reading.tags if tag.name == "same" and tag.start in ends)
    others = [tag for tag in reading.tags if tag.name == "day" and tag.value == "rest"]
    things.extend(Thing(tag.end, hours=OFF) for tag in others if _is_elsewhere(reading, tag))
    things.extend(Thing(at, hours=OFF) for at in (*_dashes(reading, days), *_with_family(reading, days)))
    hours = [thing.start for thing in things if thing.hours is not None and thing.days is None]
    hours += [span.end - 1 for span in reading.spans]
    near = [tag for tag in others if any(min(abs(at - tag.end), abs(at - tag.start)) < _NEAR for at in hours)]
    things.extend(Thing(tag.start, word="rest") for tag in near)
    things.extend(Thing(end, word="end") for _, end in sentences(reading))
    return sorted(things, key=lambda thing: (thing.start, thing.word != "end"))


def likewise(reading: Reading) -> list[Piece]:
    """The parts and sentences that only say who does likewise."""
    found: list[Piece] = []
    for start, end in sentences(reading):
        whole, before = Piece(start, end, 0, ""), Piece(0, start, 0, "")
        part = whole if does_likewise(reading, whole, before) else added_part(reading, whole)
        found += [] if part is None else [part]
    return found


def _is_week_off(reading: Reading, week: Days, told: set[date]) -> bool:
    """`Monday 8-16 week 51, week 52 off`: a week of which no day is told, and which is told to be off."""
    offs = {tag.start for tag in reading.tags if tag.name == "off"}
    return bool(week.days) and week.week not in told and bool(offs & {week.end, week.end + 1})


def _hours_of(span: Span) -> Hours:
    return Hours(*span.times(), again=None if span.again is None else Hours(*span.again.times()))


def _is_elsewhere(reading: Reading, rest: Tag) -> bool:
    """`the other days she is with her nan`: the rest of the days is told to be with somebody, and no hours are."""
    for start, end in _parts(reading):
        if start <= rest.start < end:
            people = [tag for tag in reading.tags if tag.name in {"role", "parent"} and rest.end <= tag.start < end]
            led = [tag for tag in reading.tags if tag.name == "by" and rest.end <= tag.start < end]
            hours: list[Span | Clock] = [*reading.spans, *reading.clocks]
            told = any(rest.end <= thing.start < end for thing in hours)
            return not told and any(0 <= person.start - by.end <= 1 for person in people for by in led)
    return False


def _is_timed(reading: Reading, start: int, end: int) -> bool:
    """Whether hours or a time are told between the places."""
    things: list[Span | Clock] = [*reading.spans, *reading.clocks]
    return any(start <= thing.start < end for thing in things)


def _with_family(reading: Reading, days: Sequence[Days]) -> list[int]:
    """Where, among hours, a part of the text with a day but no hours tells of being with somebody: "Wednesday with her nan"."""
    if not reading.spans:
        return []
    found: list[int] = []
    leads = [tag for tag in reading.tags if tag.name == "by" or (tag.name == "join" and tag.value == "from")]
    for start, end in _parts(reading):
        own = any(start <= day.start < end for day in days)
        timed = _is_timed(reading, start, end)
        names = {tag.name for tag in reading.tags if start <= tag.start < end}
        people = [tag for tag in reading.tags if tag.name in {"role", "parent"} and start <= tag.start < end]
        near = [tag for tag in people if any(lead.end == tag.start or tag.end == lead.start for lead in leads)]
        near += [tag for tag in reading.tags if tag.name == "with_kin" and start <= tag.start < end]
        if own and near and not timed and not names & {"fetch", "fetched", "come", "go"}:
            found.append(near[0].end - 1)
    return found


def has_strange_part(reading: Reading) -> bool:
    """Whether a part of the text, among parts with hours, tells a day, no hours, and a person or a word that we do not know:
    what is so on that day is open."""
    words = reading.vocabulary
    read = covered(reading.tags, reading.days, reading.mentions)
    ends = {place for pair in _parts(reading) for place in pair}
    for start, end in _parts(reading) if words is not None and len(ends) > _FEWEST_PARTS else ():
        own = [day for day in reading.days if start <= day.start < end and not day.is_week and not day.every]
        timed = _is_timed(reading, start, end)
        names = {tag.name for tag in reading.tags if start <= tag.start < end}
        known = names & {"off", "away", "home", "negative", "rest", "same", "need", "reason", "fetch", "come"}
        if not own or timed or known or own[0].start > start + 1:
            continue
        strange = [
            at
            for at in range(own[-1].end, end)
            if reading.tokens[at].kind == "word" and at not in read and words and not words.is_word(reading.tokens[at])
        ]
        if strange or (names & {"role", "parent"} and not _with_family(reading, own)):
            return True
    return False


def _dashes(reading: Reading, days: Sequence[Days]) -> list[int]:
    """Where a dash alone stands for a day off: behind a day, and before a mark, another day or the end."""
    ends, starts = {day.end for day in days}, {day.start for day in days}
    tokens = reading.tokens
    found: list[int] = []
    for at in sorted(ends):
        if len(reading.spans) < _FEWEST_SPANS or at >= len(tokens) or tokens[at].text != "-":
            continue
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if after is None or after.breaks or after.text in {",", ".", ";"} or at + 1 in starts:
            found.append(at)
    return found


def _is_denied(reading: Reading, day: Days) -> bool:
    """`but not Wednesday`, `Friday not`: a negation beside the day, and no verb that it could belong to."""
    for tag in reading.tags:
        if tag.name not in {"negative", "oops"} or (tag.name == "oops" and tag.start != day.end):
            continue
        on = {other.end: other.start for other in reading.tags if other.name == "join" and other.value == "on"}
        leads = tag.end == day.start or on.get(day.start) == tag.end
        if not (leads or tag.start == day.end):
            continue
        verbs = [other for other in reading.tags if other.name in {"come", "need", "stay", "fetch", "go"}]
        if leads and any(0 <= tag.start - verb.end <= 1 for verb in verbs):
            continue
        if not leads and any(0 <= verb.start - tag.end <= _NEAR for verb in verbs):
            continue
        return True
    return False


def _offs(reading: Reading, week: date | None, days: Sequence[Days]) -> list[Tag]:
    """The words that tell a day off: free, away, at home, no care needed."""
    spans = bool(reading.spans)
    offs: list[Tag] = []
    for tag in reading.tags:
        if tag.name == "off" or (tag.name in {"away", "home"} and (not spans or _has_own_day(reading, tag))):
            offs.append(tag)
        elif tag.name == "negative":
            offs.extend(_negated(reading, tag)[:1])
    if week is not None and not spans and not offs:
        offs = [tag for tag in reading.tags if tag.name == "reason"][:1]
    within = {at for day in days for at in range(day.start, day.end)}
    places = sorted({tag.start: tag for tag in offs if tag.start not in within}.items())
    return [tag for _, tag in places]


def _negated(reading: Reading, negative: Tag) -> list[Tag]:
    near = [tag for tag in reading.tags if tag.name in _NEGATED]
    return [tag for tag in near if -_NEAR <= tag.start - negative.end <= _NEAR and _has_own_day(reading, tag)]


def _has_own_day(reading: Reading, tag: Tag) -> bool:
    """Whether days but no hours are told in the tag's own part of the sentence, or nothing at all is."""
    for start, end in _parts(reading, _opens_day(reading)):
        if start <= tag.start < end:
            return not any(start <= span.start < end for span in reading.spans)
    return False


def _parts(reading: Reading, cuts: Set[int] = frozenset()) -> Iterator[tuple[int, int]]:
    within = covered(reading.days, reading.spans, reading.clocks)
    joins = {tag.start for tag in reading.tags if tag.name == "join" and tag.value == "but"}
    joins |= cuts
    start = 0
    for at, token in enumerate(reading.tokens):
        apart = at not in within and (token.text in ",.!?;" or token.breaks)
        if (apart or at in joins) and at > start:
            yield start, at
            start = at
    yield start, len(reading.tokens)


def _opens_day(reading: Reading) -> set[int]:
    """Where, right behind a day and its hours, another opens a part of its own, an "and" before it or not: "Monday 8-16 and Tuesday she is home"."""
    own = {day.end for day in reading.days}
    ends = {span.end for span in reading.spans if {span.start, span.start - 1} & own}
    ands = {tag.end: tag.start for tag in reading.tags if tag.name == "join" and tag.value == "and" and tag.start in ends}
    days = {day.start for day in reading.days if not day.is_week and not day.every}
    return {ands[at] for at in days if at in ands} | (days & ends)
