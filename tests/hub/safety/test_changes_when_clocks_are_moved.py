"""A new number waits a whole day, and a code lasts ten minutes, whatever the wall clocks do that night or that year."""

from datetime import UTC, datetime, timedelta

import pytest

from hub.clock import StoppedClock
from tests.hub.safety.test_address_changes import ANNE, CODE, NEW, let_time_pass, number_of_anne, tell, type_code
from tests.village import Village

NIGHTS = [
    datetime(2025, 3, 29, 12, 30, tzinfo=UTC),
    datetime(2025, 10, 25, 12, 30, tzinfo=UTC),
    datetime(2025, 12, 31, 12, 30, tzinfo=UTC),
]
NAMES = ["clocks go forward", "clocks go back", "a year ends"]


@pytest.mark.parametrize("told_at", NIGHTS, ids=NAMES)
async def test_a_number_acts_a_whole_day_after_its_code_however_long_the_night_was(
    village: Village, clock: StoppedClock, told_at: datetime
) -> None:
    clock.jump(told_at)
    old = village.phone(ANNE)
    change = await tell(village)
    assert await type_code(village, change, CODE.figures)

    await let_time_pass(village, clock, timedelta(hours=23, minutes=59))
    just_before = await number_of_anne(village)
    await let_time_pass(village, clock, timedelta(minutes=2))

    assert just_before == old
    assert await number_of_anne(village) == NEW.value


@pytest.mark.parametrize(("minutes", "is_right"), [(9, True), (11, None)])
@pytest.mark.parametrize(
    "sent_at",
    [
        datetime(2025, 3, 30, 0, 55, tzinfo=UTC),
        datetime(2025, 10, 26, 0, 55, tzinfo=UTC),
        datetime(2025, 12, 31, 22, 55, tzinfo=UTC),
    ],
    ids=NAMES,
)
async def test_a_code_lasts_ten_minutes_over_the_hour_that_is_missing_or_comes_twice(
    village: Village, clock: StoppedClock, sent_at: datetime, minutes: int, is_right: bool | None
) -> None:
    clock.jump(sent_at)
    change = await tell(village)

    clock.move(timedelta(minutes=minutes))

    assert await type_code(village, change, CODE.figures) is is_right
