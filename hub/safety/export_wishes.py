"""Which lists there are to save or to print, and what one of them is about."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class ExportKind(StrEnum):
    """What is saved, or printed."""

    HOURS = "hours"
    QUARTERS = "quarters"
    BOOKINGS = "bookings"
    HOME_LINES = "home_lines"
    HOME_DAYS = "home_days"
    HOMES = "homes"
    ON_PAPER_LISTS = "paper_lists"
    ON_PAPER_KITCHEN = "paper_kitchen"
    ON_PAPER_CODES = "paper_codes"
    ON_PAPER_GROUP = "paper_group"
    ON_PAPER_CONSENT = "paper_consent"
    ON_PAPER_HOME = "paper_home"

    @property
    def is_paper(self) -> bool:
        return self.value.startswith("paper_")


OF_CARE = frozenset(
    {
        ExportKind.HOME_LINES,
        ExportKind.HOME_DAYS,
        ExportKind.HOMES,
        ExportKind.ON_PAPER_HOME,
        ExportKind.ON_PAPER_KITCHEN,
    }
)
"""What only those see who look after the children."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One list: of a unit, of these days (None: as it is when it is read), `about` these ids: a group, a kind of consent, or
    where it spans several units, all of them."""

    kind: ExportKind
    unit_id: str
    first: date | None = None
    last: date | None = None
    about: tuple[str, ...] = ()

    @property
    def unit_ids(self) -> tuple[str, ...]:
        return (self.about if self.kind is ExportKind.HOMES else ()) or (self.unit_id,)
