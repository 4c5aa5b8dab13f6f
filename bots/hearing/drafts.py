"""What a clause does, before it is known for whom and when."""

from dataclasses import dataclass, field
from datetime import time
from enum import Enum

from bots.hearing.clauses import Clause
from hub.talk.heard import Intent, Reason


class Doubt(Enum):
    """What governs a clause: nothing, a "perhaps", or an "if"."""

    NONE = "none"
    PERHAPS = "perhaps"
    IF = "if"


@dataclass(frozen=True, slots=True)
class Draft:
    """An act before its child and days are settled. `back` tells that the days named are those of the return,
    `at` where the word stands that decided it."""

    intent: Intent
    clause: Clause
    start: time | None = None
    end: time | None = None
    person: str | None = None
    ill: bool | None = None
    unknown_name: str | None = None
    change: str | None = None
    phone: str | None = None
    email: str | None = None
    language: str | None = None
    back: bool = False
    at: int | None = None
    reasons: tuple[Reason, ...] = field(default=())
