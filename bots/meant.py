"""Which children and days an act of the day is about, by the rights of whoever speaks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from hub.talk.answers import Named
from hub.talk.heard import Act
from hub.talk.speaker import Speaker


@dataclass(frozen=True, slots=True)
class Meant:
    """`children` are all it could be about; `meant` is empty where the words left it open."""

    children: tuple[Named, ...]
    meant: tuple[Named, ...]
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class NotMeant:
    """They say no to what the hub asked back: nothing is to be noted."""


def read_meant(speaker: Speaker, act: Act, only: Collection[str] | None = None) -> Meant | None:
    """None when there is no child to speak for (of those in `only`), a name fits none of them, or no day is to come."""
    children = tuple(child for child in speaker.named_children() if only is None or child.id in only)
    meant = tuple(child for child in children if child.id in act.children)
    days = tuple(day for day in act.days if day >= speaker.today)
    if not children or act.unknown_name or len(meant) < len(act.children) or not days:
        return None
    if not act.children and len(children) == 1:
        meant = children
    return Meant(children, meant, days)
