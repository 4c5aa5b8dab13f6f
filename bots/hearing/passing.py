"""What has passed when it is told: a symptom that is gone, the evening on which an illness began, an hour that went by.

None of it keeps a child away or brings it: what is only told of is taken out, so that staff read it and nothing is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bots.hearing.almanac import LAST_HOUR_FOR_TODAY, Days
from bots.hearing.hours import sentences
from bots.hearing.reading import Reading
from bots.hearing.stretches import covered
from bots.hearing.vocabulary import Tag
from hub.talk.heard import Act, Intent

_ILL = frozenset({"sick", "symptom"})
_STAYS_AWAY = frozenset({"home", "away", "homeward", "come", "there", "off", "negative", "tends"})
_SMALL = ("stay", "again", "filler", "past", "already")
_LONGEST_GONE = 6
"""Words between a symptom, or what stands for it, and "gone"."""
_MOST_GONE = 20
"""A text with more such words tells of no symptom that is gone."""
_GRACE = timedelta(minutes=10)
_OF_AN_HOUR = frozenset({Intent.LATE, Intent.EARLY_PICKUP})


def with_passed(reading: Reading, received: datetime) -> Reading:
    """The reading without symptoms that are gone, and without the evening on which a child fell ill, who is away later on."""
    if not any(tag.name in _ILL for tag in reading.tags):
        return reading
    reading = _without_gone(reading)
    if received.hour < LAST_HOUR_FOR_TODAY:
        return reading
    if len(reading.days) > _MOST_GONE:
        return reading
    begun = [days for days in reading.days if _is_of_onset(reading, days, received)]
    return replace(reading, days=tuple(days for days in reading.days if days not in begun)) if begun else reading


def without_gone_by(acts: Sequence[Act], received: datetime) -> list[Act]:
    """The acts, one of an hour of today that has passed made a message: whoever came at eight is not late any more."""
    told: list[Act] = []
    for act in acts:
        this = Act(Intent.MESSAGE, act.children) if _is_gone_by(act, received) else act
        if this not in told:
            told.append(this)
    return told


def _is_gone_by(act: Act, received: datetime) -> bool:
    hour = act.start or act.end
    if act.intent not in _OF_AN_HOUR or hour is None or act.days != (received.date(),):
        return False
    return datetime.combine(received.date(), hour, received.tzinfo) < received - _GRACE


def _without_gone(reading: Reading) -> Reading:
    """Without "had a rash, but it is gone": the symptom, and the word that it is gone."""
    gone: list[Tag] = []
    words = [tag for tag in reading.tags if tag.name in {"away", "passed"}]
    for start, end in sentences(reading) if len(words) <= _MOST_GONE else ():
        symptoms = [tag for tag in reading.tags if tag.name == "symptom" and start <= tag.start < end]
        for tag in words if symptoms else ():
            before = [other for other in symptoms if other.end <= tag.start < end]
            if before and _is_gone(reading, before, tag, end):
                gone += [tag, *before]
    if not gone:
        return reading
    out = covered(gone)
    names = _ILL | {"away", "passed", "home"}
    return replace(reading, tags=tuple(tag for tag in reading.tags if tag.name not in names or tag.start not in out))


def _is_gone(reading: Reading, symptoms: Sequence[Tag], word: Tag, end: int) -> bool:
    """Whether what is gone is the symptom: told right before ("his rash has gone"), or by a word like "it" behind a symptom of
    days or hours gone by. A "they" or a word that may mean the child does so only behind a "but" or with "now"."""
    subject = _subject(reading, word)
    if any(days.start >= word.end and days.start < end for days in reading.days):
        return False
    last = symptoms[-1]
    if subject == last.end:
        return word.name == "passed"
    was = any(tag.name in {"past", "happened"} and tag.start < subject for tag in reading.tags)
    thing = next((tag for tag in reading.tags if tag.name == "of_thing" and tag.end == subject), None)
    if thing is None or not was or thing.start < last.end:
        return False
    may_be_child = any(tag.name == "child_word" and tag.start == thing.start for tag in reading.tags)
    turned = any(tag.name == "join" and tag.value == "but" and tag.end == thing.start for tag in reading.tags)
    now = any(tag.name == "at_once" and thing.end <= tag.start <= word.end for tag in reading.tags)
    return turned or now or not may_be_child


def _subject(reading: Reading, word: Tag) -> int:
    """Where the subject of the word ends: small words stand between."""
    small = covered([tag for tag in reading.tags if tag.name in _SMALL])
    things = covered([tag for tag in reading.tags if tag.name == "of_thing"])
    at = word.start
    while at > max(0, word.start - _LONGEST_GONE) and at - 1 in small - things:
        at -= 1
    return at


def _is_of_onset(reading: Reading, days: Days, received: datetime) -> bool:
    """Whether the day is this one, an illness began on it, and the child is told to be away on a later one: "fell ill this
    evening, so she won't be in tomorrow"."""
    if days.days != (received.date(),) or days.shape != "days":
        return False
    breaks = list(_breaks(reading))
    start = max((at + 1 for at in breaks if at < days.start), default=0)
    end = min((at for at in breaks if at >= days.end), default=len(reading.tokens))
    names = {tag.name for tag in reading.tags if start <= tag.start < end}
    if not names & _ILL or names & _STAYS_AWAY:
        return False
    later = [other for other in reading.days if other.start > end and other.days and min(other.days) > received.date()]
    return bool(later) and any(tag.name in _STAYS_AWAY and tag.start >= end for tag in reading.tags)


def _breaks(reading: Reading) -> Iterator[int]:
    """Where a part of the text ends: at a mark, or a word that joins clauses."""
    inside = covered(reading.days, reading.clocks)
    joins = {tag.start for tag in reading.tags if tag.name == "join" and tag.value in {"and", "but", "because"}}
    for at, token in enumerate(reading.tokens):
        if at not in inside and (token.text in ",.!?;" or at in joins):
            yield at
