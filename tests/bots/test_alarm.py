"""An alarm from its raising to the last answer: ahead of everything, spread over the numbers, counted, and ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bots.broadcast import BroadcastBot
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.alarms import (
    Alarm,
    AlarmKind,
    raise_alarm,
)
from hub.post.broadcast_rights import get_place
from hub.post.broadcasts import Reply, Scope, Written, keep_broadcast
from hub.post.deliveries import Delivery
from hub.post.messages import Lane
from hub.talk.bot import share_out
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village

LEADER, TEACHER, OFFICE = "Ingrid Solberg", "Kari Lunde", "Per Haugen"
FIRE = Written(
    {"nb": "Brann i gymsalen. Alle barna er ute på plassen.", "en": "Fire in the gym. All children are outside."}, "nb"
)
NIGHT = timedelta(hours=15)


@pytest.fixture(autouse=True)
def at_ten(clock: StoppedClock) -> None:
    clock.move(timedelta(hours=3))


@dataclass
class School:
    village: Village

    def place(self, look: Look, scope: Scope = Scope.UNIT, groups: Sequence[str] = ()) -> object:
        ids = [self.village.group(name).id for name in groups]
        return get_place(look, scope, self.village.unit("school").id, ids)

    async def sound(
        self,
        written: Written = FIRE,
        kind: AlarmKind = AlarmKind.EMERGENCY,
        *,
        who: str = LEADER,
        is_drill: bool = False,
        groups: Sequence[str] = (),
        seen: Sequence[str] = (),
    ) -> Alarm:
        def begin(work: Work) -> Alarm:
            place = self.place(work, Scope.GROUPS if groups else Scope.UNIT, groups)
            return raise_alarm(work, place, written, kind, is_drill=is_drill, seen=seen)  # type: ignore[arg-type]

        return await self.village.desk.work(as_staff(self.village.staff(who)), begin)

    async def send_bulk(self, text: str = "Husk matpakke.") -> str:
        def keep(work: Work) -> str:
            return keep_broadcast(work, self.place(work), Written({"nb": text}, "nb", Reply.WORDS), work.now).id  # type: ignore[arg-type]

        return await self.village.desk.work(as_staff(self.village.staff(OFFICE)), keep)

    async def wake(self) -> None:
        bot, desk = BroadcastBot(), self.village.desk
        while due := await desk.look(TEST, bot.list_due):
            for part in share_out(bot, due):
                await desk.work_in_round(TEST, bot.prompt_due, part)

    async def deliveries(self) -> list[Delivery]:
        return await self.village.desk.look(
            TEST, lambda look: list(look.session.scalars(sa.select(Delivery).order_by(Delivery.id)))
        )


@pytest.fixture
def school(village: Village) -> School:
    return School(village)


async def test_an_emergency_leaves_at_once_and_asks_each_family_in_their_language_who_is_safe(school: School) -> None:
    await school.sound()

    await school.wake()

    sent = await school.deliveries()
    assert sent
    assert {d.lane for d in sent} == {Lane.EMERGENCY}
    texts = {d.text for d in sent}
    assert any(t.startswith("NØD ") and t.endswith("Svar 1 jeg er trygg eller 2 jeg trenger hjelp.") for t in texts)
