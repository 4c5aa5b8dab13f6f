"""Runs of tokens: whatever a reader found stands at tokens[start:end]."""

from collections.abc import Iterable
from typing import Protocol


class Stretch(Protocol):
    """Something found in a text: a tag, a name, a day, a time."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def covered(*found: Iterable[Stretch]) -> set[int]:
    """The places of all tokens that these stand at."""
    return {at for things in found for thing in things for at in range(thing.start, thing.end)}
