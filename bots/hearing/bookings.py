"""Times of care for a day or a week: days, from when to when, and days off, in whichever order they are told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from bots.hearing.almanac import Days, default_day, monday_of, written_out
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.times import Clock, Span
from bots.hearing.vocabulary import Tag
from hub.talk.heard import Act, Booking, Intent, Reason

_DAY = timedelta(days=1)
_NEAR = 4
_MOST_CLOCKS = 24
_NEGATED = frozenset({"need", "come", "care"})


@dataclass(frozen=True, slots=True)
class _Hours:
    start: time | None = None
    end: time | None = None
    off: bool = False


_OFF = _Hours(off=True)


@dataclass(frozen=True, slots=True)
class _Thing:
    """One thing told at a place: children, days, hours, "the rest", "except", or the end of a sentence."""

    start: int
    keys: tuple[str, ...] | None = None
    days: Days | None = None
    hours: _Hours | None = None
    word: str = ""


@dataclass(slots=True)
class _Told:
    """What is told so far. `keys` are the children spoken of, None before any is named; `common` is told of all."""

    week: date | None
    keys: tuple[str, ...] | None = None
    common: dict[date, _Hours] = field(default_factory=dict)
    each: dict[str, dict[date, _Hours]] = field(default_factory=dict)
    open: dict[date, _Hours] | None = None
    pending: list[Days] = field(default_factory=list)
    last: list[Days] = field(default_factory=list)
    hours: _Hours | None = None
    hours_first: bool | None = None
    rest: bool = False
    named: bool = False
    fresh: bool = False
    free: bool = False
    excepted: Days | None = None
    soft: set[date] = field(default_factory=set)
    broken: bool = False

    def books(self) -> list[dict[date, _Hours]]:
        if self.keys is None:
            return [self.common]
        if not self.keys:
            self.open = self.open if self.open is not None else {}
            return [self.open]
        return [self.each.setdefault(key, {}) for key in self.keys]

    def book(self, days: Days, hours: _Hours) -> None:
        for book in self.books():
            for day in days.days:
                if days.every and day in book:
                    continue
                if day in book and day not in self.soft and book[day] != hours:
                    self.broken = True
                book[day] = hours
        if days.every or days.is_week or len(days.days) > 2:
            self.soft.update(days.days)
        else:
            self.soft.difference_update(days.days)

    def book_rest(self, hours: _Hours) -> None:
        for book in self.books():
            told = {**self.common, **book}
            monday = self.week or (monday_of(min(told)) if told else None)
            if monday is None:
                self.broken = True
                return
            for day in written_out(monday, monday + _DAY * 4):
                if day not in told:
                    book[day] = hours

    @property
    def has_any(self) -> bool:
        return bool(self.common or self.open or any(self.each.values()))


def booking_acts(
    reading: Reading, keys: Sequence[str], week: date | None, received: datetime
) -> tuple[list[Act], list[Reason]]:
    """The care times of the message, none where it tells none or where a day of it cannot be placed."""
    reading = _paired(reading)
    if not _tells_hours(reading, week):
        return [], []
    told = _told(_things(reading, week), week, received)
    if told.broken or not told.has_any or _is_loose(reading, told):
        return [], []
    reasons = [Reason(reading.words(span.start, span.end), "booking") for span in reading.spans]
    return _acts(told, keys), reasons


def _tells_hours(reading: Reading, week: date | None) -> bool:
    names = {tag.name for tag in reading.tags}
    if _is_doubted(reading):
        return False
    if reading.spans:
        if _is_unread(reading):
            return False
        told = bool(week or names & {"come", "need", "care", "go", "there"} or reading.days)
        fetched = bool(names & {"fetch", "fetched"}) and not names & {"come", "need", "care", "off", "usual"}
        if fetched and week is None and len(reading.spans) == 1:
            return False
        partly_away = week is None and len(reading.spans) == 1 and "away" in names and "off" not in names
        return told and not partly_away and not (week is None and names & {"sick", "symptom"})
    if week is None or any(token.text == "?" for token in reading.tokens):
        return False
    if names & {"sick", "symptom"}:
        return False
    negated_need = "negative" in names and bool(names & _NEGATED)
    return bool(names & {"off", "away", "home"}) or negated_need or "reason" in names


def _is_loose(reading: Reading, told: _Told) -> bool:
    """Whether days or times are left over that went into no booking."""
    if not reading.spans:
        return False
    if any(tag.name == "negative" and 0 <= span.start - tag.end <= 1 for tag in reading.tags for span in reading.spans):
        return True
    left = [days for days in told.pending if days is not told.excepted]
    return bool(left) or any(clock.sure for clock in reading.clocks)


def _is_doubted(reading: Reading) -> bool:
    """Whether a sentence that tells hours or days asks, or leaves them open."""
    for start, end in _sentences(reading):
        here = any(start <= at < end for at in covered(reading.days, reading.spans))
        names = {tag.name for tag in reading.tags if start <= tag.start < end}
        asks = any(token.text == "?" for token in reading.tokens[start:end])
        if (here or not reading.spans) and (asks or names & {"apply", "maybe_if", "unsure"}):
            return True
    return False


def _is_unread(reading: Reading) -> bool:
    """Whether a word we do not know stands right before hours, among several: it may have been a day."""
    words = reading.vocabulary
    if len(reading.spans) < 2 or words is None:
        return False
    named = {at for mention in reading.mentions for at in range(mention.start, mention.end) if mention.keys}
    for span in reading.spans:
        before = span.start - 1
        is_word = before >= 0 and reading.tokens[before].kind == "word" and before not in named
        if is_word and not words.is_word(reading.tokens[before]):
            return True
    return False


def _sentences(reading: Reading) -> Iterator[tuple[int, int]]:
    within = covered(reading.days, reading.spans, reading.clocks)
    start = 0
    for at, token in enumerate(reading.tokens):
        if at not in within and (token.text in ".!?;" or (token.breaks and at > start)):
            yield start, at + 1
            start = at + 1
    if start < len(reading.tokens):
        yield start, len(reading.tokens)


def _told(things: Sequence[_Thing], week: date | None, received: datetime) -> _Told:
    told = _Told(week)
    excepting = False
    for at, thing in enumerate(things):
        if thing.keys is not None:
            _turn(told, thing.keys, things[at + 1 :])
            told.named = told.fresh = True
            continue
        told.named = False
        if thing.word == "except":
            excepting = True
        elif thing.word == "same":
            if told.pending and told.hours is not None:
                _hear_hours(told, told.hours)
        elif thing.word == "rest":
            if told.hours is not None and told.hours_first and not _leads_hours(things, at):
                told.book_rest(told.hours)
            else:
                told.rest = True
        elif thing.word == "end":
            told.hours, told.hours_first = None, None
        elif thing.days is not None and thing.hours is not None:
            told.book(thing.days, thing.hours)
        elif thing.days is not None:
            if not thing.days.days:
                told.broken = True
            elif excepting:
                excepting = False
                for book in told.books():
                    book.update(dict.fromkeys(thing.days.days, _OFF))
                told.soft.update(thing.days.days)
                told.pending, told.hours, told.excepted = [thing.days], None, thing.days
            elif told.free and not _leads_hours(things, at):
                told.book(thing.days, _OFF)
                told.free = False
            elif told.hours is not None and told.hours_first and not _leads_hours(things, at):
                told.book(thing.days, told.hours)
            else:
                told.hours_first = False if told.hours_first is None else told.hours_first
                told.pending.append(thing.days)
        elif thing.hours is not None:
            _hear_hours(told, thing.hours)
    _finish(told, received)
    return told


def _hear_hours(told: _Told, hours: _Hours) -> None:
    told.hours_first = True if told.hours_first is None else told.hours_first
    already = told.hours is not None and told.hours.off
    told.free = hours.off and not (told.pending or told.rest or already)
    if told.rest:
        told.book_rest(hours)
        told.rest = False
    elif told.pending:
        for days in told.pending:
            told.book(days, hours)
        told.last, told.pending = told.pending, []
    elif told.last and told.keys and told.fresh:
        for days in told.last:
            told.book(days, hours)
    told.hours, told.fresh = hours, False


def _turn(told: _Told, keys: tuple[str, ...], after: Sequence[_Thing]) -> None:
    """From here on it is about these children; a name right behind hours, with nothing of its own, still belongs to those."""
    own = next(
        (thing for thing in after if thing.keys is not None or thing.word == "end" or thing.hours or thing.days), None
    )
    trails = own is None or own.word == "end" or own.keys is not None
    if told.keys is None and told.common and trails and keys:
        for key in keys:
            told.each.setdefault(key, {}).update(told.common)
        told.common = {}
        told.keys = keys
        return
    if told.keys is not None and told.named:
        told.keys = (*told.keys, *keys)
        return
    if told.keys is None and told.hours is not None and not told.common and not told.pending:
        told.keys = keys
        return
    if told.keys is not None and told.hours is not None and not any(told.books()):
        _finish_hours(told)
    told.keys, told.hours, told.hours_first = keys, None, None


def _finish_hours(told: _Told) -> None:
    for days in told.pending or told.last:
        if told.hours is not None:
            told.book(days, told.hours)


def _finish(told: _Told, received: datetime) -> None:
    """Hours without a day are the default day's, unless a whole week was asked about; days without hours are nothing."""
    if told.hours is None or any(told.books()):
        return
    for days in told.pending:
        told.book(days, told.hours)
    if told.pending:
        told.pending = []
        return
    if told.week is None:
        for book in told.books():
            book[default_day(received)] = told.hours
    elif told.hours.off:
        for book in told.books():
            book.update(dict.fromkeys(written_out(told.week, told.week + _DAY * 4), told.hours))


def _leads_hours(things: Sequence[_Thing], at: int) -> bool:
    """Whether the days at `at` belong to the hours that follow: those stand right after, with no other days after them."""
    onward = [thing for thing in things[at + 1 : at + 5] if thing.keys is None]
    follows = [thing.hours is not None and thing.days is None for thing in onward[:1]]
    further = [thing.days is not None or thing.word == "rest" for thing in onward[1:2]]
    return follows == [True] and further != [True]


def _paired(reading: Reading) -> Reading:
    """`comes 7.15 and leaves 15.30`: a time of coming and one of going in the same sentence make hours."""
    sure = [clock for clock in reading.clocks if clock.sure or clock.minute]
    if not 2 <= len(sure) <= _MOST_CLOCKS:
        return reading
    spans = list(reading.spans)
    taken: set[int] = set()
    for start, end in _sentences(reading):
        here = [clock for clock in sure if start <= clock.start < end]
        for first, last in pairwise(here):
            if not taken & {first.start, last.start} and _makes_hours(reading, first, last, start):
                spans.append(Span(first.start, last.end, first, last))
                taken |= {first.start, last.start}
    if not taken:
        return reading
    clocks = tuple(clock for clock in reading.clocks if clock.start not in taken)
    return replace(reading, clocks=clocks, spans=tuple(sorted(spans, key=lambda span: span.start)))


def _makes_hours(reading: Reading, first: Clock, last: Clock, floor: int) -> bool:
    comes = _nearest(reading, first.start, floor, {"come"})
    goes = _nearest(reading, last.start, first.end, {"go", "fetch", "fetched"})
    named = any(mention.keys for mention in reading.mentions if first.end < mention.start < last.start)
    strange = any(
        tag.name in {"role", "instead", "negative"} and floor <= tag.start <= last.end for tag in reading.tags
    )
    bounded = any(tag.name == "first" and floor <= tag.start <= last.end for tag in reading.tags)
    return comes is not None and goes is not None and not named and (not strange or bounded)


def _nearest(reading: Reading, at: int, floor: int, names: set[str]) -> Tag | None:
    fitting = [tag for tag in reading.tags if tag.name in names and floor <= tag.start < at]
    return fitting[-1] if fitting else None


def _things(reading: Reading, week: date | None) -> list[_Thing]:
    """What is told, in the order of the text. A week named beside weekdays only tells which week."""
    days = [day for day in reading.days if day.shape != "past"]
    if any(not day.is_week for day in days):
        days = [day for day in days if not day.is_week]
    things = [_Thing(span.start, hours=_Hours(*span.times())) for span in reading.spans]
    things.extend(
        _Thing(mention.start, keys=mention.keys if mention.sure else ())
        for mention in reading.mentions
        if not mention.related and not mention.unknown
    )
    rests = {tag.start for tag in reading.tags if tag.name == "day" and tag.value == "rest_of_week"}
    for day in days:
        if day.start in rests and len(days) > 1:
            things.append(_Thing(day.start, word="rest"))
            continue
        denied = _is_denied(reading, day)
        things.append(_Thing(day.start, days=day, hours=_OFF if denied else None))
    things.extend(_Thing(tag.start, hours=_OFF) for tag in _offs(reading, week, days))
    things.extend(
        _Thing(tag.start, word="except") for tag in reading.tags if tag.name == "join" and tag.value == "except"
    )
    ends = {at for day in days for at in (day.end, day.end + 1)}
    things.extend(_Thing(tag.start, word="same") for tag in reading.tags if tag.name == "same" and tag.start in ends)
    hours = [thing.start for thing in things if thing.hours is not None and thing.days is None]
    hours += [span.end - 1 for span in reading.spans]
    others = [tag for tag in reading.tags if tag.name == "day" and tag.value == "rest"]
    things.extend(_Thing(tag.start, word="rest") for tag in others if any(abs(at - tag.end) < _NEAR for at in hours))
    things.extend(_Thing(end, word="end") for _, end in _sentences(reading))
    return sorted(things, key=lambda thing: (thing.start, thing.word != "end"))


def _is_denied(reading: Reading, day: Days) -> bool:
    """`but not Wednesday`, `Friday not`: a negation beside the day, and no verb that it could belong to."""
    for tag in reading.tags:
        if tag.name != "negative":
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
    for start, end in _parts(reading):
        if start <= tag.start < end:
            return not any(start <= span.start < end for span in reading.spans)
    return False


def _parts(reading: Reading) -> Iterator[tuple[int, int]]:
    within = covered(reading.days, reading.spans, reading.clocks)
    joins = {tag.start for tag in reading.tags if tag.name == "join" and tag.value == "but"}
    start = 0
    for at, token in enumerate(reading.tokens):
        if at not in within and (token.text in ",.!?;" or token.breaks or at in joins) and at > start:
            yield start, at
            start = at
    yield start, len(reading.tokens)


def _acts(told: _Told, keys: Sequence[str]) -> list[Act]:
    only = tuple(keys) if len(keys) == 1 else ()
    by_children: dict[tuple[Booking, ...], list[str]] = {}
    if told.each:
        for key, book in told.each.items():
            made = _bookings({**told.common, **book})
            if made:
                by_children.setdefault(made, []).append(key)
    elif told.common:
        by_children.setdefault(_bookings(told.common), []).extend(only)
    if told.open:
        by_children.setdefault(_bookings(told.open), [])
    return [
        Act(Intent.CARE_TIME, tuple(key for key in keys if key in children), bookings=made)
        for made, children in by_children.items()
    ]


def _bookings(book: dict[date, _Hours]) -> tuple[Booking, ...]:
    return tuple(
        Booking(day, off=True) if hours.off else Booking(day, hours.start, hours.end)
        for day, hours in sorted(book.items(), key=lambda item: item[0])
    )
