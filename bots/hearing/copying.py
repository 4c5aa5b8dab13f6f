"""A week of care like another one: `uke 12 samme som uke 11`, `same as last week`, `sama kuin viime viikolla`.

Only where the text tells nothing else; what week is meant is said back before anything is booked.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bots.hearing.almanac import DAY, monday_of
from bots.hearing.answers import squeezed
from bots.hearing.clocks import Span
from bots.hearing.reading import Reading
from bots.hearing.sources import whole_messages
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from hub.talk.heard import Act, Intent, Reason

_WEEK = DAY * 7
_LIKE = frozenset({"same_again", "same_times", "same", "copy"})
_OFF = frozenset({"off", "home", "away", "clock"})
_COVERED = frozenset({"greeting", "thanks", "filler", "join", "come", "need", "care", "there", "child_word", "as_week"})
_MOST_WEEKS = 10
_WORKDAYS = 5


@dataclass(frozen=True, slots=True)
class _Week:
    """A week that the times are taken from, at tokens[start:end]."""

    start: int
    end: int
    monday: date


def copied(reading: Reading, keys: Sequence[str], week: date | None, today: date) -> tuple[list[Act], list[Reason]]:
    """The wish for the times of another week, none where the text is not just that. `week` is the one asked about."""
    likes = [tag for tag in reading.tags if tag.name in _LIKE]
    ranges = [span for span in reading.spans if _is_of_weeks(reading, span)]
    if not likes or len(ranges) < len(reading.spans) or any(token.text == "?" for token in reading.tokens):
        return [], []
    ranged = {monday for span in ranges for monday in _weeks_of(span, today)}
    source = _find_source(reading, likes, week, today, ranged)
    told = [days for days in reading.days if days.shape != "past" and not _is_within(days.start, source)]
    targets = sorted(ranged | {monday_of(day) for days in told for day in days.days}) or ([week] if week else [])
    if any(not days.is_week for days in told) or (source is None and not targets):
        return [], []
    monday = source.monday if source is not None else targets[0] - _WEEK
    if not _tells_no_more(reading, likes, source) or monday in targets:
        return [], []
    meant = {key for mention in reading.mentions if mention.sure for key in mention.keys}
    named = tuple(key for key in keys if key in meant) or (tuple(keys) if len(keys) == 1 else ())
    reasons = [Reason(reading.words(tag.start, tag.end), "booking") for tag in likes]
    return [Act(Intent.CARE_TIME, named, tuple(targets), same_as=monday)], reasons


def week_to_differ(reading: Reading, today: date) -> date | None:
    """The week that a text which nobody asked for wishes to be like another but for some days: "same as last week, but Friday
    off". It is the next one where none is named; None where the text tells anything else, or of several weeks."""
    likes = [tag for tag in reading.tags if tag.name in _LIKE]
    source = _find_source(reading, likes, None, today) if likes else None
    if source is None or any(token.text == "?" for token in reading.tokens):
        return None
    told = [days for days in reading.days if not _is_within(days.start, source)]
    targets = {monday_of(day) for days in told if days.is_week for day in days.days}
    differing = [days for days in told if not days.is_week]
    named = targets or {monday_of(today) + _WEEK}
    is_plain = bool(differing) and all(days.weekdays for days in differing) and len(named) == 1
    return named.pop() if is_plain and _tells_no_more(reading, likes, source, _OFF) else None


def with_differing(reading: Reading, acts: Sequence[Act], week: date, today: date) -> list[Act]:
    """The wish for another week's times with the days told of `week`, which is the one that differs; for staff where they are
    told of several children apart."""
    source = _find_source(reading, [tag for tag in reading.tags if tag.name in _LIKE], None, today)
    if source is None or len(acts) != 1:
        return [Act(Intent.MESSAGE)]
    named = any(days.is_week and not _is_within(days.start, source) for days in reading.days)
    bookings = tuple(replace(one, day=week + DAY * one.day.weekday()) for one in acts[0].bookings)
    return [replace(acts[0], bookings=bookings, days=(week,) if named else (), same_as=source.monday)]


def with_rest_copied(reading: Reading, acts: Sequence[Act], week: date | None, today: date) -> list[Act]:
    """`same as last week but Friday off`: besides the days told, an answer about a week wishes those of another."""
    likes = [tag for tag in reading.tags if tag.name == "same_again"]
    named = {key for mention in reading.mentions if not mention.group for key in mention.keys}
    if week is None or not likes or len(acts) != 1 or len(named) > 1:
        return list(acts)
    if any(monday_of(one.day) != week for one in acts[0].bookings) or len(acts[0].bookings) >= _WORKDAYS:
        return list(acts)  # "the same every day: 8-16" leaves no day for another week's
    source = _find_source(reading, likes, week, today)
    return [replace(acts[0], days=(week,), same_as=source.monday if source is not None else week - _WEEK)]


def _find_source(
    reading: Reading, likes: Sequence[Tag], asked: date | None, today: date, ranged: Collection[date] = ()
) -> _Week | None:
    """The week that is copied, behind a word like "as" or the first behind "copy": by number, this one, or the last one,
    which an answer counts from the week that was asked about. `ranged` are weeks wished besides those read as days."""
    wished = [monday_of(day) for days in reading.days if days.is_week for day in days.days]
    before = asked or max([*wished, *ranged], default=monday_of(today) + _WEEK)
    led = {tag.end for tag in reading.tags if tag.name == "as_week"}
    copies = [tag.end for tag in likes if tag.name == "copy"]
    for tag in (tag for tag in reading.tags if tag.name == "day"):
        leads = tag.start in led or (copies and copies[0] <= tag.start)
        if tag.value == "yesterday" and any(like.start <= tag.start and tag.end <= like.end for like in likes):
            return _Week(tag.start, tag.end, (asked or monday_of(today)) - _WEEK)
        if leads and tag.value == "this_week":
            return _Week(tag.start, tag.end, monday_of(today))
        if leads and tag.value == "week" and (found := _numbered(reading, tag, before)) is not None:
            return found
    return None


def _is_within(at: int, week: _Week | None) -> bool:
    return week is not None and week.start <= at < week.end


def _numbered(reading: Reading, tag: Tag, before: date) -> _Week | None:
    """The latest week of that number before the one that is to be like it."""
    at = tag.end + (1 if tag.end < len(reading.tokens) and reading.tokens[tag.end].text in {".", ":"} else 0)
    number = reading.tokens[at].number if at < len(reading.tokens) else None
    mondays = [monday for monday in _mondays(number, before) if monday < before] if number is not None else []
    return _Week(tag.start, at + 1, mondays[-1]) if mondays else None


def _mondays(number: int, near: date) -> Iterator[date]:
    """The Mondays of the weeks of a number, of the year before and the year of a day, and the one after."""
    for year in range(near.isocalendar().year - 1, near.isocalendar().year + 2):
        try:
            yield date.fromisocalendar(year, number, 1)
        except ValueError:
            continue


def _is_of_weeks(reading: Reading, span: Span) -> bool:
    """Whether what looks like hours are weeks: "uke 12-14"."""
    behind = any(tag.name == "day" and tag.value == "week" and tag.end == span.start for tag in reading.tags)
    bare = not (span.first.minute or span.last.minute or span.bound)
    return behind and bare and 0 < span.last.hour - span.first.hour <= _MOST_WEEKS


def _weeks_of(span: Span, today: date) -> list[date]:
    first = next((monday for monday in _mondays(span.first.hour, today) if monday + _WEEK > today), None)
    return [first + _WEEK * n for n in range(span.last.hour - span.first.hour + 1)] if first is not None else []


def _tells_no_more(
    reading: Reading, likes: Sequence[Tag], source: _Week | None, besides: Collection[str] = frozenset()
) -> bool:
    told = covered(likes, reading.days, reading.mentions, reading.spans)
    told |= covered([tag for tag in reading.tags if tag.name in _COVERED or tag.name in besides])
    told |= covered([tag for tag in reading.tags if tag.name == "day" and tag.value == "week"])
    told |= set(range(source.start, source.end)) if source is not None else set()
    polite = whole_messages("answers", "polite").get(reading.language, frozenset())
    words = [(at, squeezed(token.fold)) for at, token in enumerate(reading.tokens) if token.kind != "mark"]
    return all(at in told or word in polite for at, word in words)
