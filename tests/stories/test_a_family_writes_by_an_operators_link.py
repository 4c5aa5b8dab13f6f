"""A guardian's text comes by SMPP, is kept, answered and delivered, with an SMSC in a process of its own at the other end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.numbers import VirtualNumber
from hub.post.deliveries import Delivery, Status
from hub.post.messages import list_book
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.patience import PATIENCE
from tests.ports import hold_port
from tests.rehearsal.operator import Operator, an_operator

THROTTLED = 0x58
SEAT = "contact teacher 4B"


def smpp_settings(port: int) -> dict[str, object]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "system_id": "skolen",
        "password": "hemmelig",
        "tls": False,
        "reconnect_seconds": 0.05,
    }


@dataclass
class Living:
    hub: LivingHub
    operator: Operator

    @property
    def seat(self) -> str:
        return self.hub.village.number(SEAT).value

    @property
    def phone(self) -> str:
        return self.hub.village.phone("Lene Berg")

    async def until_delivered(self, count: int = 1) -> list[Delivery]:
        def read(look: Look) -> list[Delivery]:
            return list(look.session.scalars(sa.select(Delivery).order_by(Delivery.id)))

        async with asyncio.timeout(PATIENCE):
            while True:
                found = await self.hub.hub.desk.look(OPERATOR, read)
                if sum(delivery.status == Status.DELIVERED for delivery in found) >= count:
                    return found
                await asyncio.sleep(0.02)


def put_on_the_road(work: Work, value: str) -> None:
    work.session.execute(sa.update(VirtualNumber).where(VirtualNumber.value == value).values(channel="smpp"))


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[Living]:
    port = hold_port()
    roads = {"smpp": smpp_settings(port)}
    async with an_operator(port) as operator, living_hub(tmp_path, village_store_url, clock, roads=roads) as hub:
        await operator.next("bound")
        made = Living(hub, operator)
        await hub.hub.desk.work(OPERATOR, put_on_the_road, made.seat)
        yield made


@pytest.mark.parametrize("receipts", ["after", "before", "twice"])
async def test_a_child_is_ill_by_smpp_and_the_answer_is_delivered(living: Living, receipts: str) -> None:
    living.operator.order(receipts=receipts)

    told = await living.operator.text(living.phone, living.seat, "Jakob er syk i dag")
    answer = await living.operator.next_text()
    found = await living.until_delivered()

    def read(look: Look) -> list[str]:
        return [message.text for message in list_book(look, living.hub.village.child("Jakob Berg").id)]

    assert told == 0
    assert answer.startswith("Notert: Jakob er syk i dag")
    assert any(text == "Jakob er syk i dag" for text in await living.hub.hub.desk.look(OPERATOR, read))
    (delivery,) = [each for each in found if each.recipient == living.phone]
    assert (delivery.status, delivery.channel, delivery.marks) == (Status.DELIVERED, "smpp", None)


async def test_parts_are_read_as_one_text_in_any_order(living: Living) -> None:
    await living.operator.text(living.phone, living.seat, " syk i dag", udh="050003110202")
    await living.operator.text(living.phone, living.seat, "Jakob er", udh="050003110201")

    assert (await living.operator.next_text()).startswith("Notert: Jakob er syk i dag")


async def test_a_text_that_is_throttled_goes_a_little_later(living: Living, clock: StoppedClock) -> None:
    living.operator.order(answer=THROTTLED)
    await living.operator.text(living.phone, living.seat, "Jakob er syk i dag")

    def read(look: Look) -> list[tuple[str, str | None]]:
        asked = sa.select(Delivery.status, Delivery.reason).where(Delivery.recipient == living.phone)
        return [(status, reason) for status, reason in look.session.execute(asked)]

    async with asyncio.timeout(PATIENCE):
        while (Status.WAITING, "smpp_58") not in await living.hub.hub.desk.look(OPERATOR, read):
            await asyncio.sleep(0.02)
    clock.move(timedelta(seconds=5))
    assert (await living.operator.next_text()).startswith("Notert")
