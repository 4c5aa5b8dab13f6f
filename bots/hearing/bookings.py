"""Times of care for a day or a week: days, from when to when, and days off, in whichever order they are told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from bots.hearing.almanac import Days, default_day, written_out
from bots.hearing.clauses import Reading
from bots.hearing.names import Mention
from bots.hearing.times import Span
from bots.hearing.vocabulary import Tag
from hub.talk.heard import Act, Booking, Intent, Reason

_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Hours:
    start: time | None = None
    end: time | None = None
    off: bool = False


@dataclass(slots=True)
class _Group:
    """What is told of the same children: bookings by day."""

    keys: tuple[str, ...] | None
    bookings: dict[date, _Hours] = field(default_factory=dict)
    broken: bool = False


def booking_acts(
    reading: Reading, keys: Sequence[str], week: date | None, received: datetime
) -> tuple[list[Act], list[Reason]]:
    """The care times of the message, none where it tells none or where a day of it cannot be placed."""
    reading = _paired(reading)
    if not _tells_hours(reading, week):
        return [], []
    groups = _groups(reading, week, received)
    if any(group.broken for group in groups) or not any(group.bookings for group in groups):
        return [], []
    reasons = [Reason(reading.words(span.start, span.end), "booking") for span in reading.spans]
    return _acts(groups, keys), reasons


def _tells_hours(reading: Reading, week: date | None) -> bool:
    names = {tag.name for tag in reading.tags}
    if any(token.text == "?" for token in reading.tokens) or names & {"apply", "maybe_if", "unsure"}:
        return False
    if reading.spans:
        told = bool(week or names & {"come", "need", "care", "off", "go", "usual"} or reading.days)
        partly_away = week is None and len(reading.spans) == 1 and "away" in names and "off" not in names
        return told and not partly_away and not (week is None and names & {"sick", "symptom"})
    if week is None:
        return False
    if names & {"sick", "symptom"}:
        return False
    negated_need = "negative" in names and bool(names & {"need", "care", "come"})
    return bool(names & {"off", "away", "home"}) or negated_need or "reason" in names


def _groups(reading: Reading, week: date | None, received: datetime) -> list[_Group]:
    groups = [_Group(None)]
    pending: list[Days] = []
    hours: _Hours | None = None
    hours_first: bool | None = None
    excepted: tuple[date, ...] = ()
    excepting = False
    things = _things(reading, week)
    for at, thing in enumerate(things):
        if isinstance(thing, Mention):
            keys = thing.keys if thing.sure else ()
            if groups[-1].keys is None or not (groups[-1].bookings or hours):
                groups[-1].keys = (groups[-1].keys or ()) + keys
            else:
                _finish(groups[-1], pending, hours, week, received)
                groups.append(_Group(keys))
                pending, hours, hours_first, excepted, excepting = [], None, None, (), False
        elif isinstance(thing, Tag) and thing.name == "join":
            excepting = True
        elif isinstance(thing, Days):
            if not thing.days:
                groups[-1].broken = True
            elif excepting:
                excepted, excepting = thing.days, False
                for day in excepted:
                    groups[-1].bookings.pop(day, None)
                pending = [thing]
                hours = None
            elif hours is not None and hours_first and not _leads_hours(things, at):
                _book(groups[-1], thing, hours)
            else:
                hours_first = False if hours_first is None else hours_first
                pending.append(thing)
        else:
            told = _Hours(off=True) if isinstance(thing, Tag) else _Hours(*thing.times())
            hours_first = True if hours_first is None else hours_first
            if pending:
                for days in pending:
                    _book(groups[-1], days, told)
                pending = []
            hours = told
    _finish(groups[-1], pending, hours, week, received)
    return groups


def _leads_hours(things: Sequence[Mention | Days | Span | Tag], at: int) -> bool:
    """Whether the days at `at` belong to the hours that follow: those stand right after, with no other days after them."""
    follows = [isinstance(thing, Span | Tag) for thing in things[at + 1 : at + 2]]
    further = [isinstance(thing, Days) for thing in things[at + 2 : at + 3]]
    return follows == [True] and further != [True]


def _paired(reading: Reading) -> Reading:
    """`comes 7.15 and leaves 15.30`: a time of coming and one of going in the same sentence make hours."""
    if (
        reading.spans
        or len(reading.clocks) != 2
        or any(not clock.sure and clock.minute == 0 for clock in reading.clocks)
    ):
        return reading
    first, last = reading.clocks
    if any(token.text in "!?;" or token.breaks for token in reading.tokens[first.end : last.end]):
        return reading
    named = {key for mention in reading.mentions for key in mention.keys if mention.start > first.end}
    comes = _nearest(reading, first.start, 0, {"come"})
    goes = _nearest(reading, last.start, first.end, {"go", "fetch", "fetched"})
    if (
        comes is None
        or goes is None
        or named
        or any(tag.name in {"role", "instead", "negative"} for tag in reading.tags)
    ):
        return reading
    return replace(reading, clocks=(), spans=(Span(first.start, last.end, first, last),))


def _nearest(reading: Reading, at: int, floor: int, names: set[str]) -> Tag | None:
    fitting = [tag for tag in reading.tags if tag.name in names and floor <= tag.start < at]
    return fitting[-1] if fitting else None


def _finish(group: _Group, pending: list[Days], hours: _Hours | None, week: date | None, received: datetime) -> None:
    """Hours without a day are the default day's, unless a whole week was asked about; days without hours are nothing."""
    if hours is None or group.bookings:
        return
    for days in pending:
        _book(group, days, hours)
    if not pending and week is None:
        group.bookings[default_day(received)] = hours
    elif not pending and hours.off and week is not None:
        for day in written_out(week, week + _DAY * 4):
            group.bookings[day] = hours


def _book(group: _Group, days: Days, hours: _Hours) -> None:
    for day in days.days:
        if not (days.every and day in group.bookings):
            group.bookings[day] = hours


def _things(reading: Reading, week: date | None) -> list[Mention | Days | Span | Tag]:
    """Children, days, hours and days off in the order of the text. A week named beside weekdays only tells which week."""
    days = [day for day in reading.days if day.shape != "past"]
    if any(not day.is_week for day in days):
        days = [day for day in days if not day.is_week]
    things: list[Mention | Days | Span | Tag] = [*days, *reading.spans]
    things.extend(mention for mention in reading.mentions if not mention.related and not mention.unknown)
    spans_left = bool(reading.spans)
    offs = [tag for tag in reading.tags if tag.name == "off" or (tag.name in {"away", "home"} and not spans_left)]
    negative = [tag for tag in reading.tags if tag.name == "negative"]
    needs = [tag for tag in reading.tags if tag.name in {"need", "come"}]
    if negative and needs and not offs:
        offs = [min(needs, key=lambda tag: abs(tag.start - negative[0].start))]
    if week is not None and not reading.spans and not offs:
        offs = [tag for tag in reading.tags if tag.name == "reason"][:1]
    things.extend(offs)
    things.extend(tag for tag in reading.tags if tag.name == "join" and tag.value == "except")
    return sorted(things, key=lambda thing: thing.start)


def _acts(groups: list[_Group], keys: Sequence[str]) -> list[Act]:
    only = tuple(keys) if len(keys) == 1 else ()
    told: dict[tuple[Booking, ...], list[str]] = {}
    for group in groups:
        if not group.bookings:
            continue
        made = tuple(
            Booking(day, off=True) if hours.off else Booking(day, hours.start, hours.end)
            for day, hours in sorted(group.bookings.items(), key=lambda item: item[0])
        )
        told.setdefault(made, []).extend(group.keys if group.keys else only)
    return [
        Act(Intent.CARE_TIME, tuple(key for key in keys if key in children), bookings=made)
        for made, children in told.items()
    ]
