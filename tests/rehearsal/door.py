"""The door of the rehearsal's preschool: its gate, the tags that its families carry, and full mornings and afternoons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub.asker import Asker, operator_asker
from hub.config import Settings
from hub.desk import Desk, Look
from hub.door.marks import Way
from hub.people.places import Unit
from hub.safety.access import get_reach, get_unit
from hub.school.day_board import Presence, list_board
from hub.seal import Seal
from nfc_gateway.lamp import Sign
from tests.hub.post.spoken import as_staff
from tests.patience import PATIENCE
from tests.village import Village

from .chips import Chip
from .door_staff import DoorStaff, at_the_door
from .handing_out import draw_keys, hand_out_tags, offer_gate, wish_for_some
from .many_families import load_many
from .wall_gate import WallGate

REHEARSE = operator_asker("rehearse")
LEADER, ADMINISTRATOR, UNIT = "Astrid Vik", "Tora Myklebust", "preschool"
RUSH_SECONDS = 120.0
POLL_SECONDS = 0.05
FITS = {
    Way.COMING: frozenset({Presence.NOT_HEARD, Presence.LATE, Presence.LEFT}),
    Way.LEAVING: frozenset({Presence.HERE}),
}


@dataclass(slots=True)
class Rush:
    """How far a morning or an afternoon has come, in children."""

    way: Way
    of: int
    done: int = 0


@dataclass(slots=True)
class Door:
    """`desk` is the store's, beside the hub; `chips` are by their serials."""

    desk: Desk
    settings: Settings
    village: Village
    gate: WallGate
    chips: Mapping[str, Chip] = field(default_factory=dict)

    @property
    def unit(self) -> Unit:
        return self.village.unit(UNIT)

    async def prepare(self) -> str | None:
        """Tags are out and wishes are told; the code to pair the gate by, where it is not paired."""
        await self.desk.work(as_staff(self.village.staff(ADMINISTRATOR)), draw_keys, self._seal)
        await self._hand_out()
        reader_id = self.gate.find_reader(self.settings.public.url)
        return await self.desk.work(self._leader, offer_gate, self.unit.id, reader_id)

    async def open(self, code: str | None) -> bool:
        """Pair the gate by this code, where there is one, and start it; False where the hub did not take the code."""
        if code is not None and not await self.gate.pair(self.settings.public.url, code):
            return False
        await self.gate.start()
        return True

    async def fill(self) -> None:
        """Every family of the full preschool has come by the register, and has its tag."""
        await self.desk.work(REHEARSE, load_many)
        await self._hand_out()

    async def rush(self, way: Way, tell: Callable[[Rush], None], seconds: float = RUSH_SECONDS) -> Rush:
        """Let every child come, or be fetched, that may, within about so many seconds: each by its tag, confirmed by staff."""
        families = await self._list_families(way)
        rush = Rush(way, sum(len(ids) for _, ids in families))
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with at_the_door(
            self.desk, self.village.staff(LEADER), self.unit.id, self.settings.staff.url
        ) as employee:
            for at, (chip, ids) in enumerate(families, 1):
                tell(rush)
                if await self.gate.touch(chip) is Sign.KEPT and await _confirm(employee, ids):
                    rush.done += len(ids)
                await asyncio.sleep(max(0.0, began + at * seconds / len(families) - loop.time()))
        tell(rush)
        return rush

    async def _list_families(self, way: Way) -> list[tuple[Chip, frozenset[str]]]:
        """One tag for each child that may come or go now, with the children of it for whom that is so."""
        board = await self.desk.look(self._leader, _list_presence, self.unit.id)
        left = {child_id for child_id, presence in board.items() if presence in FITS[way]}
        families = []
        for chip in self.chips.values():
            ids = left.intersection(chip.child_ids)
            if ids and all(board[child_id] in FITS[way] for child_id in chip.child_ids):
                families.append((chip, frozenset(ids)))
                left -= ids
        return families

    async def _hand_out(self) -> None:
        chips = await self.desk.work(self._leader, hand_out_tags, self.unit.id, self._seal)
        for chip in chips:
            if (known := self.chips.get(chip.serial)) is not None:
                chip.counter = max(chip.counter, known.counter)
        self.chips = {chip.serial: chip for chip in chips}
        await self.desk.work(REHEARSE, wish_for_some, [chip.guardian_id for chip in chips])

    @property
    def _leader(self) -> Asker:
        return as_staff(self.village.staff(LEADER))

    @property
    def _seal(self) -> Seal:
        return Seal(self.settings.hub.keys)


def _list_presence(look: Look, unit_id: str) -> dict[str, Presence]:
    """How the day stands for each child of the unit."""
    reach = get_reach(look)
    unit = get_unit(look, reach, unit_id)
    return {on.child.id: on.presence for on in list_board(look, reach, unit, unit.today(look.now))}


async def _confirm(employee: DoorStaff, child_ids: frozenset[str]) -> bool:
    """Wait for the touch of these children on the page of the door, and confirm it; False where none comes or it is refused."""
    until = asyncio.get_running_loop().time() + PATIENCE
    while asyncio.get_running_loop().time() < until:
        for waiting in await employee.waiting():
            if child_ids.issuperset(waiting.child_ids):
                return await employee.confirm(waiting)
        await asyncio.sleep(POLL_SECONDS)
    return False
