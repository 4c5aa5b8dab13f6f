"""Somebody who knows, or forges, a guardian's number cannot make texts go to the other guardian without end."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.desk import Look
from hub.post.deliveries import Delivery, Status
from hub.post.last_delivery import find_last_delivery
from hub.post.messages import Thread
from hub.talk.echo import MOST_AN_HOUR
from tests.hub.post.outboxes import TEST
from tests.hub.school.ladder_day import LadderDay
from tests.village import FJORDVIK, SAARELA, Village

ANNE, OLA, KARI = "Anne Nordmann", "Ola Nordmann", "Kari Nordmann"
SOON = timedelta(minutes=1)


@pytest.fixture
def day(village: Village, clock: StoppedClock) -> LadderDay:
    return LadderDay(village, clock)


async def spam(day: LadderDay, times: int) -> None:
    """Ola, or who says so, reports Kari away and takes it back, again and again, and at last reports her away."""
    for _ in range(times):
        await day.say(OLA, "Kari er syk i dag")
        day.clock.move(SOON)
        await day.say(OLA, "angre")
        day.clock.move(SOON)
    await day.say(OLA, "Kari er syk i dag")


async def sent_to(day: LadderDay, guardian: str) -> list[str]:
    wanted = sa.select(Delivery.status).where(Delivery.recipient == day.phone(guardian)).order_by(Delivery.id)
    return await day.village.desk.look(TEST, lambda look: list(look.session.scalars(wanted)))


async def test_the_other_guardian_is_told_so_often_in_an_hour_and_then_staff_see_it(day: LadderDay) -> None:
    await day.begin(KARI)

    await spam(day, MOST_AN_HOUR // 2 + 1)

    sent = await sent_to(day, ANNE)
    waits = await day.village.desk.look(TEST, lambda look: set(look.session.scalars(sa.select(Thread.waits_why))))
    assert sent.count(Status.DROPPED) == len(sent) - MOST_AN_HOUR > 0
    assert "over_cap" in waits


async def test_an_absence_whose_word_was_held_back_explains_nothing(day: LadderDay) -> None:
    await day.begin(KARI)
    await spam(day, MOST_AN_HOUR // 2)

    await day.wake(9, 5)

    assert "looked for: Kari, not_told" in await day.facts()


async def test_a_family_that_changes_its_mind_a_few_times_is_told_all_of_it(day: LadderDay) -> None:
    await day.begin(KARI)

    await spam(day, 2)
    await day.wake(9, 5)

    assert Status.DROPPED not in await sent_to(day, ANNE)
    assert not [fact for fact in await day.facts() if fact.startswith("looked")]


async def test_status_tells_of_texts_of_one_owner_alone(day: LadderDay) -> None:
    """A phone may have children with two municipalities."""
    await day.begin(KARI)
    await day.say(OLA, "Kari er syk i dag")

    def last(look: Look, owner: str) -> tuple[datetime, str] | None:
        return find_last_delivery(look, day.village.owner(owner).id, day.phone(OLA), "~")

    assert await day.village.desk.look(TEST, last, FJORDVIK) is not None
    assert await day.village.desk.look(TEST, last, SAARELA) is None
