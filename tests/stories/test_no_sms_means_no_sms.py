"""A guardian says no to all SMS by text, with the real provider, hub and listener: nothing comes any more, not in an emergency
either; a person is asked to ring; what they ask themselves is answered; and START brings everything back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from hub.address import SMS
from hub.clock import StoppedClock
from hub.desk import Look, Work
from hub.post.deliveries import Delivery
from hub.post.messages import Author, Lane, ThreadKind, find_thread_of
from hub.post.posting import Post, post
from hub.post.reach_wishes import Reserved, reserve
from hub.post.recipients import Way, find_recipients
from hub.post.unreached import Unreached
from tests.hub.post.outboxes import post_text
from tests.living_hub import OPERATOR, LivingHub, living_hub
from tests.patience import PATIENCE

ANNE, SEAT = "Anne Nordmann", "contact teacher 7A"
pytestmark = pytest.mark.one_store


@pytest.fixture
async def living(tmp_path: Path, village_store_url: str, clock: StoppedClock) -> AsyncIterator[LivingHub]:
    async with living_hub(tmp_path, village_store_url, clock) as hub:
        yield hub


async def alarm(living: LivingHub, text: str) -> None:
    await living.hub.desk.work(
        OPERATOR, post_text, living.village, text, ANNE, lane=Lane.EMERGENCY, author=Author.SYSTEM
    )
    await living.settled()


async def to_ring(living: LivingHub) -> list[tuple[str, str]]:
    """Whom a person is asked to ring, and why, once the routine has been."""

    def read(look: Look) -> list[tuple[str, str]]:
        return [(row.guardian_id, row.why) for row in look.session.scalars(sa.select(Unreached))]

    async with asyncio.timeout(PATIENCE):
        while not (found := await living.hub.desk.look(OPERATOR, read)):
            await asyncio.sleep(0.1)
    return found


@pytest.mark.capability("H-33")
async def test_no_sms_means_none_in_an_emergency_either_until_start(living: LivingHub) -> None:
    asked = await living.text(ANNE, SEAT, "Ingen SMS")
    agreed = await living.text(ANNE, SEAT, "ja")
    phone = living.phone(ANNE)
    before = len(phone.received)

    await alarm(living, "Skolen er stengt.")
    rung = await to_ring(living)
    silent = len(phone.received) == before
    status = await living.text(ANNE, SEAT, "Hvorfor fikk jeg ikke melding?")
    await living.text(ANNE, SEAT, "START")
    await alarm(living, "Skolen er åpen igjen.")
    last = await phone.next_text()

    assert "heller ikke i en nødssituasjon" in asked
    assert agreed.startswith("Fra nå får du ingen SMS fra oss")
    assert silent
    assert rung == [(living.village.guardian(ANNE).id, "reserved")]
    assert "Du har sagt nei til all SMS fra oss." in status
    assert last.body == "Skolen er åpen igjen."


async def test_why_nothing_went_stands_beside_it(living: LivingHub) -> None:
    await living.text(ANNE, SEAT, "Ingen SMS")
    await living.text(ANNE, SEAT, "ja")

    await alarm(living, "Skolen er stengt.")

    def read(look: Look) -> list[tuple[str, str | None]]:
        dropped = sa.select(Delivery).where(Delivery.lane == Lane.EMERGENCY)
        return [(delivery.status, delivery.reason) for delivery in look.session.scalars(dropped)]

    assert await living.hub.desk.look(OPERATOR, read) == [("dropped", "reserved")]


@pytest.mark.capability("H-33")
@pytest.mark.parametrize("how", list(Reserved))
async def test_what_they_ask_staff_is_answered_there_unless_they_said_no_to_everything(
    living: LivingHub, clock: StoppedClock, how: Reserved
) -> None:
    """A reply one asked for is no notice. Whoever said no to all is told that somebody rings, and the page says so to staff."""
    anne = living.village.guardian(ANNE)
    await living.hub.desk.work(OPERATOR, reserve, anne, SMS, how, anne.id)
    told = await living.text(ANNE, SEAT, "Kan Kari få låne en bok i helga?")
    phone = living.phone(ANNE)

    def write(work: Work, text: str) -> Way:
        unit = living.village.unit("school")
        thread = find_thread_of(work, unit.id, [anne.id], ThreadKind.PRIVATE)
        assert thread is not None
        (person,) = find_recipients(work, unit, [anne.id], [], None, thread).people
        if person.address is not None:
            what = Post(text, "nb", Author.STAFF, None, to=[person.address], number=living.village.number(SEAT))
            post(work, thread, what)
        return person.way

    way = await living.hub.desk.work(OPERATOR, write, "Ja, det er fint.")
    answered = await phone.next_text() if how is Reserved.NOT_URGENT else None
    clock.move(timedelta(days=8))
    much_later = await living.hub.desk.work(OPERATOR, write, "Husk boka.")

    assert (way is Way.WORDS) is (how is Reserved.NOT_URGENT)
    assert (answered is not None and answered.body == "Ja, det er fint.") is (how is Reserved.NOT_URGENT)
    assert ("ringer deg" in told) is (how is Reserved.ALL)
    assert much_later is Way.RESERVED
