"""The door on the page of phones: whether its gate reads, a tag beside each family's phone, full mornings and afternoons."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hub.clock import Clock, SystemClock
from hub.door.marks import Way
from nfc_gateway.lamp import Sign

from .bulletin import Bulletin
from .chips import Chip
from .demo_phones import Link
from .door import Door, Rush
from .many_families import COUNT, NUMBER

log = logging.getLogger(__name__)
LAMP = {
    Sign.READY: (True, "● The gate reads tags"),
    Sign.KEPT: (True, "● The lamp is lit"),
    Sign.NOT_KEPT: (False, "✕ The lamp says no"),
    Sign.OUT: (False, "✕ The gate does not read"),
}
BRINGS_MORE = f"The morning brings {COUNT} more invented families to the preschool, who stay."
STARTING = (True, "○ The gate is starting")
RUSHES = {
    Way.COMING: "A morning: everybody comes, in two minutes",
    Way.LEAVING: "An afternoon: everybody is fetched, in two minutes",
}
DOES = {Way.COMING: "have come", Way.LEAVING: "have left"}
NOBODY = {
    Way.COMING: "Nobody is left to come: play the afternoon.",
    Way.LEAVING: "Nobody is here to be fetched: play the morning.",
}


@dataclass(frozen=True, slots=True)
class OfferedTag:
    """One family's tag, as the page offers it, with what came of its last touch."""

    serial: str
    whose: str
    is_proving: bool
    said: str


class DoorForm:
    """`count_texts` is how many texts the provider has taken, `add_number` tells it of one more number of the unit's."""

    def __init__(
        self,
        door: Door,
        bulletin: Bulletin,
        count_texts: Callable[[], int],
        add_number: Callable[[str], None],
        links: tuple[Link, ...] = (),
        clock: Clock | None = None,
    ) -> None:
        self.links = links
        self.rushes = RUSHES
        self.gate = STARTING
        self.rush = "" if len(door.chips) > COUNT else BRINGS_MORE
        self._door = door
        self._bulletin = bulletin
        self._count_texts = count_texts
        self._add_number = add_number
        self._clock = clock or SystemClock()
        self._said: dict[str, str] = {}
        self._rushing: asyncio.Task[None] | None = None
        door.gate.tell = self._show

    @property
    def name(self) -> str:
        return self._door.unit.name

    @property
    def is_rushing(self) -> bool:
        return self._rushing is not None and not self._rushing.done()

    async def open(self, code: str | None) -> None:
        """Pair the gate where it is not paired, and let it read."""
        if not await self._door.open(code):
            self._show(Sign.OUT)

    def tags_of(self, phone: str) -> list[OfferedTag]:
        """What is carried beside the phone of this number."""
        return [self._tag(chip) for chip in self._door.chips.values() if chip.phone == phone]

    def _tag(self, chip: Chip) -> OfferedTag:
        said = self._said.get(chip.serial, "")
        return OfferedTag(chip.serial, chip.whose, chip.proving is not None, said)

    async def touch(self, serial: str) -> bool:
        """Hold a tag to the gate; False where there is no such tag."""
        chip = self._door.chips.get(serial)
        if chip is None:
            return False
        self._say(chip, "Held to the gate…")
        sign = await self._door.gate.touch(chip)
        self._say(chip, self._told(sign))
        return True

    def _told(self, sign: Sign) -> str:
        if sign is Sign.KEPT:
            clock = self._clock.now().astimezone(ZoneInfo(self._door.unit.zone))
            return f"● The lamp lit at {clock:%H:%M:%S}. Staff confirm it on the door’s page."
        if sign is Sign.NOT_KEPT:
            return "✕ The lamp said no: this touch does not count."
        return "✕ No gate read it."

    def _say(self, chip: Chip, words: str) -> None:
        self._said[chip.serial] = words
        self._bulletin.tell("touch", serial=chip.serial, words=words)

    def begin(self, way: str) -> None:
        """Play a morning ("coming") or an afternoon ("leaving"); where one is played already nothing changes."""
        if not self.is_rushing:
            self._rushing = asyncio.create_task(self._play(Way(way)))
            self._rushing.add_done_callback(self._rest)

    def _rest(self, rushing: asyncio.Task[None]) -> None:
        """Whatever it ended by, the page says so."""
        if rushing.cancelled():
            self._tell(f"{self.rush} Broken off.")
            return
        if (error := rushing.exception()) is not None:
            log.error("the door of the rehearsal broke off", exc_info=error)
            self._tell(f"{self.rush} It broke off by a fault, which the terminal tells.")
            return
        self._tell(self.rush)

    async def end(self) -> None:
        """Break off what is played, after the touch in hand."""
        if self._rushing is not None and not self._rushing.done():
            self._rushing.cancel()
            await asyncio.wait([self._rushing])

    async def _play(self, way: Way) -> None:
        texts = self._count_texts()

        def tell(rush: Rush) -> None:
            sent = self._count_texts() - texts
            self._tell(f"{rush.done} of {rush.of} {DOES[way]}. Texts to guardians: {sent}.")

        if way is Way.COMING:
            self._tell("Filling the preschool…")
            await self._door.fill()
            self._add_number(NUMBER)
        rush = await self._door.rush(way, tell)
        if not rush.of:
            self._tell(NOBODY[way])

    def _tell(self, words: str) -> None:
        self.rush = words
        self._bulletin.tell("door", **self.shown())

    def _show(self, sign: Sign) -> None:
        self.gate = LAMP[sign]
        self._bulletin.tell("door", **self.shown())

    def shown(self) -> dict[str, object]:
        """What an open page is told."""
        return {"well": self.gate[0], "gate": self.gate[1], "rush": self.rush, "rushing": self.is_rushing}
