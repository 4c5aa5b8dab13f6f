"""Who took a child along is part of what was told: where another name stands since, or none, that is put right too."""

from datetime import time, timedelta

import pytest

from hub.clock import StoppedClock
from tests.bots.door_day import MONDAY, DoorDay
from tests.village import Village

ANNE, KARI = "Anne Nordmann", "Kari Nordmann"


@pytest.fixture
async def day(village: Village, clock: StoppedClock) -> DoorDay:
    """Kari left with her mother, as staff saw it, and her mother was told so."""
    door = DoorDay(village, clock)
    door.at(8, 2)
    await door.wish(ANNE)
    await door.come(KARI)
    await door.wake()
    door.at(15, 42)
    await door.leave(KARI, by=village.guardian(ANNE).id, name=ANNE)
    assert [text.partition(" Stemmer")[0] for _, text in await door.wake()] == ["Kari gikk kl. 15.42 sammen med Anne."]
    return door


async def leave_again(day: DoorDay, *, by: str | None = None, name: str | None = None) -> list[str]:
    """Staff undo it and mark it anew, as of the same minute and between two looks; what is told when that stands."""
    await day.stay(KARI)
    await day.mark_left(KARI, by=by, name=name, at=day.unit.moment(MONDAY, time(15, 42)))
    day.clock.move(timedelta(minutes=1))
    return [text.partition(" Stemmer")[0] for _, text in await day.wake()]


async def test_a_name_that_was_told_and_was_wrong_is_put_right_though_the_time_was_not(day: DoorDay) -> None:
    told = await leave_again(day, name="Per Lie")
    day.clock.move(timedelta(minutes=1))

    assert told == ["Vi tok feil: Kari gikk kl. 15.42."]
    assert await day.wake() == []


async def test_the_same_name_marked_again_is_told_once(day: DoorDay) -> None:
    assert await leave_again(day, by=day.village.guardian(ANNE).id, name=ANNE) == []
    day.clock.move(timedelta(minutes=1))
    assert await day.wake() == []
