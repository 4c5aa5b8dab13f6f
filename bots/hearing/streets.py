"""Addresses: "Storgata 12", "Storgatan 3 B", "Kirkkokatu 12 A 3", "12 High Street". A street fetches nobody, and its number
is no time and no day.

A street is told by how its name ends and by the number beside it; a known child or a common first name is none. The endings
stand in `streets.toml`.
"""

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import TypeVar

from bots.hearing.first_names import every_first_name
from bots.hearing.names import Mention
from bots.hearing.stretches import Stretch, covered
from bots.hearing.tokens import Token
from bots.hearing.vocabulary import Tag

_FILE = "streets.toml"
_MOST_DIGITS = 3
_MOST_WORDS = 2
"""Words before the street's own in its name."""
_LEAST_SMALL = 2
"""Letters that stand at least before the ending of a street in small letters, which only a mark leads to."""
_NAME = "street"
_Thing = TypeVar("_Thing", bound=Stretch)


def find_streets(tokens: Sequence[Token], mentions: Sequence[Mention] = ()) -> list[Tag]:
    """The addresses in a text, each as one tag from its first word to its last number."""
    known = covered([mention for mention in mentions if mention.keys])
    found: list[Tag] = []
    for at, token in enumerate(tokens):
        if token.kind != "word" or at in known or at in covered(found):
            continue
        if _is_numbered_behind(tokens, at) and (start := _start_of(tokens, at, known)) is not None:
            found.append(Tag(_NAME, "", start, _end_of(tokens, at + 1)))
        elif token.low in _endings("behind") and (number := _number_before(tokens, at, known)) is not None:
            found.append(Tag(_NAME, "", number, at + 1))
    return found


def with_streets(tags: Sequence[Tag], streets: Sequence[Tag]) -> list[Tag]:
    """The tags, those of an address's words left out for the address itself."""
    return sorted([*outside(tags, streets), *streets], key=lambda tag: (tag.start, tag.end))


def outside(things: Sequence[_Thing], streets: Sequence[Tag]) -> list[_Thing]:
    """Those that have no word in common with an address."""
    taken = covered(streets)
    return [thing for thing in things if not taken & set(range(thing.start, thing.end))]


def without_streets(mentions: Sequence[Mention], streets: Sequence[Tag]) -> list[Mention]:
    """The people named: of one whose name runs on into an address, what stands before it, if that is a name."""
    starts = {at: street.start for street in streets for at in range(street.start, street.end)}
    kept = outside(mentions, streets)
    for mention in mentions:
        end = next((starts[at] for at in range(mention.start, mention.end) if at in starts), mention.start)
        names = mention.words.split()[: end - mention.start]
        if names and names[0].casefold() in every_first_name():
            kept.append(replace(mention, end=end, words=" ".join(names)))
    return sorted(kept, key=lambda mention: mention.start)


def _is_numbered_behind(tokens: Sequence[Token], at: int) -> bool:
    """Whether a house number stands right behind: no time of day ("12.30") and no number with a unit's mark."""
    if at + 1 >= len(tokens) or tokens[at + 1].kind != "number" or tokens[at + 1].breaks:
        return False
    number = tokens[at + 1].text
    onward = tokens[at + 2 : at + 4]
    split = len(onward) == 2 and onward[0].text in {".", ":"} and onward[0].glued and onward[1].kind == "number"
    return number.isdigit() and len(number) <= _MOST_DIGITS and not (split and onward[1].glued)


def _start_of(tokens: Sequence[Token], at: int, known: Collection[int]) -> int | None:
    """Where the street's name begins, None where the word ends no such name."""
    token = tokens[at]
    least = 1 if token.is_capital else _LEAST_SMALL
    ended = any(token.low.endswith(end) and len(token.low) > len(end) + least for end in _endings("ends"))
    led = token.is_capital or (at > 0 and tokens[at - 1].kind == "mark")
    if ended and led and token.fold not in every_first_name():
        return at
    if token.low not in _endings("whole"):
        return None
    start = at
    while start > max(0, at - _MOST_WORDS) and _is_of_name(tokens[start - 1], start - 1, known):
        start -= 1
    return start if start < at else None


def _is_of_name(token: Token, at: int, known: Collection[int]) -> bool:
    return token.kind == "word" and token.is_capital and at not in known


def _number_before(tokens: Sequence[Token], at: int, known: Collection[int]) -> int | None:
    """Where "12 High" begins before a "Street"."""
    start = at
    while start > max(0, at - _MOST_WORDS) and _is_of_name(tokens[start - 1], start - 1, known):
        start -= 1
    before = tokens[start - 1] if 0 < start < at else None
    return start - 1 if before is not None and before.kind == "number" and before.text.isdigit() else None


def _end_of(tokens: Sequence[Token], number: int) -> int:
    """Where the address ends that has its house number there: behind a letter of the stair and the flat's own number."""
    end = number + 1
    if end < len(tokens) and _is_stair(tokens[end]):
        end += 1
        flat = tokens[end] if end < len(tokens) else None
        if flat is not None and flat.kind == "number" and flat.text.isdigit() and not flat.breaks:
            end += 1
    return end


def _is_stair(token: Token) -> bool:
    return token.kind == "word" and len(token.text) == 1 and not token.breaks and (token.is_capital or token.glued)


@cache
def _endings(kind: str) -> frozenset[str]:
    text = (resources.files("bots.hearing") / _FILE).read_text(encoding="utf-8")
    return frozenset(word.strip() for word in tomllib.loads(text)[kind].split(","))
