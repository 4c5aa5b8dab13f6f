"""A day at the door of Fjordvik's school: who wishes to hear of it, whom staff mark, and what leaves then."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

import sqlalchemy as sa

from bots.attendance import AttendanceBot
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child, Guardian
from hub.people.places import Unit
from hub.post.claims import Claimed, claim
from hub.post.due import Room
from hub.school.attendance import Attendance, Departure, mark_here, mark_left
from hub.school.attendance_denials import AttendanceDenial
from hub.school.attendance_tellings import AttendanceTelling
from hub.school.attendance_undoing import UNDONE_WITHIN, take_marks_back, undo_last
from hub.school.attendance_wishes import Moved, wish_to_hear
from hub.school.day_board import Presence
from tests.hub.post.outboxes import TEST
from tests.hub.talk.around_bot import AroundBot
from tests.village import Village

MONDAY = date(2025, 3, 3)
BOTH = (Moved.CAME, Moved.LEFT)


@dataclass
class DoorDay:
    """Monday 3 March 2025."""

    village: Village
    clock: StoppedClock
    bot: AttendanceBot = field(default_factory=AttendanceBot)
    unit_name: str = "school"
    around: AroundBot = field(init=False)

    def __post_init__(self) -> None:
        self.around = AroundBot(self.village)

    @property
    def unit(self) -> Unit:
        return self.village.unit(self.unit_name)

    def at(self, hour: int, minute: int) -> None:
        self.clock.jump(self.unit.moment(MONDAY, time(hour, minute)))

    def phone(self, guardian: str) -> str:
        return self.village.phone(guardian)

    async def wish(self, *guardians: str, moved: Sequence[Moved] = BOTH) -> None:
        def all_of_them(work: Work) -> None:
            for name in guardians:
                guardian = work.session.get_one(Guardian, self.village.guardian(name).id)
                wish_to_hear(work, guardian, moved, guardian.id)

        await self.village.desk.work(TEST, all_of_them)

    async def come(self, *children: str) -> list[Attendance]:
        def mark(work: Work) -> list[Attendance]:
            return mark_here(work, self._unit_in(work), [self._child_in(work, name) for name in children], "test")

        return await self.village.desk.work(TEST, mark)

    async def leave(self, *children: str, by: str | None = None, name: str | None = None) -> None:
        """They have left, and the time is over in which that could be undone."""
        await self.mark_left(*children, by=by, name=name)
        self.clock.move(UNDONE_WITHIN)

    async def mark_left(
        self, *children: str, by: str | None = None, name: str | None = None, at: datetime | None = None
    ) -> None:
        def mark(work: Work) -> None:
            departure = Departure(at or work.now, "test", fetched_by=by, fetched_name=name)
            mark_left(work, self._unit_in(work), [self.village.child(each).id for each in children], departure)

        await self.village.desk.work(TEST, mark)

    async def stay(self, child: str) -> None:
        """It has not left after all."""

        def undo(work: Work) -> None:
            undo_last(work, self._unit_in(work), self._child_in(work, child), "test", Presence.LEFT)

        await self.village.desk.work(TEST, undo)

    async def take_back(self, child: str) -> None:
        def unmark(work: Work) -> None:
            standing = sa.select(Attendance).where(Attendance.child_id == self.village.child(child).id)
            take_marks_back(work, list(work.session.scalars(standing)))

        await self.village.desk.work(TEST, unmark)

    def _unit_in(self, work: Work) -> Unit:
        return work.session.get_one(Unit, self.unit.id)

    def _child_in(self, work: Work, name: str) -> Child:
        return work.session.get_one(Child, self.village.child(name).id)

    async def wake(self) -> list[tuple[str, str]]:
        """What leaves now: (phone, text)."""
        return await self.around.wake(self.bot)

    async def fresh_texts(self) -> list[tuple[str, str]]:
        return await self.around.fresh_texts()

    async def claim(self) -> Sequence[Claimed]:
        """What the outbox would send now."""
        return (await self.village.desk.work(TEST, claim, Room(10))).claimed

    async def say(self, guardian: str, text: str) -> list[tuple[str, str]]:
        """They write, and what leaves then."""
        await self.around.hear(self.bot, (guardian, text))
        return await self.fresh_texts()

    async def why_not(self) -> list[str | None]:
        """Of each telling, why nothing was said."""
        return await self.village.desk.look(TEST, _list_why_not)

    async def denied(self) -> list[AttendanceDenial]:
        return await self.village.desk.look(TEST, _list_denied)


def _list_why_not(look: Look) -> list[str | None]:
    return list(look.session.scalars(sa.select(AttendanceTelling.why_not).order_by(AttendanceTelling.guardian_id)))


def _list_denied(look: Look) -> list[AttendanceDenial]:
    return list(look.session.scalars(sa.select(AttendanceDenial).order_by(AttendanceDenial.id)))
