"""kill -9 at random moments under load is normal operation: no accepted text is lost, each is answered, none is sent twice
without its mark, and the audit holds. Source: security rules S0.2, S9.3, S9.8 and S9.11.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from hub.desk import Look
from hub.post.arrivals import Arrival, ArrivalState
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Message
from hub.safety.audit import verify
from tests.faults.running_hub import RunningHub, running_hub
from tests.living_hub import OPERATOR
from tests.rehearsal.handsets import NotSent
from tests.rehearsal.manners import Manners
from tests.village import FJORDVIK

SETTLE_SECONDS = 120.0
TEXTS_A_PHONE = 15
"""Fewer than the loop guard lets be answered within ten minutes."""


@pytest.fixture
async def running(tmp_path: Path, village_store_url: str) -> AsyncIterator[RunningHub]:
    async with running_hub(tmp_path, village_store_url, Manners(answer_seconds=0.02)) as hub:
        yield hub


class Load:
    """Guardians who text without a pause, and which of their texts the hub said yes to."""

    def __init__(self, running: RunningHub, chance: random.Random, texts_a_kill: int) -> None:
        self._running = running
        self._chance = chance
        self._a_kill = texts_a_kill
        village = running.village
        self._phones = sorted({village.phone(name) for owner, name in village.guardians if owner == FJORDVIK})
        self._number = village.number("contact teacher 7A").value
        self._said = Counter[str]()
        self.accepted: set[str] = set()
        self.refused: set[str] = set()

    async def text_once(self) -> None:
        free = [phone for phone in self._phones if self._said[phone] < TEXTS_A_PHONE]
        if not free:
            return
        phone = self._running.provider.phone(self._chance.choice(free))
        self._said[phone.number] += 1
        try:
            status = await phone.text(self._number, "hjelp")
        except NotSent:
            return
        said = phone.said[-1]
        (self.accepted if status == 200 else self.refused).add(said.sid)

    async def run(self) -> None:
        for _ in range(self._a_kill):
            await self.text_once()


def list_deliveries(look: Look) -> list[Delivery]:
    return list(look.session.scalars(sa.select(Delivery)))


def list_arrivals(look: Look) -> list[Arrival]:
    return list(look.session.scalars(sa.select(Arrival)))


def count_open(look: Look) -> int:
    unread = sa.select(sa.func.count()).select_from(Arrival).where(Arrival.state == ArrivalState.NEW)
    unsent = sa.select(sa.func.count()).select_from(Delivery).where(Delivery.rank < RANK[Status.ACCEPTED])
    return (look.session.scalar(unread) or 0) + (look.session.scalar(unsent) or 0)


def list_stories(look: Look) -> dict[str, list[str]]:
    """By the message's id, the steps that brought it where it is."""
    rows = look.session.execute(sa.select(Message.id, Message.story).where(Message.author == "guardian"))
    return {id_: [step["code"] for step in story or []] for id_, story in rows}


async def settle(running: RunningHub) -> None:
    async with asyncio.timeout(SETTLE_SECONDS):
        while await running.desk.look(OPERATOR, count_open):
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=[pytest.mark.sweep])], ids=["short form", "whole"])
async def test_a_hub_killed_at_random_moments_loses_nothing_and_doubles_nothing(
    running: RunningHub, kills: int
) -> None:
    chance = random.Random(kills)
    load = Load(running, chance, texts_a_kill=max(3, min(30, 400 // kills)))
    for number in range(kills):
        await running.start()
        is_starting = number % 5 == 4
        if not is_starting:
            await running.ready()
        texting = [asyncio.create_task(load.run()) for _ in range(0 if is_starting else 2)]
        await wait(chance.uniform(0.02, 1.0))
        await running.kill()
        await asyncio.gather(*texting)
    await running.start()
    await running.ready()
    await load.run()
    await settle(running)
    await running.provider.at_rest()
    code = await running.stop()

    arrivals = {arrival.provider_id: arrival for arrival in await running.desk.look(OPERATOR, list_arrivals)}
    stories = await running.desk.look(OPERATOR, list_stories)
    deliveries = await running.desk.look(OPERATOR, list_deliveries)
    sent = Counter(
        parse_qs(urlsplit(text.status_callback).query)["m"][0]
        for text in running.provider.texts
        if text.status_callback
    )
    faults = await running.desk.look(OPERATOR, lambda look: list(verify(look, running.folder / "data/anchors.jsonl")))
    assert code == 0
    assert load.accepted
    assert load.accepted <= arrivals.keys()
    for sid in load.accepted:
        assert arrivals[sid].state == ArrivalState.FILED
        assert {"answered", "to_staff"} & set(stories[arrivals[sid].message_id or ""])
    for delivery in deliveries:
        marks = delivery.marks or []
        assert sent[delivery.id] <= 1 + marks.count("repeated"), marks
        assert delivery.status in (Status.DELIVERED, Status.SENT, Status.QUEUED, Status.PARKED, Status.FAILED), marks
    for alike in group_alike(deliveries):
        ended = [delivery for delivery in alike if delivery.status not in (Status.PARKED, Status.FAILED)]
        assert sum(sent[delivery.id] for delivery in alike) >= len(ended), [(d.status, d.marks) for d in alike]
    assert sent.keys() <= {delivery.id for delivery in deliveries}
    assert sum(delivery.status == Status.DELIVERED for delivery in deliveries) >= 0.9 * len(deliveries)
    assert faults == []


def group_alike(deliveries: Sequence[Delivery]) -> list[list[Delivery]]:
    """Those that say the same to the same phone: of two whose fate is unknown, the provider's log tells only how many went."""
    groups: dict[tuple[str, str, str], list[Delivery]] = {}
    for delivery in deliveries:
        groups.setdefault((delivery.sender, delivery.recipient, delivery.text), []).append(delivery)
    return list(groups.values())


async def wait(seconds: float) -> None:
    """The random moment of the kill."""
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), seconds)


async def test_a_hub_told_to_stop_under_load_loses_nothing(running: RunningHub) -> None:
    chance = random.Random(3)
    load = Load(running, chance, texts_a_kill=20)
    await running.start()
    await running.ready()
    texting = asyncio.create_task(load.run())
    await wait(0.3)

    code = await running.stop()
    await texting
    await running.start()
    await running.ready()
    await settle(running)
    await running.stop()

    arrivals = {arrival.provider_id: arrival for arrival in await running.desk.look(OPERATOR, list_arrivals)}
    deliveries = await running.desk.look(OPERATOR, list_deliveries)
    assert code == 0
    assert load.accepted <= arrivals.keys()
    assert {arrival.state for arrival in arrivals.values()} <= {ArrivalState.FILED}
    assert [delivery.marks for delivery in deliveries if delivery.marks] == []
