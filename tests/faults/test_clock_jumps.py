"""A wall clock that is set back or forward by hours holds nothing up and doubles nothing. Source: security rule S9.10."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.clock import StoppedClock
from tests.faults.caller import list_deliveries
from tests.living_hub import OPERATOR, LivingHub


@pytest.mark.parametrize("hours", [-5, -1, 1, 5])
async def test_texts_on_both_sides_of_a_jump_are_answered_once(
    living: LivingHub, clock: StoppedClock, hours: int
) -> None:
    await living.text("Anne Nordmann", "contact teacher 7A", "hjelp")

    clock.jump(clock.now() + timedelta(hours=hours))
    await living.text("Anne Nordmann", "contact teacher 7A", "hjelp")
    await living.text("Ola Nordmann", "contact teacher 7A", "hjelp")
    await living.settled()

    writers = {living.phone(name).number for name in ("Anne Nordmann", "Ola Nordmann")}
    everything = await living.hub.desk.look(OPERATOR, list_deliveries)
    deliveries = [
        delivery for delivery in everything if delivery.recipient in writers
    ]  # by day others hear of their numbers
    assert len(deliveries) == 3
    assert [delivery.marks for delivery in deliveries] == [None] * 3
    assert len(living.phone("Anne Nordmann").received) == 2


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2025, 3, 29, 23, 30, tzinfo=UTC), "30. mars"),
        (datetime(2025, 3, 30, 0, 59, tzinfo=UTC), "30. mars"),
        (datetime(2025, 3, 30, 1, 0, tzinfo=UTC), "30. mars"),
        (datetime(2025, 3, 30, 21, 30, tzinfo=UTC), "30. mars"),
        (datetime(2025, 3, 30, 22, 30, tzinfo=UTC), "31. mars"),
    ],
)
async def test_today_is_the_schools_today_in_the_night_when_the_hour_changes(
    living: LivingHub, clock: StoppedClock, moment: datetime, day: str
) -> None:
    clock.jump(moment)

    answer = await living.text("Anne Nordmann", "contact teacher 7A", "Kari er syk i dag")

    assert day in answer
