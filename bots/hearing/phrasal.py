"""Verbs of fetching whose halves stand apart: "takes Ola home", "tar henne med", "is getting Ola".

A vocabulary's phrases stand in one piece; here a verb, the child, and a word for home or along make a word of fetching.
"""

from collections.abc import Sequence

from bots.hearing.names import Mention
from bots.hearing.stretches import covered
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_MOST_BETWEEN = 3


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
    return sorted([*tags, *made], key=lambda tag: tag.start)


def _ends(tokens: Sequence[Token], tags: Sequence[Tag], at: int) -> bool:
    """Whether the sentence ends at the place, or goes on with a day, a time or a joining word."""
    if at >= len(tokens) or tokens[at].breaks or tokens[at].kind in {"mark", "number"}:
        return True
    return any(tag.start == at and tag.name in {"day", "weekday", "join", "clock", "hour"} for tag in tags)
