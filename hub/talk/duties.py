"""What a guardian still has to do, as the bot that takes care of it knows it, and the short codes that do it.

A number picks one of several that were told; words behind the number are the answer to it: "2 ja", "1 mon-thu 8-16".
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from hub.desk import Look, Work
from hub.people.places import Unit
from hub.talk.answers import Named
from hub.talk.dialogue import Say
from hub.talk.heard import About

DUTIES = "duties"
_NUMBER = re.compile(r"(?:nr\.?\s*)?\d{1,2}(?![\d.:-])", re.IGNORECASE)
_NUMBERS = re.compile(
    r"(?:nr\.?\s*)?\d{1,2}(?:\s*(?:,|\+|&|\bog\b|\boch\b|\bja\b|\band\b|\s)\s*\d{1,2})*[.!]?", re.IGNORECASE
)
_WITH_WORDS = re.compile(r"(?:nr\.?\s*)?(\d{1,2})(?:\s*[.:)]\s*|\s+)(\D.*)", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Duty:
    """One matter with an end, of one guardian, at one unit. `until` is when it is too late, UTC; `line` says it in few words.

    `key` tells it from the bot's other matters. `facts` are those of the bot's own question, which waits for `lasts`; None
    where no text can do it. `answered` is what an answer behind its number is about, None where the question must be read
    first; `takes_yes`: a mere yes is one. Earlier questions about the same agree with `facts` in `same`. `told` notes that
    it was told.
    """

    bot: str
    key: str
    unit: Unit
    guardian_id: str
    children: tuple[Named, ...]
    until: datetime
    line: Say
    facts: Any = None
    lasts: timedelta = timedelta()
    answered: About | None = None
    takes_yes: bool = False
    same: tuple[str, ...] = ()
    told: Callable[[Work], None] | None = None

    @property
    def child_ids(self) -> list[str]:
        return [child.id for child in self.children]


@runtime_checkable
class DutyKeeper(Protocol):
    """A bot some of whose questions have an end."""

    name: str

    def list_duties(self, look: Look, unit: Unit, guardian_ids: Collection[str]) -> Sequence[Duty]:
        """What each of these guardians has not done yet at a unit, by rights as they are now; nothing that is done."""


@dataclass(frozen=True, slots=True)
class Picked:
    """Some numbers, or one with the words behind it."""

    numbers: tuple[int, ...]
    rest: str = ""


def read_pick(text: str) -> Picked | None:
    """None when it is no number, nor begins with one."""
    plain = text.strip()
    if _NUMBERS.fullmatch(plain):
        return Picked(tuple(sorted({int(number) for number in re.findall(r"\d+", plain)})))
    found = _WITH_WORDS.fullmatch(plain)
    return None if found is None else Picked((int(found[1]),), found[2].strip())


def begins_with_number(text: str) -> bool:
    """Whether it may be a pick: one or two figures, and then no clock time or day."""
    return _NUMBER.match(text.strip()) is not None
