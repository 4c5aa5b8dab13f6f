"""What a text tells of hours and days off, piece by piece: children, days, from when to when, "the rest", "free"."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import pairwise

from bots.hearing.adding import added_part, does_likewise
from bots.hearing.almanac import Days, monday_of
from bots.hearing.clocks import Clock, Span
from bots.hearing.days_off import dashes, days_off, is_denied, is_elsewhere, with_family
from bots.hearing.pieces import Piece
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag

_NEAR = 4
_MOST_CLOCKS = 24
_LINKING = frozenset({"join", "filler", "also", "likewise", "clock"})
"""What may stand between two days that share their hours."""
ALIKE = frozenset({"same", "same_times", "same_again", "likewise"})
_BEHIND = {"until_after": "until", "from_after": "from"}


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
    """One thing told at a place: children, days, hours, "the rest", "except", "alike", or the end of a sentence.

    `joined`: an "and" stands right behind it. `like`: whose hours those of the children named before are like, if that is told.
    """

    start: int
    keys: tuple[str, ...] | None = None
    days: Days | None = None
    hours: Hours | None = None
    word: str = ""
    joined: bool = False
    like: tuple[str, ...] | None = None


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
    leads |= {clock.start: "until" for clock in reading.clocks if _is_fetched_instead(reading, clock)}
    bounds = [clock for clock in reading.clocks if clock.start in leads]
    if not reading.spans or not bounds:
        return reading
    spans = [Span(clock.start, clock.end, clock, clock, leads[clock.start]) for clock in bounds]
    return replace(
        reading,
        clocks=tuple(clock for clock in reading.clocks if clock not in bounds),
        spans=tuple(sorted((*reading.spans, *spans), key=lambda span: span.start)),
    )


def _is_fetched_instead(reading: Reading, clock: Clock) -> bool:
    """`7.30-16 every day, but on Wednesday I fetch already at 14`: behind hours and a "but", a day, fetching and a time."""
    buts = [tag.end for tag in reading.tags if tag.name == "join" and tag.value == "but" and tag.end <= clock.start]
    if not buts or not any(span.end < buts[-1] for span in reading.spans):
        return False
    told = [days for days in reading.days if buts[-1] <= days.start < clock.start and len(days.days) == 1]
    fetch = _nearest(reading, clock.start, buts[-1], {"fetch"})
    return bool(told) and fetch is not None and clock.start - fetch.end <= _NEAR


def _makes_hours(reading: Reading, first: Clock, last: Clock, floor: int) -> bool:
    comes = _nearest(reading, first.start, floor, {"come"})
    goes = _nearest(reading, last.start, first.end, {"go", "fetch", "fetched"}) or _stays_until(
        reading, last, first.end
    )
    named = any(mention.keys for mention in reading.mentions if first.end < mention.start < last.start)
    named = named or _is_of_another_day(reading, first, last, floor)
    strange = any(
        tag.name in {"role", "instead", "negative"} and floor <= tag.start <= last.end for tag in reading.tags
    )
    bounded = any(tag.name == "first" and floor <= tag.start <= last.end for tag in reading.tags)
    return comes is not None and goes is not None and not named and (not strange or bounded)


def _stays_until(reading: Reading, last: Clock, floor: int) -> Tag | None:
    """`comes at half past six and stays until five`: a verb of staying, and a word like "until" right before the time."""
    led = any(tag.name == "join" and tag.value == "until" and tag.end == last.start for tag in reading.tags)
    return _nearest(reading, last.start, floor, {"stay"}) if led else None


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
    things = [Thing(span.start, hours=_hours_of(span)) for span in reading.spans]
    added = likewise(reading)
    alike, models = _alike(reading, added)
    things.extend(alike)
    days = [day for day in reading.days if day.shape != "past"]
    first = min((thing.start for thing in alike), default=len(reading.tokens))
    days = [
        day
        for part in ([day for day in days if day.start < first], [day for day in days if day.start >= first])
        for day in _without_mere_weeks(reading, part)
    ]
    things.extend(
        Thing(
            mention.start,
            keys=mention.keys if mention.sure else (),
            word="also" if any(part.start <= mention.start < part.end for part in added) else "",
        )
        for mention in reading.mentions
        if not mention.related and not mention.unknown and mention.start not in models
    )
    rests = {tag.start for tag in reading.tags if tag.name == "day" and tag.value == "rest_of_week"}
    ands = {tag.start for tag in reading.tags if tag.name == "join" and tag.value == "and"}
    for day in days:
        if day.start in rests and len(days) > 1:
            things.append(Thing(day.start, word="rest"))
            continue
        denied = is_denied(reading, day)
        things.append(Thing(day.start, days=day, hours=OFF if denied else None, joined=day.end in ands))
    things.extend(Thing(tag.start, hours=OFF) for tag in days_off(reading, week, days))
    things.extend(
        Thing(tag.start, word="except") for tag in reading.tags if tag.name == "join" and tag.value == "except"
    )
    ends = {at for day in days for at in (day.end, day.end + 1)}
    places = {thing.start for thing in alike}
    things.extend(
        Thing(tag.start, word="same")
        for tag in reading.tags
        if tag.name == "same" and tag.start in ends and tag.start not in places
    )
    others = [tag for tag in reading.tags if tag.name == "day" and tag.value == "rest"]
    things.extend(Thing(tag.end, hours=OFF) for tag in others if is_elsewhere(reading, tag))
    things.extend(Thing(at, hours=OFF) for at in (*dashes(reading, days), *with_family(reading, days)))
    hours = [thing.start for thing in things if thing.hours is not None and thing.days is None]
    hours += [span.end - 1 for span in reading.spans]
    near = [tag for tag in others if any(min(abs(at - tag.end), abs(at - tag.start)) < _NEAR for at in hours)]
    things.extend(Thing(tag.start, word="rest") for tag in near)
    things.extend(_told_between(reading, days))
    things.extend(Thing(end, word="end") for _, end in sentences(reading))
    return sorted(things, key=lambda thing: (thing.start, thing.word != "end"))


def _told_between(reading: Reading, days: Sequence[Days]) -> Iterator[Thing]:
    """`Monday 8-16 Tuesday with grandma Wednesday 8-16`, in a list without marks: what stands between two days is told of the
    first, so that this one waits for no hours. With family it is off; else nobody knows how it is."""
    small = covered([tag for tag in reading.tags if tag.name in _LINKING], reading.days)
    named = {mention.start for mention in reading.mentions if mention.keys}
    hours: list[Span | Clock] = [*reading.spans, *reading.clocks]
    timed = {thing.start for thing in hours}
    singles = sorted((day for day in days if not day.is_week and not day.every), key=lambda day: day.start)
    for one, other in pairwise(singles):
        gap = range(one.end, other.start)
        if set(gap) & (named | timed) or any(reading.tokens[at].kind == "mark" for at in gap):
            continue
        names = {tag.name for tag in reading.tags if tag.start in gap}
        if all(at in small for at in gap) or names & {"off", "away", "home"}:
            continue
        kin = names & {"role", "parent", "with_kin"} and not names & {"fetch", "fetched", "come", "go"}
        yield Thing(one.end, hours=OFF) if kin else Thing(one.end, word="unknown")


def _without_mere_weeks(reading: Reading, days: list[Days]) -> list[Days]:
    """The days, without weeks that only tell which week the others are of."""
    if all(day.is_week for day in days) or _is_week_but_for(reading, days):
        return days
    told = {monday_of(one) for day in days if not day.is_week for one in day.days}
    return [day for day in days if not day.is_week or _is_week_off(reading, day, told)]


def _alike(reading: Reading, added: Sequence[Piece]) -> tuple[list[Thing], set[int]]:
    """`Ada 8-16 every day, Bo the same but for Friday`, `Bo same times as Ada`: where a child is said to have the
    hours that were told before, and where those are named whose hours they are."""
    small = covered([tag for tag in reading.tags if tag.name in {"filler", "stay", "need", "come", "care"}])
    named = {mention.end: mention for mention in reading.mentions if mention.keys and not mention.related}
    begins = {mention.start: mention for mention in named.values()}
    things: list[Thing] = []
    models: set[int] = set()
    for tag in (tag for tag in reading.tags if tag.name in ALIKE):
        start = tag.start
        while start - 1 in small:
            start -= 1
        if start not in named or not any(span.end <= start for span in reading.spans):
            continue
        if any(thing.start == tag.start for thing in things) or any(
            part.start <= named[start].start < part.end for part in added
        ):
            continue
        end = max(other.end for other in reading.tags if other.name in ALIKE and other.start == tag.start)
        leads = [other.end for other in reading.tags if other.name == "as_week" and other.start == end]
        model = begins.get(leads[0]) if leads else None
        models |= {model.start} if model is not None else set()
        things.append(Thing(tag.start, word="alike", like=model.keys if model is not None else None))
    return things, models


def _is_week_but_for(reading: Reading, days: Sequence[Days]) -> bool:
    """Whether the days are one week, and besides only days of it that are not meant: "next week 8-15 except Friday"."""
    weeks = [day for day in days if day.is_week]
    excepts = {tag.end for tag in reading.tags if tag.name == "join" and tag.value == "except"}
    excepts |= {tag.end for tag in reading.tags if tag.name == "join" and tag.value == "on" and tag.start in excepts}
    spared: list[Days] = []
    for day in (day for day in days if not day.is_week):
        goes_on = bool(spared) and day.start - spared[-1].end <= 1
        if not (day.start in excepts or goes_on or is_denied(reading, day)):
            return False
        spared.append(day)
    return len(weeks) == 1 and {one for day in spared for one in day.days} < set(weeks[0].days)


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
