"""Days at Lerkeveien in the village, on which staff mark who comes and goes by the clock on the wall."""

from dataclasses import dataclass
from datetime import date, datetime, time

from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.attendance import Attendance, Departure, mark_here, mark_left
from hub.school.attendance_days import close_days
from hub.school.care_decisions import Per, Shift, decide_hours
from hub.school.day_board import OnBoard, list_whole_board
from tests.hub.post.outboxes import TEST
from tests.village import Village

MONDAY = date(2025, 3, 3)
SINCE = date(2024, 8, 1)


@dataclass
class AttendanceDay:
    """The clock is the unit's own. A child is named by first and last name."""

    village: Village
    clock: StoppedClock
    unit_name: str = "preschool"
    owner: str = "fjordvik"

    @property
    def unit(self) -> Unit:
        return self.village.unit(self.unit_name, self.owner)

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        moment = self.unit.moment(day, time(hour, minute))
        self.clock.jump(moment)
        return moment

    async def come(self, child: str, came_at: datetime | None = None) -> list[Attendance]:
        def do(work: Work) -> list[Attendance]:
            return mark_here(work, _unit(work, self.unit), [self.kept(work, child)], "staff", came_at=came_at)

        return await self.village.desk.work(TEST, do)

    async def leave(
        self,
        child: str,
        left_at: datetime | None = None,
        fetched_by: str | None = None,
        fetched_name: str | None = None,
    ) -> list[Attendance]:
        def do(work: Work) -> list[Attendance]:
            gone = Departure(left_at or work.now, "staff", fetched_by, fetched_name)
            return mark_left(work, _unit(work, self.unit), [self.kept(work, child).id], gone)

        return await self.village.desk.work(TEST, do)

    async def in_shift_care(self, child: str) -> None:
        def do(work: Work) -> None:
            decide_hours(
                work, _unit(work, self.unit), self.kept(work, child), 160, Per.MONTH,
                from_day=SINCE, by="staff", shift=Shift.FULL,
            )  # fmt: skip

        await self.village.desk.work(TEST, do)

    async def close(self) -> int:
        return await self.village.desk.work(TEST, close_days)

    async def on_board(self, child: str, day: date) -> OnBoard:
        board = await self.village.desk.look(TEST, list_whole_board, self.unit, day)
        return next(on for on in board if on.child.name == child)

    def kept(self, work: Work, child: str) -> Child:
        return work.session.get_one(Child, self.village.child(child, self.owner).id)


def _unit(work: Work, unit: Unit) -> Unit:
    return work.session.get_one(Unit, unit.id)
