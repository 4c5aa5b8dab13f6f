"""Days in the home of Solveig Aas, a family day carer in the village, with invented rates."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal

from hub.asker import Asker, Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.holding import begin
from hub.people.places import Unit, UnitKind
from hub.people.staff import Role, RoleKind, Staff
from hub.safety.access import get_reach
from hub.school.attendance import Attendance
from hub.school.care_bookings import Teller, book
from hub.school.care_decisions import Per, Shift, decide_hours
from hub.school.care_hours import read_hours
from hub.school.care_notes import Matter, NoteKind, tell_note
from hub.school.care_notes import Teller as Said
from hub.school.care_rules import get_rules
from hub.school.day_care_homes import HomeMonth, get_home, read_home_month
from hub.school.fetching import report_fetching
from hub.school.meals import MealKind, MealsKept, MealTold, tell_meals
from hub.school.reimbursement_rates import Part, Rates, set_rates
from hub.school.told import dispute
from tests.hub.post.outboxes import TEST
from tests.village import Village

MONDAY = date(2025, 3, 3)
SINCE = date(2024, 8, 1)
ASK, LIVE, SIGNE = "Ask Kvam", "Live Haugland", "Signe Hauge"
CARER, ADMINISTRATOR = "Solveig Aas", "Tora Myklebust"
RATES = Rates(
    ages=(3,),
    meals={
        MealKind.BREAKFAST: (Decimal("1.11"), Decimal("2.22")),
        MealKind.LUNCH: (Decimal("3.33"), Decimal("4.44")),
    },
    other_per_day=Decimal("7.00"),
    whole_minutes=300,
    part=Part.BY_TIME,
    diet_percent=30,
)
DEARER = replace(RATES, other_per_day=Decimal("8.00"))


def as_staff(staff: Staff) -> Asker:
    return Asker("staff", staff.id, Trust.STRONG, "test", staff.owner_id)


@dataclass
class HomeDays:
    """A child is named by first and last name; times are those of the unit's clock."""

    village: Village
    clock: StoppedClock

    @property
    def unit(self) -> Unit:
        return self.village.unit("day-care")

    def child(self, name: str) -> Child:
        return self.village.child(name)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        moment = self.unit.moment(day, time(hour, minute))
        self.clock.jump(moment)
        return moment

    def asker(self, name: str = CARER) -> Asker:
        return as_staff(self.village.staff(name))

    async def set_rates(self, from_day: date, rates: Rates = RATES) -> str:
        def do(work: Work) -> str:
            return set_rates(work, from_day, rates).id

        return await self.village.desk.work(self.asker(ADMINISTRATOR), do)

    async def was_here(self, name: str, day: date, came: time, left: time | None) -> str:
        """As if staff had marked it then."""

        def do(work: Work) -> str:
            row = Attendance(
                id=work.new_id(),
                owner_id=self.unit.owner_id,
                child_id=self.child(name).id,
                unit_id=self.unit.id,
                day=day,
                came_at=self.unit.moment(day, came),
                marked_by=self.village.staff(CARER).id,
                marked_at=self.unit.moment(day, came),
                left_at=None if left is None else self.unit.moment(day, left),
                left_marked_by=None if left is None else self.village.staff(CARER).id,
            )
            work.session.add(row)
            return row.id

        return await self.village.desk.work(TEST, do)

    async def ate(
        self, day: date, kind: MealKind, *names: str, by: str = CARER, is_special: bool | None = None
    ) -> MealsKept:
        told = MealTold(day, kind, self.village.staff(by).id, is_special=is_special)
        ids = [self.child(name).id for name in names]
        return await self.village.desk.work(self.asker(by), tell_meals, self.unit, ids, told)

    async def in_shift_care(self, name: str) -> None:
        def do(work: Work) -> None:
            child = work.session.get_one(Child, self.child(name).id)
            decide_hours(work, self.unit, child, 160, Per.MONTH, from_day=SINCE, by="staff", shift=Shift.FULL)

        await self.village.desk.work(TEST, do)

    async def has_note(self, name: str, kind: NoteKind, words: str) -> None:
        def do(work: Work) -> None:
            tell_note(work, self.child(name), Matter(kind, words), Said("x", Trust.CONFIRMED))

        await self.village.desk.work(TEST, do)

    async def books(self, name: str, day: date, hours: str) -> None:
        """A guardian, as staff wrote it down; no hours are a day off."""

        def do(work: Work) -> None:
            child = work.session.get_one(Child, self.child(name).id)
            told = Teller("x", "staff", Trust.STRONG)
            book(work, self.unit, child, {day: read_hours(hours)}, told, get_rules(work, self.unit))

        await self.village.desk.work(TEST, do)

    async def way_home_is_disputed(self, name: str) -> None:
        """A guardian told that somebody fetches the child today, and another says that it is not so."""

        def do(work: Work) -> None:
            child = work.session.get_one(Child, self.child(name).id)
            told, _ = report_fetching(
                work, [child], [self.unit.today(work.now)], "Ukjent Mann", None, told_by="x", trust=Trust.CLAIMED
            )
            dispute(work, told, "fetching.dispute")

        await self.village.desk.work(TEST, do)

    async def month(self, day: date = MONDAY, by: str = CARER) -> HomeMonth:
        def ask(look: Look) -> HomeMonth:
            reach = get_reach(look)
            return read_home_month(look, reach, get_home(look, reach, self.unit.id), day)

        return await self.village.desk.look(self.asker(by), ask)

    async def give_role(
        self, name: str, kind: RoleKind, *, from_day: date = SINCE, stand_in: bool = False, unit_id: str | None = None
    ) -> None:
        """One more role at the home, for somebody who has others elsewhere."""

        def do(work: Work) -> None:
            role = Role(
                id=work.new_id(),
                owner_id=self.unit.owner_id,
                unit_id=unit_id or self.unit.id,
                source_id=f"{kind}-{name}-{unit_id}",
                kind=kind,
                title=f"{kind} of the home",
            )
            work.session.add(role)
            work.session.flush()
            begin(work, role, self.village.staff(name), from_day, None, is_stand_in=stand_in)

        await self.village.desk.work(TEST, do)

    async def add_home(self, name: str) -> str:
        """Another home of the same owner, without children; its id."""

        def do(work: Work) -> str:
            home = Unit(
                id=work.new_id(),
                owner_id=self.unit.owner_id,
                source_id=name,
                kind=UnitKind.FAMILY_DAY_CARE,
                name=name,
                zone=self.unit.zone,
                languages=["nb"],
            )
            work.session.add(home)
            return home.id

        return await self.village.desk.work(TEST, do)
