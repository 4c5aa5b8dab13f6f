"""Whatever the provider answers: no text is lost, none goes twice without its mark, and none is repeated more than once.

Source: security rules S9.3 to S9.5.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.doorbell import DELIVERIES, Ring
from hub.post.deliveries import RANK, Delivery, Status
from hub.post.messages import Message, Thread
from tests.faults.caller import count_unread, list_deliveries
from tests.living_hub import OPERATOR, LivingHub
from tests.village import FJORDVIK

PATIENCE = 90.0


async def until_all_have_ended(living: LivingHub, clock: StoppedClock) -> list[Delivery]:
    """Let time go on until nothing is open any more, and no report is to come that could open it again."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await until_all_are_read(living)
            found = await living.hub.desk.look(OPERATOR, list_deliveries)
            if all_are_handed(found):
                await living.provider.at_rest()
                found = await living.hub.desk.look(OPERATOR, list_deliveries)
                if all_are_handed(found):
                    return found
            clock.move(timedelta(seconds=5))
            living.hub.doorbell.ring([Ring(DELIVERIES)])
            await asyncio.sleep(0.02)


def all_are_handed(deliveries: Iterable[Delivery]) -> bool:
    return all(delivery.rank >= RANK[Status.ACCEPTED] for delivery in deliveries)


async def until_all_are_read(living: LivingHub) -> None:
    async with asyncio.timeout(PATIENCE):
        while await living.hub.desk.look(OPERATOR, count_unread):
            await asyncio.sleep(0.01)


def count_sent(living: LivingHub) -> Counter[str]:
    """By our own tag, how many texts the provider took."""
    tags = [parse_qs(urlsplit(text.status_callback or "").query).get("m", [""])[0] for text in living.provider.texts]
    return Counter(tag for tag in tags if tag)


def list_alike(deliveries: Iterable[Delivery]) -> list[list[Delivery]]:
    """Each with those that say the same to the same phone, as to two guardians who share one: the provider's log does not
    tell for which of them a text was, so texts are counted for all of them together."""
    alike: dict[tuple[str, str, str], list[Delivery]] = {}
    for delivery in deliveries:
        alike.setdefault((delivery.sender, delivery.recipient, delivery.text), []).append(delivery)
    return list(alike.values())


def list_not_delivered(look: Look) -> set[str]:
    return set(look.session.scalars(sa.select(Thread.id).where(Thread.waits_why == "not_delivered")))


def list_threads_of(look: Look, messages: Collection[str]) -> set[str]:
    return set(look.session.scalars(sa.select(Message.thread_id).where(Message.id.in_(messages))))


def trouble(living: LivingHub, chance: random.Random, times: int) -> None:
    """Plan what befalls the next create calls."""
    faults = living.provider.faults
    kinds: list[Callable[[], None]] = [
        lambda: faults.too_many(chance.randint(1, 30)),
        lambda: faults.refuse(21611),
        lambda: faults.error(sent=False),
        lambda: faults.error(sent=True),
        lambda: faults.nonsense(sent=True),
        lambda: faults.reset(sent=False),
        lambda: faults.reset(sent=True),
        lambda: faults.slow(0.05),
    ]
    for _ in range(times):
        chance.choice(kinds)()


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=[pytest.mark.sweep]) for seed in range(3, 30))])
async def test_texts_through_trouble_of_every_kind_arrive_and_are_marked(
    living: LivingHub, clock: StoppedClock, seed: int
) -> None:
    chance = random.Random(seed)
    faults = living.provider.faults
    faults.callbacks_shuffled = chance.random() < 0.5
    faults.callbacks_doubled = chance.choice([0.0, 0.5])
    faults.callbacks_lost = chance.choice([0.0, 0.3])
    faults.callbacks_before_answer = chance.random() < 0.5
    trouble(living, chance, 25)
    names = sorted(name for owner, name in living.village.guardians if owner == FJORDVIK)
    number = living.village.number("contact teacher 7A").value

    for name in names[:12]:
        assert await living.phone(name).text(number, "hjelp") == 200
    deliveries = await until_all_have_ended(living, clock)

    assert len(deliveries) == 12
    for delivery in deliveries:
        marks = delivery.marks or []
        told = (delivery.status, delivery.reason, marks, delivery.troubles, delivery.tries)
        assert marks.count("repeated") <= 1, told
        if delivery.status == Status.FAILED:
            assert (delivery.reason, marks) == ("unknown_fate", ["unknown", "repeated"]), told
        else:
            assert delivery.status in (Status.QUEUED, Status.SENDING, Status.SENT, Status.DELIVERED), told
    sent = count_sent(living)
    for alike in list_alike(deliveries):
        taken = sum(sent[delivery.id] for delivery in alike)
        repeats = sum((delivery.marks or []).count("repeated") for delivery in alike)
        arrived = sum(delivery.status != Status.FAILED for delivery in alike)
        assert arrived <= taken <= len(alike) + repeats, [(d.status, d.marks, sent[d.id]) for d in alike]
    failed = [delivery.message_id for delivery in deliveries if delivery.status == Status.FAILED]
    waiting = await living.hub.desk.look(OPERATOR, list_not_delivered)
    assert waiting == await living.hub.desk.look(OPERATOR, list_threads_of, failed)


async def test_a_provider_that_is_down_for_an_hour_gets_every_text_once_when_it_is_back(
    living: LivingHub, clock: StoppedClock
) -> None:
    number = living.village.number("contact teacher 7A").value
    living.provider.faults.provider_down = True
    for name in ("Anne Nordmann", "Ola Nordmann", "Lene Berg"):
        await living.phone(name).text(number, "hjelp")
    await until_all_are_read(living)
    for _ in range(120):
        clock.move(timedelta(seconds=30))
        living.hub.doorbell.ring([Ring(DELIVERIES)])
        await asyncio.sleep(0.005)

    living.provider.faults.clear()
    deliveries = await until_all_have_ended(living, clock)

    assert {delivery.status for delivery in deliveries} == {Status.DELIVERED}
    assert all(len(living.phone(name).received) == 1 for name in ("Anne Nordmann", "Ola Nordmann", "Lene Berg"))


async def test_a_refused_account_holds_everything_and_loses_nothing(living: LivingHub, clock: StoppedClock) -> None:
    living.provider.faults.refuse(20003, times=None)
    number = living.village.number("contact teacher 7A").value
    await living.phone("Anne Nordmann").text(number, "hjelp")
    await until_all_are_read(living)
    for _ in range(10):
        clock.move(timedelta(seconds=61))
        living.hub.doorbell.ring([Ring(DELIVERIES)])
        await asyncio.sleep(0.02)

    living.provider.faults.clear()
    (delivery,) = await until_all_have_ended(living, clock)

    assert (delivery.status, delivery.tries, delivery.marks) == (Status.DELIVERED, 1, None)
