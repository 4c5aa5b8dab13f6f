"""Verbs of fetching whose halves stand apart: "takes Ola home", "tar henne med", "is getting Ola", "blir med mormor hjem".

A vocabulary's phrases stand in one piece; here a verb, the child, and a word for home or along make a word of fetching.
"""

from collections.abc import Mapping, Sequence, Set

from bots.hearing.names import Mention
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_MOST_BETWEEN = 3
_MOST_OWNING = 2
"""Words from a verb of fetching to the thing that is fetched, whose it is between."""


def with_parted_verbs(tokens: Sequence[Token], tags: Sequence[Tag], mentions: Sequence[Mention]) -> list[Tag]:
    """The tags with a "fetch" for each such verb; a possessive child ("takes Ola's bag home") is no object."""
    objects = {mention.start: mention.end for mention in mentions if mention.keys and not mention.possessive}
    objects |= {tag.start: tag.end for tag in tags if tag.name == "child_word"}
    homes = {tag.start for tag in tags if tag.name in {"take_home", "home", "homeward"}}
    homes |= {tag.start for tag in tags if tag.name == "take_along" and _ends(tokens, tags, tag.end)}
    taken = covered([tag for tag in tags if tag.name in {"fetch", "fetched"}])
    made: list[Tag] = []
    for tag in tags:
        if tag.name not in {"take", "gets"} or tag.end not in objects or tag.start in taken:
            continue
        end = objects[tag.end]
        while end in objects:
            end = objects[end]
        near = any(home in homes for home in range(end, end + _MOST_BETWEEN))
        if near if tag.name == "take" else _ends(tokens, tags, end):
            made.append(Tag("fetch", "", tag.start, tag.end))
    made += [Tag("go", "", tag.start, tag.end) for tag in tags if _goes_along(tags, homes, tag)]
    adults = [tag.start for tag in tags if tag.name in {"role", "parent"}]
    adults += [mention.start for mention in mentions if mention.unknown]
    made += [
        Tag("fetch", "", tag.start, tag.end)
        for tag in tags
        if tag.name == "come_after" and tag.end in objects and _ends(tokens, tags, objects[tag.end])
        if _comes_before(tokens, tags, adults, tag.start) and tag.start not in taken
    ]
    companions = objects | {mention.start: mention.end for mention in mentions if mention.keys}
    walks = [tag for tag in tags if _walks_child(tokens, tags, companions, adults, tag)]
    made += [Tag("fetch", "", tag.start, tag.end) for tag in walks if tag.start not in taken]
    verbs = {tag.start for tag in tags if tag.name == "take" and tag.end in objects}
    kept = [tag for tag in tags if tag.name != "event" or tag.start not in verbs]  # "kör Maja": no choir
    kept = [tag for tag in kept if tag not in walks]
    kept = [tag for tag in kept if tag.name != "fetch" or not _is_of_thing(tokens, tags, objects, tag)]
    return sorted([*kept, *made], key=lambda tag: tag.start)


def _is_of_thing(tokens: Sequence[Token], tags: Sequence[Tag], objects: Mapping[int, int], fetch: Tag) -> bool:
    """Whether a thing is what is fetched, and neither a child nor a way of going: "her sister picks up her things"."""
    ways = {tag.start for tag in tags if tag.name in {"by", "join", "clock"}}
    for at in range(fetch.end, min(fetch.end + _MOST_OWNING, len(tokens))):
        if tokens[at].kind == "mark":
            return False
        if any(tag.name == "thing" and tag.start == at for tag in tags):
            return True
        if at in ways or (at in objects and at + 1 < fetch.end + _MOST_OWNING and not _owns(tags, objects[at])):
            return False
    return False


def _goes_along(tags: Sequence[Tag], homes: Set[int], verb: Tag) -> bool:
    """`blir med mormor hjem`: a verb of going along, and between "with" and "home" an adult of the family."""
    if verb.name != "accompanies" or not any(tag.name == "take_along" and tag.start == verb.end for tag in tags):
        return False
    adults = [tag.end for tag in tags if tag.name in {"role", "parent"} and 0 < tag.start - verb.end <= _MOST_OWNING]
    return any(end in homes for end in adults)


def _walks_child(
    tokens: Sequence[Token], tags: Sequence[Tag], objects: Mapping[int, int], adults: Sequence[int], go: Tag
) -> bool:
    """`the neighbour walks home with Ada`, `naapuri kävelee Adan kanssa kotiin`: an adult, and going home with the child."""
    if go.name not in {"go", "homeward"}:
        return False
    companies = [tag for tag in tags if tag.name in {"by", "take_along"}]
    behind = [objects[tag.end] for tag in companies if tag.start == go.end and tag.end in objects]
    ends = {end: start for start, end in objects.items()}
    before = [ends[tag.start] for tag in companies if tag.end == go.start and tag.start in ends]
    if not ((behind and go.end - go.start > 1) or before):
        return False
    first = min(before, default=go.start)
    start = max((at + 1 for at in range(first) if tokens[at].kind == "mark" or tokens[at].breaks), default=0)
    named = [at for at in objects if start <= at < first]
    comes = any(tag.name == "come" and start <= tag.start < go.start for tag in tags)
    return not comes and any(start <= adult < first for adult in adults) and not named


def _comes_before(tokens: Sequence[Token], tags: Sequence[Tag], adults: Sequence[int], at: int) -> bool:
    """Whether an adult comes, in the same part of the sentence: "i dag kommer mormor etter Ada"."""
    start = max((mark + 1 for mark in range(at) if tokens[mark].kind == "mark" or tokens[mark].breaks), default=0)
    comes = any(tag.name == "come" and start <= tag.start < at for tag in tags)
    return comes and any(start <= adult < at for adult in adults)


def _owns(tags: Sequence[Tag], at: int) -> bool:
    """Whether a thing stands right at the place, so that the word before it tells whose it is."""
    return any(tag.name == "thing" and tag.start == at for tag in tags)


def _ends(tokens: Sequence[Token], tags: Sequence[Tag], at: int) -> bool:
    """Whether the sentence ends at the place, or goes on with a day, a time or a joining word."""
    if at >= len(tokens) or tokens[at].breaks or tokens[at].kind in {"mark", "number"}:
        return True
    return any(tag.start == at and tag.name in {"day", "weekday", "join", "clock", "hour", "myself"} for tag in tags)
