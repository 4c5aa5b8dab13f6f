"""What may stand in braces in a text to many, and what takes its place: data, put in once, and never read again.

A family's own are known of each family; the given ones whoever sends fills in, the same for all. Source: security rules
S7.4 and S7.6.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from hub.desk import Refusal
from hub.spoken import say_clock, say_date
from hub.words import is_one_line

CHILD, GROUP, UNIT = "child", "group", "unit"
OF_FAMILY = frozenset({CHILD, GROUP, UNIT})
DATE, TIME, PLACE = "date", "time", "place"
GIVEN = (DATE, TIME, PLACE)
PLACEHOLDERS = (CHILD, GROUP, UNIT, *GIVEN)
LONGEST_PLACE = 60
_BRACES = re.compile(r"\{([^{}]*)\}")


class UnknownPlaceholderError(Refusal):
    """The text has braces around something else than what may stand there."""

    words = "refusals.unknown_placeholder"


class EmptyPlaceholderError(Refusal):
    """A day, a time or a place is to stand in the text, and nobody has filled it in; `names` are theirs, in braces."""

    words = "refusals.empty_placeholder"

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(names=[f"{{{name}}}" for name in names])


class BadPlaceError(Refusal):
    """The place is too long, or holds what may stand in no line."""

    words = "refusals.bad_place"


@dataclass(frozen=True, slots=True)
class Given:
    """What whoever sends fills in, the same for all: the day and the time are by the clock of the unit."""

    day: date | None = None
    at: time | None = None
    place: str = ""

    def said_in(self, language: str) -> dict[str, str]:
        """What is filled in, by placeholder, as a language says it."""
        said = {
            DATE: say_date(self.day, language) if self.day is not None else "",
            TIME: say_clock(self.at, language) if self.at is not None else "",
            PLACE: self.place.strip(),
        }
        return {name: text for name, text in said.items() if text}

    def as_json(self) -> dict[str, str] | None:
        kept = {
            "day": self.day.isoformat() if self.day is not None else "",
            "at": self.at.isoformat("minutes") if self.at is not None else "",
            "place": self.place.strip(),
        }
        return {name: value for name, value in kept.items() if value} or None


NOTHING_GIVEN = Given()


def read_given(kept: Mapping[str, Any] | None) -> Given:
    """From what `as_json` made of it."""
    if not kept:
        return NOTHING_GIVEN
    day, at = kept.get("day"), kept.get("at")
    return Given(
        date.fromisoformat(day) if day else None, time.fromisoformat(at) if at else None, str(kept.get("place", ""))
    )


def check_placeholders(texts: Iterable[str]) -> None:
    """Raises: UnknownPlaceholderError."""
    for text in texts:
        rest = _BRACES.sub("", text)
        if not set(_BRACES.findall(text)) <= set(PLACEHOLDERS) or "{" in rest or "}" in rest:
            raise UnknownPlaceholderError


def list_asked(texts: Iterable[str]) -> list[str]:
    """The placeholders in these texts that whoever sends fills in, in their order."""
    found = {name for text in texts for name in _BRACES.findall(text)}
    return [name for name in GIVEN if name in found]


def check_given(texts: Iterable[str], given: Given) -> None:
    """Raises: EmptyPlaceholderError, BadPlaceError."""
    asked, filled = list_asked(texts), given.said_in("en")
    empty = [name for name in asked if name not in filled]
    if empty:
        raise EmptyPlaceholderError(empty)
    if PLACE in asked and (len(given.place) > LONGEST_PLACE or not is_one_line(given.place)):
        raise BadPlaceError


def names_anybody(texts: Mapping[str, str]) -> bool:
    """Whether any of the texts has a placeholder of the families' own: then each family reads its own."""
    return any(name in OF_FAMILY for text in texts.values() for name in _BRACES.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with values where the placeholders stand, each in one line; what has none stays as it was written. What a
    value says is never read again."""
    return _BRACES.sub(lambda found: _in_one_line(values[found[1]]) if found[1] in values else found[0], text)


def _in_one_line(value: str) -> str:
    return value if is_one_line(value) else " ".join("".join(c if is_one_line(c) else " " for c in value).split())
