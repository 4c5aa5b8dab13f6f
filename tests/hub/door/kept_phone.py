"""A phone at the door that had no network, what it wrote down, and what became of it: for tests."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from hub.desk import Look, Work
from hub.door.looking import Shown, list_to_look_at, stands_as
from hub.door.marks import Clash
from hub.door.merging import Fate, Sent, Taken, take_queue
from hub.door.phones import pair_phone
from hub.door.taps import Tap
from hub.safety.access import get_reach
from hub.school.day_board import find_on_whole_board
from hub.seal import Seal
from tests.hub.door.at_door import TEACHER
from tests.hub.door.devices import SERIAL
from tests.hub.door.phone_keys import PhoneKey, entry
from tests.hub.door.proving_tags import SEAL
from tests.hub.post.spoken import TEST, as_staff
from tests.village import Village


@dataclass
class Kept:
    """A phone without a network: what it wrote down."""

    village: Village
    who: str
    reader_id: str
    key: PhoneKey = field(default_factory=PhoneKey)
    texts: list[str] = field(default_factory=list)

    def touch(self, at: datetime, serial: str = SERIAL, told: str | None = None) -> None:
        self.texts.append(entry(self.reader_id, len(self.texts) + 1, at, kind="touch", serial=serial, told=told))

    def tick(self, name: str, way: str, at: datetime, stood: str = "not_heard") -> None:
        child = self.village.child(name).id
        self.texts.append(
            entry(self.reader_id, len(self.texts) + 1, at, kind="tick", child=child, way=way, stood=stood)
        )

    async def send(self, who: str | None = None, clock_off: timedelta = timedelta(0), seal: Seal = SEAL) -> list[Taken]:
        def take(work: Work) -> list[Taken]:
            signatures = [self.key.sign(text) for text in self.texts]
            sent = Sent(self.reader_id, self.texts, signatures, work.now + clock_off)
            return take_queue(work, get_reach(work), self.village.unit("preschool"), sent, seal)

        return await self.village.desk.work(as_staff(self.village.staff(who or self.who)), take)


async def phone_of(village: Village, who: str = TEACHER) -> Kept:
    key = PhoneKey()

    def pair(work: Work) -> str:
        unit = village.unit("preschool")
        return pair_phone(work, get_reach(work), unit, "s" * 26, who, key.public)[0].id

    return Kept(village, who, await village.desk.work(as_staff(village.staff(who)), pair), key)


async def waiting(village: Village) -> list[tuple[str, Clash]]:
    """Who waits for a person, and why."""

    def read(look: Look) -> list[tuple[str, Clash]]:
        names = {child.id: child.name for child in village.children.values()}
        found = list_to_look_at(look, village.unit("preschool"), list(names))
        return [(names[one.child_id], one.clash) for one in found]

    return await village.desk.look(TEST, read)


async def shown_of(village: Village, name: str) -> Shown:
    """The marks that wait for a person by now, and how the child stands, as its page shows them."""

    def read(look: Look) -> Shown:
        unit, child_id = village.unit("preschool"), village.child(name).id
        found = list_to_look_at(look, unit, [child_id])
        on = find_on_whole_board(look, unit, child_id, unit.today(look.now))
        assert on is not None
        return Shown([id_ for one in found for id_ in one.open_ids], stands_as(on))

    return await village.desk.look(TEST, read)


async def taps(village: Village) -> list[Tap]:
    return await village.desk.look(TEST, lambda look: list(look.session.scalars(sa.select(Tap).order_by(Tap.number))))


def fates(taken: list[Taken]) -> list[Fate]:
    return [one.fate for one in taken]
