"""A reception at work in the village's store, with a listener that hears what it is told and bots that may fail."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from hub.address import SMS, Address
from hub.chosen_parts import load_bots
from hub.desk import Look, Work
from hub.doorbell import LocalDoorbell
from hub.post.arrivals import Arrival, ArrivalState, keep_arrivals
from hub.post.channel import Inbound
from hub.post.messages import Message
from hub.talk.bot import Bot, Occasion, Settled
from hub.talk.dialogue import Dialogue
from hub.talk.heard import About, Act, Heard, Intent, KnownChild, Listener, Said
from hub.talk.reception import Reception
from hub.talk.speaker import Speaker
from tests.hub.post.outboxes import TEST
from tests.patience import PATIENCE
from tests.village import Village


@dataclass(slots=True)
class PretendListener:
    """Hears an absence today of the first child in everything; is slow for texts in `slow` until `go_on` is set."""

    slow: frozenset[str] = frozenset()
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[str] = field(default_factory=list)

    async def start(self) -> None:
        """Nothing to start."""

    async def hear(self, said: Said, children: Sequence[KnownChild], asked: About | None) -> Heard:
        self.heard.append(said.text)
        if said.text in self.slow:
            await self.go_on.wait()
        return Heard("nb", False, (Act(Intent.HELP),), listener="pretend")

    async def stop(self) -> None:
        """Nothing to stop."""


class BrokenBot:
    """Fails whatever it is asked to help with."""

    name = "broken"
    intents = frozenset({Intent.HELP})
    answered_by: frozenset[Intent] = frozenset()
    facts = dict

    def gather(self, look: Look, speaker: Speaker, act: Act) -> dict[str, str]:
        raise RuntimeError("a fault of ours")

    def may_go_on(self, look: Look, speaker: Speaker, facts: dict[str, str]) -> bool:
        return True

    def dialogue(self, facts: dict[str, str]) -> Dialogue[str]:
        yield from ()
        return ""

    def settle(self, work: Work, speaker: Speaker, outcome: str, occasion: Occasion) -> Settled:
        raise RuntimeError("a fault of ours")

    def undo(self, work: Work, speaker: Speaker, memory: Mapping[str, Any], occasion: Occasion) -> Settled | None:
        return None

    def amend(self, look: Look, speaker: Speaker, memory: Mapping[str, Any], act: Act) -> None:
        return None


def broken_bots() -> dict[str, Bot]:
    """The real bots, but for one that fails."""
    return {name: bot for name, bot in load_bots().items() if name != "keywords"} | {"broken": BrokenBot()}


async def keep_text(village: Village, number: int, text: str, guardian: str, *, sender: str = "", to: str = "") -> str:
    """A guardian's text, kept and not yet answered; the id of its arrival. `number` is another one for each text."""
    inbound = Inbound(
        "twilio",
        f"key {number}",
        Address(SMS, sender or village.phone(guardian)),
        Address(SMS, to or village.number("contact teacher 7A").value),
        text,
        f"SM{number}",
    )

    def keep(work: Work) -> str:
        keep_arrivals(work, [(inbound, work.now)])
        return work.session.scalars(sa.select(Arrival.id).where(Arrival.key == inbound.key)).one()

    return await village.desk.work(TEST, keep)


@dataclass(slots=True)
class Receiving:
    """A reception and its village."""

    village: Village
    reception: Reception
    count: int = 0

    async def say(self, text: str, guardian: str = "Anne Nordmann", *, sender: str = "", to: str = "") -> str:
        """A guardian's text, kept; the id of its arrival."""
        self.count += 1
        return await keep_text(self.village, self.count, text, guardian, sender=sender, to=to)

    async def arrival(self, id_: str) -> Arrival:
        return await self.village.desk.look(TEST, lambda look: look.session.get_one(Arrival, id_))

    async def messages(self) -> list[Message]:
        return await self.village.desk.look(TEST, list_all_messages)

    async def until(self, met: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not met():
                await asyncio.sleep(0.005)

    async def until_read(self, *ids: str) -> list[Arrival]:
        async with asyncio.timeout(PATIENCE):
            while True:
                found = [await self.arrival(id_) for id_ in ids]
                if all(arrival.state != ArrivalState.NEW for arrival in found):
                    return found
                await asyncio.sleep(0.01)


def list_all_messages(look: Look) -> list[Message]:
    return list(look.session.scalars(sa.select(Message).order_by(Message.id)))


@asynccontextmanager
async def receiving_in(
    village: Village, listener: Listener | None = None, bots: Mapping[str, Bot] | None = None
) -> AsyncIterator[Receiving]:
    """Run a reception until the end of the block."""
    doorbell = village.desk.doorbell
    assert isinstance(doorbell, LocalDoorbell)
    reception = Reception(village.desk, listener or PretendListener(), load_bots() if bots is None else bots, doorbell)
    running = asyncio.create_task(reception.run())
    try:
        yield Receiving(village, reception)
    finally:
        await reception.stop(2.0)
        await running
