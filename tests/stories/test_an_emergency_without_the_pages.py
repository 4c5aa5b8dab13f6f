"""The staff pages are off and 20,000 bulk texts wait: a leader starts an emergency by text and code, it reaches the families
within seconds, their answers are counted, and its end reaches all."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pyotp
import pytest
import sqlalchemy as sa

from hub.address import SMS, Address
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.people.staff import Staff
from hub.post.alarms import NEED_HELP, SAFE
from hub.post.broadcast_receivers import BroadcastReceiver
from hub.post.deliveries import Delivery
from hub.post.messages import Lane, Message
from hub.safety.address_changes import Code
from hub.safety.staff_phones import begin_phone, try_phone_code
from hub.seal import Seal
from hub.sign_in.second_factor import keep_secret
from tests.hub.post.outboxes import TEST, post_text
from tests.living_hub import ANSWER_SECONDS, LivingHub, living_hub

LEADER, PHONE, ANNE, OLA = "Ingrid Solberg", "+4740000951", "Anne Nordmann", "Ola Nordmann"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of an invented leader
BULK = 20_000
WITHIN = timedelta(seconds=10)
"""By the hub's own clock: the office's number takes ten texts a second."""
pytestmark = pytest.mark.one_store


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    clock.move(timedelta(hours=3))
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def prepare(living: LivingHub) -> None:
    """The leader's phone and code app are registered, and the bulk waits."""
    seal = Seal(living.hub.settings.hub.keys)
    code = Code("482913", "salt")

    def write(work: Work) -> None:
        staff = work.session.get_one(Staff, living.village.staff(LEADER).id)
        keep_secret(staff, seal, SECRET, 0)
        assert try_phone_code(work, begin_phone(work, staff, Address(SMS, PHONE), code), code.figures)
        post_text(work, living.village, "Husk matpakke.", ANNE, lane=Lane.BULK)
        work.session.flush()
        message = work.session.scalars(sa.select(Message)).one()
        number, now = living.village.number("office").value, work.now
        rows = [
            {"id": work.new_id(), "owner_id": message.owner_id, "message_id": message.id, "channel": "twilio",
             "kind": SMS, "sender": number, "recipient": f"+47411{at:05d}", "text": "Husk matpakke.", "lane": Lane.BULK,
             "due": now, "deadline": now + timedelta(days=2), "automatic": True}
            for at in range(BULK)
        ]  # fmt: skip
        work.session.execute(sa.insert(Delivery), rows)

    await living.hub.desk.work(TEST, write)


async def passing(living: LivingHub, clock: StoppedClock, is_so: Callable[[Look], bool]) -> timedelta:
    """How much of the hub's time passes until it is so."""
    begun = clock.now()
    async with asyncio.timeout(ANSWER_SECONDS * 2):
        while not await living.hub.desk.look(TEST, is_so):
            clock.move(timedelta(seconds=0.1))
            await asyncio.sleep(0.02)
    return clock.now() - begun


async def say(living: LivingHub, clock: StoppedClock, phone: str, body: str) -> str:
    """The newest text that the phone gets for it."""
    handset = living.provider.phone(phone)
    assert await handset.text(living.village.number("office").value, body) == 200
    answer = asyncio.create_task(handset.next_text(ANSWER_SECONDS * 2))
    while not answer.done():
        clock.move(timedelta(seconds=0.1))
        await asyncio.sleep(0.02)
    return answer.result().body


def is_all_handed_over(look: Look) -> bool:
    asked = sa.select(Delivery.handed_at).where(Delivery.lane == Lane.EMERGENCY, Delivery.text.startswith("NØD "))
    handed = look.session.scalars(asked).all()
    told = look.session.scalars(sa.select(BroadcastReceiver.state)).all()
    return bool(told) and "waiting" not in told and bool(handed) and None not in handed


def count_bulk(look: Look) -> int:
    asked = sa.select(sa.func.count()).select_from(Delivery)
    return look.session.scalar(asked.where(Delivery.lane == Lane.BULK, Delivery.handed_at.is_not(None))) or 0


@pytest.mark.capability("N-04")
async def test_a_leader_starts_it_by_text_ahead_of_all_bulk_and_families_are_counted_while_the_pages_are_off(
    living: LivingHub, clock: StoppedClock
) -> None:
    await prepare(living)
    for entrance in living.hub._entrances[:-1]:  # all but the public one, where the provider comes in
        await entrance.close()
    with pytest.raises(URLError):
        urlopen(f"{living.hub.settings.staff.url}/livez", timeout=2)
    code = pyotp.TOTP(SECRET)

    asked = await say(living, clock, PHONE, "NØD brann i gymsalen, alle barna er ute")
    begun = await say(living, clock, PHONE, code.at(int(clock.now().timestamp())))
    bulk_before = await living.hub.desk.look(TEST, count_bulk)
    took = await passing(living, clock, is_all_handed_over)
    bulk_after = await living.hub.desk.look(TEST, count_bulk)
    await living.phone(ANNE).text(living.village.number("office").value, "jeg er trygg")
    await living.phone(OLA).text(living.village.number("office").value, "trenger hjelp!")

    def is_counted(look: Look) -> bool:
        asked = sa.select(BroadcastReceiver.answer).where(BroadcastReceiver.answer.is_not(None))
        return set(look.session.scalars(asked)) == {SAFE, NEED_HELP}

    def leader_knows(look: Look) -> bool:
        asked = sa.select(Delivery.text).where(Delivery.recipient == PHONE, Delivery.handed_at.is_not(None))
        return any(text.startswith("TRENGER HJELP: Ola Nordmann") for text in look.session.scalars(asked))

    await passing(living, clock, is_counted)
    await passing(living, clock, leader_knows)
    goes_on = await passing(living, clock, lambda look: count_bulk(look) > bulk_after)

    assert asked.startswith("NØD til Fjordvik skole, ")
    assert begun.startswith("NØD er på vei til ")
    assert took < WITHIN
    assert bulk_after - bulk_before <= 200  # what was on its way already
    assert goes_on < timedelta(minutes=1)
