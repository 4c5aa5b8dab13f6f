"""What a check found: what it is about, whether it is right, and if not, what to do, in one sentence each."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Grade(StrEnum):
    """A hint is worth knowing and no fault; wrong is what the hub should not run with."""

    FINE = "fine"
    HINT = "hint"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is a short code. `what` says how it is, `do` what to do about it ("" where nothing is to do)."""

    about: str
    grade: Grade
    what: str
    do: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def line(self) -> str:
        marks = {Grade.FINE: "ok   ", Grade.HINT: "hint ", Grade.WRONG: "WRONG"}
        return f"{marks[self.grade]}  {self.about}: {self.what}{' ' + self.do if self.do else ''}"


def fine(about: str, what: str) -> Finding:
    return Finding(about, Grade.FINE, what)


def hint(about: str, what: str, do: str) -> Finding:
    return Finding(about, Grade.HINT, what, do)


def wrong(about: str, what: str, do: str) -> Finding:
    return Finding(about, Grade.WRONG, what, do)


def or_fine(about: str, what: str, faults: Iterable[Finding]) -> Iterator[Finding]:
    """The faults, or a word that there are none."""
    found = list(faults)
    yield from found or [fine(about, what)]
