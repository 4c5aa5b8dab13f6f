"""Who is in a rehearsed conversation, and when it begins: the head of a transcript.

    # Monday 3 March 2025, 07:12. Children: Ella, Otso (at Solvang). Others: Far (fi, blocked).

After the date come sentences "Key: value.", each of them optional. Children may be "protected", "called Elli" or "at"
another unit; others may have a language of their own, be "blocked", only fetch ("fetch only"), use the "same phone",
share the "same thread", or be one of the children with a phone of their own ("pupil"). "Unit: preschool" is open from 7
to 17. "Phones: 2" gives the one who writes two phones.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hub.language import WRITTEN

DATE = re.compile(r"(?:[A-Z][a-z]+day )?(\d{1,2} [A-Z][a-z]+ \d{4}), (\d\d:\d\d)\.?")
_SENTENCE = re.compile(r"([A-Z][A-Za-z -]*): ([^.]*)\.")
_ITEM = re.compile(r"([^,(]+?)\s*(?:\(([^)]*)\))?\s*(?:,|$)")


class UnreadableSceneError(ValueError):
    """The head of a transcript cannot be read; the message says which part."""


@dataclass(frozen=True, slots=True)
class CastChild:
    """One of the family's children. `elsewhere` is the name of another unit of the owner."""

    name: str
    protected: bool = False
    called: str | None = None
    elsewhere: str | None = None


@dataclass(frozen=True, slots=True)
class CastOther:
    """Another guardian of the same children; or, a `pupil`, the one of them who has that name."""

    name: str
    language: str | None = None
    blocked: bool = False
    fetch_only: bool = False
    same_phone: bool = False
    same_thread: bool = False
    pupil: bool = False


@dataclass(frozen=True, slots=True)
class Cast:
    """`begins` is a wall-clock time at the unit. `confirmed` is the day the phones were last known to be the guardians'."""

    begins: datetime
    language: str
    children: tuple[CastChild, ...] = (CastChild("Ella"),)
    others: tuple[CastOther, ...] = ()
    phones: int = 1
    teacher: str = "Ingrid"
    stand_in: str | None = None
    confirmed: date | None = None
    resting: bool = False
    unit_kind: str = "school"


def read_moment(text: str, day: date) -> datetime | None:
    """A moment as transcripts write it; a clock time alone is on `day`. None when it is no moment."""
    found = DATE.match(text)
    if found is not None:
        return datetime.strptime(f"{found[1]} {found[2]}", "%d %B %Y %H:%M")  # noqa: DTZ007  # wall-clock at the unit
    clock = re.fullmatch(r"(\d\d):(\d\d)\.?", text.strip())
    return datetime(day.year, day.month, day.day, int(clock[1]), int(clock[2])) if clock else None  # noqa: DTZ001


def read_cast(head: str, language: str) -> Cast:
    """`head` is the comment without its "#". Raises: UnreadableSceneError."""
    begins = read_moment(head, date.min)
    if begins is None:
        raise UnreadableSceneError(f"no date at the beginning of {head!r}")
    rest = DATE.sub("", head, count=1)
    sentences = _SENTENCE.findall(rest)
    if _SENTENCE.sub("", rest).strip():
        raise UnreadableSceneError(_SENTENCE.sub("", rest).strip())
    cast: dict[str, Any] = {}
    for key, value in sentences:
        if key not in _READERS:
            raise UnreadableSceneError(key)
        name, read = _READERS[key]
        cast[name] = read(value)
    return Cast(begins, **{"language": language, **cast})


def _items(text: str) -> list[tuple[str, list[str]]]:
    return [(name.strip(), [m.strip() for m in marks.split(",") if m.strip()]) for name, marks in _ITEM.findall(text)]


def _read_children(text: str) -> tuple[CastChild, ...]:
    return tuple(_child(name, marks) for name, marks in _items(text))


def _child(name: str, marks: list[str]) -> CastChild:
    after = {word: rest for word, _, rest in (mark.partition(" ") for mark in marks)}
    if unknown := after.keys() - {"protected", "called", "at"}:
        raise UnreadableSceneError(", ".join(unknown))
    return CastChild(name, "protected" in after, after.get("called"), after.get("at"))


def _read_others(text: str) -> tuple[CastOther, ...]:
    return tuple(_other(name, marks) for name, marks in _items(text))


def _other(name: str, marks: list[str]) -> CastOther:
    languages = [mark for mark in marks if mark in WRITTEN]
    if unknown := set(marks) - {*WRITTEN, "blocked", "fetch only", "same phone", "same thread", "pupil"}:
        raise UnreadableSceneError(", ".join(sorted(unknown)))
    return CastOther(
        name,
        languages[0] if languages else None,
        "blocked" in marks,
        "fetch only" in marks,
        "same phone" in marks,
        "same thread" in marks,
        "pupil" in marks,
    )


_READERS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "Children": ("children", _read_children),
    "Others": ("others", _read_others),
    "Language": ("language", str),
    "Phones": ("phones", int),
    "Teacher": ("teacher", str),
    "Stand-in": ("stand_in", str),
    "Confirmed": ("confirmed", date.fromisoformat),
    "Unit": ("unit_kind", str),
    "Number": ("resting", lambda value: value == "resting"),
}
