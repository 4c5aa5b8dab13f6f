"""A child at Lerkeveien whose two guardians book, in the village's store."""

from dataclasses import dataclass
from datetime import date

from hub.asker import Trust
from hub.desk import Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.care_bookings import Booked, Teller, book
from hub.school.care_hours import Hours
from hub.school.care_rules import Rules, get_rules
from tests.village import Village

MONDAY = date(2025, 3, 17)


@dataclass(frozen=True, slots=True)
class Homes:
    """Noah, Marte and Lars, as this work sees them."""

    work: Work
    unit: Unit
    child: Child
    marte: str
    lars: str

    @property
    def rules(self) -> Rules:
        return get_rules(self.work, self.unit)

    def book(self, who: str, wished: dict[date, Hours], kind: str = "guardian") -> Booked:
        booked = book(self.work, self.unit, self.child, wished, Teller(who, kind, Trust.CONFIRMED), self.rules)
        self.work.session.flush()
        return booked


def homes(work: Work, village: Village) -> Homes:
    return Homes(
        work,
        work.session.get_one(Unit, village.unit("preschool").id),
        work.session.get_one(Child, village.child("Noah Bakken").id),
        village.guardian("Marte Bakken").id,
        village.guardian("Lars Bakken").id,
    )
