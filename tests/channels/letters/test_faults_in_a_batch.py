"""What befalls the post of each country in the middle of a batch: no letter is lost, none doubled, none to the wrong person."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from hub.clock import StoppedClock
from hub.mailroom.sendings import SendingState, WhySending
from hub.people.national_ids import NationalId
from tests.channels.letters.batch_scene import COUNTRIES, LETTERS, Batch, playing
from tests.hub.sign_in.school import TEST
from tests.rehearsal.norwegian_post import NorwegianPost
from tests.rehearsal.post_faults import CUT, SILENT, Fault
from tests.village import Village

pytestmark = pytest.mark.one_store("sqlite")
FOR_LONG = 1_000_000


@pytest.fixture(params=COUNTRIES)
async def batch(request: pytest.FixtureRequest, village: Village, clock: StoppedClock) -> AsyncIterator[Batch]:
    async with playing(request.param, village, clock) as batch:
        yield batch


async def assert_each_came_once(batch: Batch) -> None:
    assert batch.taken() == await batch.made()
    assert len(batch.taken()) == LETTERS


async def list_fates(batch: Batch) -> set[tuple[str, str | None]]:
    return {(one.state, one.why) for one in await batch.day.sendings()}


async def test_a_post_that_answers_409_has_the_same_letter_and_gets_no_second(batch: Batch) -> None:
    if isinstance(batch.post, NorwegianPost):
        batch.post.same_again = 409
    batch.befalls(CUT, taken=True, spared=3, times=3)
    await batch.persist()
    await batch.day.put_store_back()

    await batch.persist()
    await batch.trace()

    await assert_each_came_once(batch)
    assert await batch.states() == {SendingState.DELIVERED: LETTERS}


async def test_one_letter_that_is_refused_goes_on_paper_and_the_others_arrive(batch: Batch) -> None:
    batch.befalls(400, spared=3)

    await batch.persist()
    await batch.trace()

    assert batch.taken() == await batch.made(lambda one: one.state != SendingState.PAPER)
    assert await batch.states() == {SendingState.DELIVERED: LETTERS - 1, SendingState.PAPER: 1}
    assert (SendingState.PAPER, WhySending.REJECTED) in await list_fates(batch)


async def test_a_post_that_is_too_slow_to_answer_gets_each_letter_once(batch: Batch) -> None:
    slow = {"answer_seconds": 0.5}
    batch.settings |= {"eformidling": slow} if isinstance(batch.post, NorwegianPost) else slow
    batch.befalls(SILENT, spared=3, taken=True, times=2)
    batch.befalls(SILENT, spared=5, times=2)

    await batch.persist()

    await assert_each_came_once(batch)


@pytest.mark.parametrize("status", [503, 429, CUT])
async def test_a_post_that_is_down_or_busy_for_hours_holds_letters_back_and_gets_each_once(
    batch: Batch, status: int
) -> None:
    batch.meanwhile(3, lambda: batch.post.faults.append(Fault("", status, times=FOR_LONG)))
    await batch.persist()
    taken, states = len(batch.taken()), await batch.states()

    batch.post.faults.clear()
    await batch.persist()

    assert 3 <= taken < LETTERS
    assert SendingState.PAPER not in states
    await assert_each_came_once(batch)


async def test_what_a_post_that_stays_down_never_took_goes_on_paper_after_two_days(batch: Batch) -> None:
    batch.post.faults.append(Fault("", 503, times=FOR_LONG))
    await batch.send()
    batch.day.wait(days=2)

    await batch.send()

    assert batch.taken() == []
    assert await list_fates(batch) == {(SendingState.PAPER, WhySending.TOO_LATE)}


async def test_what_is_answered_and_told_twice_makes_no_letter_two(batch: Batch) -> None:
    if isinstance(batch.post, NorwegianPost):
        batch.post.register.tells_twice = batch.post.statuses.tells_twice = True
    else:
        batch.post.events.tells_twice = True

    await batch.persist()
    await batch.trace()

    await assert_each_came_once(batch)
    assert await batch.states() == {SendingState.DELIVERED: LETTERS}


async def test_letters_of_which_the_post_loses_every_status_go_on_paper_after_three_days(batch: Batch) -> None:
    await batch.send()
    log = batch.post.statuses if isinstance(batch.post, NorwegianPost) else batch.post.events
    log.rows.clear()
    await batch.trace()
    handed_over = await batch.states()

    batch.day.wait(days=4)
    await batch.trace()
    await batch.send()

    assert handed_over == {SendingState.HANDED_OVER: LETTERS}
    assert await list_fates(batch) == {(SendingState.PAPER, WhySending.NO_WORD)}


async def test_a_guardian_without_a_national_id_gets_paper_and_nobody_is_asked_about_them(batch: Batch) -> None:
    await batch.day.desk.work(TEST, lambda work: work.session.execute(sa.delete(NationalId)))

    await batch.send()

    assert batch.post.asked == []
    assert await list_fates(batch) == {(SendingState.PAPER, WhySending.NO_NATIONAL_ID)}
