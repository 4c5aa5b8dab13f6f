"""Days without care, among hours or alone: free, away, at home, denied, a dash, or a day with somebody of the family."""

from collections.abc import Iterator, Sequence, Set
from datetime import date

from bots.hearing.almanac import Days
from bots.hearing.clocks import Clock, Span
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag

_NEAR = 4
_FEWEST_PARTS = 3
_FEWEST_SPANS = 2
"""Hours told before a dash can be one of a list."""
_NEGATED = frozenset({"need", "come", "care"})


def is_elsewhere(reading: Reading, rest: Tag) -> bool:
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


def with_family(reading: Reading, days: Sequence[Days]) -> list[int]:
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
        if strange or (names & {"role", "parent"} and not with_family(reading, own)):
            return True
    return False


def dashes(reading: Reading, days: Sequence[Days]) -> list[int]:
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


def is_denied(reading: Reading, day: Days) -> bool:
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


def days_off(reading: Reading, week: date | None, days: Sequence[Days]) -> list[Tag]:
    """The words that tell a day off: free, away, at home, no care needed."""
    spans = bool(reading.spans)
    offs: list[Tag] = []
    for tag in reading.tags:
        if tag.name == "off" or (
            tag.name in {"away", "home"} and (not spans or _has_own_day(reading, tag) or _is_between_days(tag, days))
        ):
            offs.append(tag)
        elif tag.name == "negative":
            offs.extend(_negated(reading, tag)[:1])
    if week is not None and not spans and not offs:
        offs = [tag for tag in reading.tags if tag.name == "reason"][:1]
    within = {at for day in days for at in range(day.start, day.end)}
    places = sorted({tag.start: tag for tag in offs if tag.start not in within}.items())
    return [tag for _, tag in places]


def _is_between_days(tag: Tag, days: Sequence[Days]) -> bool:
    """`Tuesday 8-15 Wednesday at home Thursday 8-16`, in a list without marks: right behind a day, and right before another."""
    return any(0 <= tag.start - day.end <= 1 for day in days) and any(0 <= day.start - tag.end <= 1 for day in days)


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
    """Where, right behind a day and its hours, another opens a part of its own: "Monday 8-16 and Tuesday she is home"."""
    own = {day.end for day in reading.days}
    ends = {span.end for span in reading.spans if {span.start, span.start - 1} & own}
    ands = {
        tag.end: tag.start for tag in reading.tags if tag.name == "join" and tag.value == "and" and tag.start in ends
    }
    days = {day.start for day in reading.days if not day.is_week and not day.every}
    return {ands[at] for at in days if at in ands} | (days & ends)
