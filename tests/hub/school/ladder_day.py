"""A morning on which some children of the village do not come: the bot is woken by hand, and families write."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time

import sqlalchemy as sa

from bots.whereabouts import WhereaboutsBot
from hub.chosen_parts import load_bots
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.people.families import Child
from hub.people.places import Unit
from hub.post.channel import Receipt
from hub.post.deliveries import RANK, Delivery, Status, take_receipt
from hub.school.attendance import mark_here
from hub.school.day_board import list_whole_board
from hub.school.facts import list_facts
from hub.school.ladders import LadderTimes, set_times
from hub.talk.reception import Reception
from tests.hub.post.outboxes import TEST
from tests.hub.talk.receptions import keep_text
from tests.transcript import the_ear
from tests.village import FJORDVIK, Village

MONDAY = date(2025, 3, 3)
NINE = LadderTimes(is_on=True, asks_at=time(9, 0))


@dataclass
class LadderDay:
    """Monday 3 March 2025 at Fjordvik's school, where families are asked at nine. `missing` children are not marked.

    `sends`: the provider takes what is posted, once it was seen here."""

    village: Village
    clock: StoppedClock
    bot: WhereaboutsBot = field(default_factory=WhereaboutsBot)
    unit_name: str = "school"
    owner: str = FJORDVIK
    sends: bool = True
    _texts: int = 0
    _seen: set[str] = field(default_factory=set)

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
        bot = bot or self.bot
        if due := await self.village.desk.look(TEST, bot.list_due):
            await self.village.desk.work(TEST, bot.prompt_due, due)
        return await self.fresh_texts()

    async def fresh_texts(self) -> list[tuple[str, str]]:
        found = await self.village.desk.look(TEST, list_texts)
        fresh = [(phone, text) for id_, phone, text in found if id_ not in self._seen]
        self._seen |= {id_ for id_, _, _ in found}
        if self.sends:
            await self.village.desk.work(TEST, send_all)
        return fresh

    async def say(self, guardian: str, *texts: str) -> list[tuple[str, str]]:
        """They write, and what leaves then. Several texts are there before any is answered."""
        await self.hear(*((guardian, text) for text in texts))
        return await self.fresh_texts()

    async def hear(self, *said: tuple[str, str]) -> None:
        for guardian, text in said:
            self._texts += 1
            await keep_text(self.village, self._texts, text, guardian)
        bots = {**load_bots(), self.bot.name: self.bot}
        await Reception(self.village.desk, the_ear(), bots, LocalDoorbell()).answer_waiting()

    async def mark(self, child: str) -> None:
        def here(work: Work) -> None:
            kept = work.session.get_one(Child, self.village.child(child, self.owner).id)
            mark_here(work, work.session.get_one(Unit, self.unit.id), [kept], "test")

        await self.village.desk.work(TEST, here)

    async def facts(self) -> list[str]:
        return await self.village.desk.look(TEST, list_facts)

    def phone(self, guardian: str) -> str:
        return self.village.phone(guardian, self.owner)


def send_all(work: Work) -> None:
    """The provider takes everything that waits."""
    for delivery in work.session.scalars(sa.select(Delivery).where(Delivery.rank < RANK[Status.ACCEPTED])):
        take_receipt(work, delivery, Receipt(f"test:{delivery.id}"))


def list_texts(look: Look) -> list[tuple[str, str, str]]:
    """All that went to families, as (id, phone, text)."""
    rows = look.session.execute(sa.select(Delivery.id, Delivery.recipient, Delivery.text).order_by(Delivery.id))
    return [(id_, phone, text) for id_, phone, text in rows]
