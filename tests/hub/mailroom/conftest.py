"""A day in the mailroom, with Anne's and Ola's national ids known."""

import pytest

from hub.clock import StoppedClock
from tests.hub.mailroom.letters_day import ANNE, ANNES_ID, OLA, OLAS_ID, LettersDay
from tests.hub.mailroom.pretend_post import PretendPost
from tests.village import Village


@pytest.fixture
async def day(village: Village, clock: StoppedClock) -> LettersDay:
    day = LettersDay(village, clock, PretendPost())
    await day.know(ANNE, ANNES_ID)
    await day.know(OLA, OLAS_ID)
    return day
