"""What befalls the post of each country in the middle of a batch: no letter is lost, none doubled, none to the wrong person."""

import pytest

from hub.clock import StoppedClock
from hub.mailroom.sendings import SendingState
from tests.channels.letters.batch_scene import COUNTRIES, LETTERS, Batch, playing
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.post_faults import CUT
from tests.village import Village

pytestmark = [pytest.mark.one_store("sqlite"), pytest.mark.parametrize("country", COUNTRIES)]


async def assert_each_came_once(batch: Batch) -> None:
    assert batch.taken() == await batch.made()
    assert len(batch.taken()) == LETTERS


async def test_a_post_that_answers_409_has_the_same_letter_and_gets_no_second(
    country: str, village: Village, clock: StoppedClock
) -> None:
    async with playing(country, village, clock) as batch:
        if isinstance(batch.post, NorwegianPost):
            batch.post.same_again = 409
        batch.befalls(CUT, taken=True, spared=3, times=3)
        await batch.persist()
        await batch.day.put_store_back()

        await batch.persist()
        await batch.trace()

        await assert_each_came_once(batch)
        assert await batch.states() == {SendingState.DELIVERED: LETTERS}
