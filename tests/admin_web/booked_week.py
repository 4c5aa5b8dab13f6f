"""A booked week at Lerkeveien in the village, as families told it, to look at from the staff's site."""

from datetime import date, timedelta
from typing import Protocol

from hub.asker import Trust
from hub.desk import Desk, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.care_bookings import Teller, book
from hub.school.care_decisions import Per, decide_hours
from hub.school.care_hours import Hours, read_hours
from hub.school.care_patterns import set_week
from hub.school.care_rules import get_rules
from tests.hub.sign_in.school import TEST
from tests.village import Village

BOOKED = date(2025, 3, 17)
"""The Monday of the week that is booked: its lock has not passed on the village's Monday morning."""
TIMES = {
    "Mathias Berg": "8-16",
    "Noah Bakken": "7.30-15.30",
    "Sol Engebretsen": "9-14",
    "Ilo Korhonen": "8-12, 13-16.30",
    "Sander Ness": "8.15-16",
    "Filip Nowak": "7-16",
}


class Site(Protocol):
    """Whatever has the village's desk."""

    @property
    def desk(self) -> Desk: ...


class Day(Protocol):
    """A day in the village, on a site or in a whole hub."""

    @property
    def village(self) -> Village: ...

    @property
    def site(self) -> Site: ...


async def book_for(day: Day, child: str, guardian: str, hours: str, days: tuple[int, ...] = (0, 1, 2, 3, 4)) -> None:
    """A guardian books some days of the week, Monday is 0."""

    def do(work: Work) -> None:
        unit = work.session.get_one(Unit, day.village.unit("preschool").id)
        kept = work.session.get_one(Child, day.village.child(child).id)
        read: Hours = read_hours(hours)
        wished = {BOOKED + timedelta(days=at): read for at in days}
        teller = Teller(day.village.guardian(guardian).id, "guardian", Trust.CONFIRMED)
        book(work, unit, kept, wished, teller, get_rules(work, unit))

    await day.site.desk.work(TEST, do)


async def book_a_week(day: Day) -> None:
    """One of each: booked, off, untold, a base week, two guardians who do not agree, and more hours than decided."""
    guardians = {
        "Mathias Berg": "Lene Berg",
        "Noah Bakken": "Marte Bakken",
        "Sol Engebretsen": "Vilde Engebretsen",
        "Ilo Korhonen": "Aino Korhonen",
        "Sander Ness": "Berit Ness",
        "Filip Nowak": "Katarzyna Nowak",
    }
    for child, hours in TIMES.items():
        await book_for(day, child, guardians[child], hours)
    await book_for(day, "Sol Engebretsen", "Vilde Engebretsen", "", (4,))
    await book_for(day, "Noah Bakken", "Lars Bakken", "9-15", (1,))

    def decide(work: Work) -> None:
        unit = work.session.get_one(Unit, day.village.unit("preschool").id)
        odin = work.session.get_one(Child, day.village.child("Odin Fjeld").id)
        filip = work.session.get_one(Child, day.village.child("Filip Nowak").id)
        set_week(work, unit, odin, [read_hours("8-15")] * 5, from_day=BOOKED, by="staff")
        decide_hours(work, unit, filip, 40, Per.WEEK, from_day=date(2025, 1, 1), by="staff")

    await day.site.desk.work(TEST, decide)
