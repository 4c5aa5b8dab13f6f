"""A school that sends broadcasts: for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.config import CapSettings
from hub.desk import Look, Work
from hub.post.broadcast_progress import Progress, read_progress
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import (
    Broadcast,
    Place,
    Scope,
    Written,
    keep_broadcast,
)
from hub.post.channel import Receipt, Report
from hub.post.claims import claim
from hub.post.deliveries import Delivery
from hub.post.due import Room
from hub.post.outcomes import Handed, settle
from hub.post.prices import Prices
from hub.post.reports import keep_reports
from hub.talk.broadcast_writing import Composed, compose
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

TEACHER, LEADER, ADMINISTRATOR, OFFICE, ASSISTANT = (
    "Kari Lunde",
    "Ingrid Solberg",
    "Tora Myklebust",
    "Per Haugen",
    "Sindre Moen",
)
SKI = Written({"nb": "Torsdag går {child} og resten av {group} på ski."}, "nb")
PRICES = Prices({"NO": Decimal("0.50")})
CAPS = CapSettings(prices=dict(PRICES.by_country))
TEN = timedelta(hours=3)


@dataclass
class School:
    """The village, and what is sent to many there."""

    village: Village
    clock: StoppedClock

    def place(self, work: Look, groups: Sequence[str] = ("7A",), scope: Scope = Scope.GROUPS) -> Place:
        ids = [self.village.group(name).id for name in groups]
        return get_place(work, scope, self.village.unit("school").id, ids if scope is Scope.GROUPS else ())

    async def send(
        self, written: Written = SKI, who: str = TEACHER, groups: Sequence[str] = ("7A",), scope: Scope = Scope.GROUPS
    ) -> str:
        def keep(work: Work) -> str:
            return keep_broadcast(work, self.place(work, groups, scope), written, work.now).id

        return await self.village.desk.work(as_staff(self.village.staff(who)), keep)

    async def wake(self) -> int:
        """What the routine does once; how much was due."""
        bot, desk = BroadcastBot(), self.village.desk
        due = await desk.look(TEST, bot.list_due)
        if due:
            await desk.work(TEST, bot.prompt_due, due)
        return len(due)

    async def prepare(self) -> int:
        """The same until a hold has nothing left to prepare; in how many works that was."""
        works = 0
        while await self.wake():
            works += 1
        return works

    async def texts(self) -> list[tuple[str, str]]:
        """Phone and text of everything that was posted, in order."""

        def ask(look: Look) -> list[tuple[str, str]]:
            return [(d.recipient, d.text) for d in look.session.scalars(sa.select(Delivery).order_by(Delivery.id))]

        return await self.village.desk.look(TEST, ask)

    async def deliver(self) -> int:
        """The provider takes what is due, and tells that it arrived; how many that was."""
        arrived = 0
        while True:
            found = await self.village.desk.work(TEST, claim, Room(200, caps=CAPS))
            ids = [one.envelope.delivery_id for one in found.claimed]
            if not ids:
                return arrived
            handed = [Handed(id_, Receipt(f"SM{id_}", "sent", 2)) for id_ in ids]
            await self.village.desk.work(TEST, settle, handed)
            self.clock.move(timedelta(seconds=5))
            told = [Report("twilio", f"{id_}:delivered", f"SM{id_}", "delivered", id_) for id_ in ids]
            await self.village.desk.work(TEST, keep_reports, told)
            arrived += len(ids)

    async def progress(self, id_: str, who: str = TEACHER) -> Progress:
        return await self.village.desk.look(
            as_staff(self.village.staff(who)), lambda look: read_progress(look, look.session.get_one(Broadcast, id_))
        )

    async def state(self, id_: str) -> str:
        return await self.village.desk.look(TEST, lambda look: look.session.get_one(Broadcast, id_).state)

    async def compose(self, written: Written = SKI, who: str = TEACHER, groups: Sequence[str] = ("7A",)) -> Composed:
        return await self.village.desk.look(
            as_staff(self.village.staff(who)), lambda look: compose(look, self.place(look, groups), written, PRICES)
        )
