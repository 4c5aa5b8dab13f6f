"""A school at which an alarm is raised, told, claimed, answered and ended without a page."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.desk import Look, Work
from hub.post.alarms import Alarm, AlarmKind, end_alarm, raise_alarm
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Place, Reply, Scope, Written, keep_broadcast
from hub.post.claims import claim
from hub.post.deliveries import Delivery
from hub.post.due import Room
from hub.post.messages import Lane
from hub.talk.bot import share_out
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

LEADER, OFFICE = "Ingrid Solberg", "Per Haugen"
FIRE = Written(
    {"nb": "Brann i gymsalen. Alle barna er ute på plassen.", "en": "Fire in the gym. All children are outside."}, "nb"
)


@dataclass
class School:
    village: Village

    def place(self, look: Look, groups: Sequence[str] = ()) -> Place:
        ids = [self.village.group(name).id for name in groups]
        return get_place(look, Scope.GROUPS if groups else Scope.UNIT, self.village.unit("school").id, ids)

    async def sound(
        self,
        kind: AlarmKind = AlarmKind.EMERGENCY,
        *,
        is_drill: bool = False,
        groups: Sequence[str] = (),
        seen: Sequence[str] = (),
    ) -> Alarm:
        def begin(work: Work) -> Alarm:
            return raise_alarm(work, self.place(work, groups), FIRE, kind, is_drill=is_drill, seen=seen)

        return await self.village.desk.work(as_staff(self.village.staff(LEADER)), begin)

    async def send_bulk(self, text: str = "Husk matpakke.") -> str:
        def keep(work: Work) -> str:
            return keep_broadcast(work, self.place(work), Written({"nb": text}, "nb", Reply.WORDS), work.now).id

        return await self.village.desk.work(as_staff(self.village.staff(OFFICE)), keep)

    async def wake(self, times: int = 100) -> None:
        bot, desk = BroadcastBot(), self.village.desk
        while times and (due := await desk.look(TEST, bot.list_due)):
            for part in share_out(bot, due):
                await desk.work_in_round(TEST, bot.prompt_due, part)
            times -= 1

    async def deliveries(self) -> list[Delivery]:
        return await self.village.desk.look(
            TEST, lambda look: list(look.session.scalars(sa.select(Delivery).order_by(Delivery.id)))
        )

    async def claim(self) -> list[str]:
        """The lanes of what is claimed next."""
        found = await self.village.desk.work(TEST, claim, Room(200))
        ids = [one.envelope.delivery_id for one in found.claimed]
        lanes = {d.id: Lane(d.lane).name for d in await self.deliveries()}
        return [lanes[id_] for id_ in ids]

    async def end(self, alarm: Alarm, text: str = "Alle er inne igjen.") -> Alarm:
        def end(work: Work) -> Alarm:
            return end_alarm(work, work.session.get_one(Alarm, alarm.id), Written({"nb": text}, "nb"))

        return await self.village.desk.work(as_staff(self.village.staff(LEADER)), end)
