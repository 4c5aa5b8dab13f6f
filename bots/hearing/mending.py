"""What a text takes back of itself: "Wednesday, no, Thursday I mean", "Thursday, not Friday", "Aino is ill, not Eino".

Works on what the readers found, before clauses are made: the day meant takes the place of the one taken back, and a denied
day or child is left out together with its negation, so that no verb nearby is taken for denied.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bots.hearing.almanac import Days
from bots.hearing.clocks import Clock
from bots.hearing.correcting import with_sentence_corrected
from bots.hearing.denying import without_denied
from bots.hearing.names import Mention
from bots.hearing.reading import Reading
from bots.hearing.sources import languages
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag, Vocabulary, vocabulary

_REACH = 6
_GAP = 5
_OPENS = frozenset({"and", "but", "because"})
_MOST_ENOUGH = 2
_MOST_DATES = 7
_DEFINITE = frozenset({"the", "that", "sinä", "tuona", "kyseisenä"})
_MOST_NEGATIVES = 20
"""A text that denies more than this takes nothing back."""


def mended(reading: Reading) -> Reading:
    """The reading without what it takes back."""
    if sum(tag.name == "negative" for tag in reading.tags) > _MOST_NEGATIVES:
        return reading
    reading = _with_days_corrected(_with_weekdays_within_dates(_with_days_narrowed(_without_about(reading))))
    reading = _without_strangely_joined(_with_clocks_corrected(reading))
    return without_denied(
        _without_sender_denied(_without_cleft(with_sentence_corrected(_with_names_corrected(reading))))
    )


def _with_weekdays_within_dates(reading: Reading) -> Reading:
    """`away 14-16 June ... at home on the Monday`: a definite weekday behind dates in which it lies is that date; where it may
    as well be the next one, which day is meant is open."""
    days = list(reading.days)
    for at, one in enumerate(days):
        if len(one.weekdays) != 1 or len(one.days) != 1 or one.shape != "days":
            continue
        within = [
            day
            for dates in days[:at]
            if not dates.weekdays
            and not dates.is_week
            and _MOST_DATES >= len(dates.days) > 1
            and dates.days[0] > one.days[0]
            and any(reading.tokens[place].kind == "number" for place in range(dates.start, dates.end))
            for day in dates.days
            if day.weekday() == one.weekdays[0]
        ]
        if within:
            days[at] = (
                replace(one, days=(within[-1],)) if _is_definite(reading, one) else replace(one, days=(), shape="open")
            )
    return replace(reading, days=tuple(days))


def _is_definite(reading: Reading, days: Days) -> bool:
    before = reading.tokens[days.start - 1].low if days.start else ""
    return (
        before in _DEFINITE
        or reading.tokens[days.start].low in _DEFINITE
        or reading.tokens[days.end - 1].low.endswith("dagen")
    )


def _without_strangely_joined(reading: Reading) -> Reading:
    """`Tuesday ?? Thursday`: with a word between two days that we do not know, which days are meant is open."""
    words = reading.vocabulary
    if words is None:
        return reading
    read = covered(reading.tags, reading.mentions, reading.clocks, reading.spans)
    unread = {tag.start for tag in reading.tags if tag.name == "weekday_short"}
    open_: list[Days] = []
    for before, after in pairwise(reading.days):
        at = before.end
        alone = after.start == at + 1 and reading.tokens[at].kind == "word" and bool(before.days and after.days)
        if alone and (at in unread or (at not in read and not _is_any_word(reading.tokens[at], words))):
            open_ += [before, after]
    days = tuple(replace(days, days=(), shape="open") if days in open_ else days for days in reading.days)
    return replace(reading, days=days) if open_ else reading


def _is_any_word(token: Token, words: Vocabulary) -> bool:
    """Whether the token is a word of the text's language, or of another that we have: "idag og imorgon"."""
    return words.is_word(token) or any(vocabulary(code).has(token) for code in languages())


def _without_about(reading: Reading) -> Reading:
    """`vi samtycker till bilder om Vidar`: a word that means "if" as well as "about", before a child that ends the
    sentence or before what consents are about, opens no condition."""
    ends = {mention.start for mention in reading.mentions if mention.keys and _is_last(reading.tokens, mention.end)}
    topics = {tag.start for tag in reading.tags if tag.name == "topic"}
    abouts = {(tag.start, tag.end) for tag in reading.tags if tag.name == "join" and tag.value == "on"}
    tags = tuple(
        tag
        for tag in reading.tags
        if tag.name not in {"maybe_if", "if_first"}
        or not (tag.end in ends or (tag.end in topics and (tag.start, tag.end) in abouts))
    )
    return replace(reading, tags=tags)


def _is_last(tokens: Sequence[Token], at: int) -> bool:
    return at >= len(tokens) or tokens[at].text in ".!," or tokens[at].breaks


def _with_days_narrowed(reading: Reading) -> Reading:
    """`Thursday and Friday? No, Friday is enough`: of the days told before, only the one that is said to do."""
    enough = [tag for tag in reading.tags if tag.name == "enough"]
    for tag in enough[:_MOST_ENOUGH]:
        near = [days for days in reading.days if days.days and -_GAP < days.start - tag.start < _GAP]
        only = [days for days in near if _is_beside(reading, days, tag)]
        before = [days for days in reading.days if only and days.end <= min(only[0].start, tag.start)]
        if len(only) == 1 and before and set(only[0].days) <= {day for days in before for day in days.days}:
            meant = replace(only[0], start=before[0].start, end=before[0].end)
            after = [days for days in reading.days if days not in before and days is not only[0]]
            reading = replace(reading, days=(meant, *after))
    return reading


def _is_beside(reading: Reading, days: Days, tag: Tag) -> bool:
    """Whether nothing but words like "on" stands between the days and the word."""
    gap = range(days.end, tag.start) if days.end <= tag.start else range(tag.end, days.start)
    on = {other.start for other in reading.tags if other.name == "join" and other.value == "on"}
    return len(gap) <= 1 + len(on & set(gap)) and all(at in on or at in covered(reading.tags) for at in gap)


def _with_names_corrected(reading: Reading) -> Reading:
    """`Frida sorry Freja is ill`: the name taken back, when nothing but such a word stands between the two."""
    gone: list[Mention] = []
    for before, after in pairwise(reading.mentions):
        one_each = len(before.keys) == 1 and len(after.keys) == 1 and before.keys != after.keys
        gap = range(before.end, after.start)
        denied = covered([tag for tag in reading.tags if tag.name == "negative"])
        weak = covered([tag for tag in reading.tags if tag.name in {"oops", "correct"}]) - denied
        told = [at for at in gap if reading.tokens[at].kind != "mark"]
        ends = any(reading.tokens[at].text in ".!?" for at in gap)
        taken_back = bool(told) and all(at in weak for at in told)
        if not one_each or ends or before.group | after.group:
            continue
        if taken_back or _is_wrongly_written(reading, before, after):
            gone.append(before)
    return replace(reading, mentions=tuple(mention for mention in reading.mentions if mention not in gone))


def _is_wrongly_written(reading: Reading, before: Mention, after: Mention) -> bool:
    """`I wrote Bo but meant Ada`: words of having written right before the one name, a correcting word before the other."""
    written = any(tag.name == "told" and tag.end == before.start for tag in reading.tags)
    meant = any(tag.name == "correct" and before.end <= tag.start < after.start for tag in reading.tags)
    return written and meant and after.start - before.end <= _GAP


def _without_cleft(reading: Reading) -> Reading:
    """`it is not Ada who is ill, it is Bo`: without the child of whom it is not so, where another is named."""
    relatives = {tag.start for tag in reading.tags if tag.name == "relative"}
    negatives = {tag.end: tag for tag in reading.tags if tag.name == "negative"}
    for denied in reading.mentions:
        others = [other for other in reading.mentions if other.start > denied.start and other.keys != denied.keys]
        if denied.keys and denied.start in negatives and denied.end in relatives and any(one.keys for one in others):
            return replace(
                reading,
                tags=tuple(tag for tag in reading.tags if tag is not negatives[denied.start]),
                mentions=tuple(mention for mention in reading.mentions if mention is not denied),
            )
    return reading


def _without_sender_denied(reading: Reading) -> Reading:
    """`Dad fetches him, not me`: without the sender and the negation, so that no verb is taken for denied."""
    gone: set[int] = set()
    own = {tag.start: tag.end for tag in reading.tags if tag.name == "self"}
    for negative in reading.tags:
        if negative.name != "negative" or negative.end not in own:
            continue
        end = own[negative.end]
        after = reading.tokens[end] if end < len(reading.tokens) else None
        relative = any(tag.name == "relative" and tag.start == end for tag in reading.tags)
        if after is None or after.kind == "mark" or after.breaks or relative:
            gone |= set(range(negative.start, end))
    return replace(reading, tags=tuple(tag for tag in reading.tags if tag.start not in gone)) if gone else reading


def _with_days_corrected(reading: Reading) -> Reading:
    days = list(reading.days)
    at, floor = 1, 0
    while at < len(days):
        before, after = days[at - 1], days[at]
        if before.days and after.days and _corrects(reading, max(before.end, floor), after):
            days[at - 1 : at + 1] = [replace(after, start=before.start, end=before.end)]
            floor = after.end
        else:
            at += 1
    return replace(reading, days=tuple(days))


def _with_clocks_corrected(reading: Reading) -> Reading:
    clocks = list(reading.clocks)
    at, floor = 1, 0
    while at < len(clocks):
        before, after = clocks[at - 1], clocks[at]
        if _corrects(reading, max(before.end, floor), after):
            clocks[at - 1 : at + 1] = [replace(after, start=before.start, end=before.end, sure=True)]
            floor = after.end
        else:
            at += 1
    return replace(reading, clocks=tuple(clocks))


def _told_anew(between: Sequence[Tag]) -> set[int]:
    """Words that lead to another time behind a "no": "no, it will be one o'clock after all"."""
    return covered([tag for tag in between if tag.name in {"it", "likewise", "stay", "after_all", "filler"}])


def _corrects(reading: Reading, end: int, after: Days | Clock) -> bool:
    """Whether what is told after the place stands for what ended there.

    A correcting word stands between or right after, or a mere "no" or "sorry" does.
    """
    between = [tag for tag in reading.tags if end <= tag.start and tag.end <= after.start]
    if any(tag.name == "correct" and after.start - tag.end <= _REACH for tag in between):
        return True
    behind = any(tag.name == "correct" and 0 <= tag.start - after.end <= 1 for tag in reading.tags)
    weak = {at for tag in between if tag.name == "oops" for at in range(tag.start, tag.end)}
    if not behind:
        weak -= {tag.start for tag in between if tag.name == "negative" and _denies_next(reading, tag, after)}
    leading = covered([tag for tag in between if tag.name == "join" and tag.value in {"on", "or"}])
    gap = [at for at in range(end, after.start) if not _is_further_dot(reading.tokens, at)]
    beside = covered(reading.days) | _told_anew(between) if isinstance(after, Clock) else set()
    plain = all(at in weak or at in leading or at in beside or reading.tokens[at].kind == "mark" for at in gap)
    allowed = _GAP + len(leading) + len(beside & set(gap))
    if weak and plain and len(gap) <= allowed and not _is_answered(reading, end, weak, after.start):
        return True
    joined = any(tag.name == "join" and tag.value in _OPENS for tag in between)
    return behind and not joined and len(gap) <= _GAP and (bool(weak) or plain)


def _denies_next(reading: Reading, negative: Tag, after: Days | Clock) -> bool:
    """`klo 15, ei 16`: where one word is both "no" and "not", it denies what follows it without a mark, behind one."""
    return negative.end == after.start and reading.tokens[negative.start - 1].kind == "mark"


def _is_further_dot(tokens: Sequence[Token], at: int) -> bool:
    """Whether the dot only goes on a row of them: "Wednesday... no, Thursday"."""
    return at > 0 and tokens[at].text == "." == tokens[at - 1].text


def _is_answered(reading: Reading, end: int, weak: set[int], onward: int) -> bool:
    """`Wednesday no. Thursday 9-3`: a "no" right behind the day, and only behind it a mark: it denies that day."""
    marks = [at for at in range(end, onward) if reading.tokens[at].kind == "mark"]
    closes = any(reading.tokens[at].text == "." for at in marks if at > min(weak))
    return end in weak and bool(marks) and (closes or bool(reading.spans)) and not any(at < min(weak) for at in marks)
