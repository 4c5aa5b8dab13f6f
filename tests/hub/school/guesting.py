"""Live, who is at home with Solveig the family day carer, and a guest in Blåbær at Lerkeveien from Monday 3 to Wednesday 5
March 2025: for tests."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import TypeVar

from hub.asker import Asker
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.guest_places import GuestWhy
from hub.people.places import Unit
from hub.safety.access import get_reach
from hub.school.day_board import OnBoard, list_board
from hub.school.guest_care import GuestWish, accept, ask_for_place
from tests.hub.post.outboxes import TEST
from tests.hub.post.spoken import as_staff
from tests.village import Village

LIVE, MOTHER = "Live Haugland", "Synne Haugland"
CARER, HEAD, TEACHER, OTHER_TEACHER = "Solveig Aas", "Astrid Vik", "Mette Strand", "Erik Johansson"
SUNDAY, MONDAY, WEDNESDAY, THURSDAY = date(2025, 3, 2), date(2025, 3, 3), date(2025, 3, 5), date(2025, 3, 6)
Done = TypeVar("Done")


@dataclass
class Guesting:
    """`home` is the carer's, `host` the preschool. The clock is the preschool's."""

    village: Village
    clock: StoppedClock
    child: str = LIVE
    home_name: str = "day-care"
    host_name: str = "preschool"

    @property
    def home(self) -> Unit:
        return self.village.unit(self.home_name)

    @property
    def host(self) -> Unit:
        return self.village.unit(self.host_name)

    @property
    def child_id(self) -> str:
        return self.village.child(self.child).id

    def at(self, day: date, hour: int, minute: int = 0) -> None:
        self.clock.jump(self.host.moment(day, time(hour, minute)))

    def asker(self, name: str) -> Asker:
        return as_staff(self.village.staff(name))

    async def by(self, name: str, verb: Callable[[Work], Done]) -> Done:
        return await self.village.desk.work(self.asker(name), verb)

    async def seen_by(self, name: str, question: Callable[[Look], Done]) -> Done:
        return await self.village.desk.look(self.asker(name), question)

    async def ask(
        self,
        who: str = CARER,
        first: date = MONDAY,
        last: date = WEDNESDAY,
        why: GuestWhy = GuestWhy.CARER_AWAY,
        host: Unit | None = None,
    ) -> str:
        wish = GuestWish((host or self.host).id, first, last, why)
        return (await self.by(who, lambda work: ask_for_place(work, self.home.id, self.child_id, wish))).id

    async def accept(self, place_id: str, who: str = HEAD, group: str = "blabaer") -> None:
        await self.by(who, lambda work: accept(work, place_id, self.village.group(group).id))

    async def arrange(self, first: date = MONDAY, last: date = WEDNESDAY) -> str:
        place_id = await self.ask(first=first, last=last)
        await self.accept(place_id)
        return place_id

    async def board(self, who: str, unit: Unit, day: date | None = None) -> dict[str, OnBoard]:
        """By the child's name, as somebody sees it."""

        def read(look: Look) -> dict[str, OnBoard]:
            found = list_board(look, get_reach(look), unit, day or unit.today(look.now))
            return {on.child.name: on for on in found}

        return await self.seen_by(who, read)

    async def do(self, verb: Callable[[Work], Done]) -> Done:
        return await self.village.desk.work(TEST, verb)
