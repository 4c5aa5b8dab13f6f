"""A morning on which some children of the village do not come: the bot is woken by hand, and families write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time

from bots.whereabouts import WhereaboutsBot
from hub.clock import StoppedClock
from hub.desk import Work
from hub.people.families import Child
from hub.people.places import Unit
from hub.school.attendance import mark_here
from hub.school.day_board import list_whole_board
from hub.school.facts import list_facts
from hub.school.ladders import LadderTimes, set_times
from tests.hub.post.outboxes import TEST
from tests.hub.talk.around_bot import AroundBot
from tests.village import FJORDVIK, Village

MONDAY = date(2025, 3, 3)
NINE = LadderTimes(is_on=True, asks_at=time(9, 0))


@dataclass
class LadderDay:
    """Monday 3 March 2025 at Fjordvik's school, where families are asked at nine. `missing` children are not marked."""

    village: Village
    clock: StoppedClock
    bot: WhereaboutsBot = field(default_factory=WhereaboutsBot)
    unit_name: str = "school"
    owner: str = FJORDVIK
    around: AroundBot = field(init=False)

    def __post_init__(self) -> None:
        self.around = AroundBot(self.village)

    @property
    def unit(self) -> Unit:
        return self.village.unit(self.unit_name, self.owner)

    async def begin(self, *missing: str, times: LadderTimes | None = NINE, on: date = MONDAY) -> None:
        """Everybody but these children comes at eight."""
        self.at(8, 0, on)
        if times is not None:
            await self.village.desk.work(TEST, set_times, self.unit, times, "test")
        await self.village.desk.work(TEST, self._mark_but, missing)

    def _mark_but(self, work: Work, missing: Sequence[str]) -> None:
        unit = work.session.get_one(Unit, self.unit.id)
        board = {on.child.id: on.child for on in list_whole_board(work, unit, unit.today(work.now))}
        mark_here(work, unit, [child for child in board.values() if child.name not in missing], "test")

    def at(self, hour: int, minute: int, day: date = MONDAY) -> None:
        self.clock.jump(self.unit.moment(day, time(hour, minute)))

    async def wake(self, hour: int, minute: int, day: date = MONDAY) -> list[tuple[str, str]]:
        """What leaves at this time: (phone, text)."""
        self.at(hour, minute, day)
        return await self.wake_now()

    async def wake_now(self, bot: WhereaboutsBot | None = None) -> list[tuple[str, str]]:
        return await self.around.wake(bot or self.bot)

    async def fresh_texts(self) -> list[tuple[str, str]]:
        return await self.around.fresh_texts()

    async def say(self, guardian: str, *texts: str) -> list[tuple[str, str]]:
        """They write, and what leaves then. Several texts are there before any is answered."""
        await self.hear(*((guardian, text) for text in texts))
        return await self.fresh_texts()

    async def hear(self, *said: tuple[str, str]) -> None:
        await self.around.hear(self.bot, *said)

    async def mark(self, child: str) -> None:
        def here(work: Work) -> None:
            kept = work.session.get_one(Child, self.village.child(child, self.owner).id)
            mark_here(work, work.session.get_one(Unit, self.unit.id), [kept], "test")

        await self.village.desk.work(TEST, here)

    async def facts(self) -> list[str]:
        return await self.village.desk.look(TEST, list_facts)

    def phone(self, guardian: str) -> str:
        return self.village.phone(guardian, self.owner)
