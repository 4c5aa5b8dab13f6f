"""To whom of those in its place a broadcast goes: by what is known of the children, and of how their guardians are written to.

It only ever takes away. Who may ask for which of it is for hub.post.broadcast_rights, what is known of a child's day and of
consents for hub.school.narrowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any


class Today(StrEnum):
    """Where a child is today. `not_yet`: expected, or late, and not seen."""

    HERE = "here"
    NOT_YET = "not_yet"
    AWAY = "away"


class Consented(StrEnum):
    """What holds of a consent: given, somebody said no, or not enough has been said."""

    GIVEN = "given"
    NO = "no"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Narrowing:
    """`today` are the states of which the child has one, `born` years, `languages` those that guardians read; `kind_id` and
    `consented` are a kind of consent and what holds of it. `unanswered_id` is a broadcast with choices that the guardian has
    not answered. `no_app`: they have not opened the app."""

    today: tuple[Today, ...] = ()
    born: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    kind_id: str | None = None
    consented: Consented | None = None
    unanswered_id: str | None = None
    no_app: bool = False

    @property
    def by_consent(self) -> bool:
        return self.kind_id is not None or self.consented is not None

    @property
    def by_child(self) -> bool:
        """Whether it asks what only those may know who see the children."""
        return bool(self.today) or self.by_consent

    @property
    def told(self) -> str | None:
        """The names of what it asks, for the audit; None where it takes nobody away."""
        names = sorted(self.as_json() or ())
        return f"narrowed by {', '.join(names)}" if names else None

    def as_json(self) -> dict[str, Any] | None:
        """What it asks for, by the names of its fields; None where that is nothing."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        kept = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items() if value}
        return kept or None


EVERYBODY = Narrowing()


def read_narrowing(kept: Mapping[str, Any] | None) -> Narrowing:
    """From what `as_json` made of it."""
    if not kept:
        return EVERYBODY
    consented = kept.get("consented")
    return Narrowing(
        today=tuple(Today(each) for each in kept.get("today", ())),
        born=tuple(kept.get("born", ())),
        languages=tuple(kept.get("languages", ())),
        kind_id=kept.get("kind_id"),
        consented=Consented(consented) if consented else None,
        unanswered_id=kept.get("unanswered_id"),
        no_app=bool(kept.get("no_app")),
    )
