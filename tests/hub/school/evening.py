"""An afternoon at Fjordvik's preschool, which closes at 16.45: all but some have gone home, and the bot is woken by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time

from bots.not_fetched import NotFetchedBot
from hub.asker import Trust
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.attendance import Departure, mark_here, mark_left, tell_fetcher
from hub.school.care_bookings import Teller, book
from hub.school.care_decisions import Per, Shift, decide_hours
from hub.school.care_hours import read_hours
from hub.school.care_rules import get_rules
from hub.school.day_board import list_whole_board
from hub.school.facts import list_facts
from hub.school.fetch_ladders import FetchTimes, set_fetch_times
from tests.hub.post.outboxes import TEST
from tests.hub.talk.around_bot import AroundBot
from tests.village import Village

MONDAY = date(2025, 3, 3)


@dataclass
class Evening:
    """Families are asked a quarter of an hour after the time, and staff a quarter of an hour after each text."""

    village: Village
    clock: StoppedClock
    bot: NotFetchedBot = field(default_factory=NotFetchedBot)
    unit_name: str = "preschool"
    around: AroundBot = field(init=False)

    def __post_init__(self) -> None:
        self.around = AroundBot(self.village)

    @property
    def unit(self) -> Unit:
        return self.village.unit(self.unit_name)

    async def begin(self, *still: str, on: date = MONDAY, times: FetchTimes | None = None) -> None:
        """All come at eight, and all but these go home at three."""
        self.at(8, 0, on)
        await self.switch(times or FetchTimes(is_on=True))
        await self.village.desk.work(TEST, self._come)
        self.at(15, 0, on)
        await self.village.desk.work(TEST, self._leave_but, still)

    async def switch(self, times: FetchTimes) -> None:
        await self.village.desk.work(TEST, set_fetch_times, self.unit, times, "test")

    async def come(self, child: str) -> None:
        def here(work: Work) -> None:
            kept = work.session.get_one(Child, self.village.child(child).id)
            mark_here(work, work.session.get_one(Unit, self.unit.id), [kept], "test")

        await self.village.desk.work(TEST, here)

    def _come(self, work: Work) -> None:
        unit = work.session.get_one(Unit, self.unit.id)
        mark_here(work, unit, [on.child for on in list_whole_board(work, unit, unit.today(work.now))], "test")

    def _leave_but(self, work: Work, still: Sequence[str]) -> None:
        unit = work.session.get_one(Unit, self.unit.id)
        board = list_whole_board(work, unit, unit.today(work.now))
        mark_left(work, unit, [on.child.id for on in board if on.child.name not in still], Departure(work.now, "test"))

    async def book(self, child: str, *hours: tuple[date, str]) -> None:
        def told(work: Work) -> None:
            unit = work.session.get_one(Unit, self.unit.id)
            kept = work.session.get_one(Child, self.village.child(child).id)
            wished = {day: read_hours(text) for day, text in hours}
            book(work, unit, kept, wished, Teller("leader", "staff", Trust.STRONG), get_rules(work, unit))

        await self.village.desk.work(TEST, told)

    async def works_shifts(self, child: str) -> None:
        def decided(work: Work) -> None:
            unit = work.session.get_one(Unit, self.unit.id)
            kept = work.session.get_one(Child, self.village.child(child).id)
            day = date(2025, 1, 1)
            decide_hours(work, unit, kept, 40, Per.WEEK, from_day=day, by="leader", shift=Shift.FULL)

        await self.village.desk.work(TEST, decided)

    async def leave(self, child: str) -> None:
        def left(work: Work) -> None:
            unit = work.session.get_one(Unit, self.unit.id)
            mark_left(work, unit, [self.village.child(child).id], Departure(work.now, "test"))

        await self.village.desk.work(TEST, left)

    async def left_with(self, child: str, name: str) -> None:
        def told(work: Work) -> None:
            kept = work.session.get_one(Child, self.village.child(child).id)
            tell_fetcher(work, work.session.get_one(Unit, self.unit.id), kept, None, name)

        await self.village.desk.work(TEST, told)

    def at(self, hour: int, minute: int, day: date = MONDAY) -> None:
        self.clock.jump(self.unit.moment(day, time(hour, minute)))

    async def wake(self, hour: int, minute: int, day: date = MONDAY) -> list[tuple[str, str]]:
        """What leaves at this time: (phone, text)."""
        self.at(hour, minute, day)
        return await self.around.wake(self.bot)

    async def say(self, guardian: str, text: str) -> list[tuple[str, str]]:
        """They write, and what leaves then."""
        to = self.village.number("teacher blabaer").value
        await self.around.hear(self.bot, (guardian, text), to=to)
        return await self.around.fresh_texts()

    async def still(self) -> list[str]:
        """Who is still here after the time, as facts."""

        def ask(look: Look) -> list[str]:
            return [line for line in list_facts(look) if line.startswith("still here")]

        return await self.village.desk.look(TEST, ask)

    def phone(self, guardian: str) -> str:
        return self.village.phone(guardian)
