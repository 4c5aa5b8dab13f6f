"""Times of care for a day or a week: days, from when to when, and days off, in whichever order they are told."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime

from bots.hearing.days_off import has_strange_part, is_denied
from bots.hearing.hours import ALIKE, Hours, Thing, likewise, paired, sentences, things_told
from bots.hearing.periods import in_two_parts
from bots.hearing.reading import Reading
from bots.hearing.sources import whole_messages
from bots.hearing.stretches import covered
from bots.hearing.timetable import Told, what_is_told
from hub.talk.heard import Act, Booking, Intent, Reason

_NEGATED = frozenset({"need", "come", "care"})
_NEAR = 4
_LEADS = frozenset({"and", "from", "until", "on", "because"})
_BARE = frozenset(
    {"greeting", "thanks", "filler", "clock", "off", "home", "away", "child_word", "we", "stay", "come", "need", "care"}
    | {"there", "reason", "negative", "signature", "nothing"}
)


def booking_acts(
    reading: Reading, keys: Sequence[str], week: date | None, received: datetime
) -> tuple[list[Act], list[Reason]]:
    """The care times of the message, none where it tells none or where a day of it cannot be placed."""
    reading = in_two_parts(paired(reading))
    if week is not None and needs_none(reading):
        reading = replace(reading, days=tuple(days for days in reading.days if days.days))
    if not _tells_hours(reading, week) or _is_at_work(reading):
        return [], []
    things = things_told(reading, week)
    told = what_is_told(things, week)
    if told.broken or not told.has_any or _is_loose(reading, things, told):
        return [], []
    if told.whole and (_is_sender_off(reading) or not _tells_no_more(reading)):
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
        if fetched and len(reading.spans) == 1 and (week is None or names & {"role", "parent"}):
            return False
        partly_away = week is None and len(reading.spans) == 1 and "away" in names and not names & ({"off"} | ALIKE)
        return told and not partly_away and not (week is None and names & {"sick", "symptom"})
    usual = "same_times" in names and names & {"off", "away"} and bool(reading.days) and not reading.clocks
    if (week is None and not usual) or any(token.text == "?" for token in reading.tokens):
        return False
    if names & {"sick", "symptom"} or (names & {"fetch", "fetched", "late"} and not names & {"off", "away"}):
        return False
    if any(tag.name in {"number", "hour"} and tag.end - tag.start == 1 for tag in reading.tags) and reading.clocks:
        return False
    if _spares_a_day(reading, names):
        return True
    negated_need = "negative" in names and bool(names & _NEGATED)
    return bool(names & {"off", "away", "home"}) or negated_need or "reason" in names


def _spares_a_day(reading: Reading, names: Collection[str]) -> bool:
    """`same as last week but not Tuesday`: the times are those of another week, and a day is excepted."""
    if reading.clocks or (not ALIKE & set(names) and "as_week" not in names):
        return False
    excepts = [tag.end for tag in reading.tags if tag.name == "join" and tag.value == "except"]
    days = [day for day in reading.days if day.days and not day.is_week]
    return any(is_denied(reading, day) or any(0 <= day.start - end <= 1 for end in excepts) for day in days)


def needs_none(reading: Reading) -> bool:
    """Whether the text says that care is not needed: "no place at all that week"."""
    needs = {tag.start for tag in reading.tags if tag.name == "need"}
    cares = [tag for tag in reading.tags if tag.name == "care"]
    denials = [tag for tag in reading.tags if tag.name == "negative"]
    near = [tag for tag in denials if any(abs(tag.start - need) <= _NEAR for need in needs)]
    return any(abs(care.start - tag.end) <= _NEAR for care in cares for tag in near)


def _is_loose(reading: Reading, things: Sequence[Thing], told: Told) -> bool:
    """Whether days or times are left over that went into no booking."""
    if not reading.spans:
        return False
    if any(tag.name == "negative" and 0 <= span.start - tag.end <= 1 for tag in reading.tags for span in reading.spans):
        return True
    usual = {tag.start for tag in reading.tags if tag.name in {"usual", "same_times", "same_again"}}
    rests = [tag for tag in reading.tags if tag.name == "day" and tag.value == "rest" and tag.end not in usual]
    timed = [place for place in sentences(reading) if any(place[0] <= span.start < place[1] for span in reading.spans)]
    rests = [tag for tag in rests if any(start <= tag.start < end for start, end in timed)]
    if len(rests) > sum(thing.word == "rest" for thing in things):
        return True
    strangers = [mention for mention in reading.mentions if mention.unknown]
    if any(part.start <= mention.start < part.end for part in likewise(reading) for mention in strangers):
        return True
    if has_strange_part(reading):
        return True
    left = [days for days in told.pending if days is not told.excepted]
    return bool(left) or any(clock.sure for clock in reading.clocks)


def _tells_no_more(reading: Reading) -> bool:
    """Whether an answer that names no day is nothing but hours, or that the child is off or needs no care, so that it can
    only be of the whole week: "8-16", "off, we're away", not "8-16 for three days" or "I work 8-16"."""
    names = {tag.name for tag in reading.tags}
    values = {tag.value for tag in reading.tags if tag.name in {"day", "join"}}
    if (
        reading.clocks
        or names & {"unsure", "maybe_if", "late", "fetch", "fetched"}
        or values & {"except", "but", "part"}
    ):
        return False
    if needs_none(reading):
        return True
    if "negative" in names and not names & {"need", "come"}:
        return False
    told = covered(reading.spans, reading.mentions, [tag for tag in reading.tags if tag.name in _BARE])
    told |= covered(
        [tag for tag in reading.tags if tag.value == "week" or (tag.name == "join" and tag.value in _LEADS)]
    )
    polite = whole_messages("answers", "polite").get(reading.language, frozenset())
    words = [at for at, token in enumerate(reading.tokens) if token.kind != "mark" and at not in told]
    return all(reading.tokens[at].fold in polite for at in words)


def _is_sender_off(reading: Reading) -> bool:
    """`I'm off work that week`: the sender alone is off, and neither a child nor a day is told of."""
    together = {tag.start for tag in reading.tags if tag.name == "we"}
    own = any(tag.name == "self" and tag.start not in together for tag in reading.tags)
    child = any(tag.name in {"child_word", "sibling"} for tag in reading.tags) or bool(reading.mentions)
    return own and not (child or together or reading.days or reading.spans)


def _is_at_work(reading: Reading) -> bool:
    """`I work 8-16 all week, ring my husband`: hours in a sentence that tells when the sender works, and of no child."""
    for start, end in sentences(reading):
        names = {tag.name for tag in reading.tags if start <= tag.start < end}
        child = any(start <= mention.start < end and mention.keys for mention in reading.mentions)
        spans = [span for span in reading.spans if start <= span.start < end]
        if spans and "works" in names and not (child or names & {"child_word", "need", "care", "come", "off"}):
            return True
    return False


def _is_doubted(reading: Reading) -> bool:
    """Whether a sentence that tells hours or days asks, or leaves them open."""
    for start, end in sentences(reading):
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
    days = [tag for tag in reading.tags if tag.name in {"day", "usual"}]
    read = covered(reading.days, days, [mention for mention in reading.mentions if mention.keys])
    for span in reading.spans:
        before = span.start - 1
        is_word = before >= 0 and reading.tokens[before].kind == "word" and before not in read
        if is_word and not words.is_word(reading.tokens[before]):
            return True
    return False


def _acts(told: Told, keys: Sequence[str]) -> list[Act]:
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


def _bookings(book: dict[date, Hours]) -> tuple[Booking, ...]:
    """One for each day, or two where it is told in two parts."""
    return tuple(
        Booking(day, off=True) if hours.off else Booking(day, hours.start, hours.end)
        for day, told in sorted(book.items(), key=lambda item: item[0])
        for hours in ((told,) if told.again is None else (told, told.again))
    )
