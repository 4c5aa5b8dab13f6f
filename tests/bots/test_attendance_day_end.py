"""A day that nobody ended is ended by the clock, and what the clock says is told to no family: nobody saw that child leave."""

import pytest

from hub.clock import StoppedClock
from hub.school.attendance_days import close_days
from tests.bots.door_day import DoorDay
from tests.hub.post.outboxes import TEST
from tests.village import Village

ANNE, KARI = "Anne Nordmann", "Kari Nordmann"


@pytest.fixture
async def day(village: Village, clock: StoppedClock) -> DoorDay:
    """Kari came in the morning, and her mother was told."""
    door = DoorDay(village, clock)
    door.at(8, 2)
    await door.wish(ANNE)
    await door.come(KARI)
    await door.wake()
    return door


async def test_the_end_of_the_day_by_the_clock_is_told_to_nobody(day: DoorDay) -> None:
    day.at(23, 59)

    closed = await day.village.desk.work(TEST, close_days)

    assert (closed, await day.wake()) == (1, [])


async def test_a_leaving_that_was_taken_back_is_not_told_anew_by_the_clock(day: DoorDay) -> None:
    day.at(15, 42)
    await day.leave(KARI)
    left = await day.wake()
    day.at(15, 44)
    await day.stay(KARI)
    withdrawn = await day.wake()
    day.at(23, 59)

    closed = await day.village.desk.work(TEST, close_days)

    assert [text.split(" Stemmer")[0] for _, text in left + withdrawn] == [
        "Kari gikk kl. 15.42.",
        "Vi tok feil: Kari har ikke gått, men er her ennå.",
    ]
    assert (closed, await day.wake()) == (1, [])


async def test_a_leaving_that_staff_mark_after_it_was_taken_back_is_told(day: DoorDay) -> None:
    day.at(15, 42)
    await day.leave(KARI)
    await day.wake()
    day.at(15, 44)
    await day.stay(KARI)
    await day.wake()
    day.at(16, 10)

    await day.leave(KARI)

    assert [text.split(" Stemmer")[0] for _, text in await day.wake()] == ["Kari gikk kl. 16.10."]
