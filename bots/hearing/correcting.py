"""Sentences that only correct whom the one before was about: "Eline is at home. No sorry, it is Jostein who is"."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from bots.hearing.names import Mention
from bots.hearing.pieces import PREDICATES
from bots.hearing.reading import Reading
from bots.hearing.stops import ends_sentence
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_TOLD = PREDICATES | {"off", "negative"}
_MOST_NAMES = 20
_MOST_BESIDES = 2
"""Words such as "it is" between the correcting word and the name."""


def with_sentence_corrected(reading: Reading) -> Reading:
    """`Eline is at home. No sorry, it is Jostein`: the one named in a sentence that only corrects takes the other's place."""
    for before, after in pairwise(reading.mentions[:_MOST_NAMES]):
        one_each = len(before.keys) == 1 and len(after.keys) == 1 and before.keys != after.keys
        if one_each and not before.related | after.related and _corrects_whom(reading, before, after):
            meant = replace(before, keys=after.keys, words=after.words)
            mentions = tuple(meant if mention is before else mention for mention in reading.mentions)
            return replace(reading, mentions=mentions)
    return reading


def _corrects_whom(reading: Reading, before: Mention, after: Mention) -> bool:
    """Whether a sentence begins between the two names with a correcting word, and says no more than a name, or than who."""
    tokens = reading.tokens
    timed = covered(reading.days, reading.clocks)
    opens = next(
        (at + 1 for at in range(before.end, after.start) if at not in timed and ends_sentence(tokens, at)), None
    )
    if opens is None or _has_end(tokens, opens, after.start):
        return False
    closes = _closes(reading, before, after)
    words = [at for at in range(opens, after.start) if tokens[at].kind != "mark"]
    behind = [at for at in range(after.end, closes) if tokens[at].kind != "mark"]
    corrects = covered([tag for tag in reading.tags if tag.name in {"oops", "correct"}])
    if not words:
        senders = covered([tag for tag in reading.tags if tag.name == "self"])  # "meiner eg"
        return bool(corrects & set(behind)) and all(at in corrects | senders for at in behind)
    if words[0] not in corrects or sum(at not in corrects for at in words) > _MOST_BESIDES:
        return False
    ends = after.end >= len(tokens) or tokens[after.end].kind == "mark" or tokens[after.end].breaks
    leads = any(tag.name in {"relative", "correct"} and tag.start == after.end for tag in reading.tags)
    return ends or leads or _says_the_same(reading, range(before.end, opens), range(after.end, closes))


def _closes(reading: Reading, before: Mention, after: Mention) -> int:
    """Where what is told of the second one ends: with its sentence, or at a comma behind which the first one is spoken of
    again: "No, Otto is coming at nine, Ella is there already"."""
    tokens = reading.tokens
    again = {mention.start - 1 for mention in reading.mentions if mention.keys == before.keys}
    timed = covered(reading.days, reading.clocks)
    ends = (at for at in range(after.end, len(tokens)) if at not in timed)
    closing = (at for at in ends if ends_sentence(tokens, at) or (at in again and tokens[at].text == ","))
    return next(closing, len(tokens))


def _says_the_same(reading: Reading, told: range, again: range) -> bool:
    """Whether the second stretch only says again what the first did: "Ella is ill. No, Otto is ill"."""
    said = [{tag.name for tag in reading.tags if tag.start in place and tag.name in _TOLD} for place in (told, again)]
    times = [
        {days.days for days in reading.days if days.start in place}
        | {(clock.hour, clock.minute) for clock in reading.clocks if clock.start in place}
        for place in (told, again)
    ]
    besides = any(_adds(tag) and tag.start in again for tag in reading.tags)
    return bool(said[1]) and said[1] <= said[0] and times[1] <= times[0] and not besides


def _adds(tag: Tag) -> bool:
    """Whether the word adds to what was said; one that only leads to a day or a time does not."""
    return tag.name == "also" or (tag.name == "join" and tag.value != "on")


def _has_end(tokens: Sequence[Token], start: int, end: int) -> bool:
    return any(ends_sentence(tokens, at) for at in range(start, end))
